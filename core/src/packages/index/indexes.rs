//! The package indexes at hand, and the packages of a release from those that stand for it.

use super::nearest_release;
use super::package_table::PackageTable;
use super::release::Release;
use super::release_names::ReleaseNames;
use super::similar_package::Likeness;
use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

/// The table of Debian 12 that has nothing but sizes, of more packages than the others.
const DEBIAN_SIZES: &str = "debian-sizes";
/// The same of other releases, without the packages that their own tables have.
const DEBIAN_11_SIZES: &str = "debian-11-sizes";
const DEBIAN_13_SIZES: &str = "debian-13-sizes";
const ALPINE_SIZES: &str = "alpine-sizes";

/// A table that exists, loaded or not.
struct KnownTable {
    /// The name of its file without `.tsv`.
    name: &'static str,
    /// The display name of the release.
    title: &'static str,
    /// The number of bytes in one unit of its sizes. Debian counts in KiB, with each file rounded up.
    unit: u64,
}

/// The tables that have nothing but the names of a release's packages, by `ID` and `VERSION_ID` of its os-release.
const NAME_TABLES: [(&str, &str, &str); 6] = [
    ("debian-11-names", "debian", "11"),
    ("debian-12-names", "debian", "12"),
    ("debian-13-names", "debian", "13"),
    ("ubuntu-20.04-names", "ubuntu", "20.04"),
    ("ubuntu-22.04-names", "ubuntu", "22.04"),
    ("ubuntu-24.04-names", "ubuntu", "24.04"),
];

const KNOWN_TABLES: [KnownTable; 15] = [
    KnownTable { name: "debian-11", title: "Debian 11", unit: 1024 },
    KnownTable { name: "debian-12", title: "Debian 12", unit: 1024 },
    KnownTable { name: "debian-13", title: "Debian 13", unit: 1024 },
    KnownTable { name: "ubuntu-24.04", title: "Ubuntu 24.04", unit: 1024 },
    KnownTable { name: "alpine-3.17", title: "Alpine 3.17", unit: 1 },
    KnownTable { name: "alpine-3.18", title: "Alpine 3.18", unit: 1 },
    KnownTable { name: "alpine-3.19", title: "Alpine 3.19", unit: 1 },
    KnownTable { name: "alpine-3.20", title: "Alpine 3.20", unit: 1 },
    KnownTable { name: "alpine-3.22", title: "Alpine 3.22", unit: 1 },
    KnownTable { name: "pypi", title: "PyPI", unit: 1 },
    KnownTable { name: "npm", title: "npm", unit: 1 },
    KnownTable { name: DEBIAN_SIZES, title: "sizes of Debian 12's packages", unit: 1024 },
    KnownTable { name: DEBIAN_11_SIZES, title: "sizes of Debian 11's packages", unit: 1024 },
    KnownTable { name: DEBIAN_13_SIZES, title: "sizes of Debian 13's packages", unit: 1024 },
    KnownTable { name: ALPINE_SIZES, title: "sizes of Alpine 3.22's packages", unit: 1024 },
];

#[cfg(feature = "packages")]
const COMPILED_IN: &[(&str, &str)] = &[
    ("debian-11", include_str!("../../../data/packages/debian-11.tsv")),
    ("debian-12", include_str!("../../../data/packages/debian-12.tsv")),
    ("debian-13", include_str!("../../../data/packages/debian-13.tsv")),
    ("ubuntu-24.04", include_str!("../../../data/packages/ubuntu-24.04.tsv")),
    ("alpine-3.17", include_str!("../../../data/packages/alpine-3.17.tsv")),
    ("alpine-3.18", include_str!("../../../data/packages/alpine-3.18.tsv")),
    ("alpine-3.19", include_str!("../../../data/packages/alpine-3.19.tsv")),
    ("alpine-3.20", include_str!("../../../data/packages/alpine-3.20.tsv")),
    ("alpine-3.22", include_str!("../../../data/packages/alpine-3.22.tsv")),
    ("pypi", include_str!("../../../data/packages/pypi.tsv")),
    ("npm", include_str!("../../../data/packages/npm.tsv")),
    (DEBIAN_SIZES, include_str!("../../../data/packages/debian-sizes.tsv")),
    (DEBIAN_11_SIZES, include_str!("../../../data/packages/debian-11-sizes.tsv")),
    (DEBIAN_13_SIZES, include_str!("../../../data/packages/debian-13-sizes.tsv")),
    (ALPINE_SIZES, include_str!("../../../data/packages/alpine-sizes.tsv")),
    ("debian-11-names", include_str!("../../../data/packages/debian-11-names.tsv")),
    ("debian-12-names", include_str!("../../../data/packages/debian-12-names.tsv")),
    ("debian-13-names", include_str!("../../../data/packages/debian-13-names.tsv")),
    ("ubuntu-20.04-names", include_str!("../../../data/packages/ubuntu-20.04-names.tsv")),
    ("ubuntu-22.04-names", include_str!("../../../data/packages/ubuntu-22.04-names.tsv")),
    ("ubuntu-24.04-names", include_str!("../../../data/packages/ubuntu-24.04-names.tsv")),
];
#[cfg(not(feature = "packages"))]
const COMPILED_IN: &[(&str, &str)] = &[];

/// The tables that are loaded.
#[derive(Clone, Debug, Default)]
pub struct Indexes {
    tables: BTreeMap<&'static str, Arc<PackageTable>>,
    names: BTreeMap<&'static str, Arc<ReleaseNames>>,
}

/// Why the packages of a release are not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IndexError {
    /// No table is near the release.
    NoNearRelease,
    /// This table is not loaded.
    NotLoaded(&'static str),
}

impl Indexes {
    /// All tables, which are compiled in. Without the feature `packages` there are none.
    pub fn builtin() -> Self {
        static BUILTIN: LazyLock<Indexes> = LazyLock::new(|| {
            let mut all = Indexes::default();
            for (name, text) in COMPILED_IN {
                all.add(name, *text);
            }
            all
        });
        BUILTIN.clone()
    }

    /// Adds a table that was fetched. Returns false if no table of that name is known.
    pub fn add(&mut self, name: &str, text: impl Into<Arc<str>>) -> bool {
        if let Some((name, ..)) = NAME_TABLES.iter().find(|(known, ..)| *known == name) {
            self.names.insert(name, Arc::new(ReleaseNames::new(text.into())));
            return true;
        }
        let known = KNOWN_TABLES.iter().find(|known| known.name == name);
        if let Some(known) = known {
            self.tables.insert(known.name, Arc::new(PackageTable::new(text.into(), known.unit)));
        }
        known.is_some()
    }

    /// The packages of a release, by `ID` and `VERSION_ID` of its os-release.
    ///
    /// A release without a table of its own uses the table of the nearest release, and its sizes say so.
    ///
    /// # Errors
    /// Nothing is near it, or a table is not loaded.
    pub fn release(&self, id: &str, version: &str) -> Result<Release, IndexError> {
        let names = nearest_release::tables_of(id, version).ok_or(IndexError::NoNearRelease)?;
        let own = nearest_release::title_of(id, version);
        let mut tables = Vec::new();
        let mut own_tables = Vec::new();
        for name in names {
            let known = KNOWN_TABLES.iter().find(|known| known.name == *name);
            let (Some(known), Some(table)) = (known, self.tables.get(name)) else {
                return Err(IndexError::NotLoaded(name));
            };
            let taken = if known.title == own { String::new() } else { format!(", taken for {own}") };
            own_tables.push(known.title == own);
            let basis = format!("installed sizes of {}'s index{taken} ({})", known.title, table.source());
            tables.push((table.clone(), basis.into()));
        }
        let is_far = nearest_release::is_far(id, version);
        Ok(Release { tables, is_own: own_tables.iter().all(|is_own| *is_own), own_tables, is_far })
    }

    /// The names of a release's packages; `None` if there is no list of them.
    ///
    /// # Errors
    /// The table is not loaded.
    pub(crate) fn release_names(&self, id: &str, version: &str) -> Result<Option<Arc<ReleaseNames>>, IndexError> {
        let table = NAME_TABLES.iter().find(|(_, release, number)| (*release, *number) == (id, version));
        let named = |name: &&'static str| self.names.get(*name).cloned().ok_or(IndexError::NotLoaded(name));
        table.map(|(name, ..)| name).map(named).transpose()
    }

    /// The tables of nothing but sizes that tell most of a release, the nearest first.
    pub(crate) fn size_lists(id: &str, version: &str) -> &'static [(&'static str, Likeness)] {
        use Likeness::{NextRelease, OnAlpine, OtherRelease, SameRelease};
        let part = |index: usize| version.split('.').nth(index).and_then(|part| part.parse::<u32>().ok()).unwrap_or(0);
        match (id, part(0), part(1)) {
            ("debian", 11, _) => &[(DEBIAN_11_SIZES, SameRelease), (DEBIAN_SIZES, OtherRelease)],
            ("debian", 12, _) => &[(DEBIAN_SIZES, SameRelease)],
            ("debian", 13, _) => &[(DEBIAN_13_SIZES, SameRelease), (DEBIAN_SIZES, OtherRelease)],
            ("debian", 14.., _) => &[(DEBIAN_13_SIZES, NextRelease), (DEBIAN_SIZES, OtherRelease)],
            ("ubuntu", 24.., _) => &[(DEBIAN_13_SIZES, OtherRelease), (DEBIAN_SIZES, OtherRelease)],
            ("ubuntu", 22.., _) => &[(DEBIAN_SIZES, OtherRelease)],
            ("debian" | "ubuntu", _, _) => &[(DEBIAN_11_SIZES, OtherRelease), (DEBIAN_SIZES, OtherRelease)],
            ("alpine", 3, 22) => &[(ALPINE_SIZES, SameRelease), (DEBIAN_SIZES, OnAlpine)],
            ("alpine", 3, 20..) => &[(ALPINE_SIZES, NextRelease), (DEBIAN_SIZES, OnAlpine)],
            ("alpine", _, _) => &[(ALPINE_SIZES, OtherRelease), (DEBIAN_SIZES, OnAlpine)],
            _ => &[],
        }
    }

    /// A table by its name.
    ///
    /// # Errors
    /// It is not loaded.
    pub fn table(&self, name: &'static str) -> Result<Arc<PackageTable>, IndexError> {
        self.tables.get(name).cloned().ok_or(IndexError::NotLoaded(name))
    }

    /// The names of the loaded tables, separated by spaces.
    pub fn names(&self) -> String {
        self.tables.keys().chain(self.names.keys()).copied().collect::<Vec<_>>().join(" ")
    }

    /// The loaded tables: the title of each release with its source.
    pub fn titles(&self) -> Vec<(&'static str, String)> {
        let title = |name: &str| KNOWN_TABLES.iter().find(|known| known.name == name).map(|known| known.title);
        self.tables.iter().filter_map(|(name, table)| Some((title(name)?, table.source().to_string()))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_is_read_and_every_dependency_is_in_it() {
        let all = Indexes::builtin();
        assert_eq!(all.tables.len(), KNOWN_TABLES.len());
        for (name, table) in all.tables.iter().filter(|(name, _)| !name.ends_with("-sizes")) {
            let mut last = String::new();
            let mut count = 0;
            for row in table.rows() {
                assert!(row.name > last.as_str(), "{name}: {} behind {last}", row.name);
                last = row.name.to_string();
                count += 1;
                assert_eq!(table.find(row.name).map(|found| found.version), Some(row.version), "{name}: {}", row.name);
                for need in row.depends().chain(row.recommends()) {
                    assert!(table.find(need).is_some(), "{name}: {} needs {need}", row.name);
                }
            }
            assert!(count >= 400, "{name}: {count}");
            assert!(["pypi", "npm"].contains(name) || table.rows().any(|row| row.in_base), "{name}");
            assert!(!table.source().is_empty(), "{name}");
        }
    }
}
