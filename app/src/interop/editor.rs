//! The binding of the editor, which is JavaScript: `www/editor/editor.mjs`.

use crate::i18n::t;
use gloo::utils::window;
use js_sys::Reflect;
use serde_json::Value;
use stageplay_report::words::Language;
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// The editor: CodeMirror with the state of each open file.
    #[wasm_bindgen(js_name = StageplayEditor)]
    #[derive(Clone, Debug)]
    pub type Editor;

    /// Creates an editor inside `parent`. `words` are the editor's own words as JSON, see [`editor_words`]. `on_undo` gets
    /// whether to undo; else to redo.
    /// `on_change` gets the path of a file and its new text, `on_fix` the `kind` and the `index` of a diagnostic whose fix
    /// is to be applied. `ask` is the language service: it gets a request as JSON and returns the answer as JSON, or a promise of
    /// it.
    #[wasm_bindgen(constructor, js_class = "StageplayEditor")]
    pub fn new(
        parent: &web_sys::Element,
        words: &str,
        on_change: &Closure<dyn FnMut(String, String)>,
        on_fix: &Closure<dyn FnMut(String, usize)>,
        on_undo: &Closure<dyn FnMut(bool)>,
        ask: &Closure<dyn FnMut(String) -> JsValue>,
    ) -> Editor;

    /// Shows a file with a text, where the editor was in it.
    #[wasm_bindgen(method)]
    pub fn open(this: &Editor, name: &str, text: &str);

    /// Discards the state of every file: cursor, scroll position, folds.
    #[wasm_bindgen(method)]
    pub fn reset(this: &Editor);

    /// Sets the diagnostics of the open file, JSON `[{line, from, to, severity, source, message, fix, kind, index}]`:
    /// lines from 1, `from` and `to` in UTF-16 code units, `fix` the title of the fix, `kind` `start` or `check`. All but `line`, `severity` and
    /// `message` may be missing.
    #[wasm_bindgen(method)]
    pub fn diagnose(this: &Editor, json: &str);

    /// Selects a line, counted from 1.
    #[wasm_bindgen(method, js_name = goTo)]
    pub fn go_to(this: &Editor, line: usize);

    /// Scrolls so that a line is seen, counted from 1, without moving cursor and focus.
    #[wasm_bindgen(method, js_name = scrollTo)]
    pub fn scroll_to(this: &Editor, line: usize);

    /// Marks lines, counted from 1, in place of those that were marked before; 0 for none.
    #[wasm_bindgen(method)]
    pub fn mark(this: &Editor, first: usize, last: usize);

    /// Calls `on_cursor` with the path of the open file and the line of the cursor, counted from 1, when the line
    /// changes.
    #[wasm_bindgen(method, js_name = watchCursor)]
    pub fn watch_cursor(this: &Editor, on_cursor: &Closure<dyn FnMut(String, usize)>);

    /// Asks for the colours again: the language service answers now.
    #[wasm_bindgen(method, js_name = languageLoaded)]
    pub fn language_loaded(this: &Editor);

    /// Moves the focus into the text.
    #[wasm_bindgen(method)]
    pub fn focus(this: &Editor);

    /// Moves the focus into the text, unless that would open a keyboard on the screen.
    #[wasm_bindgen(method, js_name = focusUnlessTouched)]
    pub fn focus_unless_touched(this: &Editor);
}

/// Whether the script of the editor has run.
pub fn is_loaded() -> bool {
    Reflect::has(&window(), &"StageplayEditor".into()).unwrap_or_default()
}

/// The words of the editor itself, as a JSON object by id.
pub fn editor_words(language: Language) -> String {
    let ids = ["checks", "close", "editor", "rename-to", "source"];
    let words = ids.map(|id| (id.to_string(), Value::from(t(language, id))));
    Value::Object(words.into_iter().collect()).to_string()
}
