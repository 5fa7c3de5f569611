//! The command palette: a dialog that finds commands by their words and runs one.

use super::view_context::ViewContext;
use crate::state::{Command, Msg};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, HtmlInputElement};
use yew::prelude::*;

/// The id of the dialog, which the page opens as a modal one.
pub(super) const ID: &str = "palette";

pub(super) fn view(cx: &ViewContext) -> Html {
    let Some(query) = &cx.model.palette else { return html! {} };
    let found = cx.model.find_commands(query);
    let dispatch = cx.dispatch.clone();
    let on_input = Callback::from(move |event: InputEvent| {
        if let Some(input) = event.target_dyn_into::<HtmlInputElement>() {
            dispatch.emit(Msg::SearchCommands(input.value()));
        }
    });
    let dispatch = cx.dispatch.clone();
    let on_key = Callback::from(move |event: KeyboardEvent| {
        let input = event.target_dyn_into::<HtmlInputElement>();
        match (event.key().as_str(), input) {
            ("Escape", _) => dispatch.emit(Msg::ShowPalette(false)),
            // Enter that ends a composition chooses a word of the input method.
            ("Enter", Some(input)) if !event.is_composing() => dispatch.emit(Msg::RunFirstFound(input.value())),
            ("ArrowDown", _) => move_focus(&event, true),
            ("ArrowUp", _) => move_focus(&event, false),
            _ => return,
        }
        event.prevent_default();
    });
    let dispatch = cx.dispatch.clone();
    let on_click = Callback::from(move |event: MouseEvent| {
        // Outside of the dialog's content.
        if event.target_dyn_into::<Element>().is_some_and(|target| target.id() == ID) {
            dispatch.emit(Msg::ShowPalette(false));
        }
    });
    html! {
        <dialog id={ID} class="palette" aria-label={cx.t("palette")} onkeydown={on_key} onclick={on_click}>
            <div>
                <input type="text" id="palette-query" autofocus=true autocomplete="off" spellcheck="false" value={query.clone()} oninput={on_input}
                    aria-label={cx.t("palette.find")} placeholder={cx.t("palette.find")} />
                <ul aria-label={cx.t("palette")}>{ for found.iter().map(|command| row(cx, command)) }</ul>
                if found.is_empty() {
                    <p class="nothing">{ cx.t("palette.nothing") }</p>
                }
                <p class="hint">{ cx.t("palette.hint") }</p>
            </div>
        </dialog>
    }
}

fn row(cx: &ViewContext, command: &Command) -> Html {
    let keys = (!command.keys.is_empty()).then(|| html! { <kbd>{ command.keys }</kbd> });
    let label = html! { <><span>{ &command.words }</span>{ for keys }</> };
    html! {
        <li key={command.id.clone()}>
            { match &command.msg {
                Some(msg) => {
                    let on_click = cx.on::<MouseEvent>(Msg::RunFromPalette(Box::new(msg.clone())));
                    html! { <button type="button" data-command={command.id.clone()} onclick={on_click}>{ label }</button> }
                }
                None => html! { <div>{ label }</div> },
            } }
        </li>
    }
}

/// Moves the focus from the field to the first command, and from command to command.
fn move_focus(event: &KeyboardEvent, forward: bool) {
    let Some(focused) = event.target_dyn_into::<Element>() else { return };
    let Some(dialog) = focused.closest("dialog").ok().flatten() else { return };
    let Ok(list) = dialog.query_selector_all("input, button") else { return };
    let at = (0..list.length()).find(|index| list.get(*index).is_some_and(|node| node == *focused.unchecked_ref()));
    let next = at.and_then(|at| if forward { at.checked_add(1) } else { at.checked_sub(1) });
    if let Some(element) = next.and_then(|next| list.get(next)).and_then(|node| node.dyn_into::<HtmlElement>().ok()) {
        let _ = element.focus();
    }
}
