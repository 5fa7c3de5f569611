//! The result of one simulation, with its words in one language.

use crate::{Changes, EngineProfile, LayerRow, StageGraph, StartWalk, Timeline, Workspace};
use serde::{Deserialize, Serialize};
use stageplay_report::{BuildReport, Edit, FixReport, Size};
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
    /// What is said of a RUN that ends the build, beside the engine's message.
    pub build_hint: Option<String>,
    /// The proven fixes of a RUN that ends the build.
    pub build_fixes: Vec<FixReport>,
    /// The findings of Stageplay's own checks.
    pub checks: Vec<Check>,
    /// The stages as a graph; `None` if the Dockerfile cannot be parsed.
    pub graph: Option<StageGraph>,
    /// The steps in time.
    pub timeline: Timeline,
    /// The cause of a failed start as a diagram.
    pub diagram: Option<CauseDiagram>,
    /// The steps with their state in the build cache after the last edit; empty before the first edit.
    pub cache: Vec<CacheStep>,
    /// The layers of the image from the lowest to the highest; `None` without an image.
    pub layers: Option<Vec<LayerRow>>,
    /// The largest parts of the image that only the build needs, the largest first.
    pub build_only: Vec<LargePart>,
    /// The start as steps to walk through; `None` without a start.
    pub start: Option<StartWalk>,
    /// What is known of the report's `bases`, in their order; `None` for an image that is not loaded.
    pub base_details: Vec<Option<BaseDetails>>,
    /// What changed since the compared state; `None` if nothing did.
    pub changes: Option<Changes>,
    /// The images that the built stages are based on, sorted.
    pub base_names: Vec<String>,
    /// Whether the image starts an ELF file that this build added to it.
    pub starts_program: bool,
    /// Whether the workspace holds nothing but Dockerfiles and `.dockerignore`.
    pub holds_only_dockerfiles: bool,
    /// Whether the build needs data about base images that is not loaded.
    pub lacks_image_data: bool,
}

/// A large part of an image.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LargePart {
    /// Its name: a package, a folder, the reference of the base image.
    pub name: String,
    /// What it is: `base`, `tool`, `headers` or `cache`.
    pub kind: String,
    /// The line of the instruction that brings it, counted from 1; `None` for the base image.
    pub line: Option<usize>,
    /// Its size.
    pub size: Size,
}

/// What is known of a base image.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BaseDetails {
    /// Its size.
    pub size: Size,
    /// The bytes of its download, where that is known.
    pub compressed: Option<u64>,
    /// The start of its digest, where that is known.
    pub digest: Option<String>,
    /// The day of the facts, `YYYY-MM-DD`.
    pub date: Option<String>,
    /// The distribution with its version; empty if it is of none.
    pub distribution: String,
    /// The C library with its version; empty if it has none.
    pub libc: String,
    /// What `/bin/sh` is.
    pub shell: Option<String>,
    /// Its package manager.
    pub package_manager: Option<String>,
    /// Until when its distribution gets security fixes.
    pub support_end: Option<SupportEnd>,
}

/// Until when a release of a distribution gets security fixes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SupportEnd {
    /// The last day, `YYYY-MM-DD`.
    pub day: String,
    /// The last day of long-term support, where there is one.
    pub long_term: Option<String>,
    /// Whether the usual support ended before the day on which tags are looked up.
    pub is_over: bool,
    /// Where that was read.
    pub source: String,
}

/// What the page knows before it asks the simulator anything.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FirstVisit {
    /// The engines, oldest first.
    pub engines: Vec<EngineProfile>,
    /// The workspace of the example.
    pub workspace: Workspace,
}

/// The result of the example, computed when the page was built.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FirstResult {
    /// It in English.
    pub english: Rc<Outcome>,
    /// It in Chinese.
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
