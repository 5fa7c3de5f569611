//! The report of one start: `stageplay exec`.

use crate::TraceReport;
use serde::Serialize;

/// Whether a file starts in a root, and if not, why.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ExecReport {
    /// `starts`, `fails` or `unknown`; starts means that control reaches the program.
    pub verdict: &'static str,
    /// What the engine's command exits with; null where the program decides or it is not known.
    pub exit_code: Option<i32>,
    /// What the engine or the loader prints.
    pub stderr: String,
    /// A stable id of why it fails.
    pub cause: Option<String>,
    /// Why it fails or is unknown, in one sentence.
    pub explanation: Option<String>,
    /// The same at length.
    pub why: Option<String>,
    /// What was tried, in order.
    pub trace: Vec<TraceReport>,
    /// All that is missing, in the order in which it is missed.
    pub missing: Vec<MissingReport>,
    /// What runs, with its arguments: for a script its interpreter; empty unless it starts.
    pub argv: Vec<String>,
}

/// Something that a program needs and does not find.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MissingReport {
    /// `program`, `interpreter`, `library`, `version`, `symbol` or `user`.
    pub kind: &'static str,
    /// Its name.
    pub name: String,
    /// Who asks for it; empty for what the command line asks for.
    pub needed_by: String,
}
