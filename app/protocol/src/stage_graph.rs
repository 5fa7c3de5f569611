//! The stages of a build as a graph with a layout, and its steps in time.

use serde::{Deserialize, Serialize};
use stageplay_report::Size;

/// The stages and images as a graph. The first nodes are the report's `stages` in their order; images follow.
///
/// The layout is in units: a rank is what is drawn side by side, counted from 0 at the bases; `cross` is the place
/// within it, of which one unit holds a node.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StageGraph {
    /// The index of the stage that is built.
    pub target: usize,
    /// The nodes.
    pub nodes: Vec<GraphNode>,
    /// The edges in the order of their lines.
    pub edges: Vec<GraphEdge>,
    /// The number of ranks.
    pub ranks: usize,
    /// The extent across the ranks, in units.
    pub breadth: f32,
}

/// A stage, or an image from outside.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GraphNode {
    /// The reference of an image, in familiar form; `None` for a stage.
    pub image: Option<String>,
    /// The size of an image; `None` for a stage, and for an image that is not loaded.
    pub size: Option<Size>,
    /// The rank.
    pub rank: usize,
    /// The middle of the node across the ranks, in units.
    pub cross: f32,
    /// The seconds that its steps take one after the other, or its download: at least, and modelled.
    pub seconds: f32,
    /// Whether the build takes longer if it does.
    pub is_critical: bool,
    /// The first and the last line of a stage, counted from 1.
    pub lines: Option<(usize, usize)>,
}

/// What an edge stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EdgeKind {
    /// FROM.
    From,
    /// COPY --from.
    Copy,
    /// RUN --mount with `from`.
    Mount,
}

/// An edge from what is used to the stage that uses it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GraphEdge {
    /// The index of the node that is used.
    pub from: usize,
    /// The index of the node that uses it.
    pub to: usize,
    /// What it stands for.
    pub kind: EdgeKind,
    /// The line of the instruction, counted from 1.
    pub line: usize,
    /// The paths that travel; empty for FROM.
    pub paths: String,
    /// The bytes that travel, where that is known.
    pub size: Option<Size>,
    /// The places across the ranks between the two nodes, in half ranks: the last one holds the label. Empty for an edge
    /// that is not laid out.
    pub route: Vec<f32>,
}

/// The steps in time, from nothing in the cache: at least, and modelled.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Timeline {
    /// The downloads and the steps.
    pub steps: Vec<TimedStep>,
    /// The duration of the build in seconds.
    pub seconds: f32,
    /// The seconds of all steps, one after the other.
    pub sum: f32,
}

/// A step, or the download of an image, in time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TimedStep {
    /// The index of the stage; `None` for a download.
    pub stage: Option<usize>,
    /// The instruction, or the image.
    pub text: String,
    /// Its line, counted from 1.
    pub line: Option<usize>,
    /// When it begins, in seconds.
    pub start: f32,
    /// How long it takes, in seconds.
    pub seconds: f32,
    /// Whether the build takes longer if it does.
    pub is_critical: bool,
}
