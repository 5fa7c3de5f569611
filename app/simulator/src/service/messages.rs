//! The requests and answers of the service, as plain data.

use super::stage_arrows::StageArrows;
use serde::{Deserialize, Serialize};
use stageplay_core::report::BuildReport;
use stageplay_protocol::{CauseDiagram, File, LayerRow, Workspace};
use std::collections::BTreeMap;

fn yes() -> bool {
    true
}

/// What is to be built.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SimulateRequest {
    /// Files, engine, builder, day (docs/formats/share-link.md).
    pub workspace: Workspace,
    /// Whose build cache is used; none without a number.
    #[serde(default)]
    pub client: Option<u32>,
    /// `--target`.
    #[serde(default)]
    pub target: Option<String>,
    /// `--build-arg`, by name.
    #[serde(default)]
    pub build_args: BTreeMap<String, String>,
    /// Whether the image is started; with these arguments.
    #[serde(default = "yes")]
    pub run: bool,
    /// The arguments that the image is started with.
    #[serde(default)]
    pub arguments: Vec<String>,
    /// The language of what is for people, a BCP 47 tag.
    #[serde(default)]
    pub language: String,
    /// Whether the report lists the entries of the steps' layers, of which there may be thousands.
    #[serde(default)]
    pub entries: bool,
    /// An exercise as one JSON text (docs/formats/packs.md): its settings are those of the build, and its goals are
    /// evaluated.
    #[serde(default)]
    pub exercise: Option<String>,
    /// The commands that were used in the terminal, for goals about them.
    #[serde(default)]
    pub commands: Vec<String>,
}

/// The result.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Answer {
    /// The paths of files that are missing. Without them there is no result: nothing else is set.
    pub missing: Vec<String>,
    /// Why data could not be had, one sentence each.
    pub failures: Vec<String>,
    /// The report (docs/formats/report.schema.json).
    pub report: Option<BuildReport>,
    /// A longer explanation of the cause of a failed start.
    pub why: Option<String>,
    /// The stages as a graph; null if the Dockerfile cannot be parsed.
    pub graph: Option<StageArrows>,
    /// The cause of a failed start: what the program requires, and what of it the image has.
    pub diagram: Option<CauseDiagram>,
    /// The layers of the image from the lowest to the highest; null without an image.
    pub layers: Option<Vec<LayerRow>>,
    /// The goals of the exercise.
    pub exercise: Option<ExerciseAnswer>,
}

/// An exercise and where its goals stand.
#[derive(Clone, Debug, Serialize)]
pub struct ExerciseAnswer {
    /// The heading.
    pub title: String,
    /// The goals that are shown, in their order.
    pub goals: Vec<GoalAnswer>,
    /// The number of those that are hidden until it is graded.
    pub hidden_goals: u64,
    /// The index of the first of them that is not reached.
    pub first_miss: Option<usize>,
    /// Whether all of them are reached.
    pub solved: bool,
    /// The hint that answers what is seen.
    pub hint: Option<String>,
}

/// A goal.
#[derive(Clone, Debug, Serialize)]
pub struct GoalAnswer {
    /// Its name.
    pub name: String,
    /// What is to be reached.
    pub message: String,
    /// `reached`, `missed` or `unknown`.
    pub standing: &'static str,
    /// What was observed.
    pub observed: String,
    /// Its points.
    pub points: u64,
}

/// A command line for a client's host.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TerminalRequest {
    /// Whose host it is.
    pub client: u32,
    /// The files in its working directory, its engine, builder and day.
    pub workspace: Workspace,
    /// The command line; empty only to open the host.
    pub line: String,
    /// The language of what is not modelled, a BCP 47 tag.
    #[serde(default)]
    pub language: String,
}

/// What the command did.
#[derive(Clone, Debug, Default, Serialize)]
pub struct TerminalAnswer {
    /// The paths of files that are missing. Nothing was carried out then.
    pub missing: Vec<String>,
    /// What it printed.
    pub output: String,
    /// Its exit code.
    pub status: i32,
    /// The prompt for the next command.
    pub prompt: String,
    /// The files of the working directory, if the command changed them.
    pub files: Option<Vec<File>>,
}
