//! A sequence of edits that somebody may make, and what each makes an engine run again.

use serde::{Deserialize, Serialize};

/// Edits of the present workspace, each tried with a cache that holds the present build.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EditPlays {
    /// The steps that an engine caches, in the order of the build.
    pub steps: Vec<PlayedStep>,
    /// The edits.
    pub plays: Vec<EditPlay>,
    /// The seconds of all steps: at least, and modelled.
    pub seconds: f32,
    /// Whether a check proposes another order of the steps, which [`EditPlay::seconds_reordered`] measures: the index of
    /// the check in the result.
    pub reordering: Option<usize>,
}

/// A step that an engine caches.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlayedStep {
    /// Its line, counted from 1.
    pub line: usize,
    /// The instruction.
    pub text: String,
    /// Its seconds: at least, and modelled.
    pub seconds: f32,
}

/// What is edited.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PlayedEdit {
    /// A file of the build context, by its path.
    File(String),
    /// The command of a RUN, by its line.
    Line(usize),
}

/// What an edit makes an engine run again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EditPlay {
    /// The edit.
    pub edit: PlayedEdit,
    /// For each step why it runs again; `None` if it comes from the cache.
    pub reruns: Vec<Option<String>>,
    /// The seconds of the steps that run again.
    pub seconds: f32,
    /// The same after the reordering that a check proposes.
    pub seconds_reordered: Option<f32>,
}
