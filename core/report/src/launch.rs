//! The report of one start: `stageplay exec`.

use crate::TraceReport;
use serde::Serialize;

/// Whether a file starts in a root, and if not, why.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ExecReport {
    /// `starts`, `fails` or `unknown`; starts means that control reaches the program.
    pub verdict: &'static str,
    /// The exit code of the engine's command; null if the program determines it or it is not known.
    pub exit_code: Option<i32>,
    /// The error output of the engine or the loader.
    pub stderr: String,
    /// A stable id of the cause.
    pub cause: Option<String>,
    /// Why it fails or is unknown, in one sentence.
    pub explanation: Option<String>,
    /// A longer explanation.
    pub why: Option<String>,
    /// The steps of engine, kernel and loader, in order.
    pub trace: Vec<TraceReport>,
    /// Everything that is missing, in the order in which it is needed.
    pub missing: Vec<MissingReport>,
    /// The program that runs and its arguments; of a script its interpreter. Empty unless it starts.
    pub argv: Vec<String>,
}

/// Something that a program needs and that does not exist.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MissingReport {
    /// `program`, `interpreter`, `library`, `version`, `symbol` or `user`.
    pub kind: &'static str,
    /// Its name.
    pub name: String,
    /// The file that needs it; empty for what the command line names.
    pub needed_by: String,
}
