//! The only hand-written bindings: the editor's bundle, and what scripts on the page may call.
#![allow(unsafe_code, reason = "wasm-bindgen's bindings expand to unsafe code")]

use serde_json::{Value, json};
use stageplay_core::lint::{Options, check};
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// CodeMirror behind a few functions: `www/editor/editor.mjs`.
    #[wasm_bindgen(js_name = StageplayEditor)]
    #[derive(Debug)]
    pub type Editor;

    /// Makes an editor inside `parent`. `words` are what it says itself, as JSON. `on_change` gets a
    /// file's name and its new text, `on_fix` the number of a mark whose fix is wanted, `ask` a
    /// question about a Dockerfile.
    #[wasm_bindgen(constructor, js_class = "StageplayEditor")]
    pub fn new(
        parent: &web_sys::Element,
        words: &str,
        on_change: &Closure<dyn FnMut(String, String)>,
        on_fix: &Closure<dyn FnMut(usize)>,
        ask: &Closure<dyn FnMut(String) -> String>,
    ) -> Editor;

    /// Shows a file.
    #[wasm_bindgen(method)]
    pub fn open(this: &Editor, name: &str, text: &str);

    /// Forgets every file.
    #[wasm_bindgen(method)]
    pub fn reset(this: &Editor);

    /// Marks places: JSON `[{line, from, to, severity, source, message, fix, index}]`.
    #[wasm_bindgen(method)]
    pub fn diagnose(this: &Editor, json: &str);

    /// Goes to a line, counted from 1.
    #[wasm_bindgen(method, js_name = goTo)]
    pub fn go_to(this: &Editor, line: usize);

    /// Replaces the text as one step that undo takes back.
    #[wasm_bindgen(method)]
    pub fn replace(this: &Editor, text: &str);
}

/// Checks a Dockerfile as `stageplay lint --format json` does: for scripts on the page, and for the
/// benchmark that holds the wasm against its peers.
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
