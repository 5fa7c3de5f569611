//! Which packages a release has: Bloom filters of all names, made by `xtask/src/packages/package_names.py`.

use crate::image::Day;
use base64ct::{Base64Unpadded, Encoding as _};
use sha2::{Digest as _, Sha256};
use std::sync::{Arc, OnceLock};

/// The bits that are set for a name.
const HASHES: u64 = 7;
/// Names of Rust's libraries are in no filter.
const LEFT_OUT: &str = "librust-";
/// Packages come and go while a release is supported: of days further away in time nothing is concluded.
const NEAR_DAYS: i32 = 400;

/// What a release has of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NameKnown {
    /// A package, or nothing that can be said.
    MayExist,
    /// Others refer to it or several provide it: nothing can be installed under the name.
    NoCandidate,
    /// Nothing at all.
    Absent,
}

/// The names of a release's packages on a day, decoded at the first look-up.
#[derive(Debug)]
pub(crate) struct ReleaseNames {
    text: Arc<str>,
    filters: OnceLock<Option<Filters>>,
}

#[derive(Debug)]
struct Filters {
    day: Day,
    exists: BloomFilter,
    no_candidate: BloomFilter,
}

#[derive(Debug)]
struct BloomFilter(Vec<u8>);

impl ReleaseNames {
    pub(super) fn new(text: Arc<str>) -> ReleaseNames {
        ReleaseNames { text, filters: OnceLock::new() }
    }

    /// What the release has of `name` on `day`. Of names that do not exist one in 120 seems to.
    pub(crate) fn look_up(&self, name: &str, day: Day) -> NameKnown {
        let Some(filters) = self.filters.get_or_init(|| Filters::read(&self.text)) else { return NameKnown::MayExist };
        let is_near = filters.day.days_since(day).abs() <= NEAR_DAYS;
        if !is_near || name.starts_with(LEFT_OUT) || filters.exists.may_have(name) {
            return NameKnown::MayExist;
        }
        match filters.no_candidate.may_have(name) {
            true => NameKnown::NoCandidate,
            false => NameKnown::Absent,
        }
    }
}

impl Filters {
    fn read(text: &str) -> Option<Filters> {
        let field = |key: &str| text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('\t'));
        let filter = |key: &str| Some(BloomFilter(Base64Unpadded::decode_vec(field(key)?).ok()?));
        Some(Filters {
            day: field("day")?.parse().ok()?,
            exists: filter("exists")?,
            no_candidate: filter("no-candidate")?,
        })
    }
}

impl BloomFilter {
    fn may_have(&self, name: &str) -> bool {
        let digest = Sha256::digest(name.as_bytes());
        let number =
            |at: usize| digest.iter().skip(at).take(8).rev().fold(0_u64, |all, byte| all << 8 | u64::from(*byte));
        let (a, b) = (number(0), number(8));
        let bits = self.0.len() as u64 * 8;
        bits == 0
            || (0..HASHES).all(|i| {
                let bit = a.wrapping_add(i.wrapping_mul(b)) % bits;
                let byte = usize::try_from(bit / 8).ok().and_then(|at| self.0.get(at));
                byte.is_none_or(|byte| byte >> (bit % 8) & 1 == 1)
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base_images::newest_day;
    use crate::packages::index::Indexes;

    #[test]
    fn the_packages_of_a_release_exist_and_others_do_not() {
        let all = Indexes::builtin();
        let look_up = |id: &str, version: &str, name: &str| {
            all.release_names(id, version).unwrap().unwrap().look_up(name, newest_day())
        };
        for (version, table) in [("11", "debian-11"), ("12", "debian-12"), ("13", "debian-13")] {
            for row in all.table(table).unwrap().rows() {
                assert_eq!(look_up("debian", version, row.name), NameKnown::MayExist, "{version}: {}", row.name);
            }
        }
        // As apt-get answers in these releases.
        for (id, version, name, known) in [
            ("debian", "13", "openjdk-17-jdk", NameKnown::Absent),
            ("debian", "12", "openjdk-17-jdk", NameKnown::MayExist),
            ("debian", "12", "libssl1.1", NameKnown::Absent),
            ("debian", "11", "libssl1.1", NameKnown::MayExist),
            ("debian", "12", "python", NameKnown::NoCandidate),
            ("debian", "12", "netcat", NameKnown::NoCandidate),
            ("debian", "12", "default-mta", NameKnown::MayExist),
            ("ubuntu", "24.04", "libgl1-mesa-glx", NameKnown::NoCandidate),
            ("ubuntu", "22.04", "libgl1-mesa-glx", NameKnown::MayExist),
            ("ubuntu", "20.04", "mysql-client", NameKnown::MayExist),
        ] {
            assert_eq!(look_up(id, version, name), known, "{id} {version} {name}");
        }
        assert!(
            all.release_names("debian", "10").unwrap().is_none()
                && all.release_names("ubuntu", "23.04").unwrap().is_none()
        );
    }

    #[test]
    fn of_a_day_that_is_far_away_nothing_is_said() {
        let names = Indexes::builtin().release_names("debian", "12").unwrap().unwrap();
        assert_eq!(names.look_up("no-such-package", newest_day()), NameKnown::Absent);
        assert_eq!(names.look_up("no-such-package", "2023-07-01".parse().unwrap()), NameKnown::MayExist);
        assert_eq!(names.look_up("librust-no-such-dev", newest_day()), NameKnown::MayExist);
        let damaged = ReleaseNames::new("# nothing\nday\t2026-12-01\nexists\t?\n".into());
        assert_eq!(damaged.look_up("no-such-package", newest_day()), NameKnown::MayExist);
    }
}
