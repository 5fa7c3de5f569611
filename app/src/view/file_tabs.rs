//! The files of the build context as tabs, with buttons that create a file and upload files.

use super::view_context::ViewContext;
use crate::effects::dropped_files::take_file;
use crate::state::{ContextFileEntry, Model, Msg};
use gloo::utils::window;
use stageplay_report::measure::human_size;
use wasm_bindgen::JsCast;
use web_sys::{File, FileList, HtmlElement, HtmlInputElement};
use yew::prelude::*;

pub(super) fn view(cx: &ViewContext) -> Html {
    let dispatch = cx.dispatch.clone();
    let question = cx.t("new-file");
    let on_create = Callback::from(move |_: MouseEvent| {
        if let Ok(Some(path)) = window().prompt_with_message(&question) {
            dispatch.emit(Msg::CreateFile(path));
        }
    });
    let (dispatch, too_large) = (cx.dispatch.clone(), cx.t("file-too-large"));
    let on_upload = Callback::from(move |event: Event| {
        let Some(input) = event.target_dyn_into::<HtmlInputElement>() else { return };
        each_file(input.files(), |file| take_file(file, &dispatch, &too_large));
        // An empty input lets the same file be chosen again.
        input.set_value("");
    });
    html! {
        <div class="tabs" role="tablist" aria-label={cx.t("files")} onkeydown={Callback::from(move_focus)}>
            { for cx.model.files().iter().map(|file| tab(cx, file)) }
            <button type="button" class="add" title={cx.t("new-file")} aria-label={cx.t("new-file")} onclick={on_create}>{ "+" }</button>
            <label class="add upload" title={cx.t("upload")}>
                { "⇪" }<input type="file" id="upload" multiple=true aria-label={cx.t("upload")} onchange={on_upload} />
            </label>
        </div>
    }
}

/// Calls a function with each file of a list.
pub(super) fn each_file(files: Option<FileList>, take: impl Fn(File)) {
    let Some(files) = files else { return };
    (0..files.length()).filter_map(|index| files.get(index)).for_each(take);
}

/// The arrow keys left and right move the focus from tab to tab.
fn move_focus(event: KeyboardEvent) {
    let forward = match event.key().as_str() {
        "ArrowRight" => true,
        "ArrowLeft" => false,
        _ => return,
    };
    let Some(current) = event.target_dyn_into::<HtmlElement>() else {
        return;
    };
    let next = if forward { current.next_element_sibling() } else { current.previous_element_sibling() };
    if let Some(next) = next.and_then(|next| next.dyn_into::<HtmlElement>().ok()) {
        let _ = next.focus();
        event.prevent_default();
    }
}

fn tab(cx: &ViewContext, file: &ContextFileEntry) -> Html {
    let model = cx.model;
    let path = &file.path;
    let title = human_size(file.bytes, 4);
    if !file.is_text {
        let label = html! { <>{ path }<small>{ &title }</small></> };
        if !model.programs.contains(path) {
            return html! { <span class="tab binary" title={title}>{ label }</span> };
        }
        let is_inspected = model.inspected_program.as_ref().is_some_and(|program| program.path == *path);
        let next = (!is_inspected).then(|| path.clone());
        return html! {
            <button type="button" class="tab binary" title={title} aria-expanded={is_inspected.to_string()} onclick={cx.on(Msg::InspectProgram(next))}>{ label }</button>
        };
    }
    let is_selected = model.open_file == *path;
    let is_built = model.workspace.dockerfile == *path;
    let mark = if is_built && Model::is_dockerfile(path) { "▸ " } else { "" };
    html! {
        <button type="button" role="tab" class={classes!("tab", is_built.then_some("built"))} aria-selected={is_selected.to_string()}
            title={title} onclick={cx.on(Msg::OpenFile(path.clone()))}>
            { mark }{ path }
        </button>
    }
}
