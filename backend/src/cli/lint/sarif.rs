//! Findings as SARIF 2.1.0, which code hosts show beside the lines.

use crate::cli::source::Source;
use serde_json::{Value, json};
use stageplay_core::lint::{Findings, rules};

pub(super) fn document(sources: &[Source], findings: &[Findings]) -> Value {
    let rules: Vec<Value> = rules::ALL
        .iter()
        .map(|rule| {
            let mut entry = json!({ "id": rule.name, "shortDescription": { "text": rule.description } });
            if let (Some(entry), false) = (entry.as_object_mut(), rule.page.is_empty()) {
                entry.insert("helpUri".into(), rule.url().into());
            }
            entry
        })
        .collect();
    let mut results = Vec::new();
    for (source, findings) in sources.iter().zip(findings) {
        for one in &findings.warnings {
            results.push(result(source, one.rule.name, "warning", &one.message, one.line));
        }
        if let Some(error) = &findings.error {
            results.push(result(source, "error", "error", &error.message, error.line));
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

fn result(source: &Source, rule: &str, level: &str, message: &str, line: usize) -> Value {
    let mut place = json!({ "artifactLocation": { "uri": source.name } });
    if let (Some(place), true) = (place.as_object_mut(), line > 0) {
        place.insert("region".into(), json!({ "startLine": line }));
    }
    json!({
        "ruleId": rule,
        "level": level,
        "message": { "text": message },
        "locations": [{ "physicalLocation": place }],
    })
}
