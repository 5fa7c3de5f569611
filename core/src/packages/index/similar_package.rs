//! The size of a package that a release's index does not have, from a package that is nearly the same: of a name that
//! differs in numbers alone (`php84-curl` and `php83-curl`, `libicu52` and `libicu72`), or Debian 12's of the same name.

use super::Release;
use super::package_table::PackageTable;
use super::typical_size::{Estimate, bytes_with_needs};

/// The bytes of a row of `debian-sizes.tsv`.
struct ListedSizes {
    alone: u64,
    with_needs: u64,
    with_recommended: u64,
}

/// The share of another size at which a range ends, in thousandths.
struct Shares {
    low: u64,
    best: u64,
    high: u64,
}

/// Of packages whose names differ in numbers alone, in two of the tables of Debian 11, 12 and 13: what one has of the other's
/// bytes, nine of ten between the ends.
const OTHER_NUMBER: Shares = Shares { low: 750, best: 1_000, high: 1_300 };
/// What packages of Alpine 3.22 have, with all that they need, of the bytes that the packages of the same name have in
/// Debian 12: the quartiles of 394.
const ON_ALPINE: Shares = Shares { low: 320, best: 760, high: 1_540 };
/// The same package in another release of Debian or Ubuntu.
const SAME_NAME: Shares = OTHER_NUMBER;

impl Shares {
    fn of(&self, bytes: u64) -> Estimate {
        let share = |thousandths: u64| bytes.saturating_mul(thousandths) / 1_000;
        Estimate { low: share(self.low), best: share(self.best), high: share(self.high) }
    }
}

/// A name without its numbers, and without the mark of Debian's libraries with 64-bit time.
fn without_numbers(name: &str) -> impl Iterator<Item = char> + '_ {
    let name = name.strip_suffix("t64").unwrap_or(name);
    name.chars().filter(|c| !c.is_ascii_digit() && *c != '.')
}

impl Release {
    /// The size of a package that no table of the release has, with what it needs; `None` if nothing is like it.
    ///
    /// `sizes` is the table `debian-sizes`, `is_alpine` says that the release is one of Alpine, `recommends` that
    /// recommended packages are installed too.
    pub(crate) fn similar_size(
        &self,
        name: &str,
        sizes: Option<&PackageTable>,
        is_alpine: bool,
        recommends: bool,
    ) -> Option<Estimate> {
        let same = |other: &str| without_numbers(other).eq(without_numbers(name));
        // Names are in order, so that the last one has the highest number.
        let near =
            self.tables.iter().find_map(|(table, _)| Some((table, table.rows().filter(|row| same(row.name)).last()?)));
        if let Some((table, row)) = near {
            let of_all = OTHER_NUMBER.of(bytes_with_needs(table, &row));
            // What it needs may be there already.
            return Some(Estimate { low: OTHER_NUMBER.of(row.bytes).low, ..of_all });
        }
        let listed = sizes?.listed_sizes(name)?;
        if is_alpine {
            return Some(ON_ALPINE.of(listed.with_needs));
        }
        let all = if recommends { listed.with_recommended } else { listed.with_needs };
        Some(Estimate { low: SAME_NAME.of(listed.alone).low, ..SAME_NAME.of(all) })
    }
}

impl PackageTable {
    /// A row of the table `debian-sizes`, by the package's name.
    fn listed_sizes(&self, name: &str) -> Option<ListedSizes> {
        let mut kibibytes = self.row_text(name)?.split('\t').skip(1).map(|field| field.parse::<u64>().ok());
        let mut bytes = || Some(kibibytes.next()??.saturating_mul(1024));
        Some(ListedSizes { alone: bytes()?, with_needs: bytes()?, with_recommended: bytes()? })
    }
}

#[cfg(test)]
mod tests {
    use crate::packages::index::Indexes;

    #[test]
    fn a_package_that_is_missing_is_as_large_as_one_that_is_nearly_the_same() {
        let all = Indexes::builtin();
        let sizes = all.table("debian-sizes").unwrap();
        let size = |id: &str, version: &str, name: &str| {
            let release = all.release(id, version).unwrap();
            assert!(release.find(name).is_none(), "{name} is in the table");
            release.similar_size(name, Some(&sizes), id == "alpine", false)
        };
        let php = size("alpine", "3.22", "php84-curl").unwrap();
        assert!(php.low > 10_000 && php.high < 20_000_000, "{php:?}");
        let audacity = size("debian", "13", "audacity").unwrap();
        assert!((15_000_000..50_000_000).contains(&audacity.best), "{audacity:?}");
        let alpine = size("alpine", "3.22", "vnstat").unwrap();
        assert!(alpine.high < 4_000_000 && alpine.low > 100_000, "{alpine:?}");
        assert_eq!(size("debian", "12", "google-chrome-stable"), None);
        for estimate in [php, audacity, alpine] {
            assert!(estimate.low <= estimate.best && estimate.best <= estimate.high, "{estimate:?}");
        }
    }

    #[test]
    fn recommended_packages_count_where_they_are_installed() {
        let all = Indexes::builtin();
        let (release, sizes) = (all.release("debian", "13").unwrap(), all.table("debian-sizes").unwrap());
        let best = |recommends| release.similar_size("audacity", Some(&sizes), false, recommends).unwrap().best;
        assert!(best(true) > best(false));
    }
}
