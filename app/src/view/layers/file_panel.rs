//! One file of the image: why it is there, which layers wrote it, what it holds, and a button that downloads it.

use crate::i18n::fill;
use crate::state::Msg;
use crate::view::elf_table;
use crate::view::text_format::mode_and_owner;
use crate::view::view_context::ViewContext;
use stageplay_protocol::{ExplorerRequest, FileBody, FileEvent, FileView};
use yew::prelude::*;

pub(super) fn view(cx: &ViewContext, file: &FileView) -> Html {
    let facts = [
        cx.t(&file.type_id),
        file.size.clone(),
        if file.mode == 0 { String::new() } else { mode_and_owner(file.mode, file.owner) },
        file.link_target.as_ref().map(|target| format!("→ {target}")).unwrap_or_default(),
    ];
    let facts: Vec<String> = facts.into_iter().filter(|fact| !fact.is_empty()).collect();
    let download = Msg::Explore(ExplorerRequest::Download(file.path.clone()));
    html! {
        <section class="viewed" id="viewed" aria-label={file.path.clone()}>
            <header>
                <h4><code>{ &file.path }</code></h4>
                <span class="buttons">
                    if file.can_download {
                        <button type="button" id="save-file" onclick={cx.on(download)}>{ cx.t("download-file") }</button>
                    }
                    <button type="button" id="close-file" onclick={cx.on(Msg::Explore(ExplorerRequest::Inspect(None)))}>{ cx.t("program.close") }</button>
                </span>
            </header>
            <p class="basis">{ facts.join(" · ") }</p>
            { origin(cx, file) }
            { for file.body.iter().map(|body| content(cx, file, body)) }
            { for file.hex.iter().map(|hex| html! {
                <details class="hex" open={file.body == Some(FileBody::Binary)}>
                    <summary>{ cx.t("file.hex") }</summary>
                    <pre tabindex="0">{ hex }</pre>
                </details>
            }) }
        </section>
    }
}

/// Why the file is there: what each layer did to it.
fn origin(cx: &ViewContext, file: &FileView) -> Html {
    let last = file.history.iter().rposition(|event| event.what != "removed");
    html! {
        <>
            <h5>{ cx.t("why.title") }</h5>
            { if file.history.is_empty() { html! { <p class="hint">{ cx.t("why.unknown") }</p> } } else { html! {} } }
            <ol class="history">
                { for file.history.iter().enumerate().map(|(index, one)| event(cx, one, last == Some(index))) }
            </ol>
            { for file.package.iter().map(|package| html! {
                <p>{ fill(&cx.t("why.package"), &[("package", package.clone())]) }</p>
            }) }
            { for file.hidden_by.iter().map(|mount| html! {
                <p class="warned">{ fill(&cx.t("why.hidden"), &[("path", mount.clone())]) }</p>
            }) }
        </>
    }
}

fn event(cx: &ViewContext, event: &FileEvent, is_last: bool) -> Html {
    let sign = match event.what.as_str() {
        "added" => "+",
        "changed" | "metadata" => "~",
        "removed" => "−",
        _ => "=",
    };
    // A copy below the last one is held and not seen.
    let note = match (event.what.as_str(), is_last) {
        ("removed", _) => Some(cx.t("why.stays")),
        (_, true) => Some(cx.t("why.seen")),
        _ => Some(cx.t("why.covered")),
    };
    html! {
        <li class={classes!("event", event.what.clone())}>
            <b aria-hidden="true">{ sign }</b>
            <div>
                <span class="what">{ cx.t(&format!("why.{}", event.what)) }</span>
                { for event.layer.map(|layer| html! { <>{ " " }<button type="button" class="link"
                    onclick={cx.on(Msg::Explore(ExplorerRequest::SelectLayer(Some(layer - 1))))}>
                    { fill(&cx.t("files.layer"), &[("number", layer.to_string())]) }</button></> }) }
                { for event.line.map(|line| html! { <>{ " " }{ cx.line_button(line) }</> }) }
                { if event.size.is_empty() { html! {} } else { html! { <span class="amount">{ &event.size }</span> } } }
                <code class="instruction">{ &event.instruction }</code>
                { for event.commands.iter().map(|command| html! { <code class="command-line">{ "$ " }{ command }</code> }) }
                { for note.map(|note| html! { <small>{ note }</small> }) }
            </div>
        </li>
    }
}

fn content(cx: &ViewContext, file: &FileView, body: &FileBody) -> Html {
    let unknown = |basis: &Option<String>| match basis {
        Some(basis) => fill(&cx.t("content-unknown-why"), &[("why", basis.clone())]),
        None => cx.t("content-unknown"),
    };
    match body {
        FileBody::Text { text, truncated } => html! {
            <>
                <h5>{ cx.t("file.text") }</h5>
                <pre class="content" tabindex="0">{ text }</pre>
                if *truncated {
                    <p class="basis">{ cx.t("file-truncated") }</p>
                }
            </>
        },
        FileBody::Binary => html! {},
        FileBody::Elf(headers) => html! {
            <>
                <h5>{ cx.t("file.elf") }</h5>
                { elf_table::view(cx, headers) }
                if !file.can_download {
                    <p class="basis">{ cx.t("file-modelled") }</p>
                }
            </>
        },
        FileBody::Unknown(basis) => html! { <p class="basis">{ unknown(basis) }</p> },
    }
}
