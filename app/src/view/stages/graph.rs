//! The graph of the stages: a node for each stage and each image, an edge for each FROM, COPY --from and mount, in the
//! notation of dockerfilegraph.

use super::duration;
use super::geometry::{Geometry, WIDTH};
use crate::state::{Msg, RealBuild, StagesMsg};
use crate::view::text_format::shorten;
use crate::view::view_context::ViewContext;
use stageplay_protocol::{EdgeKind, GraphEdge, GraphNode, Outcome, StageGraph};
use stageplay_report::{Size, Stage};
use std::collections::BTreeMap;
use wasm_bindgen::JsCast;
use yew::prelude::*;

/// The height of a node.
const HEIGHT: f32 = 56.0;
/// The height of one more row in it: for the time where a size leaves no room for it, and for a real build.
const ROW: f32 = 17.0;
/// The most characters of size and time in one row.
const MAX_ROW: usize = 20;
/// The widest drawing that is fitted into its place; a wider one scrolls.
const FITTED: f32 = 760.0;

pub(super) fn view(cx: &ViewContext, outcome: &Outcome, graph: &StageGraph) -> Html {
    let stages = &outcome.report.stages;
    let real = cx.model.real_builds.build.as_ref();
    let is_long = |(index, node)| {
        texts(cx, graph, stages, index, node).iter().map(|text| text.chars().count()).sum::<usize>() > MAX_ROW
    };
    let has_time_row = graph.nodes.iter().enumerate().any(is_long);
    let rows = f32::from(u8::from(has_time_row)) + f32::from(u8::from(real.is_some()));
    let geometry = Geometry::new(cx.model.stages.is_vertical, HEIGHT + rows * ROW);
    let (width, height) = geometry.size(graph);
    let zoom = cx.model.stages.zoom.or((width > FITTED).then_some(100));
    let scale = zoom.unwrap_or(100) as f32 / 100.0;
    let largest =
        graph.nodes.iter().enumerate().filter_map(|(index, node)| bytes(stages, index, node)).max().unwrap_or(0);
    let places = places(graph);
    let nodes = graph.nodes.iter().enumerate().map(|(index, node)| {
        let node =
            Node { index, node, stage: stages.get(index).filter(|_| node.image.is_none()), largest, has_time_row };
        node_view(cx, graph, &geometry, &node, real)
    });
    html! {
        // Scrolled by its keys, so that it takes the focus.
        <div class="graph" tabindex="0" role="group" aria-label={cx.t("stages.graph")}>
            <svg id="stage-graph" class={if zoom.is_none() { "fitted" } else { "zoomed" }} viewBox={format!("0 0 {width:.0} {height:.0}")}
                width={format!("{:.0}", width * scale)} height={format!("{:.0}", height * scale)}>
                { markers() }
                { for graph.edges.iter().zip(&places).map(|(edge, place)| edge_view(cx, graph, stages, &geometry, edge, *place)) }
                { for nodes }
            </svg>
        </div>
    }
}

/// The heads of the edges: full for FROM, empty for COPY, a diamond for a mount.
fn markers() -> Html {
    let marker = |id: &str, shape: &str, reference: &str| {
        html! {
            <marker id={format!("{id}-head")} class={format!("{id}-head")} viewBox="0 0 10 10" refX={reference.to_string()} refY="5" markerWidth="9" markerHeight="9" markerUnits="userSpaceOnUse" orient="auto">
                <path d={shape.to_string()} />
            </marker>
        }
    };
    html! {
        <defs>
            { marker("from", "M1 1L9 5L1 9z", "9") }
            { marker("copy", "M1 1L9 5L1 9z", "9") }
            { marker("mount", "M1 5L5 1L9 5L5 9z", "9") }
        </defs>
    }
}

/// Where each edge leaves and enters the sides of its nodes, from −0.5 to 0.5, so that edges do not cover each other.
fn places(graph: &StageGraph) -> Vec<(f32, f32)> {
    let mut out: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    let mut into: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (index, edge) in graph.edges.iter().enumerate() {
        out.entry(edge.from).or_default().push(index);
        into.entry(edge.to).or_default().push(index);
    }
    let mut places = vec![(0.0, 0.0); graph.edges.len()];
    let at = |edge: usize, is_first: bool| {
        let route = graph.edges.get(edge).map(|edge| edge.route.as_slice()).unwrap_or_default();
        if is_first { route.first() } else { route.last() }.copied().unwrap_or(0.0)
    };
    for (edges, is_first) in
        out.into_values().map(|edges| (edges, true)).chain(into.into_values().map(|edges| (edges, false)))
    {
        let mut edges = edges;
        edges.sort_by(|one, two| at(*one, is_first).total_cmp(&at(*two, is_first)));
        let count = edges.len() as f32;
        for (position, edge) in edges.into_iter().enumerate() {
            let place = (position as f32 + 0.5) / count - 0.5;
            if let Some(both) = places.get_mut(edge) {
                if is_first { both.0 = place } else { both.1 = place }
            }
        }
    }
    places
}

struct Node<'a> {
    index: usize,
    node: &'a GraphNode,
    /// The stage; `None` for an image.
    stage: Option<&'a Stage>,
    /// The bytes of the largest node.
    largest: u64,
    /// Whether the time has a row of its own.
    has_time_row: bool,
}

/// The size of a node, as far as it is known.
fn size<'a>(stages: &'a [Stage], index: usize, node: &'a GraphNode) -> Option<&'a Size> {
    match node.image {
        Some(_) => node.size.as_ref(),
        None => stages.get(index).filter(|stage| stage.built).map(|stage| &stage.size),
    }
}

fn bytes(stages: &[Stage], index: usize, node: &GraphNode) -> Option<u64> {
    let size = size(stages, index, node)?;
    size.bytes.or(size.at_least)
}

/// The name of a node: of a stage its name or number, of an image its reference without `:latest`.
pub(super) fn name(cx: &ViewContext, stages: &[Stage], graph: &StageGraph, index: usize) -> String {
    match graph.nodes.get(index).and_then(|node| node.image.as_ref()) {
        Some(image) => image.strip_suffix(":latest").unwrap_or(image).to_string(),
        None => {
            let name = stages.get(index).and_then(|stage| stage.name.clone());
            name.unwrap_or_else(|| format!("{} {index}", cx.t("stage")))
        }
    }
}

/// A long reference keeps its end, which has the tag.
fn shorten_image(image: &str, limit: usize) -> String {
    let count = image.chars().count();
    if count <= limit {
        image.to_string()
    } else {
        format!("…{}", image.chars().skip(count + 1 - limit).collect::<String>())
    }
}

/// Whether a stage is built, or an image used by one that is.
fn is_built(graph: &StageGraph, stages: &[Stage], index: usize, node: &GraphNode) -> bool {
    match node.image {
        None => stages.get(index).is_some_and(|stage| stage.built),
        Some(_) => {
            graph.edges.iter().any(|edge| edge.from == index && stages.get(edge.to).is_some_and(|user| user.built))
        }
    }
}

/// A size with its mark and without its range, for which there is no room. The details tell it.
fn short_text(size: &Size) -> String {
    Size { low: None, high: None, ..size.clone() }.marked_text()
}

/// What a node says below its name: its size, its time.
fn texts(cx: &ViewContext, graph: &StageGraph, stages: &[Stage], index: usize, node: &GraphNode) -> [String; 2] {
    let is_built = is_built(graph, stages, index, node);
    let amount = match size(stages, index, node) {
        Some(size) => short_text(size),
        None if !is_built => cx.t("skipped"),
        None => "?".to_string(),
    };
    let has_time = is_built && node.seconds >= 0.05;
    [amount, if has_time { format!("≥ {}", duration(cx, node.seconds)) } else { String::new() }]
}

fn node_view(cx: &ViewContext, graph: &StageGraph, geometry: &Geometry, node: &Node, real: Option<&RealBuild>) -> Html {
    let Node { index, node, stage, largest, has_time_row } = node;
    let stages = cx.model.outcome.as_ref().map(|outcome| outcome.report.stages.as_slice()).unwrap_or_default();
    let (x, y) = geometry.corner(node.rank, node.cross);
    let is_target = node.image.is_none() && *index == graph.target;
    let is_selected = cx.model.stages.selected == Some(*index);
    let is_at_cursor = cx.model.stage_at_cursor() == Some(*index);
    let is_built = is_built(graph, stages, *index, node);
    let title = name(cx, stages, graph, *index);
    let shown =
        if node.image.is_some() { shorten_image(&title, 19) } else { shorten(&title, if is_target { 11 } else { 17 }) };
    let [amount, time] = texts(cx, graph, stages, *index, node);
    let time_y = y + if *has_time_row { 36.0 + ROW } else { 36.0 };
    let share = bytes(stages, *index, node).map_or(0.0, |bytes| bytes as f32 / (*largest).max(1) as f32);
    let bar_y = y + geometry.height - 9.0;
    let bar = WIDTH - 20.0;
    let class = classes!(
        "node",
        if node.image.is_some() { "image" } else { "stage" },
        is_target.then_some("target"),
        is_selected.then_some("selected"),
        is_at_cursor.then_some("at-cursor"),
        (!is_built).then_some("skipped"),
        node.is_critical.then_some("critical"),
    );
    let tab = cx.model.stages.selected.unwrap_or(graph.target) == *index;
    let select = Msg::Stages(StagesMsg::Select((!is_selected).then_some(*index)));
    html! {
        <g id={format!("stage-node-{index}")} class={class} role="button" tabindex={if tab { "0" } else { "-1" }}
            aria-pressed={is_selected.to_string()} onclick={cx.on(select.clone())} onkeydown={keys(cx, graph, *index, select)}>
            <rect class="box" x={px(x)} y={px(y)} width={px(WIDTH)} height={px(geometry.height)} rx="8" />
            <text class="name" x={px(x + 10.0)} y={px(y + 19.0)}>{ shown }</text>
            { for is_target.then(|| html! { <text class="flag" x={px(x + WIDTH - 9.0)} y={px(y + 19.0)} text-anchor="end">{ cx.t("stages.target") }</text> }) }
            <text class="amount" x={px(x + 10.0)} y={px(y + 36.0)}>{ amount }</text>
            <text class="time" x={px(if *has_time_row { x + 10.0 } else { x + WIDTH - 9.0 })} y={px(time_y)} text-anchor={if *has_time_row { "start" } else { "end" }}>{ time }</text>
            { for real.filter(|_| stage.is_some() && is_built).map(|real| real_line(cx, real, *index, (x, time_y + ROW))) }
            <rect class="track" x={px(x + 10.0)} y={px(bar_y)} width={px(bar)} height="4" rx="2" />
            <rect class="share" x={px(x + 10.0)} y={px(bar_y)} width={px(bar * share)} height="4" rx="2" />
        </g>
    }
}

fn px(value: f32) -> String {
    format!("{value:.1}")
}

/// What a real build did of a stage: its progress, and then its size and duration. `y` is its line of text.
fn real_line(cx: &ViewContext, real: &RealBuild, stage: usize, (x, y): (f32, f32)) -> Html {
    let progress = cx.model.real_builds.stage_progress(stage);
    let size = real.report.as_ref().and_then(|report| report.stages.get(stage)).map(|stage| &stage.size);
    let seconds: f64 = real.steps.iter().filter(|step| step.stage == Some(stage)).map(|step| step.seconds).sum();
    let (class, mark) = match progress {
        None => ("waits", "·"),
        Some(progress) if progress.failed => ("real-failed", "✗"),
        Some(progress) if progress.done < progress.started || !real.state.is_final() => ("real-running", "▶"),
        Some(_) => ("real-done", "✓"),
    };
    let count = progress.map(|progress| format!("{}/{}", progress.done, progress.started)).unwrap_or_default();
    let what = size.filter(|size| size.bytes.is_some()).map_or(count, Size::marked_text);
    html! {
        <>
            <text class={classes!("real", class)} x={px(x + 10.0)} y={px(y)}>{ format!("{mark} {} {what}", cx.t("real.label")) }</text>
            <text class="time" x={px(x + WIDTH - 9.0)} y={px(y)} text-anchor="end">{ if progress.is_some() { format!("{seconds:.1} {}", cx.t("stages.seconds")) } else { String::new() } }</text>
        </>
    }
}

/// Enter and the space bar select a node, the arrow keys move to the nearest one in their direction, Home and End to the
/// first and the last one.
fn keys(cx: &ViewContext, graph: &StageGraph, index: usize, select: Msg) -> Callback<KeyboardEvent> {
    let dispatch = cx.dispatch.clone();
    let is_vertical = cx.model.stages.is_vertical;
    let places: Vec<(f32, f32)> = graph
        .nodes
        .iter()
        .map(|node| {
            let (rank, cross) = (node.rank as f32 * 1.5, node.cross);
            if is_vertical { (cross, rank) } else { (rank, cross) }
        })
        .collect();
    Callback::from(move |event: KeyboardEvent| {
        let next = match event.key().as_str() {
            "Enter" | " " => {
                dispatch.emit(select.clone());
                None
            }
            "ArrowLeft" => nearest(&places, index, (-1.0, 0.0)),
            "ArrowRight" => nearest(&places, index, (1.0, 0.0)),
            "ArrowUp" => nearest(&places, index, (0.0, -1.0)),
            "ArrowDown" => nearest(&places, index, (0.0, 1.0)),
            "Home" => Some(0),
            "End" => places.len().checked_sub(1),
            _ => return,
        };
        event.prevent_default();
        event.stop_propagation();
        if let Some(next) = next {
            let node = gloo::utils::document().get_element_by_id(&format!("stage-node-{next}"));
            if let Some(node) = node.and_then(|node| node.dyn_into::<web_sys::SvgElement>().ok()) {
                let _ = node.focus();
            }
        }
    })
}

/// The nearest node in a direction; what lies aside counts twice as far.
fn nearest(places: &[(f32, f32)], index: usize, (dx, dy): (f32, f32)) -> Option<usize> {
    let (x0, y0) = *places.get(index)?;
    let distance = |(x, y): &(f32, f32)| {
        let (along, aside) = ((x - x0) * dx + (y - y0) * dy, (x - x0) * dy + (y - y0) * dx);
        (along > 0.05).then(|| along + 2.0 * aside.abs())
    };
    let found = places.iter().enumerate().filter_map(|(index, place)| Some((index, distance(place)?)));
    found.min_by(|one, two| one.1.total_cmp(&two.1)).map(|(index, _)| index)
}

fn edge_view(
    cx: &ViewContext,
    graph: &StageGraph,
    stages: &[Stage],
    geometry: &Geometry,
    edge: &GraphEdge,
    (leaves, enters): (f32, f32),
) -> Html {
    let place = |index: usize, at: f32| graph.nodes.get(index).map(|node| (node.rank, node.cross, at));
    let (Some(from), Some(to)) = (place(edge.from, leaves), place(edge.to, enters)) else { return html! {} };
    let (path, (x, y)) = geometry.edge(from, to, &edge.route);
    let kind = kind(edge.kind);
    let is_built = stages.get(edge.to).is_some_and(|user| user.built);
    let of = |index: usize| graph.nodes.get(index).is_some_and(|node| node.is_critical);
    let class =
        classes!("edge", kind, (!is_built).then_some("skipped"), (of(edge.from) && of(edge.to)).then_some("critical"));
    let size = edge.size.as_ref().filter(|_| edge.kind == EdgeKind::Copy && is_built).map(short_text);
    let paths = shorten_image(&edge.paths, 15);
    let title = format!("{}{}{} {}", cx.line(edge.line), cx.colon(), cx.t(&format!("stages.edge.{kind}")), edge.paths);
    let go = cx.on(Msg::GoToLine(edge.line));
    html! {
        <g class={class} onclick={go}>
            <title>{ title }</title>
            <path class="wide" d={path.clone()} />
            <path class="line" d={path} marker-end={format!("url(#{kind}-head)")} />
            { if edge.kind == EdgeKind::From { html! {} } else { html! {
                <>
                    <text x={px(x)} y={px(y - 5.0)} text-anchor="middle">{ paths }</text>
                    { for size.map(|size| html! { <text class="size" x={px(x)} y={px(y + 13.0)} text-anchor="middle">{ size }</text> }) }
                </>
            } } }
        </g>
    }
}

pub(super) fn kind(kind: EdgeKind) -> &'static str {
    match kind {
        EdgeKind::From => "from",
        EdgeKind::Copy => "copy",
        EdgeKind::Mount => "mount",
    }
}

/// What the signs of the graph mean.
pub(super) fn legend(cx: &ViewContext) -> Html {
    let line = |kind: &str| {
        html! {
            <li>
                <svg class="sign" viewBox="0 0 44 12" width="44" height="12" aria-hidden="true">
                    <g class={classes!("edge", kind.to_string())}><path class="line" d="M1 6H42" marker-end={format!("url(#{kind}-head)")} /></g>
                </svg>
                { cx.t(&format!("stages.edge.{kind}")) }
            </li>
        }
    };
    let sign = |class: &'static str, id: &str| {
        html! {
            <li>
                <svg class="sign" viewBox="0 0 44 16" width="44" height="16" aria-hidden="true">
                    <g class={classes!("node", class)}><rect class="box" x="6" y="2" width="32" height="12" rx="3" /></g>
                </svg>
                { cx.t(id) }
            </li>
        }
    };
    html! {
        <details class="legend" id="stages-legend">
            <summary>{ cx.t("stages.legend") }</summary>
            <ul>
                { line("from") }{ line("copy") }{ line("mount") }
                { sign("image", "stages.sign.image") }
                { sign("stage target", "stages.sign.target") }
                { sign("stage skipped", "stages.sign.skipped") }
                { sign("stage critical", "stages.sign.critical") }
            </ul>
            <p>{ cx.t("stages.sign.bar") }{ " " }{ cx.t("stages.time-basis") }</p>
        </details>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arrow_key_moves_to_the_nearest_node_in_its_direction() {
        let places = [(0.0, 0.0), (1.5, 0.0), (1.5, 1.0), (3.0, 0.4)];
        assert_eq!(nearest(&places, 0, (1.0, 0.0)), Some(1));
        assert_eq!(nearest(&places, 1, (0.0, 1.0)), Some(2));
        assert_eq!(nearest(&places, 3, (-1.0, 0.0)), Some(1));
        assert_eq!(nearest(&places, 3, (1.0, 0.0)), None);
    }

    #[test]
    fn a_long_reference_keeps_its_tag() {
        assert_eq!(shorten_image("gcr.io/distroless/static-debian12:nonroot", 12), "…n12:nonroot");
        assert_eq!(shorten_image("alpine", 12), "alpine");
    }
}
