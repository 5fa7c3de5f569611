//! The work that the session leaves to the worker.

use std::ops::Range;

/// Work outside of the session. Its result comes back by a method of the session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Fetch data about base images by its name.
    FetchImageData(String),
    /// Fetch a package index by its name.
    FetchPackageIndex(String),
    /// Fetch the texts of a lesson by its slug.
    FetchLesson(String),
    /// Fetch the bundle of an exercise of the page, by its path below `packs/` without an ending.
    FetchPack(String),
    /// Read byte ranges of a large program: name, ranges.
    ReadFileRanges(String, Vec<Range<u64>>),
}
