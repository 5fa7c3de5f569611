//! Distributions as base images: what the root of each release holds, from `data/distributions.json`.

use super::official::Build;
use crate::image::Day;
use serde::Deserialize;
use std::sync::LazyLock;

/// A distribution whose images are root file systems.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Distribution {
    /// The repositories of its images.
    pub(crate) families: Vec<String>,
    /// `ID` of its os-release.
    pub(crate) id: String,
    /// `glibc` unless named.
    #[serde(default)]
    libc: Option<String>,
    /// What `/bin/sh` is.
    pub(crate) shell: String,
    pub(crate) bash: bool,
    pub(crate) package_manager: String,
    cmd: Vec<String>,
    /// A time in which CMD was another: from a day until a day.
    #[serde(default)]
    cmd_once: Option<(Day, Day, Vec<String>)>,
    #[serde(default)]
    ca_certificates: Option<bool>,
    releases: Vec<Release>,
}

/// One release.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Release {
    /// `VERSION_ID` of its os-release, or the first parts of it.
    pub(crate) version: String,
    /// The version of its C library.
    pub(crate) libc: String,
    /// The codename first, then other words that tags have for it.
    #[serde(default)]
    names: Vec<String>,
    #[serde(default)]
    ca_certificates: Option<bool>,
}

#[derive(Debug, Deserialize)]
struct File {
    distributions: Vec<Distribution>,
}

/// Every distribution.
pub(crate) fn all() -> &'static [Distribution] {
    static ALL: LazyLock<Vec<Distribution>> = LazyLock::new(|| {
        // A test reads it.
        serde_json::from_str::<File>(include_str!("../../data/distributions.json"))
            .map(|file| file.distributions)
            .unwrap_or_default()
    });
    &ALL
}

/// Whether a word of a tag has the form of Alpine's: `alpine` or `alpine3.14`.
pub(crate) fn alpine_version(word: &str) -> Option<&str> {
    word.strip_prefix("alpine").filter(|version| version.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.'))
}

/// A release by a codename that occurs in tags of other images: `bookworm`, `noble`.
pub(crate) fn by_codename(word: &str) -> Option<(&'static Distribution, &'static Release)> {
    let named = |release: &&Release| release.codename() == Some(word);
    all().iter().take(2).find_map(|one| Some((one, one.releases.iter().find(named)?)))
}

impl Distribution {
    /// The distribution of a family's images.
    pub(crate) fn of_family(family: &str) -> Option<&'static Distribution> {
        all().iter().find(|one| one.families.iter().any(|name| name == family))
    }

    /// The CMD of an image of a day.
    pub(crate) fn cmd(&self, day: Day) -> &[String] {
        match &self.cmd_once {
            Some((from, until, cmd)) if (*from..*until).contains(&day) => cmd,
            _ => &self.cmd,
        }
    }

    /// `glibc` or `musl`.
    pub(crate) fn libc(&self) -> &str {
        self.libc.as_deref().unwrap_or("glibc")
    }

    /// The release of one of its builds.
    pub(crate) fn release(&self, build: &Build) -> Option<&Release> {
        let first = build.name.split('-').next().unwrap_or_default();
        // `centos7.2.1511`, `1.0GA`
        let number = first.trim_start_matches(|c: char| c.is_ascii_alphabetic());
        let number = number.split(|c: char| c != '.' && !c.is_ascii_digit()).next().unwrap_or_default();
        let begins = |version: &str| {
            number.strip_prefix(version).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
                && !version.is_empty()
        };
        let words = || build.name.split(['-', '.']);
        let by_name = |release: &&Release| release.names.iter().any(|name| words().any(|word| word == name));
        let by_number = self.releases.iter().filter(|release| begins(&release.version));
        by_number
            .max_by_key(|release| release.version.len())
            .or_else(|| self.releases.iter().find(by_name))
            // A build that is named by its day alone is of the rolling release.
            .or_else(|| self.rolling().filter(|_| number.len() == 8))
            .or_else(|| self.releases.last().filter(|_| self.releases.len() == 1))
    }

    fn rolling(&self) -> Option<&Release> {
        self.releases.iter().find(|release| release.version == "edge" || release.version == "rolling")
    }

    /// Whether the images of a release have CA certificates; `None` if it is not known.
    pub(crate) fn ca_certificates(&self, release: &Release) -> Option<bool> {
        release.ca_certificates.or(self.ca_certificates)
    }
}

impl Release {
    /// The codename, such as `bookworm`.
    pub(crate) fn codename(&self) -> Option<&str> {
        self.names.first().map(String::as_str)
    }
}
