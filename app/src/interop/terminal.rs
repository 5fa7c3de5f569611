//! The binding of the terminal, which is JavaScript: `www/terminal/terminal.mjs`. Its script is loaded by
//! [`super::lazy_script::load_script`].

use crate::i18n::t;
use serde_json::Value;
use stageplay_report::words::Language;
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// The terminal: xterm.js with a line editor.
    #[wasm_bindgen(js_name = StageplayTerminal)]
    #[derive(Debug)]
    pub type Terminal;

    /// Creates a terminal inside `parent`. `words` are its own words as JSON, see [`terminal_words`]; `font_size` is in CSS
    /// pixels. `on_lines` gets lines that were entered, divided by newlines. `on_action` gets the name of another action
    /// with a text: `interrupt` with the typed line, `end-input`, `clear`, `escape`, `open` with a link as JSON. `ask` gets
    /// a question for the simulator as JSON and returns the answer as JSON, or a promise of it.
    #[wasm_bindgen(constructor, js_class = "StageplayTerminal")]
    pub fn new(
        parent: &web_sys::Element,
        words: &str,
        font_size: u8,
        on_lines: &Closure<dyn FnMut(String)>,
        on_action: &Closure<dyn FnMut(String, String)>,
        ask: &Closure<dyn FnMut(String) -> JsValue>,
    ) -> Terminal;

    /// Prints lines, a JSON array of texts. They may set colours.
    #[wasm_bindgen(method)]
    pub fn print(this: &Terminal, json: &str);

    /// What the copy button copies if nothing is selected.
    #[wasm_bindgen(method, js_name = setLastOutput)]
    pub fn set_last_output(this: &Terminal, text: &str);

    /// Empties the screen and what scrolled out of it.
    #[wasm_bindgen(method)]
    pub fn clear(this: &Terminal);

    /// Shows a prompt; an empty one while a command runs.
    #[wasm_bindgen(method, js_name = setPrompt)]
    pub fn set_prompt(this: &Terminal, prompt: &str);

    /// The commands so far, a JSON array, oldest first.
    #[wasm_bindgen(method, js_name = setHistory)]
    pub fn set_history(this: &Terminal, json: &str);

    /// What links are made of, JSON `{"files": [path], "steps": {step: line}}`.
    #[wasm_bindgen(method, js_name = setKnown)]
    pub fn set_known(this: &Terminal, json: &str);

    /// The size of the letters in CSS pixels.
    #[wasm_bindgen(method, js_name = setFontSize)]
    pub fn set_font_size(this: &Terminal, size: u8);

    /// Puts a text into the line, as if it were typed.
    #[wasm_bindgen(method, js_name = type)]
    pub fn type_text(this: &Terminal, text: &str);

    /// Gives it the focus.
    #[wasm_bindgen(method)]
    pub fn focus(this: &Terminal);

    /// Opens the search in the output.
    #[wasm_bindgen(method, js_name = openSearch)]
    pub fn open_search(this: &Terminal);

    /// Removes it from the page.
    #[wasm_bindgen(method)]
    pub fn dispose(this: &Terminal);
}

/// The words of the terminal itself, as a JSON object.
pub fn terminal_words(language: Language) -> String {
    let ids = [
        ("label", "terminal.label"),
        ("tooMuchOutput", "terminal.too-much-output"),
        ("find", "terminal.find"),
        ("findNext", "terminal.find-next"),
        ("findPrevious", "terminal.find-previous"),
        ("close", "close"),
        ("keys", "terminal.keys"),
        ("keyUp", "terminal.key-up"),
        ("keyDown", "terminal.key-down"),
        ("keyLeft", "terminal.key-left"),
        ("keyRight", "terminal.key-right"),
        ("paste", "terminal.paste"),
        ("copy", "terminal.copy"),
    ];
    let words = ids.map(|(name, id)| (name.to_string(), Value::from(t(language, id))));
    Value::Object(words.into_iter().collect()).to_string()
}
