//! The packages of a base image: its distribution's own, and those that its Dockerfile asks for.

use crate::image::BaseFacts;
use crate::packages::index::{Indexes, Release};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

const ALPINE: &str = "alpine";

/// What `data/rootfs/packages.json` holds.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Installed {
    /// By an image's name and words of its tag: packages, and `@` with another entry.
    images: BTreeMap<String, Vec<String>>,
}

impl Installed {
    pub(crate) fn builtin() -> Self {
        // A test proves that it can be read.
        serde_json::from_str(include_str!("../../data/rootfs/packages.json")).unwrap_or_default()
    }

    /// The release of an image, and the names of its packages: those of the distribution's own image, and what was
    /// asked for with all that this needs. `None` where it is not known, or the release's table is not loaded.
    pub(crate) fn of(&self, facts: &BaseFacts, indexes: &Indexes) -> Option<(Release, BTreeSet<String>)> {
        let distro = facts.distro.get("id")?;
        let asked = match self.entry(facts) {
            _ if facts.name == *distro => Vec::new(),
            Some(entry) => self.packages(entry),
            None if facts.packages.is_empty() => return None,
            None => facts.packages.iter().map(String::as_str).collect(),
        };
        let version = facts.distro.get("version").map_or("", String::as_str);
        let release = indexes.release(distro, version).ok()?;
        let mut names: BTreeSet<String> = release.base().map(|row| row.name.to_string()).collect();
        let further: Vec<String> = release.closure(asked, &names, false).into_keys().map(str::to_string).collect();
        names.extend(further);
        Some((release, names))
    }

    /// The entry of an image: of those whose words are all in its tag, the one with the most. Alpine's packages
    /// have names of their own.
    fn entry(&self, facts: &BaseFacts) -> Option<&str> {
        let is_alpine = facts.distro.get("id").is_some_and(|id| id == ALPINE);
        let mut words: Vec<&str> = facts.tags.first()?.split('-').collect();
        words.extend(Some(ALPINE).filter(|_| is_alpine));
        let fits = |key: &&String| {
            key.strip_prefix(facts.name.as_str())
                .filter(|rest| rest.is_empty() || rest.starts_with(' '))
                .filter(|rest| rest.split(' ').any(|word| word == ALPINE) == is_alpine)
                .is_some_and(|rest| rest.split_whitespace().all(|word| words.contains(&word)))
        };
        self.images.keys().filter(fits).max_by_key(|key| key.split(' ').count()).map(String::as_str)
    }

    /// The packages of an entry, and of those that it names.
    fn packages(&self, entry: &str) -> Vec<&str> {
        let words = self.images.get(entry).map_or(&[][..], Vec::as_slice);
        words
            .iter()
            .flat_map(|word| match word.strip_prefix('@') {
                Some(other) => self.packages(other),
                None => vec![word.as_str()],
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base_images::{Catalogue, newest_day};
    use crate::image::Reference;

    fn names(catalogue: &Catalogue, image: &str) -> BTreeSet<String> {
        let facts = catalogue.find(&Reference::parse(image).unwrap(), newest_day()).unwrap();
        Installed::builtin().of(&facts, &catalogue.packages).unwrap().1
    }

    #[test]
    fn every_entry_is_an_image_and_its_packages_are_in_the_tables() {
        let (all, catalogue) = (Installed::builtin(), Catalogue::builtin());
        assert!(all.images.len() > 30);
        let mut used = BTreeSet::new();
        for facts in catalogue.entries(newest_day()) {
            let Some(entry) = all.entry(facts) else { continue };
            used.insert(entry);
            let asked = all.packages(entry);
            let Some((release, _)) = all.of(facts, &catalogue.packages) else { continue };
            // Of Debian 12, Alpine's community and another release's name the tables lack some.
            let missing: Vec<&str> = asked.iter().copied().filter(|name| release.find(name).is_none()).collect();
            assert!(missing.len() <= 3, "{}: {missing:?}", facts.reference());
        }
        let unused: Vec<&String> = all.images.keys().filter(|key| !used.contains(key.as_str())).collect();
        assert!(unused.is_empty(), "{unused:?}");
    }

    /// The binary packages that docker-library/repo-info lists for python:3.12-slim (2026-07-14).
    #[test]
    fn the_packages_of_an_image_are_those_that_were_listed() {
        let listed = "adduser apt base-files base-passwd bash bsdutils ca-certificates coreutils dash debconf \
             debian-archive-keyring debianutils diffutils dpkg findutils gcc-14-base grep gzip hostname \
             init-system-helpers libacl1 libapt-pkg7.0 libattr1 libaudit-common libaudit1 libblkid1 libbsd0 libbz2-1.0 \
             libc-bin libc6 libcap-ng0 libcap2 libcrypt1 libdb5.3t64 libdebconfclient0 libffi8 libgcc-s1 libgdbm6t64 \
             libgmp10 libhogweed6t64 liblastlog2-2 liblz4-1 liblzma5 libmd0 libmount1 libncursesw6 libnettle8t64 \
             libpam-modules libpam-modules-bin libpam-runtime libpam0g libpcre2-8-0 libreadline8t64 libseccomp2 \
             libselinux1 libsemanage-common libsemanage2 libsepol2 libsmartcols1 libsqlite3-0 libssl3t64 libstdc++6 \
             libsystemd0 libtinfo6 libudev1 libuuid1 libxxhash0 libzstd1 login login.defs mawk mount ncurses-base \
             ncurses-bin netbase openssl openssl-provider-legacy passwd perl-base readline-common sed sqv \
             sysvinit-utils tar tzdata util-linux zlib1g";
        let listed: BTreeSet<String> = listed.split_whitespace().map(str::to_string).collect();
        let ours = names(&Catalogue::builtin(), "python:3.12-slim");
        let differ: Vec<&String> = listed.symmetric_difference(&ours).collect();
        assert!(differ.is_empty(), "{differ:?}");
    }

    #[test]
    fn a_family_without_an_entry_has_the_packages_that_its_facts_name() {
        let catalogue = Catalogue::builtin();
        let debian = catalogue.find(&Reference::parse("debian:12-slim").unwrap(), newest_day()).unwrap();
        let of = |packages: &[&str]| {
            let packages = packages.iter().map(ToString::to_string).collect();
            let facts = BaseFacts { name: "haproxy".into(), packages, ..BaseFacts::clone(&debian) };
            Some(Installed::builtin().of(&facts, &catalogue.packages)?.1)
        };
        assert_eq!(of(&[]), None);
        let names = of(&["curl", "a-package-that-no-release-has"]).unwrap();
        assert!(names.contains("curl") && names.contains("libcurl4") && names.contains("dpkg"), "{names:?}");
        assert!(!names.contains("a-package-that-no-release-has"));
    }

    /// How many packages repo-info counts, without groups of their own (`.python-rundeps`).
    #[test]
    fn images_of_alpine_have_as_many_packages_as_were_counted() {
        let catalogue = Catalogue::builtin();
        for (image, counted) in
            [("alpine:3.24", 16), ("golang:1.27-alpine", 17), ("node:24-alpine", 18), ("python:3.13-alpine", 28)]
        {
            assert_eq!(names(&catalogue, image).len(), counted, "{image}");
        }
    }
}
