//! The preview of a file of the image, and a button that downloads it.

use crate::state::{FilePreview, LayerExplorerMsg, Msg, file_type_id, preview};
use crate::view::elf_table;
use crate::view::text_format::mode_and_owner;
use crate::view::view_context::ViewContext;
use stageplay_core::fs::Node;
use yew::prelude::*;

pub(super) fn view(cx: &ViewContext) -> Html {
    let Some(path) = &cx.model.layer_explorer.previewed else {
        return html! {};
    };
    let Some(node) = cx.model.image().and_then(|image| image.tree.get(path)) else {
        return html! {};
    };
    let can_download = node.content().is_some_and(|content| content.bytes_known());
    html! {
        <section class="viewed" id="viewed" aria-label={path.clone()}>
            <p>
                <b><code>{ path }</code></b>
                { format!(" · {} · {}", cx.t(file_type_id(node)), mode_and_owner(node.mode, node.uid, node.gid)) }
            </p>
            <p>
                if can_download {
                    <button type="button" id="save-file" onclick={cx.on(Msg::LayerExplorer(LayerExplorerMsg::Download(path.clone())))}>{ cx.t("download-file") }</button>
                    { " " }
                }
                <button type="button" id="close-file" onclick={cx.on(Msg::LayerExplorer(LayerExplorerMsg::Preview(None)))}>{ cx.t("program.close") }</button>
            </p>
            { content(cx, node) }
        </section>
    }
}

fn content(cx: &ViewContext, node: &Node) -> Html {
    let Some(content) = node.content() else {
        return html! {};
    };
    match preview(content) {
        FilePreview::Text { text, truncated } => html! {
            <>
                <pre tabindex="0">{ text }</pre>
                if truncated {
                    <p class="basis">{ cx.t("file-truncated") }</p>
                }
            </>
        },
        FilePreview::Binary(bytes) => html! { <pre tabindex="0">{ hex_dump(&bytes) }</pre> },
        FilePreview::Elf(report) => html! {
            <>
                { elf_table::view(cx, &report) }
                if !content.bytes_known() {
                    <p class="basis">{ cx.t("file-modelled") }</p>
                }
            </>
        },
        FilePreview::Unknown => html! {
            <p class="basis">{ content.basis.as_deref().map_or_else(|| cx.t("content-unknown"), |basis| format!("{} {basis}.", cx.t("content-unknown"))) }</p>
        },
    }
}

/// Sixteen bytes per line: offset, hexadecimal numbers, printable ASCII characters.
fn hex_dump(bytes: &[u8]) -> String {
    let line = |(index, line): (usize, &[u8])| {
        let hex: String = line.iter().map(|byte| format!("{byte:02x} ")).collect();
        let text: String =
            line.iter().map(|byte| if (32..127).contains(byte) { char::from(*byte) } else { '.' }).collect();
        format!("{:06x}  {hex:<48} {text}\n", index * 16)
    };
    bytes.chunks(16).enumerate().map(line).collect()
}
