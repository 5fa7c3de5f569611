//! The share dialog: a link, Markdown and HTML with it, the files as a zip, the report as JSON.

use super::modal::Modal;
use super::view_context::ViewContext;
use crate::effects::share_link::has_share_sheet;
use crate::state::{Dialog, Msg};
use yew::prelude::*;

pub(super) fn view(cx: &ViewContext) -> Html {
    if cx.model.dialog != Some(Dialog::Share) {
        return html! {};
    }
    html! {
        <Modal id="share-dialog" title={cx.t("share.title")} close={cx.t("close")} on_close={cx.on::<()>(Msg::ShowDialog(None))} class="medium">
            { match &cx.model.share_link {
                None => html! { <p role="status">{ "…" }</p> },
                Some(Err(error)) => html! { <p role="alert">{ cx.t("share.too-large") }{ " " }{ error }</p> },
                Some(Ok(link)) => snippets(cx, link),
            } }
            <h3>{ cx.t("share.files") }</h3>
            <p class="modal-actions left">
                <button type="button" id="download-files" onclick={cx.on(Msg::DownloadFiles)}>{ cx.t("share.zip") }</button>
                if cx.model.outcome.is_some() {
                    <button type="button" id="download-report" onclick={cx.on(Msg::DownloadReport)}>{ cx.t("share.report") }</button>
                }
            </p>
        </Modal>
    }
}

/// The link and what carries it, each with a button that copies it.
fn snippets(cx: &ViewContext, link: &str) -> Html {
    let title = cx.model.title();
    let markdown = format!("[{}]({link})", title.replace('\\', "\\\\").replace('[', "\\[").replace(']', "\\]"));
    let escaped = title.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let html = format!("<a href=\"{link}\">{escaped}</a>");
    html! {
        <>
            <p class="basis">{ cx.t("share.note") }</p>
            { snippet(cx, "link", link) }
            if has_share_sheet() {
                <p class="modal-actions left"><button type="button" id="share-natively" onclick={cx.on(Msg::ShareNatively)}>{ cx.t("share.natively") }</button></p>
            }
            { snippet(cx, "markdown", &markdown) }
            { snippet(cx, "html", &html) }
        </>
    }
}

fn snippet(cx: &ViewContext, name: &'static str, text: &str) -> Html {
    let state = cx.model.copied.filter(|(copied, _)| *copied == name).map(|(_, is_copied)| is_copied);
    let words = match state {
        None => "share.copy",
        Some(true) => "share.copied",
        Some(false) => "share.not-copied",
    };
    let class = if name == "link" { "primary" } else { "" };
    html! {
        <div class="snippet">
            <label class="stacked"><span>{ cx.t(&format!("share.{name}")) }</span>
                <input type="text" id={format!("share-{name}")} readonly=true value={text.to_string()} />
            </label>
            <button type="button" {class} data-copy={name} onclick={cx.on(Msg::CopyText(name, text.to_string()))}>
                <span aria-live="polite">{ cx.t(words) }</span>
            </button>
        </div>
    }
}
