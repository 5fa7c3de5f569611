//! The report of a build: stages, steps, layers, the image, its start, and fixes.

use crate::Size;
use crate::diag::Diagnostic;
use crate::words::{Language, say};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// Version of the format. It is increased when a field changes its meaning or is removed.
pub const SCHEMA: u32 = 1;

/// The report of one build and of the start of its image.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct BuildReport {
    /// Version of this format.
    pub schema: u32,
    /// Why the build failed.
    pub error: Option<Error>,
    /// Warnings, and parts of the build that are not modelled.
    pub warnings: Vec<Warning>,
    /// The base images that the build uses, and what each reference was taken for.
    #[serde(default)]
    pub bases: Vec<Base>,
    /// With `--assume-context`: the sources in the build context that are not there and are assumed to exist, of unknown
    /// size and content, in order of the steps that read them.
    #[serde(default)]
    pub assumed: Vec<AssumedFile>,
    /// The stages of the Dockerfile.
    pub stages: Vec<Stage>,
    /// The steps that were carried out, in order; a RUN that fails is the last one.
    pub steps: Vec<Step>,
    /// The image, unless the build failed.
    pub image: Option<ImageReport>,
    /// The start, if one was requested.
    pub run: Option<RunReport>,
}

/// A base image: what a reference of the Dockerfile means.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Base {
    /// The reference in familiar form, such as `python:3.9-slim`.
    pub reference: String,
    /// The most specific name of the build that it means, such as `python:3.9.25-slim-trixie`.
    pub resolved: String,
    /// `listed`, `derived`, `rule`, `unknown` or `archive`.
    pub how: String,
    /// The day on which the tag was looked up, `YYYY-MM-DD`; null where that does not matter.
    pub as_of: Option<String>,
    /// Where the facts were read; null if nothing is known of the image.
    pub source: Option<String>,
}

/// Why a build failed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Error {
    /// A stable id.
    pub code: String,
    /// The engine's message.
    pub message: String,
    /// 1-based line of the Dockerfile.
    pub line: Option<usize>,
}

/// A warning.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Warning {
    /// A stable id.
    pub rule: String,
    /// The message.
    pub message: String,
    /// 1-based line of the Dockerfile.
    pub line: Option<usize>,
}

/// A source in the build context that is assumed to exist.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AssumedFile {
    /// Its path in the context, without a slash at the start, or a pattern; `.` is the context itself. A slash at the end
    /// says that it is a directory; otherwise it may be a file or a directory.
    pub path: String,
    /// 1-based line of the instruction that reads it.
    pub line: usize,
}

/// A stage of the Dockerfile.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Stage {
    /// From 0.
    pub index: usize,
    /// The name behind AS.
    pub name: Option<String>,
    /// The base, with arguments replaced.
    pub base: String,
    /// Whether this build builds it.
    pub built: bool,
    /// Stages whose files it copies or mounts, by index.
    pub copies_from: Vec<usize>,
    /// The size of its image.
    pub size: Size,
}

/// A step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Step {
    /// Its stage.
    pub stage: usize,
    /// 1-based line of the Dockerfile.
    pub line: usize,
    /// The text that `docker history` prints.
    pub created_by: String,
    /// Whether it was taken from the build cache.
    pub cached: bool,
    /// Why it was not taken from the cache, if the previous build had the step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rerun: Option<String>,
    /// The layer, if the step makes one.
    pub layer: Option<LayerReport>,
    /// What the command of a RUN prints, standard output and standard error in order. Bytes that are no UTF-8 are
    /// replaced. Of a longer output the last 65,536 bytes.
    #[serde(default)]
    pub output: String,
    /// The exit code of the command of a RUN; null for other instructions, and if it is not known.
    #[serde(default)]
    pub exit_code: Option<i32>,
    /// The step fails and ends the build. Such a step is listed if it is a RUN.
    #[serde(default)]
    pub failed: bool,
}

/// A layer with its entries.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LayerReport {
    /// The size that `docker history` shows.
    pub size: Size,
    /// The entries that it adds, changes and hides.
    pub entries: Vec<Entry>,
    /// Packages whose files are not listed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unlisted: Vec<UnlistedReport>,
}

/// A package in a layer of which only the size is known.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct UnlistedReport {
    /// A package's name.
    pub what: String,
    /// Its size.
    pub size: Size,
}

/// An entry of a layer, as `docker save` stores it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Entry {
    /// Absolute path in the image.
    pub path: String,
    /// `file`, `dir`, `symlink`, `hardlink`, `char`, `block`, `fifo`, or `whiteout`: a mark named
    /// `.wh.NAME` for a removed path, `.wh..wh..opq` in a folder made anew.
    pub kind: Cow<'static, str>,
    /// Permission bits as a number: 493 is 0755.
    pub mode: u32,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// Bytes of a file's content, otherwise 0; null if not known.
    pub size: Option<u64>,
}

/// The image that was built.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ImageReport {
    /// `sha256:…`
    pub id: String,
    /// The sum of all layers, with the list of its parts that are estimated or unknown.
    pub size: Size,
    /// From the lowest to the highest.
    pub layers: Vec<ImageLayer>,
    /// The OCI image configuration.
    pub config: serde_json::Value,
    /// What of the listed files is there twice, as dive counts it; null for an image of more than
    /// 20,000 entries, which is not scored at each edit.
    pub waste: Option<Waste>,
}

/// Wasted space: files in several layers, and files that a higher layer removes. Base images whose files are not listed
/// count as empty.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Waste {
    /// From 0 to 1: 1 if no path is in two layers.
    pub efficiency: f64,
    /// The sum of their bytes in all layers.
    pub bytes: u64,
    /// The largest files, at most 20.
    pub files: Vec<WastedFile>,
}

/// A path in two or more layers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct WastedFile {
    /// Absolute.
    pub path: String,
    /// The sum of its bytes in all layers.
    pub bytes: u64,
    /// The indices of the layers that have it, from 0.
    pub layers: Vec<usize>,
}

/// A layer of the image.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ImageLayer {
    /// The instruction that made it.
    pub created_by: String,
    /// Its size.
    pub size: Size,
}

/// The result of the start.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RunReport {
    /// `starts`, `fails` or `unknown`; starts means that control reaches the program, and that it is not known to end at
    /// once with an error.
    pub verdict: Cow<'static, str>,
    /// The exit code of `docker run`; null while the program runs, or if it is not known.
    pub exit_code: Option<i32>,
    /// The standard output.
    pub stdout: String,
    /// The error output of the program or the engine.
    pub stderr: String,
    /// A stable id of the cause.
    pub cause: Option<String>,
    /// Why it fails or is unknown, in one sentence.
    pub explanation: Option<String>,
    /// What was taken for granted for a verdict of `starts`, one sentence each. Only for a build whose files are assumed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub assumed: Vec<String>,
    /// The steps of engine, kernel and loader, in order.
    pub steps: Vec<TraceReport>,
    /// Hints about a program that starts.
    #[serde(default)]
    pub hints: Vec<HintReport>,
    /// Changes of the Dockerfile that make the image start, each proven by simulation.
    pub fixes: Vec<FixReport>,
}

/// A hint: a file that a program that starts may lack, or a pitfall of the configuration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct HintReport {
    /// A stable id.
    pub code: String,
    /// One sentence.
    pub message: String,
    /// The explanation, and what to do.
    pub why: String,
}

/// One step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TraceReport {
    /// `engine`, `kernel`, `ld.so` or `ld-musl`.
    pub who: Cow<'static, str>,
    /// The step, as text.
    pub did: String,
    /// The result, as text.
    pub result: String,
    /// Whether it succeeded.
    pub ok: bool,
    /// It failed only as far as is known: what it asks for may be there.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub open: bool,
}

/// A proven fix.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FixReport {
    /// A stable id.
    pub id: String,
    /// What it does, as text.
    pub title: String,
    /// Why it helps, as text.
    pub why: String,
    /// Edits of the Dockerfile, which are applied together.
    pub edits: Vec<Edit>,
    /// The result of simulating the fixed Dockerfile.
    pub proof: ProofReport,
}

/// An edit that replaces the bytes from `start` to `end`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Edit {
    /// Byte offset.
    pub start: usize,
    /// Byte offset behind the last byte.
    pub end: usize,
    /// The new text.
    pub insert: String,
}

/// The simulation of a fixed Dockerfile.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ProofReport {
    /// Always `starts`, as only such fixes are offered.
    pub verdict: Cow<'static, str>,
    /// The size of the image.
    pub size: Size,
}

/// The warning of a diagnostic, with its message.
pub fn warning(remark: &Diagnostic, language: Language) -> Warning {
    Warning {
        rule: remark.code.to_string(),
        message: say(language, &format!("diag.{}", remark.code), &remark.params),
        line: remark.line,
    }
}

impl BuildReport {
    /// Whether the build made an image and a requested start succeeds.
    pub fn succeeded(&self) -> bool {
        self.error.is_none() && self.run.as_ref().is_none_or(|run| run.verdict != "fails")
    }

    /// The report as JSON.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}
