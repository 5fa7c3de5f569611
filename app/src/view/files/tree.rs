//! The tree of the build context, with what can be done with each file.

use super::drop::{Choice, choose_files};
use crate::state::{Dialog, Msg, TreeRow, tree_rows};
use crate::view::icon::icon;
use crate::view::view_context::ViewContext;
use stageplay_report::measure::human_size;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;
use yew::prelude::*;

pub(in crate::view) fn view(cx: &ViewContext) -> Html {
    let model = cx.model;
    if !model.is_file_tree_shown() {
        return html! {};
    }
    let rows = tree_rows(&model.workspace, &model.empty_folders, &model.closed_folders);
    let open = |dialog: Dialog| cx.on::<MouseEvent>(Msg::ShowDialog(Some(dialog)));
    html! {
        <nav class="file-tree" id="file-tree" aria-label={cx.t("files")}>
            <ul onkeydown={on_key(cx)}>{ for rows.iter().map(|one| row(cx, one)) }</ul>
            <div class="file-actions">
                <button type="button" onclick={open(Dialog::NewFile(String::new()))}>{ cx.t("files.new-file") }</button>
                <button type="button" onclick={open(Dialog::NewFolder(String::new()))}>{ cx.t("files.new-folder") }</button>
                { choose_files(cx, "upload-folder", html! { cx.t("files.add-folder") }, cx.t("files.add-folder"), Choice::Folder) }
                { choose_files(cx, "upload-archive", html! { cx.t("files.add-archive") }, cx.t("files.add-archive.title"), Choice::Archive) }
            </div>
        </nav>
    }
}

/// Up and down move from row to row; F2 renames, Delete removes, right and left open and close a folder.
fn on_key(cx: &ViewContext) -> Callback<KeyboardEvent> {
    let dispatch = cx.dispatch.clone();
    Callback::from(move |event: KeyboardEvent| {
        let Some(at) = event.target_dyn_into::<HtmlElement>().filter(|at| at.has_attribute("data-path")) else {
            return;
        };
        let path = at.get_attribute("data-path").unwrap_or_default();
        let expanded = at.get_attribute("aria-expanded");
        let step = |forward: bool| {
            let mut row = at.closest("li").ok().flatten()?;
            row = if forward { row.next_element_sibling()? } else { row.previous_element_sibling()? };
            let next = row.query_selector("[data-path]").ok().flatten()?;
            next.dyn_into::<HtmlElement>().ok()
        };
        match (event.key().as_str(), expanded.as_deref()) {
            ("ArrowDown", _) => step(true).map(|next| next.focus()),
            ("ArrowUp", _) => step(false).map(|next| next.focus()),
            ("ArrowRight", Some("false")) | ("ArrowLeft", Some("true")) => {
                dispatch.emit(Msg::ToggleFolder(path));
                None
            }
            ("F2", _) => {
                dispatch.emit(Msg::ShowDialog(Some(Dialog::RenameFile(path))));
                None
            }
            ("Delete", _) => {
                dispatch.emit(Msg::RemoveFile(path));
                None
            }
            _ => return,
        };
        event.prevent_default();
    })
}

fn row(cx: &ViewContext, row: &TreeRow) -> Html {
    let model = cx.model;
    let is_folder = row.is_open.is_some();
    let is_open_file = !is_folder && row.path == model.open_file;
    let is_program = model.programs.contains(&row.path);
    let click = match row.is_open {
        Some(_) => Some(Msg::ToggleFolder(row.path.clone())),
        None if row.is_text => Some(Msg::OpenFile(row.path.clone())),
        None if is_program => Some(Msg::InspectProgram(Some(row.path.clone()))),
        None => None,
    };
    let has_menu = model.file_menu.as_deref() == Some(&row.path);
    let toggle_menu = Msg::ShowFileMenu((!has_menu).then(|| row.path.clone()));
    let dispatch = cx.dispatch.clone();
    let menu = Msg::ShowFileMenu(Some(row.path.clone()));
    let on_menu = Callback::from(move |event: MouseEvent| {
        event.prevent_default();
        dispatch.emit(menu.clone());
    });
    let is_built = row.path == model.workspace.dockerfile;
    let mark = match row.is_open {
        Some(true) => "▾",
        Some(false) => "▸",
        None => "",
    };
    let ignored = row.ignored_by.as_ref().map(|rule| cx.t("files.ignored").replace("{rule}", rule));
    let title = ignored.clone().unwrap_or_else(|| row.path.clone());
    // The depth is a class: no inline style.
    let depth = format!("depth-{}", row.depth.min(8));
    html! {
        <li key={row.path.clone()} class={classes!(ignored.is_some().then_some("ignored"))} oncontextmenu={on_menu}>
            <div class="file-row">
                <button type="button" class={classes!("tree-file", depth)} data-path={row.path.clone()} {title} disabled={click.is_none()}
                    aria-expanded={row.is_open.map(|is_open| is_open.to_string())} aria-current={is_open_file.then_some("true")}
                    onclick={click.map(|msg| cx.on::<MouseEvent>(msg))}>
                    <span class="fold" aria-hidden="true">{ mark }</span>
                    <span class="name">{ &row.name }</span>
                    if is_built { <small class="built">{ cx.t("files.built") }</small> }
                    if ignored.is_some() { <small class="rule">{ cx.t("files.ignored-short") }</small> }
                    if !is_folder { <small class="size">{ human_size(row.bytes, 3) }</small> }
                </button>
                <button type="button" class="icon-button more" aria-expanded={has_menu.to_string()}
                    aria-label={cx.t("files.menu").replace("{name}", &row.name)} onclick={cx.on(toggle_menu)}>{ icon("more") }</button>
            </div>
            if has_menu { { actions(cx, row) } }
        </li>
    }
}

fn actions(cx: &ViewContext, row: &TreeRow) -> Html {
    let path = || row.path.clone();
    let action = |id: &str, msg: Msg| html! { <button type="button" onclick={cx.on(msg)}>{ cx.t(id) }</button> };
    html! {
        <div class="file-menu" role="group" aria-label={row.name.clone()}>
            if row.is_open.is_some() {
                { action("files.new-file", Msg::ShowDialog(Some(Dialog::NewFile(path())))) }
                { action("files.new-folder", Msg::ShowDialog(Some(Dialog::NewFolder(path())))) }
            }
            { action("files.rename", Msg::ShowDialog(Some(Dialog::RenameFile(path())))) }
            if row.is_open.is_none() {
                { action("files.duplicate", Msg::DuplicateFile(path())) }
            }
            { action("files.remove", Msg::RemoveFile(path())) }
        </div>
    }
}
