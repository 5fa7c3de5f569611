//! The size of a package that a release's index does not have: from a list of nothing but sizes, of the release or of another
//! one, or from a package that is nearly the same, of a name that differs in numbers alone (`php84-curl` and `php83-curl`,
//! `libicu52` and `libicu72`).

use super::Release;
use super::package_table::PackageTable;
use super::typical_size::{Estimate, bytes_with_needs};
use std::sync::Arc;

/// What a list of sizes is to a release.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Likeness {
    /// It is of the very release.
    SameRelease,
    /// It is of the one before.
    NextRelease,
    /// It is of another release of the distribution, or of one that takes its packages.
    OtherRelease,
    /// It is of Debian, and the release is of Alpine.
    OnAlpine,
}

/// A table of nothing but sizes.
#[derive(Clone, Debug)]
pub(crate) struct SizeList {
    pub(crate) table: Arc<PackageTable>,
    pub(crate) likeness: Likeness,
}

/// The bytes of a row of such a table.
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

/// A list has two significant digits, of sizes that round each file up, without the modules that Python's packages compile.
/// What the packages of Debian 12's own table have of what its list says, with all that they need: nine of ten sums are
/// between the ends (the test below).
const ROUNDED: Shares = Shares { low: 930, best: 1_000, high: 1_100 };
/// Of packages with all that they need, in a release of Debian and the next, by the lists of 11, 12 and 13: the quartiles of
/// 48,853. Alpine 3.22 has 0.97 to 1.25 of what 3.20 has, nine of ten.
const NEXT_RELEASE: Shares = Shares { low: 900, best: 1_050, high: 1_200 };
/// Of packages whose names differ in numbers alone, in two of the tables of Debian 11, 12 and 13: what one has of the other's
/// bytes, nine of ten between the ends.
const OTHER_NUMBER: Shares = Shares { low: 750, best: 1_000, high: 1_300 };
/// What packages of Alpine 3.19 have, with all that they need, of the bytes that the packages of the same name have in
/// Debian 12: the quartiles of 384.
const ON_ALPINE: Shares = Shares { low: 230, best: 600, high: 1_050 };
/// The same package in another release of Debian, by the lists of 11 and 13: the quartiles of 41,928.
const SAME_NAME: Shares = Shares { low: 750, best: 1_000, high: 1_300 };

/// Packages with all that they need in releases of Alpine that are at least four apart: what those of 3.17 have of the bytes
/// that the same name has in 3.22, between the second and the 95th of a hundred of 711.
const FAR_RELEASE: Shares = Shares { low: 200, best: 960, high: 1_620 };

impl Shares {
    fn of(&self, bytes: u64) -> Estimate {
        let share = |thousandths: u64| bytes.saturating_mul(thousandths) / 1_000;
        Estimate { low: share(self.low), best: share(self.best), high: share(self.high) }
    }
}

/// The size of a package from its size in another release of the distribution.
pub(crate) fn in_another_release(bytes: u64) -> Estimate {
    OTHER_NUMBER.of(bytes)
}

/// The size of a package from its size in a release that is years later.
pub(crate) fn in_far_release(bytes: u64) -> Estimate {
    FAR_RELEASE.of(bytes)
}

/// A name without its numbers, and without the mark of Debian's libraries with 64-bit time.
fn without_numbers(name: &str) -> impl Iterator<Item = char> + '_ {
    let name = name.strip_suffix("t64").unwrap_or(name);
    name.chars().filter(|c| !c.is_ascii_digit() && *c != '.')
}

impl Release {
    /// The size of a package that no table of the release has, with what it needs; `None` if nothing is like it.
    ///
    /// `recommends`: recommended packages are installed too. `there`: the bytes of packages beside the base image's that
    /// are installed, which it may need.
    pub(crate) fn similar_size(
        &self,
        name: &str,
        lists: &[SizeList],
        recommends: bool,
        there: u64,
    ) -> Option<Estimate> {
        let listed = |likeness: &[Likeness]| {
            let list = lists.iter().filter(|list| likeness.contains(&list.likeness));
            list.filter_map(|list| list.size(name, recommends, there)).next()
        };
        let near = || {
            let same = |other: &str| without_numbers(other).eq(without_numbers(name));
            // Names are in order, so that the last one has the highest number.
            let mut tables = self.tables.iter();
            let (table, row) =
                tables.find_map(|(table, _)| Some((table, table.rows().filter(|row| same(row.name)).last()?)))?;
            let of_all = OTHER_NUMBER.of(bytes_with_needs(table, &row));
            // What it needs may be there already.
            Some(Estimate { low: OTHER_NUMBER.of(row.bytes).low, ..of_all })
        };
        listed(&[Likeness::SameRelease, Likeness::NextRelease])
            .or_else(near)
            .or_else(|| listed(&[Likeness::OtherRelease, Likeness::OnAlpine]))
    }
}

impl SizeList {
    fn size(&self, name: &str, recommends: bool, there: u64) -> Option<Estimate> {
        let listed = self.table.listed_sizes(name)?;
        let all = if recommends { listed.with_recommended } else { listed.with_needs };
        let shares = match self.likeness {
            Likeness::OnAlpine => return Some(ON_ALPINE.of(listed.with_needs)),
            Likeness::SameRelease => ROUNDED,
            Likeness::NextRelease => NEXT_RELEASE,
            Likeness::OtherRelease => SAME_NAME,
        };
        let (alone, all) = (shares.of(listed.alone.min(all)), shares.of(all));
        // At most this much of what it needs is there already.
        let shared = there.min(all.best.saturating_sub(alone.best));
        Some(Estimate {
            low: all.low.saturating_sub(shared).max(alone.low),
            best: all.best.saturating_sub(shared / 2),
            high: all.high,
        })
    }
}

impl PackageTable {
    /// A row of a table of nothing but sizes, by the package's name.
    fn listed_sizes(&self, name: &str) -> Option<ListedSizes> {
        let mut kibibytes = self.row_text(name)?.split('\t').skip(1).map(|field| field.parse::<u64>().ok());
        let mut bytes = || Some(kibibytes.next()??.saturating_mul(1024));
        Some(ListedSizes { alone: bytes()?, with_needs: bytes()?, with_recommended: bytes()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packages::index::Indexes;
    use std::collections::BTreeSet;

    #[test]
    fn a_package_that_is_missing_is_as_large_as_one_that_is_nearly_the_same() {
        let all = Indexes::builtin();
        let size = |id: &str, version: &str, name: &str| {
            let release = all.release(id, version).unwrap();
            assert!(release.find(name).is_none(), "{name} is in the table");
            release.similar_size(name, &lists(&all, id, version), false, 0)
        };
        let php = size("alpine", "3.22", "php84-curl").unwrap();
        assert!(php.low > 10_000 && php.high < 20_000_000, "{php:?}");
        let audacity = size("debian", "13", "audacity").unwrap();
        assert!((50_000_000..500_000_000).contains(&audacity.best), "{audacity:?}");
        let alpine = size("alpine", "3.22", "vnstat").unwrap();
        assert!(alpine.high < 40_000_000 && alpine.low > 100_000, "{alpine:?}");
        assert_eq!(size("debian", "12", "google-chrome-stable"), None);
        for estimate in [php, audacity, alpine] {
            assert!(estimate.low <= estimate.best && estimate.best <= estimate.high, "{estimate:?}");
        }
    }

    fn lists(all: &Indexes, id: &str, version: &str) -> Vec<SizeList> {
        let lists = Indexes::size_lists(id, version).iter();
        lists.map(|(name, likeness)| SizeList { table: all.table(name).unwrap(), likeness: *likeness }).collect()
    }

    #[test]
    fn a_list_of_the_release_tells_the_size_but_for_what_is_there_already() {
        let all = Indexes::builtin();
        let gimp = |version: &str, there: u64| {
            let release = all.release("debian", version).unwrap();
            release.similar_size("gimp", &lists(&all, "debian", version), false, there).unwrap()
        };
        let (first, later) = (gimp("11", 0), gimp("11", 50_000_000));
        assert!(first.high - first.low <= first.best / 5, "{first:?}");
        assert_eq!((later.high, later.low), (first.high, first.low - 50_000_000));
        let all_there = gimp("11", u64::MAX);
        assert!(all_there.low > 1_000_000 && all_there.low < first.low / 4, "{all_there:?}");
        let next = gimp("14", 0);
        assert!(next.high - next.low > next.best / 4 && next.high - next.low < next.best / 3, "{next:?}");
    }

    /// Packages of Debian 12's own table are left out, and estimated by the list: two beside two that are known.
    #[test]
    fn nine_of_ten_sums_with_packages_that_are_left_out_are_in_their_range() {
        let all = Indexes::builtin();
        let (release, lists) = (all.release("debian", "12").unwrap(), lists(&all, "debian", "12"));
        let base: BTreeSet<String> = release.base().map(|row| row.name.to_string()).collect();
        let is_in_both = |name: &&str| {
            let listed = lists.iter().any(|list| list.table.listed_sizes(name).is_some());
            listed && release.find(name).is_some_and(|(row, _)| row.name == *name && !row.in_base)
        };
        let names: Vec<&str> = include_str!("../../../data/packages/names.txt").lines().filter(is_in_both).collect();
        let bytes = |wanted: &[&str]| -> u64 {
            release.closure(wanted.iter().copied(), &base, false).values().map(|(row, _)| row.bytes).sum()
        };
        let (mut inside, mut narrow) = (0, 0);
        for at in 0..names.len() {
            let other = |step: usize| names[(at * step + 3) % names.len()];
            let (hidden, known) = ([names[at], other(7)], [other(13), other(31)]);
            let mut there = bytes(&known);
            let (mut low, mut high) = (there, there);
            for name in hidden {
                let one = release.similar_size(name, &lists, false, there).unwrap();
                assert!(one.low <= one.best && one.best <= one.high, "{name}: {one:?}");
                (low, high, there) = (low + one.low, high + one.high, there + one.high);
            }
            let truth = bytes(&[hidden, known].concat());
            inside += usize::from((low..=high).contains(&truth));
            narrow += usize::from((high - low) * 3 <= high);
        }
        println!("{inside} of {} inside, {narrow} no wider than a third", names.len());
        assert!(names.len() > 300 && inside * 10 >= names.len() * 9 && narrow * 2 > names.len());
    }

    #[test]
    fn recommended_packages_count_where_they_are_installed() {
        let all = Indexes::builtin();
        let (release, lists) = (all.release("debian", "13").unwrap(), lists(&all, "debian", "13"));
        let best = |recommends| release.similar_size("audacity", &lists, recommends, 0).unwrap().best;
        assert!(best(true) > best(false));
    }
}
