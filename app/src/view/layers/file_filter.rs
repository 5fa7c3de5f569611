//! What of the files is shown: whose they are, which changes, and what is searched for.

use super::{comparison, sign};
use crate::i18n::fill;
use crate::state::Msg;
use crate::view::view_context::ViewContext;
use stageplay_protocol::{CONTENT_TYPES, ExplorerRequest, PathChange};
use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

pub(super) fn view(cx: &ViewContext) -> Html {
    html! {
        <>
            <header>
                <h3>{ title(cx) }</h3>
                { comparison::compare(cx) }
            </header>
            { for comparison::result_of_comparison(cx) }
            { changes(cx) }
            { search(cx) }
            { directories(cx) }
        </>
    }
}

fn title(cx: &ViewContext) -> String {
    let explorer = &cx.model.layers.view;
    match explorer.layer {
        Some(layer) => fill(&cx.t("files.of-layer"), &[("number", (layer + 1).to_string())]),
        None if explorer.comparison.is_some() => cx.t("files.compared"),
        None => cx.t("files.of-image"),
    }
}

/// The four toggles.
fn changes(cx: &ViewContext) -> Html {
    let explorer = &cx.model.layers.view;
    let toggle = |change: PathChange| {
        let index = change as usize;
        let (count, size) = &explorer.counts[index];
        let mut shown = explorer.shown_changes;
        let is_on = shown[index];
        shown[index] = !is_on;
        html! {
            <button type="button" class={classes!("toggle", change.id())} aria-pressed={is_on.to_string()} id={format!("show-{}", change.id())}
                disabled={*count == 0} onclick={cx.on(Msg::Explore(ExplorerRequest::ShowChanges(shown)))}>
                <b aria-hidden="true">{ sign(change) }</b>
                <span>{ cx.t(&format!("change.{}", change.id())) }</span>
                <small>{ if *count == 0 { "0".to_string() } else { format!("{count} · {size}") } }</small>
            </button>
        }
    };
    html! {
        <div class="change-toggles" role="group" aria-label={cx.t("change.title")}>
            { for PathChange::ALL.into_iter().map(toggle) }
        </div>
    }
}

fn search(cx: &ViewContext) -> Html {
    let dispatch = cx.dispatch.clone();
    let on_search = Callback::from(move |event: InputEvent| {
        if let Some(input) = event.target_dyn_into::<HtmlInputElement>() {
            dispatch.emit(Msg::Explore(ExplorerRequest::Search(input.value())));
        }
    });
    let dispatch = cx.dispatch.clone();
    let on_type = Callback::from(move |event: Event| {
        if let Some(select) = event.target_dyn_into::<HtmlSelectElement>() {
            dispatch.emit(Msg::Explore(ExplorerRequest::ShowType(select.value())));
        }
    });
    let chosen = &cx.model.layers.content_type;
    html! {
        <div class="find-files">
            <input type="search" id="find-file" aria-label={cx.t("find-file")} placeholder={cx.t("find-file")}
                value={cx.model.layers.query.clone()} oninput={on_search} />
            <select id="find-type" aria-label={cx.t("type.title")} onchange={on_type}>
                <option value="" selected={chosen.is_empty()}>{ cx.t("type.all") }</option>
                { for CONTENT_TYPES.iter().map(|id| html! {
                    <option value={*id} selected={chosen == id}>{ cx.t(&format!("type.{id}")) }</option>
                }) }
            </select>
        </div>
    }
}

/// The way from the root to the directory that is shown.
fn directories(cx: &ViewContext) -> Html {
    let directory = &cx.model.layers.view.directory;
    let mut at = String::new();
    let mut steps = vec![("/".to_string(), "/".to_string())];
    for name in directory.split('/').filter(|name| !name.is_empty()) {
        at = format!("{at}/{name}");
        steps.push((at.clone(), name.to_string()));
    }
    let last = steps.len() - 1;
    html! {
        <nav class="crumbs" aria-label={cx.t("files.directory")}>
            <ol>
                { for steps.into_iter().enumerate().map(|(index, (path, name))| html! {
                    <li>
                        <button type="button" class="link" aria-current={(index == last).then_some("location")}
                            onclick={cx.on(Msg::Explore(ExplorerRequest::Zoom(path)))}><code>{ name }</code></button>
                    </li>
                }) }
            </ol>
        </nav>
    }
}
