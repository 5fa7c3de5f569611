//! The result of one simulation, with its words in one language.

use crate::{EngineProfile, Workspace};
use serde::{Deserialize, Serialize};
use stageplay_report::{BuildReport, Edit, Size};
use std::rc::Rc;

/// The result of a build of the workspace and of the start of its image.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// The text of the Dockerfile that was built. Edits in this result refer to it.
    pub dockerfile: String,
    /// The report; without the entries of the steps' layers, which [`Outcome::layers`] and a request show.
    pub report: BuildReport,
    /// A longer explanation of the cause of a failed start.
    pub why: Option<String>,
    /// The findings of Stageplay's own checks.
    pub checks: Vec<Check>,
    /// The stages as a graph; `None` if the Dockerfile cannot be parsed.
    pub graph: Option<StageGraph>,
    /// The cause of a failed start as a diagram.
    pub diagram: Option<CauseDiagram>,
    /// The steps with their state in the build cache after the last edit; empty before the first edit.
    pub cache: Vec<CacheStep>,
    /// The layers of the image from the lowest to the highest; `None` without an image.
    pub layers: Option<Vec<LayerRow>>,
    /// The sizes of the report's `bases`, in their order; `None` for an image that is not loaded.
    pub base_sizes: Vec<Option<Size>>,
    /// The images that the built stages are based on, sorted.
    pub base_names: Vec<String>,
    /// Whether the image starts an ELF file that this build added to it.
    pub starts_program: bool,
    /// Whether the workspace holds nothing but Dockerfiles and `.dockerignore`.
    pub holds_only_dockerfiles: bool,
    /// Whether the build needs data about base images that is not loaded.
    pub lacks_image_data: bool,
}

/// What the page knows before it asks the simulator anything: the result of the example, computed when the page was
/// built.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FirstVisit {
    /// The engines, oldest first.
    pub engines: Vec<EngineProfile>,
    /// The workspace of the example.
    pub workspace: Workspace,
    /// Its result in English.
    pub english: Rc<Outcome>,
    /// Its result in Chinese.
    pub chinese: Rc<Outcome>,
}

/// A finding of one of Stageplay's own checks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Check {
    /// The code, such as `SP001`.
    pub rule: String,
    /// The name of the check.
    pub name: String,
    /// The message.
    pub message: String,
    /// Line of the Dockerfile, counted from 1.
    pub line: usize,
    /// Byte range of the Dockerfile: start and end.
    pub span: (usize, usize),
    /// What the finding costs in the image.
    pub cost: Option<Size>,
    /// A fix.
    pub fix: Option<CheckFix>,
}

/// A fix for a finding.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CheckFix {
    /// What the fix does.
    pub title: String,
    /// Whether the image stays the same except for its size.
    pub safe: bool,
    /// Edits of the Dockerfile, which are applied together.
    pub edits: Vec<Edit>,
}

/// The stages as a graph. Its nodes are the report's `stages`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StageGraph {
    /// The index of the stage that is built.
    pub target: usize,
    /// The arrows.
    pub arrows: Vec<GraphArrow>,
}

/// An arrow from one stage to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GraphArrow {
    /// The index of the stage that is used.
    pub from: usize,
    /// The index of the stage that uses it.
    pub to: usize,
    /// What travels: `FROM`, the sources of a COPY, or `--mount`.
    pub label: String,
    /// Whether files are copied or mounted; else the stage is the base.
    pub copies: bool,
}

/// What a program requires beside what the image has of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CauseDiagram {
    /// The path of the program, or the name of the user.
    pub program: String,
    /// What it requires.
    pub required: Vec<String>,
    /// What the image has of this kind; empty if nothing.
    pub present: Vec<String>,
}

/// A step of the build and its state in the engine's cache.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CacheStep {
    /// Line of the Dockerfile, counted from 1.
    pub line: usize,
    /// The instruction.
    pub text: String,
    /// Why the step runs again; `None` if it comes from the cache.
    pub rerun: Option<String>,
}

/// A layer of the image.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LayerRow {
    /// The instruction that made it.
    pub created_by: String,
    /// Its size.
    pub size: Size,
    /// The bytes of it that are known.
    pub known_bytes: u64,
    /// Whether this build made the layer; else it comes from the base image.
    pub is_own: bool,
    /// The reason of its size in one line.
    pub reason: Option<String>,
    /// Its packages and files, if the layer is open.
    pub entries: Option<LayerEntries>,
}

/// The packages and files of a layer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LayerEntries {
    /// Packages of which only the size is known, the largest first: name and size; at most 200.
    pub packages: Vec<(String, Size)>,
    /// Files; at most 200.
    pub files: Vec<LayerEntry>,
    /// The number of packages and files that are left out.
    pub left_out: usize,
}

/// A path that a layer adds, changes or hides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LayerEntry {
    /// The path in the image.
    pub path: String,
    /// `file`, `dir`, `symlink` and so on.
    pub kind: String,
    /// Permission bits.
    pub mode: u32,
    /// User id and group id.
    pub owner: (u32, u32),
    /// The size as text.
    pub size: String,
}
