//! Files that are dropped or chosen.

use crate::effects::dropped_files::{Words, take_files};
use crate::interop::dropped_files::{DroppedFile, read_files};
use crate::view::view_context::ViewContext;
use js_sys::{Array, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::HtmlInputElement;
use yew::prelude::*;

fn words(cx: &ViewContext) -> Words {
    Words { too_large: cx.t("file-too-large"), too_many: cx.t("files.too-many"), left_out: cx.t("files.left-out") }
}

/// Takes what a drop event or an input element has. `unpacks` says whether a single archive is unpacked.
fn take(cx: &ViewContext, unpacks: bool) -> impl Fn(JsValue) + use<> {
    let (dispatch, words) = (cx.dispatch.clone(), words(cx));
    move |source: JsValue| {
        let (dispatch, words) = (dispatch.clone(), words.clone());
        let read = read_files(&source);
        spawn_local(async move {
            let Ok(answer) = JsFuture::from(read).await else { return };
            let list = Reflect::get(&answer, &"files".into()).unwrap_or_default();
            let files: Vec<DroppedFile> = Array::from(&list).iter().map(JsCast::unchecked_into).collect();
            let ignore = Reflect::get(&answer, &"ignore".into()).ok().and_then(|text| text.as_string());
            take_files(files, ignore.as_deref(), unpacks, &words, &dispatch);
        });
    }
}

/// Takes files, folders and archives that are dropped.
pub(in crate::view) fn on_drop(cx: &ViewContext) -> Callback<DragEvent> {
    let take = take(cx, true);
    Callback::from(move |event: DragEvent| {
        event.prevent_default();
        if let Some(data) = event.data_transfer() {
            take(data.into());
        }
    })
}

/// A button that lets files be chosen; a folder if `is_folder`, archives are unpacked if `unpacks`.
pub(in crate::view) fn choose_files(
    cx: &ViewContext,
    id: &'static str,
    label: Html,
    title: String,
    kind: Choice,
) -> Html {
    let take = take(cx, kind != Choice::Files);
    let on_change = Callback::from(move |event: Event| {
        let Some(input) = event.target_dyn_into::<HtmlInputElement>() else { return };
        take(input.clone().into());
        // An empty input lets the same file be chosen again; its files are read by then.
        input.set_value("");
    });
    let accept = (kind == Choice::Archive).then_some(".zip,.tar,.gz,.tgz,.xz,.bz2,.zst");
    html! {
        <label class="button upload" title={title.clone()}>
            { label }
            <input type="file" {id} multiple={kind != Choice::Archive} webkitdirectory={kind == Choice::Folder}
                {accept} aria-label={title} onchange={on_change} />
        </label>
    }
}

/// What is to be chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::view) enum Choice {
    /// Files, which are taken as they are.
    Files,
    /// A folder with all that is below it.
    Folder,
    /// An archive, which is unpacked.
    Archive,
}
