//! The layers of the image: a bar whose parts are as wide as their sizes, and why each is so large.

use super::Scene;
use stageplay_core::fs::{Change, EntryKind, LayerEntry};
use stageplay_core::image::{Image, Layer};
use stageplay_core::measure::{Size, human_size};
use stageplay_core::report;
use stageplay_core::words::say;
use yew::prelude::*;

/// Entries shown of one layer.
const MAX_ENTRIES: usize = 200;

pub(super) fn view(scene: &Scene) -> Html {
    let Some(image) = scene.model.simulation.as_ref().and_then(|done| done.built.image.clone()) else {
        return html! {};
    };
    let total: u64 = image.layers.iter().map(|layer| layer.size.at_least()).sum::<u64>().max(1);
    let share = |layer: &Layer| layer.size.at_least() as f64 * 100.0 / total as f64;
    html! {
        <section class="card" aria-label={scene.t("layers")}>
            <h2>{ scene.t("layers") }</h2>
            <div class="stack" aria-hidden="true">
                { for image.layers.iter().enumerate().filter(|(_, layer)| layer.size.at_least() > 0).map(|(index, layer)| html! {
                    <span class={classes!("part", if own(layer) { "own" } else { "from-base" })}
                        style={format!("flex-grow:{:.3};--hue:{}", share(layer).max(0.4), index * 47 % 360)}
                        title={format!("{}: {}", layer.created_by, layer.size.human())}></span>
                }) }
            </div>
            { waste(scene) }
            <ol class="layers">
                { for rows(scene, &image) }
            </ol>
        </section>
    }
}

/// Made by this build, rather than brought by the base image.
fn own(layer: &Layer) -> bool {
    !layer.entries.is_empty() || layer.created_by.contains("buildkit") || layer.created_by.starts_with("/bin/sh")
}

fn rows(scene: &Scene, image: &Image) -> Vec<Html> {
    image
        .layers
        .iter()
        .enumerate()
        .map(|(index, layer)| {
            let size: report::Size = (&layer.size).into();
            let why = why(scene, layer);
            html! {
                <li>
                    <details>
                        <summary>
                            <span class={classes!("swatch", if own(layer) { "own" } else { "from-base" })} style={format!("--hue:{}", index * 47 % 360)} aria-hidden="true"></span>
                            <code>{ &layer.created_by }</code>
                            { scene.size(&size) }
                            { for why.map(|why| html! { <span class="why">{ why }</span> }) }
                        </summary>
                        { entries(scene, layer) }
                        { for layer.size.basis().map(|basis| html! { <p class="basis">{ basis }</p> }) }
                    </details>
                </li>
            }
        })
        .collect()
}

/// The reason in one line: what was copied up, or the largest file that was added.
fn why(scene: &Scene, layer: &Layer) -> Option<String> {
    if !own(layer) {
        return Some(say::<&str>(scene.model.language, "layer.base", &[]));
    }
    if let Some((name, _)) = layer.unlisted.iter().max_by_key(|(_, size)| size.at_least()) {
        let words = [("count", layer.unlisted.len().to_string()), ("name", name.clone())];
        return Some(say(scene.model.language, "layer.packages", &words));
    }
    let files = || layer.entries.iter().filter(|entry| entry.kind == EntryKind::File);
    let largest = files().max_by_key(|entry| entry.size.at_least())?;
    let id = match largest.change {
        Change::Modified if copied_up(layer, largest) => "layer.copied-up",
        Change::Modified => "layer.modified",
        _ => "layer.added",
    };
    Some(say(scene.model.language, id, &[("path", largest.path.as_ref())]))
}

/// A file that a RUN changed without writing its content.
fn copied_up(layer: &Layer, entry: &LayerEntry) -> bool {
    entry.same_content && entry.kind == EntryKind::File && !layer.created_by.contains("COPY ")
}

/// What of the listed files is there twice, or though it is gone.
fn waste(scene: &Scene) -> Html {
    let image = scene.model.report.as_ref().and_then(|report| report.image.as_ref());
    let Some(waste) = image.and_then(|image| image.waste.as_ref()) else {
        return html! {};
    };
    if waste.bytes == 0 {
        return html! {};
    }
    let files = waste.files.iter().map(|file| format!("{} ({})", file.path, human_size(file.bytes, 3)));
    html! {
        <p class="basis waste" title={files.collect::<Vec<_>>().join("\n")}>
            { format!("{} {:.1} % · {} {}", scene.t("efficiency"), waste.efficiency * 100.0, human_size(waste.bytes, 3), scene.t("wasted")) }
        </p>
    }
}

fn entries(scene: &Scene, layer: &Layer) -> Html {
    if layer.entries.is_empty() {
        return html! { <p class="basis">{ scene.t(if own(layer) { "no-entries" } else { "unlisted-entries" }) }</p> };
    }
    // What weighs most stands first.
    let mut packages: Vec<&(String, Size)> = layer.unlisted.iter().collect();
    packages.sort_by_key(|(_, size)| std::cmp::Reverse(size.at_least()));
    let rest = |count: usize| count.saturating_sub(MAX_ENTRIES);
    let more = rest(layer.entries.len()) + rest(packages.len());
    html! {
        <table>
            <thead><tr><th>{ scene.t("path") }</th><th>{ scene.t("kind") }</th><th>{ scene.t("mode") }</th><th>{ scene.t("size") }</th></tr></thead>
            <tbody>
                { for packages.iter().take(MAX_ENTRIES).map(|(what, size)| html! {
                    <tr><td><code>{ what }</code></td><td>{ scene.t("package") }</td><td></td><td>{ size.human() }</td></tr>
                }) }
                { for layer.entries.iter().take(MAX_ENTRIES).map(|entry| html! {
                    <tr>
                        <td><code>{ entry.path.as_ref() }</code></td>
                        <td>{ entry.kind.as_str() }</td>
                        <td>{ format!("{:04o} {}:{}", entry.mode, entry.uid, entry.gid) }</td>
                        <td>{ entry.size.human() }</td>
                    </tr>
                }) }
                { if more > 0 { html! { <tr><td colspan="4">{ format!("… {more}") }</td></tr> } } else { html! {} } }
            </tbody>
        </table>
    }
}
