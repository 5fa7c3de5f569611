//! The repositories that are known and the tags that are in their lists on a day, to choose from.

use super::catalogue::Catalogue;
use super::dotted_version::DottedVersion;
use super::official::{self, Build, Platform};
use super::repository_names;
use crate::image::Day;
use std::cmp::Reverse;
use std::collections::BTreeSet;

/// Whether a build is one before a release, by its name: `3.15.0a2`, `1.26rc1-alpine`, `20.0.0-alpha.1`.
fn is_prerelease(name: &str) -> bool {
    let digit_before = |at: usize| name.as_bytes().get(at.wrapping_sub(1)).is_some_and(u8::is_ascii_digit);
    let marks = ["a", "b", "rc", "alpha", "beta", "-alpha", "-beta", "-rc"];
    marks.iter().any(|mark| {
        name.match_indices(mark).any(|(at, _)| {
            let behind = name.get(at + mark.len()..).unwrap_or_default();
            digit_before(at) && behind.trim_start_matches('.').bytes().next().is_some_and(|byte| byte.is_ascii_digit())
        })
    })
}

/// By what a tag goes before others: a release before what comes before one, the newest version, the shortest name.
fn rank<'t>(tag: &'t str, build: &Build) -> (bool, bool, Reverse<DottedVersion>, usize, &'t str) {
    let version = DottedVersion::of_release(&build.version);
    (tag != "latest", is_prerelease(&build.name), Reverse(version), tag.len(), tag)
}

impl Catalogue {
    /// The repositories whose images are known: those of the official images, and those of listed images on a day, in byte
    /// order.
    pub fn repositories(&self, day: Day) -> BTreeSet<&str> {
        let listed = self.entries(day).map(|facts| facts.name.as_str());
        listed.chain(official::names().iter().copied()).collect()
    }

    /// The tags of a repository that begin with a text and are in the lists on a day, at most `most`: `latest`, then those
    /// of the newest versions and the shortest ones first.
    pub fn tags(&self, repository: &str, typed: &str, day: Day, most: usize) -> Vec<String> {
        let (name, _) = repository_names::official(repository);
        let family = self.families.get(&name).ok().flatten();
        let mut tags: Vec<_> = family
            .iter()
            .flat_map(|family| family.tags_on(day))
            .filter(|(tag, build)| tag.starts_with(typed) && build.platform == Platform::Amd64)
            .map(|(tag, build)| rank(tag, build))
            .collect();
        tags.sort_unstable();
        let tags = tags.into_iter().map(|(.., tag)| tag);
        // Of other repositories only the listed images are known.
        let is_family = official::Families::is_known(&name);
        let listed = self.entries(day).filter(|facts| facts.name == name && !is_family).flat_map(|facts| &facts.tags);
        let listed = listed.map(String::as_str).filter(|tag| tag.starts_with(typed));
        tags.chain(listed).take(most).map(str::to_string).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base_images::newest_day;

    #[test]
    fn tags_are_those_of_the_day_the_newest_and_shortest_first() {
        let catalogue = Catalogue::builtin();
        let then: Day = "2018-01-08".parse().unwrap();
        let tags = |typed: &str, day: Day| catalogue.tags("golang", typed, day, 5);
        assert_eq!(tags("", then)[..3], ["latest", "1", "1.9"]);
        assert_eq!(tags("1.8", then)[..2], ["1.8", "1.8.5"]);
        assert!(tags("1.8", newest_day()).is_empty(), "it left the lists");
        assert_eq!(catalogue.tags("docker.io/library/nope", "", then, 5), [""; 0]);
        let python = catalogue.tags("python", "", newest_day(), 200);
        let place = |tag: &str| python.iter().position(|one| one == tag).unwrap_or(usize::MAX);
        assert!(place("3.14") < place("3.13") && place("3.14") < place("3.15-rc"), "{python:?}");
        assert!(!catalogue.tags("gcr.io/distroless/static-debian12", "", newest_day(), 5).is_empty());
        assert!(python.iter().all(|tag| !tag.contains("windows")), "{python:?}");
    }

    #[test]
    fn versions_before_a_release_are_told_from_others() {
        for version in ["3.15.0a2", "3.15.0b1", "1.26rc1", "1.10beta2", "24.0.0-rc.1", "20.0.0-alpha.3"] {
            assert!(is_prerelease(version), "{version}");
        }
        for version in ["8u402-b06", "3.14.0", "21.0.5_11", "", "1.30.0"] {
            assert!(!is_prerelease(version), "{version}");
        }
    }

    #[test]
    fn repositories_are_official_and_listed_ones() {
        let catalogue = Catalogue::builtin();
        let all = catalogue.repositories(newest_day());
        for name in ["alpine", "mcr.microsoft.com/dotnet/sdk", "gcr.io/distroless/static-debian12"] {
            assert!(all.contains(name), "{name}");
        }
    }
}
