//! The package indexes of `data/packages`.

use std::collections::BTreeMap;
use std::sync::OnceLock;

/// One package.
pub(super) struct Row {
    pub(super) name: &'static str,
    /// Bytes on disk, as the index states them.
    pub(super) bytes: u64,
    pub(super) depends: Vec<&'static str>,
    pub(super) recommends: Vec<&'static str>,
    /// It is in the distribution's base image.
    pub(super) in_base: bool,
}

/// The packages of one release.
pub(super) struct Index {
    rows: BTreeMap<&'static str, Row>,
    /// Virtual names.
    virtuals: BTreeMap<&'static str, &'static str>,
    /// What a size of it rests on.
    pub(super) basis: &'static str,
}

impl Index {
    fn read(text: &'static str, unit: u64, basis: &'static str) -> Index {
        let mut index = Index { rows: BTreeMap::new(), virtuals: BTreeMap::new(), basis };
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let mut fields = line.split('\t');
            let (Some(name), Some(second)) = (fields.next(), fields.next()) else { continue };
            if let Some(name) = name.strip_prefix('=') {
                index.virtuals.insert(name, second);
                continue;
            }
            let mut list = || fields.next().unwrap_or("").split_whitespace().collect();
            let plain = name.strip_prefix('*').unwrap_or(name);
            let row = Row {
                name: plain,
                bytes: second.parse::<u64>().unwrap_or(0).saturating_mul(unit),
                depends: list(),
                recommends: list(),
                in_base: plain.len() < name.len(),
            };
            index.rows.insert(plain, row);
        }
        index
    }

    /// A package by its name or a virtual one.
    pub(super) fn find(&self, name: &str) -> Option<&Row> {
        self.rows.get(name).or_else(|| self.rows.get(self.virtuals.get(name)?))
    }

    /// What the distribution's base image has.
    pub(super) fn base(&self) -> impl Iterator<Item = &Row> {
        self.rows.values().filter(|row| row.in_base)
    }
}

/// Alpine's, whatever the release: the basis says whose it is.
pub(super) fn alpine(release: &str) -> &'static Index {
    static OWN: OnceLock<Index> = OnceLock::new();
    static OTHER: OnceLock<Index> = OnceLock::new();
    const TEXT: &str = include_str!("../../../data/packages/alpine-3.22.tsv");
    if release == "3.22" || release.starts_with("3.22.") {
        return OWN.get_or_init(|| Index::read(TEXT, 1, "installed sizes of Alpine 3.22.2's index (November 2025)"));
    }
    OTHER.get_or_init(|| {
        Index::read(TEXT, 1, "installed sizes of Alpine 3.22.2's index (November 2025), taken for this release too")
    })
}

/// Debian's of a release: `12` or `13`.
pub(super) fn debian(release: &str) -> Option<&'static Index> {
    static BOOKWORM: OnceLock<Index> = OnceLock::new();
    static TRIXIE: OnceLock<Index> = OnceLock::new();
    /// Debian counts in KiB, each file rounded up.
    const KIB: u64 = 1024;
    match release {
        "12" => Some(BOOKWORM.get_or_init(|| {
            let text = include_str!("../../../data/packages/debian-12.tsv");
            Index::read(text, KIB, "Installed-Size in Debian 12's index (2026-11-24)")
        })),
        "13" => Some(TRIXIE.get_or_init(|| {
            let text = include_str!("../../../data/packages/debian-13.tsv");
            Index::read(text, KIB, "Installed-Size in Debian 13's index (2026-11-24)")
        })),
        _ => None,
    }
}
