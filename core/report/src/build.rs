//! The report of a build: stages, steps, layers, the image, its start, and what helps if it fails.

use crate::diag::Diagnostic;
use crate::measure;
use crate::words::{Language, say};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// Version of the format. Grows when a field changes its meaning or goes away.
pub const SCHEMA: u32 = 1;

/// Everything about one build, and the start of its result.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct BuildReport {
    /// Version of this format.
    pub schema: u32,
    /// Why the build failed.
    pub error: Option<Error>,
    /// Remarks: what may not be as meant, and what is not modelled.
    pub warnings: Vec<Warning>,
    /// Every stage of the file.
    pub stages: Vec<Stage>,
    /// The steps that were carried out, in order.
    pub steps: Vec<Step>,
    /// The result, unless the build failed.
    pub image: Option<ImageReport>,
    /// The start, if one was asked for.
    pub run: Option<RunReport>,
}

/// Why a build failed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Error {
    /// A stable id.
    pub code: String,
    /// In the engine's words.
    pub message: String,
    /// 1-based line of the Dockerfile.
    pub line: Option<usize>,
}

/// A remark.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Warning {
    /// A stable id.
    pub rule: String,
    /// In words.
    pub message: String,
    /// 1-based line of the Dockerfile.
    pub line: Option<usize>,
}

/// A size and how it is known.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Size {
    /// Bytes; null when not known.
    pub bytes: Option<u64>,
    /// `exact`, `modelled` or `unknown`.
    pub honesty: Cow<'static, str>,
    /// The part that is known, in bytes, when the whole is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_least: Option<u64>,
    /// What a modelled size rests on, or why it is unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub basis: Option<String>,
}

impl From<&measure::Size> for Size {
    fn from(size: &measure::Size) -> Self {
        Size {
            bytes: size.bytes(),
            honesty: size.honesty().as_str().into(),
            at_least: size.bytes().is_none().then_some(size.at_least()),
            basis: size.basis().map(str::to_string),
        }
    }
}

/// A stage of the file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Stage {
    /// From 0.
    pub index: usize,
    /// The name behind AS.
    pub name: Option<String>,
    /// What it starts from, arguments replaced.
    pub base: String,
    /// Whether this build makes it.
    pub built: bool,
    /// Stages whose files it copies or mounts, by index.
    pub copies_from: Vec<usize>,
    /// What it came to.
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
    /// As `docker history` prints it.
    pub created_by: String,
    /// Taken from the build cache.
    pub cached: bool,
    /// Why it was not, where the build before had the step, too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rerun: Option<String>,
    /// What it added, if it makes a layer.
    pub layer: Option<LayerReport>,
}

/// A layer with its entries.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LayerReport {
    /// As `docker history` shows it.
    pub size: Size,
    /// What it adds, changes and hides.
    pub entries: Vec<Entry>,
    /// Packages in it, whose files are not listed one by one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unlisted: Vec<UnlistedReport>,
}

/// Something in a layer of which only the size is known.
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
    /// Bytes of content, 0 for all but files; null when not known.
    pub size: Option<u64>,
}

/// The image that was built.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ImageReport {
    /// `sha256:…`
    pub id: String,
    /// The sum of all layers.
    pub size: Size,
    /// From the lowest to the highest.
    pub layers: Vec<ImageLayer>,
    /// The OCI image configuration.
    pub config: serde_json::Value,
    /// What of the listed files is there twice, as dive counts it; null for an image of more than
    /// 20,000 entries, which is not scored at each edit.
    pub waste: Option<Waste>,
}

/// Files that several layers hold, or hold though they are gone. Base images whose files are not
/// listed count as empty.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Waste {
    /// From 0 to 1: 1 if nothing is there twice.
    pub efficiency: f64,
    /// All their bytes, in all layers.
    pub bytes: u64,
    /// The largest, at most 20.
    pub files: Vec<WastedFile>,
}

/// One path.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct WastedFile {
    /// Absolute.
    pub path: String,
    /// Its bytes in all layers together.
    pub bytes: u64,
    /// The layers that have it, from 0.
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

/// How the start went.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RunReport {
    /// `starts`, `fails` or `unknown`; starts means that control reaches the program.
    pub verdict: Cow<'static, str>,
    /// What `docker run` exits with; null while the program goes on, or when not known.
    pub exit_code: Option<i32>,
    /// What the program prints.
    pub stdout: String,
    /// What it, or the engine, prints as errors.
    pub stderr: String,
    /// A stable id of why it fails.
    pub cause: Option<String>,
    /// Why it fails or is unknown, in one sentence.
    pub explanation: Option<String>,
    /// What was tried, in order.
    pub steps: Vec<TraceReport>,
    /// What there is to know about a program that starts, beyond loaders and libraries.
    #[serde(default)]
    pub hints: Vec<HintReport>,
    /// Changes that make it start, each proven by simulation.
    pub fixes: Vec<FixReport>,
}

/// Something that a program may miss in its image, or trip over, though it starts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct HintReport {
    /// A stable id.
    pub code: String,
    /// In one sentence.
    pub message: String,
    /// Why, and what helps.
    pub why: String,
}

/// One thing that was tried.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TraceReport {
    /// `engine`, `kernel`, `ld.so` or `ld-musl`.
    pub who: Cow<'static, str>,
    /// What, in words.
    pub did: String,
    /// How it went, in words.
    pub result: String,
    /// Whether it worked.
    pub ok: bool,
}

/// A proven fix.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FixReport {
    /// A stable id.
    pub id: String,
    /// What it does, in words.
    pub title: String,
    /// Why it helps, in words.
    pub why: String,
    /// Edits of the Dockerfile, to apply all at once.
    pub edits: Vec<Edit>,
    /// What simulating the fixed Dockerfile gave.
    pub proof: ProofReport,
}

/// Replaces the bytes from `start` to `end`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Edit {
    /// Byte offset.
    pub start: usize,
    /// Byte offset behind the last byte.
    pub end: usize,
    /// What stands there afterwards.
    pub insert: String,
}

/// The simulation of a fixed Dockerfile.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ProofReport {
    /// `starts`: nothing else is offered.
    pub verdict: Cow<'static, str>,
    /// How large the image becomes.
    pub size: Size,
}

/// The words of a remark.
pub fn warning(remark: &Diagnostic, language: Language) -> Warning {
    Warning {
        rule: remark.code.to_string(),
        message: say(language, &format!("diag.{}", remark.code), &remark.params),
        line: remark.line,
    }
}

impl BuildReport {
    /// Whether the build made an image and, if it was to start, it does.
    pub fn succeeded(&self) -> bool {
        self.error.is_none() && self.run.as_ref().is_none_or(|run| run.verdict != "fails")
    }

    /// The report as JSON.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}
