//! The files of the image as a tree with the size of each directory, and a search by path.

use super::file_preview;
use crate::i18n::say;
use crate::state::Msg;
use crate::view::text_format::mode_and_owner;
use crate::view::view_context::ViewContext;
use stageplay_protocol::{ExplorerRequest, FileRow};
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, HtmlInputElement};
use yew::prelude::*;

/// Deeper rows are not indented further.
const MAX_DEPTH: usize = 12;

pub(in crate::view) fn view(cx: &ViewContext) -> Html {
    if cx.model.outcome.as_ref().is_none_or(|outcome| outcome.layers.is_none()) {
        return html! {};
    }
    let explorer = &cx.model.explorer;
    let (rows, left_out) = (&explorer.rows, explorer.left_out);
    let dispatch = cx.dispatch.clone();
    let on_search = Callback::from(move |event: InputEvent| {
        if let Some(input) = event.target_dyn_into::<HtmlInputElement>() {
            dispatch.emit(Msg::Explore(ExplorerRequest::Search(input.value())));
        }
    });
    let dispatch = cx.dispatch.clone();
    let on_toggle = Callback::from(move |event: Event| {
        if let Some(details) = event.target_dyn_into::<HtmlElement>() {
            dispatch.emit(Msg::Explore(ExplorerRequest::SetOpen(details.has_attribute("open"))));
        }
    });
    let largest = rows.iter().map(|row| row.bytes).max().unwrap_or(0).max(1);
    html! {
        <section class="card explorer" id="explorer" aria-label={cx.t("files-of-image")}>
            <details ontoggle={on_toggle}>
                <summary><h3>{ cx.t("files-of-image") }</h3></summary>
                <input type="search" id="find-file" aria-label={cx.t("find-file")} placeholder={cx.t("find-file")}
                    value={cx.model.explorer_query.clone()} oninput={on_search} />
                { for explorer.preview.iter().map(|file| file_preview::view(cx, file)) }
                if rows.is_empty() && !cx.model.explorer_query.is_empty() {
                    <p class="basis">{ cx.t("no-file-found") }</p>
                }
                <ul class="tree" role="tree" aria-label={cx.t("files-of-image")} onkeydown={Callback::from(move_focus)}>
                    { for rows.iter().map(|file| row(cx, file, largest)) }
                </ul>
                if left_out > 0 {
                    <p class="basis">{ say(cx.model.language, "page.more-files", &[("count", left_out.to_string())]) }</p>
                }
            </details>
        </section>
    }
}

/// A row. Its bar is as long as the row's share of the `largest` row, in bytes.
fn row(cx: &ViewContext, file: &FileRow, largest: u64) -> Html {
    let request = match file.expanded {
        Some(_) => ExplorerRequest::Toggle(file.path.clone()),
        None => ExplorerRequest::Preview(Some(file.path.clone())),
    };
    let mark = match file.expanded {
        Some(true) => "▾",
        Some(false) => "▸",
        None => "",
    };
    let title = format!("{} · {}", file.path, mode_and_owner(file.mode, file.owner));
    let layer = file.layer.map(|layer| layer.to_string()).unwrap_or_default();
    let share = file.bytes as f64 * 100.0 / largest as f64;
    let bar = html! {
        <svg class="share" viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true"><rect width={format!("{share:.1}")} height="1" /></svg>
    };
    html! {
        <li role="none" class={format!("depth-{}", file.depth.min(MAX_DEPTH))} key={file.path.clone()}>
            <button type="button" role="treeitem" class="entry" title={title}
                aria-expanded={file.expanded.map(|expanded| expanded.to_string())}
                aria-level={(file.depth + 1).to_string()}
                aria-selected={(cx.model.explorer.preview.as_ref().is_some_and(|shown| shown.path == file.path)).to_string()}
                onclick={cx.on(Msg::Explore(request))}>
                <span class="fold" aria-hidden="true">{ mark }</span>
                <code>{ &file.label }{ for file.link_target.iter().map(|target| html! { <i>{ format!(" → {target}") }</i> }) }</code>
                <span class="layer" title={cx.t("layer-of-file")}>{ layer }</span>
                <span class="weight">{ bar }<span>{ &file.size }</span></span>
            </button>
        </li>
    }
}

/// The arrow keys up and down move the focus from row to row; right expands a directory, left collapses it.
fn move_focus(event: KeyboardEvent) {
    let Some(focused) = event.target_dyn_into::<HtmlElement>().filter(|entry| entry.class_list().contains("entry"))
    else {
        return;
    };
    let entry_of = |row: Option<web_sys::Element>| row.and_then(|row| row.first_element_child());
    let parent = focused.parent_element();
    let expanded = focused.get_attribute("aria-expanded");
    let next = match event.key().as_str() {
        "ArrowDown" => entry_of(parent.and_then(|row| row.next_element_sibling())),
        "ArrowUp" => entry_of(parent.and_then(|row| row.previous_element_sibling())),
        "ArrowRight" if expanded.as_deref() == Some("false") => {
            focused.click();
            None
        }
        "ArrowLeft" if expanded.as_deref() == Some("true") => {
            focused.click();
            None
        }
        _ => return,
    };
    event.prevent_default();
    if let Some(next) = next.and_then(|next| next.dyn_into::<HtmlElement>().ok()) {
        let _ = next.focus();
    }
}
