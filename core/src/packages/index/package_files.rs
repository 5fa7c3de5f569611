//! Writes the files of packages into a tree: programs and libraries by name, other files by their folder.

use super::{ListedFile, ProgramStart, Release, Row};
use crate::elf::{self, Elf, Machine};
use crate::fs::{Content, Tree, path};
use std::collections::{BTreeMap, BTreeSet};

/// This path among a package's files says that its maintainer scripts add users or groups.
const PASSWD: &str = "/etc/passwd";

/// The file names of a package by folder, such as libz.so.1 and libz.so.1.3.1.
type Names<'a> = BTreeMap<&'a str, BTreeSet<&'a str>>;

/// What was written into a tree.
#[derive(Debug, Default)]
pub(crate) struct WrittenFiles {
    /// The new files, links and folders.
    pub(crate) places: Vec<String>,
    /// The packages whose maintainer scripts add users or groups.
    pub(crate) packages_with_users: Vec<String>,
    /// Whether an unknown loader is among the files.
    pub(crate) has_unknown_loader: bool,
}

struct FileWriter<'t> {
    fs: &'t mut Tree,
    /// Whether the rows come from the release's own table.
    is_own_release: bool,
    /// Whether the folders of programs are guessed, as those of Alpine's index, which has only the names.
    guesses_folders: bool,
    written: WrittenFiles,
}

impl Release {
    /// Writes the files of packages into a tree. Existing files stay as they are.
    pub(crate) fn write_files(&self, fs: &mut Tree, rows: &[Row<'_>]) -> WrittenFiles {
        let (is_own_release, guesses_folders) = (self.is_own_release(), self.guesses_folders());
        let mut writer = FileWriter { fs, is_own_release, guesses_folders, written: WrittenFiles::default() };
        // Links to the files of another package are made after that package's files.
        let mut links = Vec::new();
        for row in rows {
            writer.one(row, &mut links);
        }
        for (folder, name, row) in links {
            writer.link_library(&folder, name, &row);
        }
        writer.written
    }
}

impl FileWriter<'_> {
    fn one<'a>(&mut self, row: &Row<'a>, links: &mut Vec<(String, &'a str, Row<'a>)>) {
        let mut names: Names<'a> = BTreeMap::new();
        for file in row.files() {
            match file {
                ListedFile::PartialFolder(PASSWD) => self.written.packages_with_users.push(row.name.to_string()),
                ListedFile::PartialFolder(folder) => {
                    if let Some(place) = self.folder(folder) {
                        self.fs.set_partial(&place);
                    }
                }
                ListedFile::File(folder, name) => {
                    if self.guesses_folders && folder.ends_with("bin") {
                        self.fs.guess_program(name);
                    }
                    names.entry(folder).or_default().insert(name);
                }
            }
        }
        for (folder, names) in &names {
            let Some(place) = self.folder(folder) else { continue };
            for name in names {
                if name.starts_with("ld-") && self.fs.stat(&place, name).is_err() {
                    self.loader(&path::join(&place, name), row);
                    continue;
                }
                if name.ends_with(".so") && !names.iter().any(|other| is_version_of(other, name)) {
                    links.push((place.clone(), name, *row));
                    continue;
                }
                self.file(&place, name, names, row);
            }
        }
    }

    /// Writes a further loader. gcompat's stub starts musl's loader; other loaders are unknown.
    fn loader(&mut self, place: &str, row: &Row<'_>) {
        if row.name != "gcompat" {
            self.written.has_unknown_loader = true;
            return;
        }
        let mut bytes = elf::write(&Elf::new(Machine::X86_64, true));
        bytes.extend_from_slice(b"/lib/ld-musl-x86_64.so.1\0/lib/libgcompat.so.0\0");
        let content = Content::started(bytes, whole_size(row));
        let _ = self.fs.write(place, content, 0o755, 0, 0);
        self.written.places.push(place.to_string());
    }

    fn file(&mut self, folder: &str, name: &str, names: &BTreeSet<&str>, row: &Row<'_>) {
        let place = path::join(folder, name);
        if self.fs.get(&place).is_some() {
            return;
        }
        // The longest name is the file, the others are links to it.
        if let Some(target) = names.iter().filter(|other| is_version_of(other, name)).max_by_key(|other| other.len()) {
            let _ = self.fs.symlink(target, &place, 0, 0);
            self.written.places.push(place);
            return;
        }
        let why = whole_size(row);
        let is_program = folder.ends_with("bin") || folder.ends_with("games");
        let (content, mode) = match name.contains(".so") {
            true => {
                let soname = names.iter().filter(|other| is_version_of(name, other) && other.contains(".so.")).min();
                let mut library = Elf::new(Machine::X86_64, true);
                library.soname = Some((*soname.unwrap_or(&name)).to_string());
                let (start, bytes) = row.start(name).unzip();
                if let Some(ProgramStart::Dynamic { needed, runpath }) = start {
                    needs(&mut library, needed, runpath, self.is_own_release);
                }
                (weighed(elf::write(&library), bytes.flatten(), why), 0o644)
            }
            false if is_program => (program(row.start(name), self.is_own_release, why), 0o755),
            false => (Content::unknown(why), 0o644),
        };
        let _ = self.fs.write(&place, content, mode, 0, 0);
        self.written.places.push(place);
    }

    /// `libz.so` of a development package is a link to the library; without the library it is a file.
    fn link_library(&mut self, folder: &str, name: &str, row: &Row<'_>) {
        let children = self.fs.children(folder);
        let versions = children.iter().filter(|(other, node)| is_version_of(other, name) && !node.is_dir());
        let target = versions.map(|(other, _)| (*other).to_string()).max_by_key(String::len);
        // glibc's are linker scripts.
        match target.filter(|_| !["libc.so", "libm.so"].contains(&name)) {
            Some(target) if self.fs.get(&path::join(folder, name)).is_none() => {
                let _ = self.fs.symlink(&target, &path::join(folder, name), 0, 0);
                self.written.places.push(path::join(folder, name));
            }
            Some(_) => {}
            None => self.file(folder, name, &BTreeSet::from([name]), row),
        }
    }

    fn folder(&mut self, folder: &str) -> Option<String> {
        match self.fs.stat("/", folder) {
            Ok((place, node)) => node.is_dir().then_some(place),
            Err(_) => {
                let place = self.fs.mkdir_all(folder, 0o755, 0, 0).ok()?;
                self.written.places.push(place.clone());
                Some(place)
            }
        }
    }
}

fn whole_size(row: &Row<'_>) -> String {
    format!("a file of the package {}, of which the whole size is known", row.name)
}

/// The content of a program's file. Its beginning is modelled if it is known how the program starts.
fn program(start: Option<(ProgramStart<'_>, Option<u64>)>, is_own_release: bool, why: String) -> Content {
    let Some((start, bytes)) = start else { return Content::unknown(why) };
    let head = match start {
        ProgramStart::Script(interpreter) => format!("#!{interpreter}\n").into_bytes(),
        ProgramStart::Static => elf::write(&Elf::new(Machine::X86_64, false)),
        ProgramStart::Dynamic { needed, runpath } => {
            let mut program = Elf::new(Machine::X86_64, true);
            let musl = needed.iter().any(|(name, _)| name.starts_with("libc.musl-"));
            let loader = if musl { "/lib/ld-musl-x86_64.so.1" } else { "/lib64/ld-linux-x86-64.so.2" };
            program.interpreter = Some(loader.into());
            needs(&mut program, needed, runpath, is_own_release);
            elf::write(&program)
        }
    };
    weighed(head, bytes, why)
}

/// A file whose beginning is modelled. Its length is the package's own, if the table has it.
fn weighed(head: Vec<u8>, bytes: Option<u64>, why: String) -> Content {
    match bytes.filter(|bytes| *bytes >= head.len() as u64) {
        Some(bytes) => Content::modelled(head, bytes, why),
        None => Content::started(head, why),
    }
}

/// Adds the needed libraries. The versions of glibc are required only if the table is the release's own: another
/// release's glibc may be older, and its packages are built for that one.
fn needs(elf: &mut Elf, mut needed: Vec<(&str, Vec<String>)>, runpath: &str, is_own_release: bool) {
    if !is_own_release {
        needed.iter_mut().for_each(|(_, versions)| versions.clear());
    }
    elf.need(&needed, runpath);
}

/// Whether `name` is `short` followed by a version, as `libz.so.1.3` is of `libz.so.1`.
fn is_version_of(name: &str, short: &str) -> bool {
    name.strip_prefix(short).is_some_and(|rest| rest.starts_with('.')) && short.contains(".so")
}
