//! The files of the image: a tree with what each folder weighs, a search, and a file to look at or keep.

use super::{Scene, program};
use crate::state::{ExplorerMsg, Msg, Row, Shown, Weight, kind, shown};
use stageplay_core::fs::Node;
use stageplay_core::measure::human_size;
use stageplay_core::words::say;
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, HtmlInputElement};
use yew::prelude::*;

pub(super) fn view(scene: &Scene) -> Html {
    let Some(image) = scene.model.explored() else {
        return html! {};
    };
    let (rows, more) = scene.model.explorer.rows(&image.tree);
    let tell = scene.tell.clone();
    let on_search = Callback::from(move |event: InputEvent| {
        if let Some(input) = event.target_dyn_into::<HtmlInputElement>() {
            tell.emit(Msg::Explorer(ExplorerMsg::Search(input.value())));
        }
    });
    let tell = scene.tell.clone();
    let on_toggle = Callback::from(move |event: Event| {
        if let Some(details) = event.target_dyn_into::<HtmlElement>() {
            tell.emit(Msg::Explorer(ExplorerMsg::Show(details.has_attribute("open"))));
        }
    });
    let heaviest = rows.iter().map(|row| row.weight.bytes).max().unwrap_or(0).max(1);
    html! {
        <section class="card explorer" id="explorer" aria-label={scene.t("files-of-image")}>
            <details ontoggle={on_toggle}>
                <summary><h3>{ scene.t("files-of-image") }</h3></summary>
                <input type="search" id="find-file" aria-label={scene.t("find-file")} placeholder={scene.t("find-file")}
                    value={scene.model.explorer.query.clone()} oninput={on_search} />
                { viewed(scene) }
                if rows.is_empty() {
                    <p class="basis">{ scene.t("no-file-found") }</p>
                }
                <ul class="tree" role="tree" aria-label={scene.t("files-of-image")} onkeydown={Callback::from(move_focus)}>
                    { for rows.iter().map(|row| line(scene, row, heaviest)) }
                </ul>
                if more > 0 {
                    <p class="basis">{ say(scene.model.language, "page.more-files", &[("count", &more.to_string())]) }</p>
                }
            </details>
        </section>
    }
}

/// A weight as far as it is known.
fn told(weight: Weight) -> String {
    match (weight.bytes, weight.open) {
        (0, true) => "?".into(),
        (bytes, true) => format!("≥{}", human_size(bytes, 3)),
        (bytes, false) => human_size(bytes, 3),
    }
}

fn line(scene: &Scene, row: &Row, heaviest: u64) -> Html {
    let msg = match row.folder {
        Some(_) => ExplorerMsg::Toggle(row.path.clone()),
        None => ExplorerMsg::View(Some(row.path.clone())),
    };
    let mark = match row.folder {
        Some(true) => "▾",
        Some(false) => "▸",
        None => "",
    };
    let title = format!("{} · {:04o} {}:{}", row.path, row.mode, row.owner.0, row.owner.1);
    let layer = row.layer.map(|layer| layer.to_string()).unwrap_or_default();
    let share = row.weight.bytes as f64 * 100.0 / heaviest as f64;
    html! {
        <li role="none" style={format!("--depth:{}", row.depth)} key={row.path.clone()}>
            <button type="button" role="treeitem" class="entry" title={title}
                aria-expanded={row.folder.map(|open| open.to_string())}
                aria-level={(row.depth + 1).to_string()}
                aria-selected={(scene.model.explorer.viewed.as_ref() == Some(&row.path)).to_string()}
                onclick={scene.on(Msg::Explorer(msg))}>
                <span class="fold" aria-hidden="true">{ mark }</span>
                <code>{ &row.name }{ for row.target.iter().map(|target| html! { <i>{ format!(" → {target}") }</i> }) }</code>
                <span class="layer" title={scene.t("layer-of-file")}>{ layer }</span>
                <span class="weight" style={format!("--share:{share:.1}%")}>{ told(row.weight) }</span>
            </button>
        </li>
    }
}

/// Arrows go from line to line; right opens a folder, left closes it.
fn move_focus(event: KeyboardEvent) {
    let Some(here) = event.target_dyn_into::<HtmlElement>().filter(|here| here.class_list().contains("entry")) else {
        return;
    };
    let beside = |line: Option<web_sys::Element>| line.and_then(|line| line.first_element_child());
    let parent = here.parent_element();
    let open = here.get_attribute("aria-expanded");
    let next = match event.key().as_str() {
        "ArrowDown" => beside(parent.and_then(|line| line.next_element_sibling())),
        "ArrowUp" => beside(parent.and_then(|line| line.previous_element_sibling())),
        "ArrowRight" if open.as_deref() == Some("false") => {
            here.click();
            None
        }
        "ArrowLeft" if open.as_deref() == Some("true") => {
            here.click();
            None
        }
        _ => return,
    };
    event.prevent_default();
    if let Some(next) = next.and_then(|next| next.dyn_into::<HtmlElement>().ok()) {
        let _ = next.focus();
    }
}

/// The file that is looked at.
fn viewed(scene: &Scene) -> Html {
    let Some(path) = &scene.model.explorer.viewed else {
        return html! {};
    };
    let Some(node) = scene.model.explored().and_then(|image| image.tree.get(path)) else {
        return html! {};
    };
    let can_save = node.content().is_some_and(|content| content.bytes_known());
    html! {
        <section class="viewed" id="viewed" aria-label={path.clone()}>
            <p>
                <b><code>{ path }</code></b>
                { format!(" · {} · {:04o} {}:{}", scene.t(kind(node)), node.mode, node.uid, node.gid) }
            </p>
            <p>
                if can_save {
                    <button type="button" id="save-file" onclick={scene.on(Msg::Explorer(ExplorerMsg::Save(path.clone())))}>{ scene.t("save-file") }</button>
                    { " " }
                }
                <button type="button" id="close-file" onclick={scene.on(Msg::Explorer(ExplorerMsg::View(None)))}>{ scene.t("program.close") }</button>
            </p>
            { content(scene, node) }
        </section>
    }
}

fn content(scene: &Scene, node: &Node) -> Html {
    let Some(content) = node.content() else {
        return html! {};
    };
    match shown(content) {
        Shown::Text(text, more) => html! {
            <>
                <pre tabindex="0">{ text }</pre>
                if more {
                    <p class="basis">{ scene.t("file-goes-on") }</p>
                }
            </>
        },
        Shown::Bytes(bytes) => html! { <pre tabindex="0">{ dump(&bytes) }</pre> },
        Shown::Program(report) => html! {
            <>
                { program::facts(scene, &report) }
                if !content.bytes_known() {
                    <p class="basis">{ scene.t("program-is-model") }</p>
                }
            </>
        },
        Shown::Unknown => html! {
            <p class="basis">{ content.basis.as_deref().map_or_else(|| scene.t("content-unknown"), |basis| format!("{} {basis}.", scene.t("content-unknown"))) }</p>
        },
    }
}

/// Sixteen bytes a line, as numbers and as characters.
fn dump(bytes: &[u8]) -> String {
    let line = |(index, line): (usize, &[u8])| {
        let hex: String = line.iter().map(|byte| format!("{byte:02x} ")).collect();
        let text: String =
            line.iter().map(|byte| if (32..127).contains(byte) { char::from(*byte) } else { '.' }).collect();
        format!("{:06x}  {hex:<48} {text}\n", index * 16)
    };
    bytes.chunks(16).enumerate().map(line).collect()
}
