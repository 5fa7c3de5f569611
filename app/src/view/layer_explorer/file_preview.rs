//! The preview of a file of the image, and a button that downloads it.

use crate::state::Msg;
use crate::view::elf_table;
use crate::view::text_format::mode_and_owner;
use crate::view::view_context::ViewContext;
use stageplay_protocol::{ExplorerRequest, FileBody, FileView};
use yew::prelude::*;

pub(super) fn view(cx: &ViewContext, file: &FileView) -> Html {
    let download = Msg::Explore(ExplorerRequest::Download(file.path.clone()));
    html! {
        <section class="viewed" id="viewed" aria-label={file.path.clone()}>
            <p>
                <b><code>{ &file.path }</code></b>
                { format!(" · {} · {}", cx.t(&file.type_id), mode_and_owner(file.mode, file.owner)) }
            </p>
            <p>
                if file.can_download {
                    <button type="button" id="save-file" onclick={cx.on(download)}>{ cx.t("download-file") }</button>
                    { " " }
                }
                <button type="button" id="close-file" onclick={cx.on(Msg::Explore(ExplorerRequest::Preview(None)))}>{ cx.t("program.close") }</button>
            </p>
            { for file.body.iter().map(|body| content(cx, file, body)) }
        </section>
    }
}

fn content(cx: &ViewContext, file: &FileView, body: &FileBody) -> Html {
    match body {
        FileBody::Text { text, truncated } => html! {
            <>
                <pre tabindex="0">{ text }</pre>
                if *truncated {
                    <p class="basis">{ cx.t("file-truncated") }</p>
                }
            </>
        },
        FileBody::Binary(dump) => html! { <pre tabindex="0">{ dump }</pre> },
        FileBody::Elf(headers) => html! {
            <>
                { elf_table::view(cx, headers) }
                if !file.can_download {
                    <p class="basis">{ cx.t("file-modelled") }</p>
                }
            </>
        },
        FileBody::Unknown(basis) => html! {
            <p class="basis">{ basis.as_ref().map_or_else(|| cx.t("content-unknown"), |basis| format!("{} {basis}.", cx.t("content-unknown"))) }</p>
        },
    }
}
