//! The stages with what travels between them, as other people's pages draw them.

use serde::Serialize;
use stageplay_core::build::Built;
use stageplay_core::build_graph::{EdgeKind, Node, graph};

/// The stages as a graph. Its nodes are the report's `stages`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StageArrows {
    /// The index of the stage that is built.
    pub target: usize,
    /// The arrows in the order of their lines.
    pub arrows: Vec<StageArrow>,
}

/// An arrow from one stage to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StageArrow {
    /// The index of the stage that is used.
    pub from: usize,
    /// The index of the stage that uses it.
    pub to: usize,
    /// What travels: `FROM`, the paths of a COPY, or `--mount`.
    pub label: String,
    /// Whether files are copied or mounted; else the stage is the base.
    pub copies: bool,
}

/// The arrows between the stages of a build; `None` without a plan.
pub(super) fn stage_arrows(built: &Built) -> Option<StageArrows> {
    let (graph, plan) = (graph(built)?, built.plan.as_ref()?);
    let stage = |index: usize| match graph.nodes.get(index) {
        Some(Node::Stage(stage)) => Some(*stage),
        _ => None,
    };
    let arrows = graph.edges.iter().filter_map(|edge| {
        let label = match edge.kind {
            EdgeKind::From => "FROM".into(),
            EdgeKind::Copy => edge.paths.clone(),
            EdgeKind::Mount => "--mount".into(),
        };
        let (from, to) = (stage(edge.from)?, stage(edge.to)?);
        Some(StageArrow { from, to, label, copies: edge.kind != EdgeKind::From })
    });
    Some(StageArrows { target: plan.target, arrows: arrows.collect() })
}
