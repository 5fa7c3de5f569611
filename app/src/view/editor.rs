//! The editor with the tabs of the build context above it.

use super::view_context::ViewContext;
use super::{files, program_inspector};
use crate::state::Msg;
use yew::prelude::*;

/// The panel; the editor itself is created inside the element of `container`, which shows `code` until then.
pub(super) fn view(cx: &ViewContext, container: &NodeRef, code: Html) -> Html {
    // Without this the browser does not let a file be dropped.
    let on_drag_over = Callback::from(|event: DragEvent| event.prevent_default());
    html! {
        <section class="editor" id="editor" aria-label={cx.t("editor")} ondrop={files::on_drop(cx)} ondragover={on_drag_over}>
            { files::tabs(cx) }
            { for cx.model.inspected_program.iter().map(|program| program_inspector::view(cx, program)) }
            <div class="files-and-code">
                { files::tree(cx) }
                <div class="code" ref={container.clone()}>{ code }</div>
            </div>
            // Escape in the editor moves the focus here.
            <p class="hint keys" id="editor-end" tabindex="-1">
                { cx.t("editor-hint") }{ " " }<button type="button" class="link" onclick={cx.on(Msg::ShowKeys)}>{ cx.t("keys.all") }</button>
            </p>
        </section>
    }
}
