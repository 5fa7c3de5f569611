//! The stages of a build as a graph, and how long its steps take.
//!
//! [`graph`] lists stages and images as nodes and FROM, COPY --from and mounts as edges, an edge for each instruction.
//! [`timeline`] places the steps in time, with those that decide the duration of the build.

mod duration;
mod timeline;

pub use duration::{pull_seconds, step_seconds};
pub use timeline::{TimedStep, Timeline, timeline};

use crate::build::Built;
use crate::dockerfile::{Instruction, Kind, Mount};
use crate::measure::Size;
use crate::plan::{self, Base, Plan, Source, Stage};

/// A node of the graph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Node {
    /// A stage, by its index.
    Stage(usize),
    /// An image from outside, by its reference in familiar form; `scratch` for the empty one.
    Image(String),
}

/// What an edge stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EdgeKind {
    /// FROM: the node is the base of the stage.
    From,
    /// COPY --from: files are copied.
    Copy,
    /// RUN --mount with `from`: files are mounted while a command runs.
    Mount,
}

/// An edge from what is used to the stage that uses it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edge {
    /// The index of the node that is used.
    pub from: usize,
    /// The index of the node of the stage that uses it.
    pub to: usize,
    /// What it stands for.
    pub kind: EdgeKind,
    /// The 1-based line of the instruction.
    pub line: usize,
    /// The paths that travel; empty for FROM.
    pub paths: String,
    /// The bytes that travel: of FROM the size of the base stage, of COPY the layer that it makes. `None` for a mount,
    /// for the base images of a stage, and for what was not built.
    pub size: Option<Size>,
}

/// The graph. Its first nodes are the stages in the order of the Dockerfile; the images follow in the order in which
/// they are used, each once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Graph {
    /// The nodes.
    pub nodes: Vec<Node>,
    /// The edges in the order of their lines.
    pub edges: Vec<Edge>,
}

/// The graph of a build; `None` without a plan.
pub fn graph(built: &Built) -> Option<Graph> {
    let plan = built.plan.as_ref()?;
    let nodes = plan.stages.iter().map(|stage| Node::Stage(stage.index)).collect();
    let mut graph = Graph { nodes, edges: Vec::new() };
    for stage in &plan.stages {
        let (from, size) = match &stage.base {
            Base::Scratch => (graph.image("scratch"), None),
            Base::Image(reference) => (graph.image(&reference.to_string()), None),
            Base::Stage(base) => (*base, built.stages.get(*base).cloned().flatten().map(|image| image.size())),
        };
        let (line, paths) = (stage.from.line, String::new());
        graph.edges.push(Edge { from, to: stage.index, kind: EdgeKind::From, line, paths, size });
        for (instruction, used) in stage.instructions.iter().flat_map(|one| uses(one).map(move |used| (one, used))) {
            let Some(from) = graph.node_of(plan, stage, instruction, &used) else { continue };
            let (line, kind) = (instruction.line, used.kind);
            let size = (kind == EdgeKind::Copy).then(|| layer_size(built, stage.index, line)).flatten();
            graph.edges.push(Edge { from, to: stage.index, kind, line, paths: used.paths, size });
        }
    }
    Some(graph)
}

impl Graph {
    /// The node of an image, which is added if it is new.
    fn image(&mut self, name: &str) -> usize {
        let is_it = |node: &Node| matches!(node, Node::Image(other) if other == name);
        self.nodes.iter().position(is_it).unwrap_or_else(|| {
            self.nodes.push(Node::Image(name.to_string()));
            self.nodes.len() - 1
        })
    }

    /// The node that an instruction takes files from; `None` for a name that means nothing.
    fn node_of(&mut self, plan: &Plan, stage: &Stage, instruction: &Instruction, used: &Use) -> Option<usize> {
        let by_number = used.kind == EdgeKind::Copy;
        match plan::source(plan, stage.index, &used.from, instruction.line, by_number).ok()? {
            Source::Stage(index) | Source::LaterStage(index) => Some(index),
            Source::Image(reference) => Some(self.image(&reference.to_string())),
        }
    }
}

/// A use of a stage or an image by an instruction.
pub(crate) struct Use {
    /// The name behind `from`.
    pub(crate) from: String,
    pub(crate) kind: EdgeKind,
    pub(crate) paths: String,
}

/// The stages and images that an instruction takes files from.
pub(crate) fn uses(instruction: &Instruction) -> impl Iterator<Item = Use> {
    let copied = match &instruction.kind {
        Kind::Copy { sources, .. } => instruction.flag("from").map(|from| Use {
            from: from.to_string(),
            kind: EdgeKind::Copy,
            paths: sources.join(" "),
        }),
        _ => None,
    };
    let read = |text: &str| Mount::read(text, Some(&mut |word: &str| Ok(word.to_string()))).ok();
    let mounts = instruction.flag_values("mount").filter_map(read);
    let mounted = mounts.filter(|mount| !mount.from.is_empty()).map(|mount| {
        let paths = if mount.source.is_empty() { "/".to_string() } else { mount.source };
        Use { from: mount.from, kind: EdgeKind::Mount, paths }
    });
    copied.into_iter().chain(mounted.collect::<Vec<_>>())
}

/// The size of the layer that the instruction on a line makes.
fn layer_size(built: &Built, stage: usize, line: usize) -> Option<Size> {
    let step = built.steps.iter().find(|step| step.stage == stage && step.line == line)?;
    Some(step.layer.as_ref()?.size.clone())
}

#[cfg(test)]
mod tests;
