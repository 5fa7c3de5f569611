//! The simulated host's terminal.

use crate::i18n::t;
use crate::state::TerminalLine;
use stageplay_report::words::Language;
use web_sys::HtmlInputElement;
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub(super) struct Props {
    pub(super) lines: Vec<TerminalLine>,
    /// The commands so far, oldest first; the arrow keys recall them.
    pub(super) history: Vec<String>,
    /// The tag of the page's language.
    pub(super) language: &'static str,
    /// The end of the log, which the page scrolls to.
    pub(super) end: NodeRef,
    pub(super) on_command: Callback<String>,
}

#[component]
pub(super) fn Terminal(props: &Props) -> Html {
    let words = |id: &str| t(Language::from_tag(props.language), id);
    let input = use_node_ref();
    // How many commands back in the history the input is; 0 for a new command.
    let recalled = use_state(|| 0usize);
    let on_key = {
        let (input, recalled) = (input.clone(), recalled.clone());
        let (history, on_command) = (props.history.clone(), props.on_command.clone());
        Callback::from(move |event: KeyboardEvent| {
            let Some(field) = input.cast::<HtmlInputElement>() else {
                return;
            };
            let step: i64 = match event.key().as_str() {
                "Enter" => {
                    let command = field.value();
                    if !command.trim().is_empty() {
                        on_command.emit(command);
                    }
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
        <section class="terminal" aria-label={words("terminal")}>
            <h2>{ words("terminal") }<small>{ words("terminal-hint") }</small></h2>
            <div class="log" role="log" aria-live="polite" aria-label={words("output")} tabindex="0">
                { for props.lines.iter().map(|line| html! { <div class={line.is_command.then_some("typed")}>{ &line.text }</div> }) }
                <div ref={props.end.clone()}></div>
            </div>
            <label class="prompt"><span aria-hidden="true">{ "$" }</span>
                <input id="command" ref={input} type="text" aria-label={words("command")} onkeydown={on_key}
                    placeholder="docker build -t app ." autocomplete="off" autocapitalize="off" spellcheck="false" />
            </label>
        </section>
    }
}
