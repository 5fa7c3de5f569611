//! The layers of the image: a bar with the share of each, and a list with the entries of each.

use crate::view::size::labelled_size;
use crate::view::text_format::mode_and_owner;
use crate::view::view_context::ViewContext;
use stageplay_core::fs::{Change, EntryKind, LayerEntry};
use stageplay_core::image::{Image, Layer};
use stageplay_core::measure::{Size, human_size};
use stageplay_core::words::say;
use yew::prelude::*;

/// Entries that are shown of one layer.
const MAX_ENTRIES: usize = 200;

pub(in crate::view) fn view(cx: &ViewContext) -> Html {
    let Some(image) = cx.model.simulation.as_ref().and_then(|done| done.built.image.clone()) else {
        return html! {};
    };
    let total: u64 = image.layers.iter().map(|layer| layer.size.at_least()).sum::<u64>().max(1);
    let share = |layer: &Layer| layer.size.at_least() as f64 * 100.0 / total as f64;
    html! {
        <section class="card" aria-label={cx.t("layers")}>
            <h2>{ cx.t("layers") }</h2>
            <div class="stack" aria-hidden="true">
                { for image.layers.iter().enumerate().filter(|(_, layer)| layer.size.at_least() > 0).map(|(index, layer)| html! {
                    <span class={classes!("part", origin_class(layer))}
                        style={format!("flex-grow:{:.3};--hue:{}", share(layer).max(0.4), hue(index))}
                        title={format!("{}: {}", layer.created_by, layer.size.human())}></span>
                }) }
            </div>
            { wasted_space(cx) }
            <ol class="layers">
                { for rows(cx, &image) }
            </ol>
        </section>
    }
}

/// Whether this build made the layer; else it comes from the base image.
fn is_built_here(layer: &Layer) -> bool {
    !layer.entries.is_empty() || layer.created_by.contains("buildkit") || layer.created_by.starts_with("/bin/sh")
}

/// The CSS class for the origin of a layer.
fn origin_class(layer: &Layer) -> &'static str {
    if is_built_here(layer) { "own" } else { "from-base" }
}

/// The hue of a layer in degrees, by its index. Neighboring layers differ clearly.
fn hue(index: usize) -> usize {
    index * 47 % 360
}

fn rows(cx: &ViewContext, image: &Image) -> Vec<Html> {
    image
        .layers
        .iter()
        .enumerate()
        .map(|(index, layer)| {
            let reason = reason(cx, layer);
            html! {
                <li>
                    <details>
                        <summary>
                            <span class={classes!("swatch", origin_class(layer))} style={format!("--hue:{}", hue(index))} aria-hidden="true"></span>
                            <code>{ &layer.created_by }</code>
                            { labelled_size(cx, &(&layer.size).into()) }
                            { for reason.map(|reason| html! { <span class="why">{ reason }</span> }) }
                        </summary>
                        { entries(cx, layer) }
                        { for layer.size.basis().map(|basis| html! { <p class="basis">{ basis }</p> }) }
                    </details>
                </li>
            }
        })
        .collect()
}

/// The reason of the layer's size in one line: its packages, or the largest file that it adds or changes.
fn reason(cx: &ViewContext, layer: &Layer) -> Option<String> {
    if !is_built_here(layer) {
        return Some(say::<&str>(cx.model.language, "layer.base", &[]));
    }
    if let Some((name, _)) = layer.unlisted.iter().max_by_key(|(_, size)| size.at_least()) {
        let words = [("count", layer.unlisted.len().to_string()), ("name", name.clone())];
        return Some(say(cx.model.language, "layer.packages", &words));
    }
    let files = || layer.entries.iter().filter(|entry| entry.kind == EntryKind::File);
    let largest = files().max_by_key(|entry| entry.size.at_least())?;
    let id = match largest.change {
        Change::Modified if is_copied_up(layer, largest) => "layer.copied-up",
        Change::Modified => "layer.modified",
        _ => "layer.added",
    };
    Some(say(cx.model.language, id, &[("path", largest.path.as_ref())]))
}

/// Whether a RUN instruction changed only the metadata of a file, so that the overlay copies the whole file.
fn is_copied_up(layer: &Layer, entry: &LayerEntry) -> bool {
    entry.same_content && entry.kind == EntryKind::File && !layer.created_by.contains("COPY ")
}

/// The space of files that a later layer overwrites or deletes.
fn wasted_space(cx: &ViewContext) -> Html {
    let image = cx.model.report.as_ref().and_then(|report| report.image.as_ref());
    let Some(waste) = image.and_then(|image| image.waste.as_ref()) else {
        return html! {};
    };
    if waste.bytes == 0 {
        return html! {};
    }
    let files = waste.files.iter().map(|file| format!("{} ({})", file.path, human_size(file.bytes, 3)));
    html! {
        <p class="basis waste" title={files.collect::<Vec<_>>().join("\n")}>
            { format!("{} {:.1} % · {} {}", cx.t("efficiency"), waste.efficiency * 100.0, human_size(waste.bytes, 3), cx.t("wasted")) }
        </p>
    }
}

/// The packages and files of a layer, the largest packages first.
fn entries(cx: &ViewContext, layer: &Layer) -> Html {
    if layer.entries.is_empty() {
        return html! { <p class="basis">{ cx.t(if is_built_here(layer) { "no-entries" } else { "unlisted-entries" }) }</p> };
    }
    let mut packages: Vec<&(String, Size)> = layer.unlisted.iter().collect();
    packages.sort_by_key(|(_, size)| std::cmp::Reverse(size.at_least()));
    let left_out = |count: usize| count.saturating_sub(MAX_ENTRIES);
    let more = left_out(layer.entries.len()) + left_out(packages.len());
    html! {
        <table>
            <thead><tr><th>{ cx.t("path") }</th><th>{ cx.t("kind") }</th><th>{ cx.t("mode") }</th><th>{ cx.t("size") }</th></tr></thead>
            <tbody>
                { for packages.iter().take(MAX_ENTRIES).map(|(name, size)| html! {
                    <tr><td><code>{ name }</code></td><td>{ cx.t("package") }</td><td></td><td>{ size.human() }</td></tr>
                }) }
                { for layer.entries.iter().take(MAX_ENTRIES).map(|entry| html! {
                    <tr>
                        <td><code>{ entry.path.as_ref() }</code></td>
                        <td>{ entry.kind.as_str() }</td>
                        <td>{ mode_and_owner(entry.mode, entry.uid, entry.gid) }</td>
                        <td>{ entry.size.human() }</td>
                    </tr>
                }) }
                { if more > 0 { html! { <tr><td colspan="4">{ format!("… {more}") }</td></tr> } } else { html! {} } }
            </tbody>
        </table>
    }
}
