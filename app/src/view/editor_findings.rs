//! What the editor marks in the Dockerfile, and how severe each mark is: errors, warnings and findings of the checks.

use crate::i18n::t;
use crate::state::{Check, Model, WorkerState, start_line};
use serde_json::{Value, json};
use stageplay_protocol::{Outcome, Utf16Offsets};
use stageplay_report::words::Language;

/// The findings for the open file in the form of `Editor::diagnose`: none if it is not the Dockerfile that is built.
/// `None` while a result is awaited: until then the editor moves those that it has with the text.
pub(super) fn editor_findings(model: &Model) -> Option<String> {
    let is_stopped = matches!(model.simulator.state, WorkerState::Stopped(_));
    if model.is_result_awaited() && !is_stopped {
        return None;
    }
    let mut list = Vec::new();
    let mut failed = None;
    if model.open_file == model.workspace.dockerfile {
        let is_current = model.is_outcome_current();
        if let Some(outcome) = model.outcome.as_ref().filter(|_| is_current) {
            let report = &outcome.report;
            let whole_line = |line: usize, severity: &str, message: &str| json!({ "line": line, "severity": severity, "message": message });
            // An error with a fix is among the checks. Data that is not loaded is no error.
            let is_shown = !outcome.lacks_image_data && model.checks.iter().all(|check| check.rule != "error");
            let error = report.error.iter().filter(|_| is_shown);
            list.extend(error.map(|error| whole_line(error.line.unwrap_or(1), "error", &error.message)));
            failed = failed_start(outcome);
            list.extend(failed.clone());
            let warnings = report.warnings.iter().filter(|warning| warning.rule != "images-not-loaded");
            let warnings = warnings.filter_map(|warning| Some((warning.line?, &warning.message)));
            list.extend(warnings.map(|(line, message)| whole_line(line, "info", message)));
        }
        let offsets = Utf16Offsets::new(model.dockerfile_text());
        // What the failed start says is not said twice.
        let said = failed.as_ref().and_then(|failed| failed.get("message")).and_then(Value::as_str);
        // Places that the simulator named are those of the text that it knows.
        let findings = model.checks.iter().enumerate().filter(|(_, check)| check.name.is_none() || is_current);
        let findings = findings.filter(|(_, check)| said != Some(check.message.as_str()));
        list.extend(findings.map(|(index, check)| finding(index, check, &offsets, model.language)));
    }
    Some(Value::Array(list).to_string())
}

/// The failed start as an error in the line that decides the start, with the first fix.
fn failed_start(outcome: &Outcome) -> Option<Value> {
    let run = outcome.report.run.as_ref().filter(|run| run.verdict == "fails")?;
    let message = run.explanation.as_ref()?;
    let fix = run.fixes.first().map(|fix| fix.title.as_str());
    Some(json!({
        "line": start_line(&outcome.dockerfile), "severity": "error", "message": message, "fix": fix, "kind": "start", "index": 0,
    }))
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
        "severity": severity(&check.rule),
        "source": check.rule,
        "message": check.message,
        "fix": fix,
        "kind": "check",
        "index": index,
    })
}

/// How serious a finding is. That the program runs as root concerns nearly every image and is only told.
fn severity(rule: &str) -> &'static str {
    match rule {
        "error" => "error",
        "SP007" => "info",
        _ => "warning",
    }
}
