//! The simulated host's terminal.

use crate::state::Line;
use crate::wording::t;
use stageplay_core::words::Language;
use web_sys::HtmlInputElement;
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub(super) struct Props {
    pub(super) lines: Vec<Line>,
    /// Commands typed so far: arrow up brings them back.
    pub(super) typed: Vec<String>,
    pub(super) language: &'static str,
    pub(super) end: NodeRef,
    pub(super) on_command: Callback<String>,
}

#[component]
pub(super) fn Terminal(props: &Props) -> Html {
    let words = |id: &str| t(Language::from_tag(props.language), id);
    let input = use_node_ref();
    let at = use_state(|| 0usize);
    let on_key = {
        let (input, at, typed, on_command) = (input.clone(), at.clone(), props.typed.clone(), props.on_command.clone());
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
                    at.set(0);
                    return;
                }
                "ArrowUp" => 1,
                "ArrowDown" => -1,
                _ => return,
            };
            event.prevent_default();
            let next = (*at as i64 + step).clamp(0, typed.len() as i64) as usize;
            let text = if next == 0 { String::new() } else { typed[typed.len() - next].clone() };
            field.set_value(&text);
            at.set(next);
        })
    };
    html! {
        <section class="terminal" aria-label={words("terminal")}>
            <h2>{ words("terminal") }<small>{ words("terminal-hint") }</small></h2>
            <div class="log" role="log" aria-live="polite" aria-label={words("output")} tabindex="0">
                { for props.lines.iter().map(|line| html! { <div class={line.typed.then_some("typed")}>{ &line.text }</div> }) }
                <div ref={props.end.clone()}></div>
            </div>
            <label class="prompt"><span aria-hidden="true">{ "$" }</span>
                <input id="command" ref={input} type="text" aria-label={words("command")} onkeydown={on_key}
                    placeholder="docker build -t app ." autocomplete="off" autocapitalize="off" spellcheck="false" />
            </label>
        </section>
    }
}
