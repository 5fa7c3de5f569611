//! The layers to scale. Those of the Dockerfile come first, those of the base image are folded to one row.

use super::{repeated_files, stage_choice};
use crate::i18n::fill;
use crate::state::{LayersMsg, Msg};
use crate::view::size::labelled_size;
use crate::view::view_context::ViewContext;
use stageplay_protocol::{ExplorerRequest, LayerRow};
use stageplay_report::measure::{human_size, marked_text};
use yew::prelude::*;

/// The width of a bar in units of its drawing.
const BAR: f64 = 1000.0;
/// The least width of a bar that is not empty.
const LEAST: f64 = 3.0;

pub(super) fn view(cx: &ViewContext) -> Html {
    let layers = cx.model.layers_shown();
    let explorer = &cx.model.layers.view;
    let numbered = || layers.iter().enumerate();
    let own: Vec<(usize, &LayerRow)> = numbered().filter(|(_, layer)| layer.base.is_none()).collect();
    let base: Vec<(usize, &LayerRow)> = numbered().filter(|(_, layer)| layer.base.is_some()).collect();
    let base_bytes: u64 = base.iter().map(|(_, layer)| layer.known_bytes).sum();
    let bytes = own.iter().map(|(_, layer)| layer.known_bytes);
    let shows_base = cx.model.layers.shows_base;
    let shown_base = base.iter().map(|(_, layer)| layer.known_bytes).filter(|_| shows_base);
    let largest = bytes.chain(shown_base).chain([base_bytes]).max().unwrap_or(0);
    html! {
        <section class="card layers-card" aria-label={cx.t("layers")}>
            <header>
                <h2>{ cx.t("layers") }<small>{ layers.len() }</small></h2>
                { for stage_choice::view(cx) }
                { scale(cx) }
            </header>
            <ol class="layers">
                <li class="whole">
                    <button type="button" class="layer" aria-pressed={is_pressed(cx, None)} id="whole-image"
                        onclick={cx.on(Msg::Explore(ExplorerRequest::SelectLayer(None)))}>
                        <span class="number" aria-hidden="true">{ "Σ" }</span>
                        <span class="what">{ cx.t("layers.whole") }</span>
                        { for total(cx) }
                    </button>
                </li>
                { for own.iter().map(|(index, layer)| row(cx, *index, layer, largest)) }
                { for base.first().map(|first| base_row(cx, first.1, &base, base_bytes, largest)) }
                { for base.iter().filter(|_| shows_base).map(|(index, layer)| row(cx, *index, layer, largest)) }
            </ol>
            { for explorer.space.iter().map(|space| repeated_files::view(cx, space)) }
        </section>
    }
}

/// The switch between a linear and a logarithmic scale.
fn scale(cx: &ViewContext) -> Html {
    let option = |id: &str, is_logarithmic: bool| {
        let is_on = cx.model.layers.is_logarithmic == is_logarithmic;
        html! {
            <button type="button" id={format!("scale-{id}")} aria-pressed={is_on.to_string()}
                onclick={cx.on(Msg::Layers(LayersMsg::Logarithmic(is_logarithmic)))}>{ cx.t(&format!("layers.{id}")) }</button>
        }
    };
    html! {
        <div class="switch" role="group" aria-label={cx.t("layers.scale")}>
            { option("linear", false) }
            { option("logarithmic", true) }
        </div>
    }
}

fn is_pressed(cx: &ViewContext, layer: Option<usize>) -> Option<String> {
    let explorer = &cx.model.layers.view;
    Some((explorer.layer == layer && explorer.comparison.is_none()).to_string())
}

/// The size of the whole image.
fn total(cx: &ViewContext) -> Option<Html> {
    let explorer = &cx.model.layers.view;
    let outcome = cx.model.outcome.as_ref()?;
    let size = match explorer.stage.filter(|stage| outcome.graph.as_ref().is_some_and(|graph| graph.target != *stage)) {
        Some(stage) => &outcome.report.stages.get(stage)?.size,
        None => &outcome.report.image.as_ref()?.size,
    };
    Some(labelled_size(cx, size))
}

fn bar(cx: &ViewContext, bytes: u64, reclaimable: u64, largest: u64) -> Html {
    let width = if bytes == 0 { 0.0 } else { (cx.model.layers.share(bytes, largest) * BAR).max(LEAST) };
    // The part that is lost is a part of the bar, whatever its scale.
    let lost = if bytes == 0 { 0.0 } else { width * (reclaimable.min(bytes) as f64 / bytes as f64) };
    html! {
        <svg class="bar-of-layer" viewBox="0 0 1000 1" preserveAspectRatio="none" aria-hidden="true">
            <rect class="all" width={format!("{width:.1}")} height="1" />
            { for (lost > 0.0).then(|| html! { <rect class="lost" x={format!("{:.1}", width - lost)} width={format!("{lost:.1}")} height="1" /> }) }
        </svg>
    }
}

fn row(cx: &ViewContext, index: usize, layer: &LayerRow, largest: u64) -> Html {
    let is_own = layer.base.is_none();
    let is_at_cursor = layer.line.is_some() && layer.line == cx.model.layers.line_at_cursor;
    let select = Msg::Explore(ExplorerRequest::SelectLayer(Some(index)));
    let [added, changed, removed] = layer.changes;
    let counts = [("+", added, "added"), ("~", changed, "changed"), ("−", removed, "removed")];
    let counts = counts.into_iter().filter(|(_, count, _)| *count > 0);
    html! {
        <li class={classes!(if is_own { "own" } else { "from-base" }, is_at_cursor.then_some("at-cursor"))} key={index}>
            <button type="button" class="layer" aria-pressed={is_pressed(cx, Some(index))} onclick={cx.on(select)}>
                <span class="number">{ index + 1 }</span>
                <code class="what">{ &layer.instruction }</code>
                { labelled_size(cx, &layer.size) }
                { bar(cx, layer.known_bytes, layer.reclaimable, largest) }
            </button>
            <p class="facts">
                { for layer.line.map(|line| cx.line_button(line)) }
                { for counts.map(|(sign, count, id)| html! {
                    <span class={classes!("count", id)} title={cx.t(&format!("change.{id}"))}>{ format!("{sign}{count}") }</span>
                }) }
                { for layer.compressed.as_ref().filter(|_| layer.known_bytes > 0).map(|size| html! {
                    <span title={size.basis.clone()}>{ fill(&cx.t("layers.compressed"), &[("size", size.marked_text())]) }</span>
                }) }
                { for (layer.reclaimable > 0).then(|| html! {
                    <span class="lost">{ fill(&cx.t("layers.lost"), &[("size", layer.reclaimable_size.clone())]) }</span>
                }) }
                { for layer.reason.iter().map(|reason| html! { <span class="why">{ reason }</span> }) }
            </p>
        </li>
    }
}

/// The row of the base image, which opens the rows of its layers.
fn base_row(cx: &ViewContext, first: &LayerRow, base: &[(usize, &LayerRow)], bytes: u64, largest: u64) -> Html {
    let shows = cx.model.layers.shows_base;
    let name = first.base.clone().unwrap_or_default();
    let size = cx.model.outcome.as_ref().and_then(|outcome| {
        let at = outcome.report.bases.iter().position(|base| base.reference == name)?;
        outcome.base_details.get(at)?.as_ref().map(|details| details.size.clone())
    });
    let compressed = cx.model.layers.view.compressed_base.as_ref();
    html! {
        <li class="from-base base-image">
            <button type="button" class="layer" id="base-layers" aria-expanded={shows.to_string()}
                onclick={cx.on(Msg::Layers(LayersMsg::ShowBase(!shows)))}>
                <span class="number" aria-hidden="true">{ if shows { "▾" } else { "▸" } }</span>
                <span class="what">{ cx.t("layers.base") }{ " " }<code>{ &name }</code></span>
                { match &size {
                    Some(size) => labelled_size(cx, size),
                    None => html! { <span class="size">{ marked_text(human_size(bytes, 3), base.iter().any(|(_, layer)| layer.size.honesty != "exact")) }</span> },
                } }
                { bar(cx, bytes, 0, largest) }
            </button>
            <p class="facts">
                <span>{ if base.len() == 1 { cx.t("layers.base-one") } else { fill(&cx.t("layers.base-count"), &[("count", base.len().to_string())]) } }</span>
                { for compressed.map(|size| html! {
                    <span>{ fill(&cx.t("layers.compressed"), &[("size", size.marked_text())]) }</span>
                }) }
            </p>
        </li>
    }
}
