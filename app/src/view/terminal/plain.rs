//! The terminal until xterm.js draws it: a log and a field.

use super::super::view_context::ViewContext;
use crate::state::{LineKind, Msg, TerminalLine, plain};
use web_sys::HtmlInputElement;
use yew::prelude::*;

#[derive(Properties, PartialEq)]
struct Props {
    /// The commands so far, oldest first; the arrow keys recall them.
    history: Vec<String>,
    prompt: String,
    label: String,
    on_lines: Callback<String>,
}

/// The lines and the field.
pub(super) fn view(cx: &ViewContext) -> Html {
    let terminal = &cx.model.terminal;
    html! {
        <div class="plain">
            <div class="log" role="log" aria-live="polite" aria-label={cx.t("terminal.output")} tabindex="0">
                <div>{ for terminal.lines.iter().map(line) }</div>
            </div>
            <Prompt history={terminal.histories.of(cx.model.history_key()).to_vec()} prompt={terminal.prompt().to_string()}
                label={cx.t("terminal.command")} on_lines={cx.dispatch.reform(Msg::RunCommand)} />
        </div>
    }
}

fn line(line: &TerminalLine) -> Html {
    let class = match line.kind {
        LineKind::Command(_) => Some("typed"),
        LineKind::Note => Some("note"),
        LineKind::Output => None,
    };
    html! { <div class={class}>{ plain(&line.text) }</div> }
}

#[component]
fn Prompt(props: &Props) -> Html {
    let input = use_node_ref();
    // How many commands back in the history the input is; 0 for a new command.
    let recalled = use_state(|| 0usize);
    let on_key = {
        let (input, recalled) = (input.clone(), recalled.clone());
        let (history, on_lines) = (props.history.clone(), props.on_lines.clone());
        Callback::from(move |event: KeyboardEvent| {
            let Some(field) = input.cast::<HtmlInputElement>() else {
                return;
            };
            let step: i64 = match event.key().as_str() {
                "Enter" => {
                    on_lines.emit(field.value());
                    field.set_value("");
                    recalled.set(0);
                    return;
                }
                "ArrowUp" => 1,
                "ArrowDown" => -1,
                _ => return,
            };
            event.prevent_default();
            let next = (*recalled as i64 + step).clamp(0, history.len() as i64) as usize;
            let text = if next == 0 { String::new() } else { history[history.len() - next].clone() };
            field.set_value(&text);
            recalled.set(next);
        })
    };
    html! {
        <label class="prompt"><span aria-hidden="true">{ props.prompt.trim_end().to_string() }</span>
            <input id="command" ref={input} type="text" aria-label={props.label.clone()} onkeydown={on_key}
                placeholder="docker build -t app ." autocomplete="off" autocapitalize="off" spellcheck="false" />
        </label>
    }
}
