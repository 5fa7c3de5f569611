//! The checks of a Dockerfile as a JavaScript function.

use serde_json::{Value, json};
use stageplay_dockerfile::lint::{Options, check};
use wasm_bindgen::prelude::*;

/// Checks a Dockerfile as `stageplay lint --format json` does. Scripts on the page may call it, and the benchmark
/// of the WebAssembly does.
#[wasm_bindgen]
pub fn lint(text: &str) -> String {
    let findings = check(text, &Options::default());
    let warnings: Vec<Value> = findings
        .warnings
        .iter()
        .map(|one| json!({ "rule": one.rule.name, "message": one.message, "line": one.line }))
        .collect();
    let error = findings.error.map(|error| json!({ "message": error.message, "line": error.line }));
    json!({ "error": error, "warnings": warnings }).to_string()
}
