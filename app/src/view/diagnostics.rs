//! The diagnostics that the editor shows in the Dockerfile: errors, warnings and findings of the checks.

use crate::i18n::t;
use crate::state::{Check, Model, WorkerState};
use serde_json::{Value, json};
use stageplay_protocol::Utf16Offsets;
use stageplay_report::words::Language;

/// The diagnostics for the open file in the form of `Editor::diagnose`: none if it is not the Dockerfile that is built.
/// `None` while a result is awaited: until then the editor moves those that it has with the text.
pub(super) fn diagnostics(model: &Model) -> Option<Value> {
    let is_stopped = matches!(model.simulator.state, WorkerState::Stopped(_));
    if model.is_result_awaited() && !is_stopped {
        return None;
    }
    let mut list = Vec::new();
    if model.open_file == model.workspace.dockerfile {
        let is_current = model.is_outcome_current();
        if let Some(outcome) = model.outcome.as_ref().filter(|_| is_current) {
            let report = &outcome.report;
            let whole_line = |line: usize, severity: &str, message: &str| json!({ "line": line, "severity": severity, "message": message });
            // An error with a fix is among the checks. Data that is not loaded is no error.
            let is_shown = !outcome.lacks_image_data && model.checks.iter().all(|check| check.rule != "error");
            let error = report.error.iter().filter(|_| is_shown);
            list.extend(error.map(|error| whole_line(error.line.unwrap_or(1), "error", &error.message)));
            let warnings = report.warnings.iter().filter(|warning| warning.rule != "images-not-loaded");
            let warnings = warnings.filter_map(|warning| Some((warning.line?, &warning.message)));
            list.extend(warnings.map(|(line, message)| whole_line(line, "info", message)));
        }
        let offsets = Utf16Offsets::new(model.dockerfile_text());
        // Places that the simulator named are those of the text that it knows.
        let findings = model.checks.iter().enumerate().filter(|(_, check)| check.name.is_none() || is_current);
        list.extend(findings.map(|(index, check)| finding(index, check, &offsets, model.language)));
    }
    Some(Value::Array(list))
}

fn finding(index: usize, check: &Check, offsets: &Utf16Offsets, language: Language) -> Value {
    let fix = check.fix.as_ref().map(|fix| match fix.title.as_str() {
        "" => t(language, "fix-title"),
        title => title.to_string(),
    });
    json!({
        "line": check.line,
        "from": offsets.unit(check.span.start),
        "to": offsets.unit(check.span.end),
        "severity": if check.rule == "error" { "error" } else { "warning" },
        "source": check.rule,
        "message": check.message,
        "fix": fix,
        "index": index,
    })
}
