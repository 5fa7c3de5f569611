//! The table of npm's packages, searched by name and version range.

use crate::packages::index::{ListedFile, PackageTable, Row};
use std::collections::{BTreeMap, BTreeSet};

/// The number of packages of one installation, at most.
const MAX_PACKAGES: usize = 20_000;

/// The rows by package name. The first row of a name is its default version.
pub(crate) struct Registry<'t> {
    by_name: BTreeMap<&'t str, Vec<Row<'t>>>,
    musl: bool,
}

/// The name in `name` or `name@version`.
pub(crate) fn name_of(id: &str) -> &str {
    match id.rfind('@') {
        Some(at) if at > 0 => id.get(..at).unwrap_or(id),
        _ => id,
    }
}

/// The programs of a package: name, and file in the package.
pub(crate) fn programs<'t>(row: &Row<'t>) -> impl Iterator<Item = (&'t str, &'t str)> + use<'t> {
    row.files().filter_map(|file| match file {
        ListedFile::File(_, word) => {
            let mut parts = word.splitn(3, '=');
            Some((parts.next()?, parts.next()?))
        }
        ListedFile::PartialFolder(_) => None,
    })
}

/// A number from a row's notes.
pub(crate) fn note(row: &Row<'_>, name: &str) -> u64 {
    let value = row.notes().split(' ').find_map(|word| word.strip_prefix(name)?.strip_prefix('='));
    value.and_then(|value| value.parse().ok()).unwrap_or(0)
}

/// The major and minor number of a version or of the lower bound of a range; `None` for tags such as `latest`.
fn number(range: &str) -> Option<(u32, u32)> {
    let range = range.rsplit_once("||").map_or(range, |(_, last)| last).trim();
    let digits = range.trim_start_matches(['^', '~', '>', '=', '<', 'v', ' ']);
    let mut parts = digits.split(|c: char| !c.is_ascii_digit());
    let major = parts.next()?.parse().ok()?;
    Some((major, parts.next().and_then(|part| part.parse().ok()).unwrap_or(0)))
}

impl<'t> Registry<'t> {
    pub(crate) fn read(table: &'t PackageTable, musl: bool) -> Registry<'t> {
        let mut by_name: BTreeMap<&str, Vec<Row<'t>>> = BTreeMap::new();
        for row in table.rows() {
            by_name.entry(name_of(row.name)).or_default().push(row);
        }
        Registry { by_name, musl }
    }

    /// The row nearest to a version range: the version itself, the newest one of its major number, or the default
    /// version.
    pub(crate) fn find(&self, name: &str, range: &str) -> Option<Row<'t>> {
        let rows = self.by_name.get(name)?;
        let exact = rows.iter().find(|row| row.version == range);
        let Some((major, minor)) = number(range) else { return rows.first().copied() };
        // Below 1.0.0 a new minor number is a breaking change.
        let fits = |row: &&Row<'_>| {
            number(row.version).is_some_and(|(own, small)| own == major && (major > 0 || small == minor))
        };
        let newest = || rows.iter().filter(fits).max_by_key(|row| number(row.version));
        exact.or_else(newest).or(rows.first()).copied()
    }

    fn row(&self, id: &str) -> Option<Row<'t>> {
        self.by_name.get(name_of(id))?.iter().find(|row| row.name == id).copied()
    }

    /// Whether a package of this name is for this C library.
    pub(crate) fn matches_c_library(&self, name: &str) -> bool {
        name.contains("musl") == self.musl
    }

    /// The packages and all their dependencies, each once.
    pub(crate) fn closure(&self, wanted: impl IntoIterator<Item = Row<'t>>) -> Vec<Row<'t>> {
        let mut all: Vec<Row<'t>> = Vec::new();
        let mut seen: BTreeSet<&str> = BTreeSet::new();
        let mut open: Vec<Row<'t>> = wanted.into_iter().collect();
        while let Some(row) = open.pop() {
            if !seen.insert(row.name) || all.len() >= MAX_PACKAGES {
                continue;
            }
            all.push(row);
            open.extend(row.depends().filter_map(|id| self.row(id)));
            open.extend(row.recommends().filter(|id| self.matches_c_library(id)).filter_map(|id| self.row(id)));
        }
        all.sort_by_key(|row| row.name);
        all
    }
}

/// The basis of a row's size if `version` is installed.
pub(crate) fn size_basis(table: &PackageTable, row: &Row<'_>, version: &str) -> String {
    let taken = if row.version == version { String::new() } else { format!(", taken for {version}") };
    format!("{} {} as npm unpacks it{taken} ({})", name_of(row.name), row.version, table.source())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packages::index::Indexes;

    #[test]
    fn a_range_finds_the_newest_that_fits() {
        let table = Indexes::builtin().table("npm").unwrap();
        let registry = Registry::read(&table, false);
        let major = |name: &str, range: &str| number(registry.find(name, range).unwrap().version).unwrap().0;
        assert_eq!((major("express", "^4.17.1"), major("express", "5.x")), (4, 5));
        assert_eq!(major("react", "^17.0.0 || ^18.0.0"), 18);
        assert_eq!(major("express", "latest"), number(registry.find("express", "").unwrap().version).unwrap().0);
        assert!(registry.find("no-such-package-here", "1").is_none());
    }

    #[test]
    fn one_c_library_has_its_own_packages() {
        let table = Indexes::builtin().table("npm").unwrap();
        for musl in [true, false] {
            let registry = Registry::read(&table, musl);
            let all = registry.closure(registry.find("@swc/core", ""));
            let own: Vec<bool> =
                all.iter().filter(|row| row.name.contains("core-linux")).map(|row| row.name.contains("musl")).collect();
            assert_eq!(own, [musl]);
        }
    }
}
