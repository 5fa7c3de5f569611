//! The checks of a Dockerfile as a JavaScript function.

use gloo::utils::window;
use js_sys::Reflect;
use serde_json::{Value, json};
use stageplay_dockerfile::lint::{Options, check};
use wasm_bindgen::prelude::*;

/// Checks a Dockerfile as `stageplay lint --format json` does.
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

/// Offers the checks to scripts as `stageplayLint(text)`. The benchmark of the WebAssembly calls it.
pub fn offer(lint: fn(&str) -> String) {
    let function = Closure::<dyn Fn(String) -> String>::new(move |text: String| lint(&text));
    let _ = Reflect::set(&window(), &"stageplayLint".into(), &function.into_js_value());
}
