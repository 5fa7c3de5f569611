//! The findings as SARIF 2.1.0, which code hosts show beside the lines.

use super::report::Report;
use serde_json::{Value, json};
use stageplay_core::advice;
use stageplay_core::lint::rules;

/// Makes the SARIF document. `with_stageplay_checks` is whether Stageplay's own checks ran, too.
pub(super) fn document(reports: &[Report], with_stageplay_checks: bool) -> Value {
    let mut rules: Vec<Value> = rules::ALL
        .iter()
        .map(|rule| {
            let mut entry = json!({ "id": rule.name, "shortDescription": { "text": rule.description } });
            if let (Some(entry), false) = (entry.as_object_mut(), rule.page.is_empty()) {
                entry.insert("helpUri".into(), rule.url().into());
            }
            entry
        })
        .collect();
    if with_stageplay_checks {
        rules.extend(advice::RULES.iter().map(
            |rule| json!({ "id": rule.code, "name": rule.name, "shortDescription": { "text": rule.description } }),
        ));
    }
    let mut results = Vec::new();
    for report in reports {
        for one in &report.warnings {
            results.push(result(report, one.rule, "warning", &one.message, one.line));
        }
        if let Some(error) = &report.error {
            results.push(result(report, "error", "error", &error.message, error.line));
        }
    }
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": { "name": "stageplay", "version": env!("CARGO_PKG_VERSION"), "rules": rules } },
            "results": results,
        }],
    })
}

fn result(report: &Report, rule: &str, level: &str, message: &str, line: usize) -> Value {
    let mut location = json!({ "artifactLocation": { "uri": report.file } });
    if let (Some(location), true) = (location.as_object_mut(), line > 0) {
        location.insert("region".into(), json!({ "startLine": line }));
    }
    json!({
        "ruleId": rule,
        "level": level,
        "message": { "text": message },
        "locations": [{ "physicalLocation": location }],
    })
}
