//! The files as a list: a tree of directories, or what a search finds. Of thousands of rows those are there that are in
//! view.

use super::sign;
use crate::effects::settings::is_touched;
use crate::i18n::fill;
use crate::state::Msg;
use crate::view::text_format::mode_and_owner;
use crate::view::view_context::ViewContext;
use stageplay_protocol::{ExplorerRequest, FileRow};
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;
use yew::prelude::*;

/// Deeper rows are not indented further.
const MAX_DEPTH: usize = 12;
/// The height of a row in pixels; `.file-rows .entry` of the style sheet.
const ROW: usize = 30;
/// The same where rows are touched (www/styles/touch.css).
const TOUCHED_ROW: usize = 44;
/// The rows that are asked for before the first one in view.
const BEFORE: usize = 50;

pub(super) fn view(cx: &ViewContext) -> Html {
    let explorer = &cx.model.layers.view;
    if explorer.rows.is_empty() {
        let is_search = !cx.model.layers.query.is_empty() || !cx.model.layers.content_type.is_empty();
        return match is_search {
            true => html! { <p class="hint" role="status">{ cx.t("no-file-found") }</p> },
            false => html! {},
        };
    }
    let largest = explorer.rows.iter().map(|row| row.bytes).max().unwrap_or(0).max(1);
    let below = explorer.row_count.saturating_sub(explorer.first_row + explorer.rows.len());
    let (dispatch, first, count, all) =
        (cx.dispatch.clone(), explorer.first_row, explorer.rows.len(), explorer.row_count);
    let on_scroll = Callback::from(move |event: Event| {
        let Some(list) = event.target_dyn_into::<HtmlElement>() else { return };
        let row = row_height();
        let top = usize::try_from(list.scroll_top()).unwrap_or(0) / row;
        let bottom = top + usize::try_from(list.client_height()).unwrap_or(0) / row + 1;
        // What is near the end of the rows that are there asks for others.
        let has_all = top >= first && bottom.min(all) <= first + count;
        if !has_all {
            dispatch.emit(Msg::Explore(ExplorerRequest::ShowRows(top.saturating_sub(BEFORE))));
        }
    });
    html! {
        <>
            <div class="file-rows" id="file-rows" onscroll={on_scroll}>
                { space(explorer.first_row) }
                <ul class="tree" role="tree" aria-label={cx.t("files.title")} onkeydown={Callback::from(move_focus)}>
                    { for explorer.rows.iter().enumerate().map(|(index, file)| row(cx, file, largest, index == 0)) }
                </ul>
                { space(below) }
            </div>
            { for (all > 1).then(|| html! { <p class="hint">{ fill(&cx.t("files.rows"), &[("count", all.to_string())]) }</p> }) }
        </>
    }
}

/// The height of a row, in pixels.
fn row_height() -> usize {
    if is_touched() { TOUCHED_ROW } else { ROW }
}

/// The space of rows that are not there.
fn space(rows: usize) -> Html {
    if rows == 0 {
        return html! {};
    }
    html! { <svg class="rows-left-out" width="1" height={(rows * row_height()).to_string()} aria-hidden="true" /> }
}

/// A row. Its bar is as long as the row's share of the `largest` row, in bytes.
fn row(cx: &ViewContext, file: &FileRow, largest: u64, is_first: bool) -> Html {
    let is_package = file.content_type == "package";
    let request = match file.expanded {
        Some(_) => ExplorerRequest::Toggle(file.path.clone()),
        None => ExplorerRequest::Inspect(Some(file.path.clone())),
    };
    let mark = match file.expanded {
        Some(true) => "▾",
        Some(false) => "▸",
        None => "",
    };
    let title = match is_package {
        true => cx.t("files.package"),
        false => format!("{} · {}", file.path, mode_and_owner(file.mode, file.owner)),
    };
    let share = cx.model.layers.share(file.bytes, largest) * 100.0;
    let is_inspected = cx.model.layers.view.file.as_ref().is_some_and(|shown| shown.path == file.path);
    let change = cx.t(&format!("change.{}", file.change.id()));
    html! {
        <li role="none" class={classes!(format!("depth-{}", file.depth.min(MAX_DEPTH)), file.change.id())} key={file.path.clone()}>
            <button type="button" role="treeitem" class="entry" title={title} disabled={is_package}
                tabindex={if is_first || is_inspected { "0" } else { "-1" }}
                aria-expanded={file.expanded.map(|expanded| expanded.to_string())}
                aria-level={(file.depth + 1).to_string()}
                aria-selected={is_inspected.to_string()}
                onclick={cx.on(Msg::Explore(request))}>
                <span class="sign" title={change.clone()}><b aria-hidden="true">{ sign(file.change) }</b><span class="for-readers">{ change }</span></span>
                <span class="fold" aria-hidden="true">{ mark }</span>
                <code>{ &file.label }{ for is_package.then(|| html! { <i>{ format!(" {}", cx.t("files.others")) }</i> }) }{ for file.link_target.iter().map(|target| html! { <i>{ format!(" → {target}") }</i> }) }</code>
                <span class="from">{ for file.layer.map(|layer| html! {
                    <span title={fill(&cx.t("files.layer"), &[("number", layer.to_string())])}>{ format!("#{layer}") }</span>
                }) }</span>
                <span class="weight">
                    <svg class="share" viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true"><rect width={format!("{share:.1}")} height="1" /></svg>
                    <span>{ for file.size_before.iter().map(|before| html! { <s>{ before }</s> }) }{ &file.size }</span>
                </span>
            </button>
        </li>
    }
}

/// The arrow keys up and down move the focus from row to row; right expands a directory, left collapses it; Home and End
/// go to the first and the last row that is there.
fn move_focus(event: KeyboardEvent) {
    let Some(focused) = event.target_dyn_into::<HtmlElement>().filter(|entry| entry.class_list().contains("entry"))
    else {
        return;
    };
    let entry_of = |row: Option<web_sys::Element>| row.and_then(|row| row.first_element_child());
    let row = focused.parent_element();
    let list = row.as_ref().and_then(|row| row.parent_element());
    let expanded = focused.get_attribute("aria-expanded");
    let next = match event.key().as_str() {
        "ArrowDown" => entry_of(row.and_then(|row| row.next_element_sibling())),
        "ArrowUp" => entry_of(row.and_then(|row| row.previous_element_sibling())),
        "Home" => entry_of(list.and_then(|list| list.first_element_child())),
        "End" => entry_of(list.and_then(|list| list.last_element_child())),
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
