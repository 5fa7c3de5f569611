//! The layers of the image: a bar with the share of each, and a list with the entries of each.

use crate::state::Msg;
use crate::view::size::labelled_size;
use crate::view::text_format::mode_and_owner;
use crate::view::view_context::ViewContext;
use stageplay_protocol::{LayerEntries, LayerRow};
use stageplay_report::measure::human_size;
use web_sys::HtmlElement;
use yew::prelude::*;

/// Colours of layers, `hue-0` to `hue-11` in the style sheet.
const HUES: usize = 12;
/// The width of the bar in units of its own.
const BAR_WIDTH: f64 = 1000.0;
/// The least width of a layer in the bar.
const LEAST_WIDTH: f64 = 4.0;

pub(in crate::view) fn view(cx: &ViewContext) -> Html {
    let Some(layers) = cx.model.outcome.as_ref().and_then(|outcome| outcome.layers.as_ref()) else {
        return html! {};
    };
    html! {
        <section class="card" aria-label={cx.t("layers")}>
            <h2>{ cx.t("layers") }</h2>
            { bar(layers) }
            { wasted_space(cx) }
            <ol class="layers">
                { for layers.iter().enumerate().map(|(index, layer)| row(cx, index, layer)) }
            </ol>
        </section>
    }
}

/// The share of each layer that is not empty.
fn bar(layers: &[LayerRow]) -> Html {
    let shown = || layers.iter().enumerate().filter(|(_, layer)| layer.known_bytes > 0);
    let total: u64 = shown().map(|(_, layer)| layer.known_bytes).sum::<u64>().max(1);
    let width = |layer: &LayerRow| (layer.known_bytes as f64 * BAR_WIDTH / total as f64).max(LEAST_WIDTH);
    let whole: f64 = shown().map(|(_, layer)| width(layer)).sum();
    let mut x = 0.0;
    let parts = shown().map(|(index, layer)| {
        let at = x;
        x += width(layer);
        html! {
            <rect class={classes!("part", origin_class(layer), hue_class(index))} x={format!("{at:.1}")} width={format!("{:.1}", width(layer))} height="1">
                <title>{ format!("{}: {}", layer.created_by, layer.size.text(3)) }</title>
            </rect>
        }
    });
    let parts: Vec<Html> = parts.collect();
    html! {
        <svg class="stack" viewBox={format!("0 0 {whole:.1} 1")} preserveAspectRatio="none" aria-hidden="true">{ for parts }</svg>
    }
}

/// The CSS class for the origin of a layer.
fn origin_class(layer: &LayerRow) -> &'static str {
    if layer.is_own { "own" } else { "from-base" }
}

/// The CSS class for the colour of a layer, by its index. Neighbouring layers differ clearly.
fn hue_class(index: usize) -> String {
    format!("hue-{}", index % HUES)
}

fn row(cx: &ViewContext, index: usize, layer: &LayerRow) -> Html {
    let dispatch = cx.dispatch.clone();
    let on_toggle = Callback::from(move |event: Event| {
        if let Some(details) = event.target_dyn_into::<HtmlElement>() {
            dispatch.emit(Msg::ShowLayer(index, details.has_attribute("open")));
        }
    });
    html! {
        <li>
            <details ontoggle={on_toggle}>
                <summary>
                    <span class={classes!("swatch", origin_class(layer), hue_class(index))} aria-hidden="true"></span>
                    <code>{ &layer.created_by }</code>
                    { labelled_size(cx, &layer.size) }
                    { for layer.reason.iter().map(|reason| html! { <span class="why">{ reason }</span> }) }
                </summary>
                { for layer.entries.iter().map(|shown| entries(cx, layer, shown)) }
                { for layer.size.basis.iter().map(|basis| html! { <p class="basis">{ basis }</p> }) }
            </details>
        </li>
    }
}

/// The space of files that a later layer overwrites or deletes.
fn wasted_space(cx: &ViewContext) -> Html {
    let image = cx.model.outcome.as_ref().and_then(|outcome| outcome.report.image.as_ref());
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

/// The packages and files of a layer.
fn entries(cx: &ViewContext, layer: &LayerRow, shown: &LayerEntries) -> Html {
    if shown.files.is_empty() && shown.packages.is_empty() {
        return html! { <p class="basis">{ cx.t(if layer.is_own { "no-entries" } else { "unlisted-entries" }) }</p> };
    }
    html! {
        <table>
            <thead><tr><th>{ cx.t("path") }</th><th>{ cx.t("kind") }</th><th>{ cx.t("mode") }</th><th>{ cx.t("size") }</th></tr></thead>
            <tbody>
                { for shown.packages.iter().map(|(name, size)| html! {
                    <tr><td><code>{ name }</code></td><td>{ cx.t("package") }</td><td></td><td>{ size.text(3) }</td></tr>
                }) }
                { for shown.files.iter().map(|entry| html! {
                    <tr>
                        <td><code>{ &entry.path }</code></td>
                        <td>{ &entry.kind }</td>
                        <td>{ mode_and_owner(entry.mode, entry.owner) }</td>
                        <td>{ &entry.size }</td>
                    </tr>
                }) }
                { if shown.left_out > 0 { html! { <tr><td colspan="4">{ format!("… {}", shown.left_out) }</td></tr> } } else { html! {} } }
            </tbody>
        </table>
    }
}
