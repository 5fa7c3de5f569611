//! The report of one start.

use super::trace;
use crate::exec::Missing;
use crate::process_launch::Launch;
use crate::words::Language;
use stageplay_report::{ExecReport, MissingReport};

impl From<&Missing> for MissingReport {
    fn from(missing: &Missing) -> Self {
        MissingReport { kind: missing.kind, name: missing.name.clone(), needed_by: missing.needed_by.clone() }
    }
}

/// The report of a launch, with its words in one language.
pub fn exec_report(launch: &Launch, language: Language) -> ExecReport {
    let (explanation, why) = super::explanation(launch.cause.as_ref(), launch.unknown.as_ref(), language);
    ExecReport {
        verdict: launch.verdict.as_str(),
        exit_code: launch.exit_code,
        stderr: launch.stderr.clone(),
        cause: launch.cause.as_ref().map(|cause| cause.code().to_string()),
        explanation,
        why,
        trace: launch.trace.iter().map(|step| trace(step, language)).collect(),
        missing: launch.missing.iter().map(MissingReport::from).collect(),
        argv: launch.started.as_ref().map(|(outcome, ..)| outcome.argv.clone()).unwrap_or_default(),
    }
}
