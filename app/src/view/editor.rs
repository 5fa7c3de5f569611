//! The editor with the tabs of the build context above it.

use super::view_context::ViewContext;
use super::{file_tabs, program_inspector};
use crate::effects::dropped_files::take_file;
use yew::prelude::*;

/// The panel; the editor itself is created inside the element of `container`, which shows `code` until then.
pub(super) fn view(cx: &ViewContext, container: &NodeRef, code: Html) -> Html {
    let (dispatch, too_large) = (cx.dispatch.clone(), cx.t("file-too-large"));
    let on_drop = Callback::from(move |event: DragEvent| {
        event.prevent_default();
        let files = event.data_transfer().and_then(|data| data.files());
        file_tabs::each_file(files, |file| take_file(file, &dispatch, &too_large));
    });
    // Without this the browser does not let a file be dropped.
    let on_drag_over = Callback::from(|event: DragEvent| event.prevent_default());
    html! {
        <section class="editor" id="editor" aria-label={cx.t("editor")} ondrop={on_drop} ondragover={on_drag_over}>
            { file_tabs::view(cx) }
            { for cx.model.inspected_program.iter().map(|program| program_inspector::view(cx, program)) }
            <div class="code" ref={container.clone()}>{ code }</div>
            <p class="hint">{ cx.t("editor-hint") }</p>
        </section>
    }
}
