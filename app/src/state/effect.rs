//! The effects that the model asks for.

use super::real_build::RealBuildEffect;
use std::ops::Range;

/// Work outside of the model, which `crate::effects` and the page carry out.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Save the workspace in the browser's storage.
    SaveWorkspace,
    /// Save language and theme in the browser's storage and apply them to the page.
    SaveSettings,
    /// Show the open file in the editor. `reset` discards the undo history of every file first.
    ShowOpenFile {
        /// Whether another workspace was loaded.
        reset: bool,
    },
    /// Replace the text in the editor, as one step of its undo history.
    ReplaceText(String),
    /// Move the editor's cursor to a line, counted from 1.
    GoToLine(usize),
    /// Fetch the texts of a lesson by its slug.
    FetchLesson(String),
    /// Put a share link into the address bar and copy it to the clipboard.
    CopyShareLink(String),
    /// An effect of the real builds.
    RealBuild(RealBuildEffect),
    /// Read byte ranges of a large program: name, ranges.
    ReadFileRanges(String, Vec<Range<u64>>),
    /// Fetch a package index by its name.
    FetchPackageIndex(String),
    /// Fetch data about base images by its name.
    FetchImageData(String),
    /// Offer a file as a download: name, bytes.
    DownloadFile(String, Vec<u8>),
}
