//! The stages as a graph with its layout, and the steps in time.

mod layout;

use layout::{Layout, layout};
use stageplay_core::build::Built;
use stageplay_core::build_graph::{self, EdgeKind as Kind, Graph, Node, TimedStep as CoreStep};
use stageplay_core::engine::Builder;
use stageplay_core::image::{Image, Reference};
use stageplay_core::plan::Plan;
use stageplay_core::report::Size;
use stageplay_core::words::Language;
use stageplay_protocol::{EdgeKind, GraphEdge, GraphNode, StageGraph, TimedStep, Timeline};
use std::sync::Arc;

/// Finds the image of a reference.
type Find<'a> = &'a dyn Fn(&Reference) -> Option<Arc<Image>>;

/// The layout of the last graph. A graph of the same nodes and edges is not laid out again.
#[derive(Debug, Default)]
pub(crate) struct LastLayout {
    edges: Vec<(usize, usize)>,
    layout: Layout,
}

impl LastLayout {
    fn of(&mut self, graph: &Graph) -> &Layout {
        let edges: Vec<(usize, usize)> = graph.edges.iter().map(|edge| (edge.from, edge.to)).collect();
        if edges != self.edges || graph.nodes.len() != self.layout.ranks.len() {
            // Images are before all stages, and a stage is before what is defined later.
            let is_image = |index: &usize| matches!(graph.nodes.get(*index), Some(Node::Image(_)));
            let (mut order, stages): (Vec<usize>, Vec<usize>) = (0..graph.nodes.len()).partition(is_image);
            order.extend(stages);
            self.layout = layout(graph.nodes.len(), &edges, &order);
            self.edges = edges;
        }
        &self.layout
    }
}

/// The steps in time.
pub(crate) fn timeline(built: &Built, builder: Builder, find: Find<'_>) -> Timeline {
    let timeline = build_graph::timeline(built, builder, find);
    let sum = timeline.steps.iter().map(|step| step.seconds).sum::<f64>() as f32;
    let step = |timed: &CoreStep| {
        let step = timed.step.and_then(|index| built.steps.get(index));
        let text = step.map(|step| step.text.clone()).or(timed.image.clone()).unwrap_or_default();
        let (start, seconds) = (timed.start as f32, timed.seconds as f32);
        let line = step.map(|step| step.line);
        TimedStep { stage: timed.stage, text, line, start, seconds, is_critical: timed.is_critical }
    };
    Timeline { steps: timeline.steps.iter().map(step).collect(), seconds: timeline.seconds as f32, sum }
}

/// The graph of a build; `None` without a plan.
pub(crate) fn stage_graph(
    built: &Built,
    timeline: &Timeline,
    find: Find<'_>,
    language: Language,
    last: &mut LastLayout,
) -> Option<StageGraph> {
    let (graph, plan) = (build_graph::graph(built)?, built.plan.as_ref()?);
    let layout = last.of(&graph);
    let nodes = graph.nodes.iter().enumerate().map(|(index, node)| {
        let is_its = |step: &&TimedStep| match node {
            Node::Stage(stage) => step.stage == Some(*stage),
            Node::Image(image) => step.stage.is_none() && step.text == *image,
        };
        let steps = || timeline.steps.iter().filter(is_its);
        let (image, lines) = match node {
            Node::Stage(stage) => (None, lines(plan, *stage)),
            Node::Image(image) => (Some(image.clone()), None),
        };
        let found = image.as_ref().and_then(|image| Reference::parse(image).ok()).and_then(|image| find(&image));
        GraphNode {
            size: match image.as_deref() {
                Some("scratch") => Some(Size::said(&Image::scratch().size(), language)),
                _ => found.map(|image| Size::said(&image.size(), language)),
            },
            image,
            rank: layout.ranks.get(index).copied().unwrap_or(0),
            cross: layout.cross.get(index).copied().unwrap_or_default(),
            seconds: steps().map(|step| step.seconds).sum(),
            is_critical: steps().any(|step| step.is_critical),
            lines,
        }
    });
    let nodes: Vec<GraphNode> = nodes.collect();
    let edges = graph.edges.iter().enumerate().map(|(index, edge)| {
        let base = || nodes.get(edge.from).and_then(|node| node.size.clone());
        GraphEdge {
            from: edge.from,
            to: edge.to,
            kind: match edge.kind {
                Kind::From => EdgeKind::From,
                Kind::Copy => EdgeKind::Copy,
                Kind::Mount => EdgeKind::Mount,
            },
            line: edge.line,
            paths: edge.paths.clone(),
            size: match (&edge.size, edge.kind) {
                (Some(size), _) => Some(size.into()),
                (None, Kind::From) => base(),
                (None, _) => None,
            },
            route: layout.routes.get(index).cloned().unwrap_or_default(),
        }
    });
    Some(StageGraph {
        target: plan.target,
        edges: edges.collect(),
        ranks: layout.ranks.iter().max().map_or(0, |last| last + 1),
        breadth: layout.breadth,
        nodes,
    })
}

/// The first and the last line of a stage.
fn lines(plan: &Plan, stage: usize) -> Option<(usize, usize)> {
    let stage = plan.stages.get(stage)?;
    let last = stage.instructions.iter().map(|one| one.end_line).max().unwrap_or(0);
    Some((stage.from.line, last.max(stage.from.end_line)))
}
