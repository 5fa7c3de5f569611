//! The files of the build context as tabs, and the editor.

use super::Scene;
use crate::state::{Model, Msg};
use gloo::utils::window;
use stageplay_core::measure::human_size;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::{JsFuture, spawn_local};
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
    let tell = scene.tell.clone();
    let too_large = scene.t("too-large");
    let on_drop = Callback::from(move |event: DragEvent| {
        event.prevent_default();
        let Some(files) = event.data_transfer().and_then(|data| data.files()) else {
            return;
        };
        for index in 0..files.length() {
            let Some(file) = files.get(index) else {
                continue;
            };
            if file.size() > MAX_DROP {
                tell.emit(Msg::Say(format!("{}: {too_large}", file.name())));
                continue;
            }
            let tell = tell.clone();
            spawn_local(async move {
                if let Ok(buffer) = JsFuture::from(file.array_buffer()).await {
                    let bytes = js_sys::Uint8Array::new(&buffer).to_vec();
                    tell.emit(Msg::Dropped(file.name(), bytes));
                }
            });
        }
    });
    let on_drag = Callback::from(|event: DragEvent| event.prevent_default());
    html! {
        <section class="editor" id="editor" aria-label={scene.t("editor")} ondrop={on_drop} ondragover={on_drag}>
            <div class="tabs" role="tablist" aria-label={scene.t("files")} onkeydown={Callback::from(arrow_keys)}>
                { for files.iter().map(|(name, size, text)| tab(scene, name, *size, *text)) }
                <button type="button" class="add" title={scene.t("new-file")} aria-label={scene.t("new-file")} onclick={on_new}>{ "+" }</button>
            </div>
            <div class="code" ref={place.clone()}></div>
            <p class="hint">{ scene.t("editor-hint") }</p>
        </section>
    }
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
        return html! { <span class="tab binary" title={title.clone()}>{ name }<small>{ title }</small></span> };
    }
    let mark = if built && Model::is_dockerfile(name) { "▸ " } else { "" };
    html! {
        <button type="button" role="tab" class={classes!("tab", built.then_some("built"))} aria-selected={selected.to_string()}
            title={title} onclick={scene.on(Msg::Open(name.to_string()))}>
            { mark }{ name }
        </button>
    }
}
