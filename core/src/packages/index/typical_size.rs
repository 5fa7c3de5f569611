//! The size of a package that the index does not have, estimated from those that it has.
//!
//! One package is estimated by the median, between the quartiles. Sizes of packages are far from even: a few large ones
//! make most of a long list. So several are estimated by the quartiles of the mean of as many packages, drawn at random
//! by a generator with a fixed seed.

use super::package_table::{PackageTable, Row};
use std::collections::BTreeSet;

/// The fewest packages of an index that an estimate rests on.
const MIN_SAMPLE: usize = 30;
/// The most packages whose needs are followed.
const MAX_FOLLOWED: usize = 200;
/// How many lists of packages are drawn for each length.
const DRAWS: usize = 200;
/// The lengths of the lists that are drawn. A longer list is estimated as one of the next shorter length, whose mean
/// varies more.
const LENGTHS: [usize; 5] = [1, 3, 10, 30, 100];

/// The estimated size of one package in bytes: the median, between the quartiles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Estimate {
    /// The lower quartile.
    pub low: u64,
    /// The median.
    pub best: u64,
    /// The upper quartile.
    pub high: u64,
}

/// The typical sizes of the packages of one index.
#[derive(Debug, Default)]
pub(super) struct TypicalSizes {
    /// For each of [`LENGTHS`]: one package of a list, without its needs.
    alone: Vec<Estimate>,
    /// The same, with all that it needs.
    with_needs: Vec<Estimate>,
}

impl TypicalSizes {
    pub(super) fn of(table: &PackageTable) -> TypicalSizes {
        let rows: Vec<Row<'_>> = table.rows().filter(|row| !row.in_base && row.bytes > 0).collect();
        let needed: BTreeSet<&str> = rows.iter().flat_map(Row::depends).collect();
        // What nothing else needs is what people ask for by name.
        let asked: Vec<&Row<'_>> = rows.iter().filter(|row| !needed.contains(row.name)).collect();
        let every = asked.len().div_ceil(MAX_FOLLOWED).max(1);
        let alone: Vec<u64> = rows.iter().map(|row| row.bytes).collect();
        let with_needs: Vec<u64> = asked.iter().step_by(every).map(|row| bytes_with_needs(table, row)).collect();
        TypicalSizes { alone: estimates(&alone), with_needs: estimates(&with_needs) }
    }

    /// The size of each package of a list of `count`.
    ///
    /// With needs, the range reaches from packages whose needs are all there already to packages that share none.
    pub(super) fn estimate(&self, count: usize, with_needs: bool) -> Option<Estimate> {
        let at = LENGTHS.iter().rposition(|length| *length <= count)?;
        let alone = *self.alone.get(at)?;
        if !with_needs {
            return Some(alone);
        }
        let (needs, first) = (self.with_needs.get(at)?, self.with_needs.first()?);
        let length = LENGTHS.get(at).map_or(1, |length| *length as u64).max(1);
        // The packages of a list share most of what they need.
        let shared = first.best.saturating_sub(self.alone.first()?.best) / length;
        let high = needs.high.max(alone.low);
        Some(Estimate { low: alone.low, best: alone.best.saturating_add(shared).min(high), high })
    }
}

/// The bytes of a package and of all that it needs beside the base image.
pub(super) fn bytes_with_needs(table: &PackageTable, row: &Row<'_>) -> u64 {
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    let mut open = vec![row.name];
    let mut bytes: u64 = 0;
    while let Some(name) = open.pop() {
        let Some(row) = table.find(name).filter(|row| !row.in_base) else { continue };
        if seen.insert(row.name) {
            bytes = bytes.saturating_add(row.bytes);
            open.extend(row.depends());
        }
    }
    bytes
}

/// For each of [`LENGTHS`]: the quartiles of the mean of as many sizes.
fn estimates(sizes: &[u64]) -> Vec<Estimate> {
    if sizes.len() < MIN_SAMPLE {
        return Vec::new();
    }
    // xorshift64 (Marsaglia 2003), from a fixed seed: the same input gives the same bytes.
    let mut state: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut draw = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        sizes.get((state % sizes.len() as u64) as usize).copied().unwrap_or(0)
    };
    let mut of_length = |length: usize| {
        let mean = |sum: u64| sum / length as u64;
        let mut means: Vec<u64> =
            (0..DRAWS).map(|_| mean((0..length).map(|_| draw()).fold(0, u64::saturating_add))).collect();
        quartiles(&mut means)
    };
    let single = quartiles(&mut sizes.to_vec());
    LENGTHS.iter().map(|length| if *length == 1 { single } else { of_length(*length) }).collect()
}

fn quartiles(sizes: &mut [u64]) -> Estimate {
    sizes.sort_unstable();
    let at = |quarter: usize| sizes.get(sizes.len() * quarter / 4).copied().unwrap_or(0);
    Estimate { low: at(1), best: at(2), high: at(3) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packages::index::Indexes;

    fn table(rows: usize) -> PackageTable {
        let row =
            |at: usize| format!("p{at:03}\t1\t{}\t{}\n", 100 * (at + 1), if at.is_multiple_of(2) { "q" } else { "" });
        let text: String = (0..rows).map(row).chain(["q\t1\t5000\n".to_string()]).collect();
        PackageTable::new(text.into(), 1)
    }

    #[test]
    fn one_package_is_the_median_between_the_quartiles() {
        let sizes = TypicalSizes::of(&table(99));
        assert_eq!(sizes.estimate(1, false), Some(Estimate { low: 2_600, best: 5_000, high: 7_500 }));
        let with_needs = sizes.estimate(1, true).unwrap();
        assert!(with_needs.low == 2_600 && with_needs.best > 5_000 && with_needs.high > 9_000, "{with_needs:?}");
    }

    #[test]
    fn a_long_list_is_estimated_in_a_narrower_range() {
        let sizes = TypicalSizes::of(&table(99));
        let width = |count| sizes.estimate(count, false).map(|one| one.high - one.low).unwrap();
        assert!(width(1) > 2 * width(10) && width(10) > 2 * width(100), "{} {} {}", width(1), width(10), width(100));
        assert_eq!(sizes.estimate(29, false), sizes.estimate(10, false));
        assert_eq!(sizes.estimate(0, false), None);
    }

    #[test]
    fn nothing_is_estimated_from_a_few_packages() {
        assert_eq!(TypicalSizes::of(&table(20)).estimate(1, false), None);
    }

    /// A few large packages make most of a long list, so its mean is above the median of one.
    #[test]
    fn every_index_gives_an_estimate_whose_ends_are_in_order() {
        let indexes = Indexes::builtin();
        for name in ["debian-12", "alpine-3.22", "npm", "pypi"] {
            let table = indexes.table(name).unwrap();
            for (count, needs) in [(1, false), (1, true), (5, true), (40, false), (1_000, false), (1_000, true)] {
                let one = table.typical_size(count, needs).unwrap();
                assert!(0 < one.low && one.low <= one.best && one.best <= one.high, "{name} {count} {needs}: {one:?}");
            }
            let best = |count| table.typical_size(count, false).unwrap().best;
            assert!(best(100) > 2 * best(1), "{name}");
        }
    }
}
