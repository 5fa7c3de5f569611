//! A table of packages as text. Rows are found by binary search and parsed on demand.

use super::ProgramStart;
use super::typical_size::{Estimate, TypicalSizes};
use std::fmt;
use std::sync::{Arc, OnceLock};

/// The packages of one release.
pub struct PackageTable {
    text: Arc<str>,
    /// The number of bytes in one unit of its sizes.
    unit: u64,
    lines: OnceLock<Lines>,
    /// Computed at the first package that the table does not have.
    typical_sizes: OnceLock<TypicalSizes>,
}

/// The positions of a table's lines, computed at the first look-up.
struct Lines {
    /// Start and end of the lines of packages, in the order of their names.
    rows: Vec<(u32, u32)>,
    /// The same for virtual names.
    virtuals: Vec<(u32, u32)>,
    /// The same for packages that are installed automatically (apk's `install_if`).
    install_if: Vec<(u32, u32)>,
    lists_files: bool,
}

impl fmt::Debug for PackageTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Table({} bytes)", self.text.len())
    }
}

/// One package.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its version, as the index has it.
    pub version: &'a str,
    /// Bytes on disk: as the index states them, plus the Python modules that its scripts compile.
    pub bytes: u64,
    /// The bytes of compiled Python modules among these.
    pub compiled: u64,
    /// Whether it is in the distribution's base image.
    pub in_base: bool,
    /// Bytes of the records that dpkg keeps of its paths.
    pub records: u64,
    depends: &'a str,
    recommends: &'a str,
    files: &'a str,
    starts: &'a str,
}

/// A path of a package.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListedFile<'a> {
    /// A folder that holds files which are not listed.
    PartialFolder(&'a str),
    /// A program or a library: its folder and its name.
    File(&'a str, &'a str),
}

impl<'a> Row<'a> {
    fn read(line: &'a str, unit: u64) -> Option<Row<'a>> {
        let (line, in_base) = line.strip_prefix('*').map_or((line, false), |line| (line, true));
        let mut fields = line.split('\t');
        let (name, version) = (fields.next()?, fields.next()?);
        let bytes = fields.next()?.parse::<u64>().unwrap_or(0).saturating_mul(unit);
        let mut field = || fields.next().unwrap_or("");
        let (depends, recommends, files) = (field(), field(), field());
        let records = field().parse::<u64>().unwrap_or(0).saturating_mul(unit);
        let starts = field();
        let compiled = field().parse::<u64>().unwrap_or(0);
        let bytes = bytes.saturating_add(compiled);
        Some(Row { name, version, bytes, compiled, in_base, records, depends, recommends, files, starts })
    }

    /// Its dependencies, without those that the base image has.
    pub fn depends(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.depends.split_whitespace()
    }

    /// The packages that it recommends.
    pub fn recommends(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.recommends.split_whitespace()
    }

    /// The notes column of a language's package.
    pub fn notes(&self) -> &'a str {
        self.starts
    }

    /// How one of its programs or libraries starts, and its size in bytes if the table has it.
    pub fn start(&self, name: &str) -> Option<(ProgramStart<'a>, Option<u64>)> {
        ProgramStart::find(self.starts, name)
    }

    /// All its programs and libraries, and the folders that hold more files.
    pub fn files(&self) -> impl Iterator<Item = ListedFile<'a>> + use<'a> {
        let mut folder = "/";
        self.files.split(' ').filter_map(move |word| match word.strip_prefix('+') {
            Some(partly) if partly.starts_with('/') => Some(ListedFile::PartialFolder(partly)),
            _ if word.starts_with('/') => {
                folder = word;
                None
            }
            _ if word.is_empty() => None,
            _ => Some(ListedFile::File(folder, word)),
        })
    }
}

impl Lines {
    fn find(text: &str) -> Lines {
        let (mut rows, mut virtuals, mut install_if) = (Vec::new(), Vec::new(), Vec::new());
        let mut start = 0u32;
        for line in text.split_inclusive('\n') {
            let end = start.saturating_add(u32::try_from(line.len()).unwrap_or(u32::MAX));
            match line.as_bytes().first() {
                Some(b'#' | b'\n') | None => {}
                Some(b'=') => virtuals.push((start, end)),
                Some(b'?') => install_if.push((start, end)),
                Some(_) => rows.push((start, end)),
            }
            start = end;
        }
        let lists_files = text.contains("/usr/bin ");
        Lines { rows, virtuals, install_if, lists_files }
    }
}

impl PackageTable {
    pub(crate) fn new(text: Arc<str>, unit: u64) -> PackageTable {
        PackageTable { text, unit, lines: OnceLock::new(), typical_sizes: OnceLock::new() }
    }

    fn lines(&self) -> &Lines {
        self.lines.get_or_init(|| Lines::find(&self.text))
    }
    fn line(&self, (start, end): (u32, u32)) -> &str {
        self.text.get(start as usize..end as usize).unwrap_or("").trim_end_matches('\n')
    }

    fn look<'a>(&'a self, lines: &[(u32, u32)], name: &str, marks: &[char]) -> Option<&'a str> {
        let key = |place: &(u32, u32)| self.line(*place).trim_start_matches(marks).split('\t').next().unwrap_or("");
        let at = lines.binary_search_by(|place| key(place).cmp(name)).ok()?;
        lines.get(at).map(|place| self.line(*place))
    }

    /// A package by its name or a virtual one.
    pub fn find(&self, name: &str) -> Option<Row<'_>> {
        let line = self.look(&self.lines().rows, name, &['*']).or_else(|| {
            let provider = self.look(&self.lines().virtuals, name, &['='])?.split('\t').nth(1)?;
            self.look(&self.lines().rows, provider, &['*'])
        })?;
        Row::read(line, self.unit)
    }

    /// The row of a package as text.
    pub(super) fn row_text(&self, name: &str) -> Option<&str> {
        self.look(&self.lines().rows, name, &['*'])
    }

    /// All packages in order of their names.
    pub fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        self.lines().rows.iter().filter_map(|place| Row::read(self.line(*place), self.unit))
    }

    /// The size of each of `count` packages that the table does not have, estimated from those that it has: with all that
    /// they need, or alone. `None` if `count` is 0 or the table has too few packages.
    pub fn typical_size(&self, count: usize, with_needs: bool) -> Option<Estimate> {
        if count == 0 {
            return None;
        }
        self.typical_sizes.get_or_init(|| TypicalSizes::of(self)).estimate(count, with_needs)
    }

    /// The bytes of the archives of all packages, as downloaded, and the bytes of the packages that are unpacked from
    /// them. Only the tables of languages have the former.
    pub fn archive_bytes(&self) -> (u64, u64) {
        self.rows().fold((0, 0), |(archives, unpacked), row| {
            (archives.saturating_add(row.records), unpacked.saturating_add(row.bytes))
        })
    }

    /// The bytes of compiled modules in all packages, and the bytes of the packages. Only Python's table has the former.
    pub fn compiled_bytes(&self) -> (u64, u64) {
        self.rows()
            .fold((0, 0), |(compiled, all), row| (compiled.saturating_add(row.compiled), all.saturating_add(row.bytes)))
    }

    /// The packages that are installed automatically when others are (apk's `install_if`), each with these others.
    /// Packages of the base image are left out.
    pub fn install_if(&self) -> impl Iterator<Item = (&str, impl Iterator<Item = &str>)> {
        let read = |place: &(u32, u32)| self.line(*place).strip_prefix('?')?.split_once('\t');
        self.lines().install_if.iter().filter_map(read).map(|(name, others)| (name, others.split_whitespace()))
    }

    /// Whether it lists the files of packages.
    pub fn lists_files(&self) -> bool {
        self.lines().lists_files
    }

    /// The source of its figures, and their date.
    pub fn source(&self) -> &str {
        self.sources().next().unwrap_or("")
    }

    /// The size in bytes of each repository's compressed index.
    pub fn index_sizes(&self) -> impl Iterator<Item = u64> {
        let sizes = self.sources().find_map(|part| part.trim_start().strip_prefix("indexes: ")).unwrap_or("");
        sizes.split(' ').filter_map(|size| size.parse().ok())
    }

    /// The parts of the line that names the sources of the figures.
    fn sources(&self) -> impl Iterator<Item = &str> {
        let mut lines = self.text.lines().take_while(|line| line.starts_with('#'));
        let line = lines.find_map(|line| line.split_once("source: "));
        line.map_or("", |(_, source)| source).split(';')
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_told_by_folder() {
        let text = "# source: a test; indexes: 10 20; and more\n*a\t1.0\t3\tb c\td\t+/usr/share /usr/bin x y /lib libz.so.1\n=v\ta\n";
        let table = PackageTable::new(text.into(), 1024);
        let row = table.find("v").unwrap();
        assert_eq!((row.name, row.bytes, row.in_base), ("a", 3072, true));
        assert_eq!(row.depends().collect::<Vec<_>>(), ["b", "c"]);
        let files: Vec<ListedFile> = row.files().collect();
        let file = ListedFile::File;
        assert_eq!(
            files,
            [
                ListedFile::PartialFolder("/usr/share"),
                file("/usr/bin", "x"),
                file("/usr/bin", "y"),
                file("/lib", "libz.so.1")
            ]
        );
        assert_eq!(table.source(), "a test");
        assert_eq!(table.index_sizes().collect::<Vec<_>>(), [10, 20]);
        assert!(table.find("nothing").is_none());
    }
}
