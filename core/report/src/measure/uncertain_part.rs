//! The parts of a size that are estimated or not known.

use super::Bounds;
use std::sync::Arc;

/// The most parts that a size lists.
pub const MAX_PARTS: usize = 100;

/// How the size of a part could be told. The words are `size.way.ID` of `data/words`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Way {
    /// Build it on a real engine.
    RealBuild,
    /// Use an archive of the base image (`docker save`), which lists its files.
    ImageArchive,
    /// Add the file to the build context.
    ContextFile,
    /// Describe the download in `.stageplay/answers.json`.
    Answers,
    /// Use packages that a package index of the simulator has.
    PackageIndex,
    /// Let the package index be loaded.
    LoadIndex,
    /// Add a lock file that names every package.
    LockFile,
    /// Add the requirements file of pip, with packages that the simulator has in its index.
    RequirementsFile,
    /// Split the script into smaller ones.
    ShorterScript,
}

impl Way {
    /// All of them.
    pub const ALL: [Way; 9] = [
        Way::RealBuild,
        Way::ImageArchive,
        Way::ContextFile,
        Way::Answers,
        Way::PackageIndex,
        Way::LoadIndex,
        Way::LockFile,
        Way::RequirementsFile,
        Way::ShorterScript,
    ];

    /// The id used in reports and for words.
    pub fn as_str(self) -> &'static str {
        match self {
            Way::RealBuild => "real-build",
            Way::ImageArchive => "image-archive",
            Way::ContextFile => "context-file",
            Way::Answers => "answers",
            Way::PackageIndex => "package-index",
            Way::LoadIndex => "load-index",
            Way::LockFile => "lock-file",
            Way::RequirementsFile => "requirements-file",
            Way::ShorterScript => "shorter-script",
        }
    }
}

/// A part of a size that is estimated or not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Its name: a package, a path of the image, a command.
    pub what: Arc<str>,
    /// Why it is not known, or the basis of the estimate.
    pub why: Arc<str>,
    /// The id of the diagnostic that says why, if one does: its words are `diag.CODE`, with `what`.
    pub code: Option<&'static str>,
    /// How it could be told.
    pub way: Way,
    /// The bytes of it that are known, for certain.
    pub at_least: u64,
    /// The ends of its estimate in bytes, if it can be estimated.
    pub range: Option<(u64, u64)>,
    /// 1-based line of the Dockerfile, if known.
    pub line: Option<usize>,
}

impl Part {
    /// A part of which nothing is known.
    pub fn new(what: impl Into<Arc<str>>, why: impl Into<Arc<str>>, way: Way) -> Self {
        Part { what: what.into(), why: why.into(), code: None, way, at_least: 0, range: None, line: None }
    }

    /// The part with the bytes of it that are known.
    #[must_use]
    pub fn at_least(self, at_least: u64) -> Self {
        Part { at_least, ..self }
    }

    /// The part with an estimated range in bytes, such as quartiles: it can be outside of it. A `high` below `low` counts
    /// as `low`.
    #[must_use]
    pub fn between(self, low: u64, high: u64) -> Self {
        Part { range: Some((low, high.max(low))), ..self }
    }
}

/// The sum of all uncertain parts of a size, and the first of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Uncertainty {
    /// The bytes of the best estimate that are guessed: the rest is known.
    guessed: u64,
    /// How far below the best estimate the range begins, in bytes.
    below: u64,
    /// How far above it the range ends, in bytes; `None` if there is no end.
    above: Option<u64>,
    parts: Vec<Part>,
    /// The number of parts that `parts` leaves out.
    more: usize,
    /// Why the first part without an upper bound is not known.
    unbounded: Option<Arc<str>>,
}

impl Uncertainty {
    /// The uncertainty of one part with its best estimate, which is inside of the part's range if it has one.
    pub(super) fn of(best: u64, part: Part) -> Self {
        Uncertainty {
            guessed: best.saturating_sub(part.at_least),
            below: part.range.map_or(0, |(low, _)| best.saturating_sub(low)),
            above: part.range.map(|(_, high)| high.saturating_sub(best)),
            unbounded: part.range.is_none().then(|| part.why.clone()),
            parts: vec![part],
            more: 0,
        }
    }

    pub(super) fn add(&mut self, other: &Uncertainty) {
        self.guessed = self.guessed.saturating_add(other.guessed);
        self.below = self.below.saturating_add(other.below);
        self.above = self.above.zip(other.above).map(|(ours, theirs)| ours.saturating_add(theirs));
        let room = MAX_PARTS.saturating_sub(self.parts.len());
        self.parts.extend(other.parts.iter().take(room).cloned());
        let left_out = other.parts.len().saturating_sub(room).saturating_add(other.more);
        self.more = self.more.saturating_add(left_out);
        if self.unbounded.is_none() {
            self.unbounded.clone_from(&other.unbounded);
        }
    }

    /// The bounds of a size with this best estimate.
    pub(super) fn around(&self, best: u64) -> Bounds {
        let high = self.above.map(|above| best.saturating_add(above));
        let known = best.saturating_sub(self.guessed);
        Bounds { known, low: best.saturating_sub(self.below), best, high, is_counted: false }
    }

    /// Why the size is unknown: the first part without an upper bound, or else the first part.
    pub(super) fn why(&self) -> Option<&str> {
        self.unbounded.as_deref().or_else(|| self.parts.first().map(|part| &*part.why))
    }

    pub(super) fn parts(&self) -> &[Part] {
        &self.parts
    }

    pub(super) fn more(&self) -> usize {
        self.more
    }

    pub(super) fn change(&mut self, change: impl FnMut(&mut Part)) {
        self.parts.iter_mut().for_each(change);
    }
}
