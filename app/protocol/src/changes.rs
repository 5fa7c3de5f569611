//! What changed between a compared state of the workspace and the present one: that of the opening, or one that was kept.

use serde::{Deserialize, Serialize};
use stageplay_report::Size;

/// The compared state beside the present one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Changes {
    /// Whether the compared state is that of the opening, and not one that somebody kept.
    pub since_opening: bool,
    /// The size of the image: in the compared state, now. `None` without an image.
    pub size: (Option<Size>, Option<Size>),
    /// The size of the image before and after the last edit that changed it.
    pub last_edit: Option<(Size, Size)>,
    /// The verdict: in the compared state, now: `starts`, `fails`, `unknown`, `error`.
    pub verdict: (String, String),
    /// The steps of all stages that differ.
    pub steps: Vec<ChangedRow>,
    /// The layers of the image that differ.
    pub layers: Vec<ChangedRow>,
    /// The files of the image, if they were asked for.
    pub files: Option<ChangedFiles>,
}

/// A step or a layer that differs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChangedRow {
    /// The instruction.
    pub text: String,
    /// Its present line, counted from 1.
    pub line: Option<usize>,
    /// Its size in the compared state; `None` if it is new.
    pub before: Option<Size>,
    /// Its size now; `None` if it is gone.
    pub after: Option<Size>,
}

/// The files that differ.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ChangedFiles {
    /// The number of files that are added, changed and removed.
    pub counts: (usize, usize, usize),
    /// The files, those with the largest difference first; at most 200.
    pub files: Vec<ChangedFile>,
}

/// A file that differs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChangedFile {
    /// The path in the image.
    pub path: String,
    /// Its size in the compared state; `None` if it is new.
    pub before: Option<Size>,
    /// Its size now; `None` if it is gone.
    pub after: Option<Size>,
}
