//! The row above the editor: a tab for each of the first files, and buttons that show all files, create and upload some.

use super::drop::{Choice, choose_files};
use crate::state::{ContextFileEntry, Dialog, Model, Msg};
use crate::view::icon::icon;
use crate::view::view_context::ViewContext;
use stageplay_report::measure::human_size;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;
use yew::prelude::*;

/// The most tabs. Of more files the tree shows the rest.
const MAX_TABS: usize = 8;

pub(in crate::view) fn view(cx: &ViewContext) -> Html {
    let model = cx.model;
    let files = model.files();
    let shown = tabs(model, &files);
    let is_open = model.is_file_tree_shown();
    html! {
        <div class="file-bar">
            <button type="button" id="file-tree-button" class="icon-button" aria-expanded={is_open.to_string()} aria-controls="file-tree"
                title={cx.t("files.show")} aria-label={format!("{} {}", files.len(), cx.t("files.show"))}
                onclick={cx.on(Msg::ShowFileTree(!is_open))}>
                { icon("files") }<small aria-hidden="true">{ files.len() }</small>
            </button>
            <div class="tabs" role="tablist" aria-label={cx.t("files")} onkeydown={Callback::from(move_focus)}>
                { for shown.iter().map(|file| tab(cx, file)) }
            </div>
            <button type="button" id="new-file" title={cx.t("files.new-file")} onclick={cx.on(Msg::ShowDialog(Some(Dialog::NewFile(String::new()))))}>
                { icon("plus") }<span class="words">{ cx.t("files.new") }</span>
            </button>
            { choose_files(cx, "upload", html! { <>{ icon("upload") }<span class="words">{ cx.t("files.upload") }</span></> },
                cx.t("upload"), Choice::Files) }
        </div>
    }
}

/// The files that have a tab: those that are built and open in any case.
fn tabs(model: &Model, files: &[ContextFileEntry]) -> Vec<ContextFileEntry> {
    let can_open = |file: &&ContextFileEntry| file.is_text || model.programs.contains(&file.path);
    let is_needed = |file: &ContextFileEntry| file.path == model.open_file || file.path == model.workspace.dockerfile;
    let needed = files.iter().filter(|file| is_needed(file)).count();
    let mut others = MAX_TABS.saturating_sub(needed);
    let mut shown = files.iter().filter(can_open).filter(|file| {
        let is_shown = is_needed(file) || others > 0;
        others -= usize::from(is_shown && !is_needed(file));
        is_shown
    });
    shown.by_ref().cloned().collect()
}

/// The arrow keys left and right, Home and End move the focus from tab to tab.
fn move_focus(event: KeyboardEvent) {
    let Some(current) = event.target_dyn_into::<HtmlElement>() else { return };
    let list = current.parent_element();
    let next = match event.key().as_str() {
        "ArrowRight" => current.next_element_sibling(),
        "ArrowLeft" => current.previous_element_sibling(),
        "Home" => list.and_then(|list| list.first_element_child()),
        "End" => list.and_then(|list| list.last_element_child()),
        _ => return,
    };
    if let Some(next) = next.and_then(|next| next.dyn_into::<HtmlElement>().ok()) {
        let _ = next.focus();
        event.prevent_default();
    }
}

fn tab(cx: &ViewContext, file: &ContextFileEntry) -> Html {
    let model = cx.model;
    let path = &file.path;
    let title = format!("{path} · {}", human_size(file.bytes, 4));
    let name = path.rsplit('/').next().unwrap_or(path);
    let folder = path.strip_suffix(name).unwrap_or_default();
    let label = html! { <>if !folder.is_empty() { <small>{ folder }</small> }{ name }</> };
    let menu = cx.dispatch.clone();
    let menu_path = path.clone();
    let on_menu = Callback::from(move |event: MouseEvent| {
        event.prevent_default();
        menu.emit(Msg::ShowFileMenu(Some(menu_path.clone())));
    });
    if !file.is_text {
        let is_inspected = model.inspected_program.as_ref().is_some_and(|program| program.path == *path);
        let next = (!is_inspected).then(|| path.clone());
        return html! {
            <button type="button" role="tab" class="tab binary" {title} aria-selected={is_inspected.to_string()} tabindex="-1"
                onclick={cx.on(Msg::InspectProgram(next))} oncontextmenu={on_menu}>
                { label }<small>{ " " }{ human_size(file.bytes, 3) }</small>
            </button>
        };
    }
    let is_selected = model.open_file == *path;
    let is_built = model.workspace.dockerfile == *path && Model::is_dockerfile(path);
    html! {
        <button type="button" role="tab" class={classes!("tab", is_built.then_some("built"))} aria-selected={is_selected.to_string()}
            tabindex={if is_selected { "0" } else { "-1" }} {title} onclick={cx.on(Msg::OpenFile(path.clone()))} oncontextmenu={on_menu}>
            if is_built { <span aria-hidden="true">{ "▸ " }</span> }{ label }
        </button>
    }
}
