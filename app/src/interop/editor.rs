//! The binding of the editor, which is JavaScript: `www/editor/editor.mjs`.

use crate::i18n::t;
use serde_json::Value;
use stageplay_report::words::Language;
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// The editor: CodeMirror with the state of each open file.
    #[wasm_bindgen(js_name = StageplayEditor)]
    #[derive(Debug)]
    pub type Editor;

    /// Creates an editor inside `parent`. `words` are the editor's own words as JSON, see [`editor_words`].
    /// `on_change` gets the path of a file and its new text, `on_fix` the `index` of a diagnostic whose fix is to be
    /// applied. `ask` is the language service: it gets a request as JSON and returns the answer as JSON, or a promise of
    /// it.
    #[wasm_bindgen(constructor, js_class = "StageplayEditor")]
    pub fn new(
        parent: &web_sys::Element,
        words: &str,
        on_change: &Closure<dyn FnMut(String, String)>,
        on_fix: &Closure<dyn FnMut(usize)>,
        ask: &Closure<dyn FnMut(String) -> JsValue>,
    ) -> Editor;

    /// Shows a file with its undo history.
    #[wasm_bindgen(method)]
    pub fn open(this: &Editor, name: &str, text: &str);

    /// Discards the state of every file with its undo history.
    #[wasm_bindgen(method)]
    pub fn reset(this: &Editor);

    /// Sets the diagnostics of the open file, JSON `[{line, from, to, severity, source, message, fix, index}]`: lines
    /// from 1, `from` and `to` in UTF-16 code units, `fix` the title of the fix. All but `line`, `severity` and
    /// `message` may be missing.
    #[wasm_bindgen(method)]
    pub fn diagnose(this: &Editor, json: &str);

    /// Selects a line, counted from 1.
    #[wasm_bindgen(method, js_name = goTo)]
    pub fn go_to(this: &Editor, line: usize);

    /// Replaces the text as one step of the undo history.
    #[wasm_bindgen(method)]
    pub fn replace(this: &Editor, text: &str);
}

/// The words of the editor itself, as a JSON object by id.
pub fn editor_words(language: Language) -> String {
    let ids = ["editor", "rename-to"];
    let words = ids.map(|id| (id.to_string(), Value::from(t(language, id))));
    Value::Object(words.into_iter().collect()).to_string()
}
