//! What xterm.js shows of the model.

use crate::i18n::t;
use crate::interop::terminal::{Terminal, terminal_words};
use crate::state::{LineKind, Link, Model, Msg, TerminalLine, TerminalMsg, plain, step_lines};
use gloo::utils::document;
use serde_json::json;
use stageplay_report::words::Language;
use wasm_bindgen::prelude::*;
use web_sys::HtmlInputElement;
use yew::Callback;

/// A terminal that is drawn, and what it was told of the model.
struct Drawing {
    terminal: Terminal,
    language: Language,
    /// The number of the next line to print.
    next: u64,
    cleared: u32,
    prompt: Option<String>,
    history: Vec<String>,
    font_size: u8,
    files: Vec<String>,
    dockerfile: Option<String>,
    _on_lines: Closure<dyn FnMut(String)>,
    _on_action: Closure<dyn FnMut(String, String)>,
}

/// A terminal that is drawn. Its code is a piece of the program.
pub(in crate::view) trait Draw {
    /// The language in which it was made.
    fn language(&self) -> Language;
    /// Opens the search in the output.
    fn open_search(&self);
    /// Shows what changed.
    fn show(&mut self, model: &Model);
}

/// Draws a terminal inside an element. The last parameter is the language service.
pub(in crate::view) type NewDrawing =
    fn(&web_sys::Element, &Model, &Callback<Msg>, &Closure<dyn FnMut(String) -> JsValue>) -> Box<dyn Draw>;

/// What stands in the plain field goes on as the typed line.
pub(in crate::view) fn draw(
    pane: &web_sys::Element,
    model: &Model,
    dispatch: &Callback<Msg>,
    ask: &Closure<dyn FnMut(String) -> JsValue>,
) -> Box<dyn Draw> {
    Box::new(Drawing::new(pane, model, dispatch, ask))
}

impl Drop for Drawing {
    fn drop(&mut self) {
        self.terminal.dispose();
    }
}

/// The message of an action in xterm.js.
fn message(name: &str, text: String) -> Option<TerminalMsg> {
    Some(match name {
        "interrupt" => TerminalMsg::Interrupt(text),
        "end-input" => TerminalMsg::EndInput,
        "clear" => TerminalMsg::Clear,
        "escape" => TerminalMsg::Escape,
        "open" => TerminalMsg::Open(serde_json::from_str::<Link>(&text).ok()?),
        _ => return None,
    })
}

impl Drawing {
    fn new(
        pane: &web_sys::Element,
        model: &Model,
        dispatch: &Callback<Msg>,
        ask: &Closure<dyn FnMut(String) -> JsValue>,
    ) -> Drawing {
        let to_page = dispatch.clone();
        let on_lines = Closure::new(move |lines| to_page.emit(Msg::RunCommand(lines)));
        let to_page = dispatch.clone();
        let on_action = Closure::new(move |name: String, text| {
            if let Some(msg) = message(&name, text) {
                to_page.emit(Msg::Terminal(msg));
            }
        });
        let font_size = model.terminal.font_size;
        let terminal = Terminal::new(pane, &terminal_words(model.language), font_size, &on_lines, &on_action, ask);
        let mut drawing = Drawing {
            terminal,
            language: model.language,
            next: 0,
            cleared: model.terminal.cleared,
            prompt: None,
            history: Vec::new(),
            font_size,
            files: Vec::new(),
            dockerfile: None,
            _on_lines: on_lines,
            _on_action: on_action,
        };
        drawing.show(model);
        let field = document().get_element_by_id("command").and_then(|field| field.dyn_into::<HtmlInputElement>().ok());
        if let Some(field) = field {
            drawing.terminal.type_text(&field.value());
        }
        // The focus in the log or the field, which go away, stays in the terminal.
        if document().active_element().is_some_and(|active| active.closest(".terminal .plain").ok().flatten().is_some())
        {
            drawing.terminal.focus();
        }
        drawing
    }

    /// What links are made of.
    fn show_known(&mut self, model: &Model) {
        let text = model.dockerfile_text();
        let files = model.workspace.files.iter().map(|file| &file.path);
        if self.dockerfile.as_deref() == Some(text) && self.files.iter().eq(files.clone()) {
            return;
        }
        self.dockerfile = Some(text.to_string());
        self.files = files.cloned().collect();
        self.terminal.set_known(&json!({ "files": self.files, "steps": step_lines(text) }).to_string());
    }
}

impl Draw for Drawing {
    fn language(&self) -> Language {
        self.language
    }

    fn open_search(&self) {
        self.terminal.open_search();
    }

    fn show(&mut self, model: &Model) {
        let state = &model.terminal;
        if self.cleared != state.cleared {
            self.cleared = state.cleared;
            self.terminal.clear();
        }
        let end = state.first + state.lines.len() as u64;
        if self.next < end {
            let new = state.lines.iter().skip(self.next.saturating_sub(state.first) as usize);
            let lines: Vec<String> = new.map(|line| colored(line, self.language)).collect();
            self.terminal.print(&json!(lines).to_string());
            self.next = end;
            let output = state.lines.iter().rev().take_while(|line| !matches!(line.kind, LineKind::Command(_)));
            let mut output: Vec<String> = output.map(|line| plain(&line.text)).collect();
            output.reverse();
            self.terminal.set_last_output(&output.join("\n"));
        }
        if self.prompt.as_deref() != Some(state.prompt()) {
            self.prompt = Some(state.prompt().to_string());
            self.terminal.set_prompt(state.prompt());
        }
        let history = state.histories.of(model.history_key());
        if self.history != history {
            self.history = history.to_vec();
            self.terminal.set_history(&json!(history).to_string());
        }
        if self.font_size != state.font_size {
            self.font_size = state.font_size;
            self.terminal.set_font_size(state.font_size);
        }
        self.show_known(model);
    }
}

/// A line with the colours of its kind.
fn colored(line: &TerminalLine, language: Language) -> String {
    match line.kind {
        LineKind::Output => line.text.clone(),
        LineKind::Command(prompt) => {
            let (prompt, command) = line.text.split_at_checked(prompt).unwrap_or(("", &line.text));
            format!("\u{1b}[1;34m{prompt}\u{1b}[0;1m{command}")
        }
        LineKind::Note => {
            let text = line.text.strip_prefix("stageplay: ").unwrap_or(&line.text);
            format!("\u{1b}[33m{} {text}", t(language, "terminal.note"))
        }
    }
}
