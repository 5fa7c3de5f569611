//! The list of the result's tabs.

use crate::state::{Msg, ResultTab};
use crate::view::view_context::ViewContext;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;
use yew::prelude::*;

pub(super) fn view(cx: &ViewContext) -> Html {
    html! {
        <div class="result-tabs" role="tablist" aria-label={cx.t("result")} onkeydown={Callback::from(move_focus)}>
            { for cx.model.result_tabs().map(|tab| button(cx, tab)) }
        </div>
    }
}

fn button(cx: &ViewContext, tab: ResultTab) -> Html {
    let is_shown = cx.model.result_tab == tab;
    let count = (tab == ResultTab::Checks && !cx.model.checks.is_empty()).then_some(cx.model.checks.len());
    html! {
        <button type="button" role="tab" id={format!("tab-{}", tab.id())} aria-selected={is_shown.to_string()}
            aria-controls={is_shown.then(|| format!("tab-panel-{}", tab.id()))} tabindex={if is_shown { "0" } else { "-1" }}
            onclick={cx.on(Msg::ShowResultTab(tab))}>
            { cx.t(&format!("tab.{}", tab.id())) }
            { for count.map(|count| html! { <small class="count">{ count }</small> }) }
        </button>
    }
}

/// The arrow keys, Home and End show another tab and move the focus to it.
fn move_focus(event: KeyboardEvent) {
    let Some(current) = event.target_dyn_into::<HtmlElement>() else { return };
    let list = current.parent_element();
    let first = || list.as_ref().and_then(|list| list.first_element_child());
    let last = || list.as_ref().and_then(|list| list.last_element_child());
    let next = match event.key().as_str() {
        "ArrowRight" => current.next_element_sibling().or_else(first),
        "ArrowLeft" => current.previous_element_sibling().or_else(last),
        "Home" => first(),
        "End" => last(),
        _ => return,
    };
    event.prevent_default();
    if let Some(next) = next.and_then(|next| next.dyn_into::<HtmlElement>().ok()) {
        next.click();
        let _ = next.focus();
    }
}
