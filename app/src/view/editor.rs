//! The files of the build context as tabs, and the editor.

use super::{Scene, program};
use crate::effects;
use crate::state::{Model, Msg};
use gloo::utils::window;
use stageplay_core::elf::is_elf;
use stageplay_core::measure::human_size;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::spawn_local;
use web_sys::{File, FileList, HtmlInputElement};
use yew::prelude::*;

/// Largest file that may be dropped onto the page, in bytes: images are, other files seldom.
const MAX_DROP: f64 = 1024.0 * 1024.0 * 1024.0;

pub(super) fn view(scene: &Scene, place: &NodeRef) -> Html {
    let model = scene.model;
    let files = model.files();
    let tell = scene.tell.clone();
    let question = scene.t("new-file");
    let on_new = Callback::from(move |_: MouseEvent| {
        if let Ok(Some(name)) = window().prompt_with_message(&question) {
            tell.emit(Msg::NewFile(name));
        }
    });
    let (tell, too_large) = (scene.tell.clone(), scene.t("too-large"));
    let take = move |files: Option<FileList>| {
        let files = files.into_iter().flat_map(|files| (0..files.length()).filter_map(move |index| files.get(index)));
        files.for_each(|file| take_file(file, &tell, &too_large));
    };
    let dropped = take.clone();
    let on_drop = Callback::from(move |event: DragEvent| {
        event.prevent_default();
        dropped(event.data_transfer().and_then(|data| data.files()));
    });
    let on_choose = Callback::from(move |event: Event| {
        let Some(input) = event.target_dyn_into::<HtmlInputElement>() else { return };
        take(input.files());
        // The same file may be chosen again.
        input.set_value("");
    });
    let on_drag = Callback::from(|event: DragEvent| event.prevent_default());
    html! {
        <section class="editor" id="editor" aria-label={scene.t("editor")} ondrop={on_drop} ondragover={on_drag}>
            <div class="tabs" role="tablist" aria-label={scene.t("files")} onkeydown={Callback::from(arrow_keys)}>
                { for files.iter().map(|(name, size, text)| tab(scene, name, *size, *text)) }
                <button type="button" class="add" title={scene.t("new-file")} aria-label={scene.t("new-file")} onclick={on_new}>{ "+" }</button>
                <label class="add upload" title={scene.t("upload")}>
                    { "⇪" }<input type="file" id="upload" multiple=true aria-label={scene.t("upload")} onchange={on_choose} />
                </label>
            </div>
            { for model.inspected.iter().map(|(name, report)| program::view(scene, name, report)) }
            <div class="code" ref={place.clone()}></div>
            <p class="hint">{ scene.t("editor-hint") }</p>
        </section>
    }
}

/// Takes a file that was dropped or chosen: of a large program only its first bytes are read now.
fn take_file(file: File, tell: &Callback<Msg>, too_large: &str) {
    const LARGE: f64 = 1024.0 * 1024.0;
    let (tell, too_large) = (tell.clone(), too_large.to_string());
    spawn_local(async move {
        let start = effects::bytes(&file, 0..4).await.unwrap_or_default();
        if is_elf(&start) && file.size() > LARGE {
            let (name, size) = (file.name(), file.size() as u64);
            effects::hold(&name, file);
            tell.emit(Msg::DroppedProgram(name, size));
        } else if file.size() > MAX_DROP {
            tell.emit(Msg::Say(format!("{}: {too_large}", file.name())));
        } else if let Ok(bytes) = effects::bytes(&file, 0..file.size() as u64).await {
            tell.emit(Msg::Dropped(file.name(), bytes));
        }
    });
}

/// Left and right go from tab to tab, as in every tab list.
fn arrow_keys(event: KeyboardEvent) {
    let forward = match event.key().as_str() {
        "ArrowRight" => true,
        "ArrowLeft" => false,
        _ => return,
    };
    let Some(now) = event.target().and_then(|target| target.dyn_into::<web_sys::HtmlElement>().ok()) else {
        return;
    };
    let next = if forward { now.next_element_sibling() } else { now.previous_element_sibling() };
    if let Some(next) = next.and_then(|next| next.dyn_into::<web_sys::HtmlElement>().ok()) {
        let _ = next.focus();
        event.prevent_default();
    }
}

fn tab(scene: &Scene, name: &str, size: u64, text: bool) -> Html {
    let model = scene.model;
    let selected = model.open == name;
    let built = model.dockerfile == name;
    let title = human_size(size, 4);
    if !text {
        let shown = html! { <>{ name }<small>{ &title }</small></> };
        if !model.is_program(name) {
            return html! { <span class="tab binary" title={title}>{ shown }</span> };
        }
        let inspected = model.inspected.as_ref().is_some_and(|(inspected, _)| inspected == name);
        let next = (!inspected).then(|| name.to_string());
        return html! {
            <button type="button" class="tab binary" title={title} aria-expanded={inspected.to_string()} onclick={scene.on(Msg::Inspect(next))}>{ shown }</button>
        };
    }
    let mark = if built && Model::is_dockerfile(name) { "▸ " } else { "" };
    html! {
        <button type="button" role="tab" class={classes!("tab", built.then_some("built"))} aria-selected={selected.to_string()}
            title={title} onclick={scene.on(Msg::Open(name.to_string()))}>
            { mark }{ name }
        </button>
    }
}
