//! The history of one family of images: what each tag meant on each day, and the facts of each build.

use super::packed;
use crate::image::{BaseFacts, Day};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::Arc;

/// One family, such as `golang` or `mcr.microsoft.com/dotnet/sdk`.
#[derive(Debug, Default)]
pub(crate) struct Family {
    /// The repository in familiar form.
    pub(crate) name: String,
    /// The last day of the history.
    pub(crate) until: Option<Day>,
    /// The repositories that the history was read from.
    pub(crate) source: String,
    pub(super) builds: Vec<Build>,
    /// For each tag the days from which on it meant a build, in order.
    pub(super) tags: BTreeMap<String, Vec<(Day, usize)>>,
    /// Images whose sizes were measured.
    pub(crate) measured: Vec<MeasuredSize>,
    /// Images of which all facts are listed.
    pub(crate) listed: Vec<Arc<BaseFacts>>,
}

/// What an image runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Platform {
    /// linux/amd64, among others.
    Amd64,
    /// Windows alone.
    Windows,
    /// Linux on other processors alone.
    OtherProcessors,
}

/// One build: an image that tags meant for a time.
#[derive(Debug)]
pub(crate) struct Build {
    /// The most specific tag, such as `3.9.6-slim-bullseye`.
    pub(crate) name: String,
    /// The version that the name begins with; empty if there is none.
    pub(crate) version: String,
    /// The first day in the lists.
    pub(crate) first: Day,
    /// The day on which it left the lists; `None` if it is in them still.
    pub(crate) last: Option<Day>,
    pub(crate) platform: Platform,
    /// JSON, with marks for the version.
    pub(super) facts: Arc<str>,
}

/// What the Dockerfile of a build says. A build without `from` is one whose Dockerfile was not at hand.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct BuildFacts {
    pub(crate) from: Option<String>,
    pub(crate) env: BTreeMap<String, String>,
    pub(crate) entrypoint: Option<Vec<String>>,
    pub(crate) cmd: Option<Vec<String>>,
    pub(crate) shell: Option<Vec<String>>,
    pub(crate) workdir: Option<String>,
    pub(crate) user: Option<String>,
    pub(crate) expose: Vec<String>,
    pub(crate) volume: Vec<String>,
    pub(crate) stopsignal: Option<String>,
    /// The instructions of the triggers, without their words.
    pub(crate) onbuild: Vec<String>,
    /// What it asks its package manager for.
    pub(crate) packages: Vec<String>,
    /// The facts are of another version's Dockerfile, the newest one that was at hand.
    pub(crate) near: bool,
}

/// The measured size of an image.
#[derive(Debug)]
pub(crate) struct MeasuredSize {
    pub(crate) tag: String,
    pub(crate) day: Day,
    /// The value of the variable that names the version.
    pub(crate) version: Option<String>,
    /// Bytes on disk.
    pub(crate) on_disk: Option<u64>,
    /// Whether `on_disk` is of the very build whose layers are listed.
    pub(crate) is_same_build: bool,
    /// How many of the layers are those of the image below, where it is known.
    pub(crate) base_layers: Option<usize>,
    /// Compressed bytes of each layer, the lowest first.
    pub(crate) layers: Vec<u64>,
}

impl Build {
    pub(crate) fn facts(&self) -> BuildFacts {
        // A test reads the facts of every build.
        packed::facts(self).unwrap_or_default()
    }

    /// The words of the name behind the version: `slim` and `bullseye`.
    pub(crate) fn words(&self) -> impl Iterator<Item = &str> {
        let rest = self.name.strip_prefix(self.version.as_str()).unwrap_or(&self.name);
        rest.split('-').filter(|word| !word.is_empty())
    }
}

impl Family {
    /// The build that a tag means on a day; `None` if there never was such a tag, or it came later. A tag that left the
    /// lists keeps its last build.
    pub(crate) fn build(&self, tag: &str, day: Day) -> Option<&Build> {
        let (_, number) = self.tags.get(tag)?.iter().rev().find(|(from, _)| *from <= day)?;
        self.builds.get(*number)
    }

    /// The first build that a tag ever meant.
    pub(crate) fn first_build(&self, tag: &str) -> Option<&Build> {
        self.builds.get(self.tags.get(tag)?.first()?.1)
    }

    /// The builds.
    pub(crate) fn builds(&self) -> &[Build] {
        &self.builds
    }

    /// The tags that are in the lists on a day, with their builds.
    pub(crate) fn tags_on(&self, day: Day) -> impl Iterator<Item = (&str, &Build)> {
        self.tags.keys().filter_map(move |tag| {
            let build = self.build(tag, day)?;
            build.last.is_none_or(|last| last > day).then_some((tag.as_str(), build))
        })
    }

    /// Every tag that ever was.
    pub(crate) fn all_tags(&self) -> impl Iterator<Item = &str> {
        self.tags.keys().map(String::as_str)
    }
}
