//! The closed set of conditions of goals and hints.

use super::number::{ByteCount, Count, PortNumber};
use crate::advice;
use crate::exec::Cause;
use crate::lint::rules;
use serde::Deserialize;

/// How deep `all`, `any` and `not` may be nested.
const MAX_DEPTH: usize = 8;
/// The most conditions of one goal, those inside of `all`, `any` and `not` included.
const MAX_PARTS: usize = 50;
/// The longest text in a condition, in characters.
const MAX_TEXT: usize = 1_000;

/// What must be true of a workspace, its build, its image or its start.
///
/// Texts are patterns where this is said: `*` stands for any characters, a slash included.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Condition {
    /// The build succeeds.
    Builds,
    /// The build fails with this error code; a pattern.
    BuildFails(String),
    /// The image starts.
    Starts,
    /// The start fails with this cause; `*` for any.
    Fails(String),
    /// The exit code of `docker run`.
    ExitCode(i32),
    /// The start prints this text, on either stream.
    OutputContains(String),
    /// A command line prints this text on the simulated host, in a directory with the workspace.
    CommandOutput(CommandOutput),
    /// The image that the target stage is based on, as FROM names it, such as `alpine:3.*`; a pattern.
    FinalBase(String),
    /// The same after the tag was looked up, such as `alpine:3.22.2`; a pattern.
    FinalBaseMeans(String),
    /// The image is smaller than this: bytes, or a text such as `20MB` or `64MiB`.
    SizeUnder(ByteCount),
    /// The image has at most this percentage of the size of the starting workspace's image.
    SizeAtMostOfStart(Count),
    /// The build adds at most so many layers to the base image.
    LayersAtMost(Count),
    /// The image has this path; a pattern.
    PathInImage(String),
    /// The image does not have this path; a pattern.
    PathNotInImage(String),
    /// A layer that the build makes has this path, even if a later one removes it; a pattern.
    PathInLayer(String),
    /// No layer that the build makes has this path; a pattern.
    PathInNoLayer(String),
    /// A file of the image is as described.
    File(FileFacts),
    /// The Dockerfile has a stage of this name.
    StageExists(String),
    /// This build builds the stage, by name or index.
    StageBuilt(String),
    /// The Dockerfile has the stage, and this build does not build it.
    StageNotBuilt(String),
    /// A step is taken from the build cache after an edit.
    StepReused(StepAfterEdit),
    /// A step is run anew after an edit.
    StepRunAgain(StepAfterEdit),
    /// The Dockerfile has such an instruction, such as `RUN --mount=type=cache*`; a pattern. Blanks count as one space.
    Instruction(String),
    /// The user of the image, by name or number. `root` is also the user of an image without USER.
    User(String),
    /// The command that the image starts: its words joined by spaces; a pattern.
    Command(String),
    /// The working directory of the image.
    Workdir(String),
    /// The image sets this environment variable: `NAME`, or `NAME=VALUE`.
    Env(String),
    /// The image has this label: `NAME`, or `NAME=VALUE`.
    Label(String),
    /// EXPOSE names this port: a number, or a text such as `53/udp`.
    Port(PortNumber),
    /// A check finds nothing: BuildKit's by name, such as `JSONArgsRecommended`, or Stageplay's by code, such as `SP003`.
    NoCheck(String),
    /// The start gives this hint, such as `ca-certificates`.
    Hint(String),
    /// The start does not give this hint.
    NoHint(String),
    /// The program that the image starts is an ELF file without a loader.
    ProgramStatic,
    /// The program that the image starts needs this library (DT_NEEDED); a pattern.
    ProgramNeeds(String),
    /// This command was used in the terminal; a pattern.
    CommandUsed(String),
    /// All of these.
    All(Vec<Condition>),
    /// At least one of these.
    Any(Vec<Condition>),
    /// Not this. What is not known stays not known.
    Not(Box<Condition>),
}

/// A command line and a text that it prints.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct CommandOutput {
    /// The command line, for a shell.
    pub run: String,
    /// The text.
    pub contains: String,
}

/// A file of the image. What is not given is not asked for.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct FileFacts {
    /// Its absolute path.
    pub path: String,
    /// A text in it.
    pub contains: Option<String>,
    /// Its permission bits, octal, such as `755`.
    pub mode: Option<String>,
    /// The number of its owner.
    pub uid: Option<u32>,
}

/// A step, and an edit after which the workspace is built again.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct StepAfterEdit {
    /// The instruction, such as `RUN npm ci*`; a pattern.
    pub step: String,
    /// The name of an edit of the pack.
    pub after: String,
}

/// Why a condition cannot be asked: a message id, and the value of its placeholder `{what}`.
pub(super) type BadCondition = (&'static str, String);

impl Condition {
    /// The condition itself and all inside of it.
    pub(super) fn parts(&self) -> Vec<&Condition> {
        let mut all = vec![self];
        let mut next = 0;
        while let Some(one) = all.get(next).copied() {
            match one {
                Condition::All(parts) | Condition::Any(parts) => all.extend(parts),
                Condition::Not(part) => all.push(part),
                _ => {}
            }
            next += 1;
        }
        all
    }

    fn depth(&self) -> usize {
        match self {
            Condition::All(parts) | Condition::Any(parts) => 1 + parts.iter().map(Self::depth).max().unwrap_or(0),
            Condition::Not(part) => 1 + part.depth(),
            _ => 0,
        }
    }

    fn texts(&self) -> Vec<&str> {
        match self {
            Condition::BuildFails(text)
            | Condition::Fails(text)
            | Condition::OutputContains(text)
            | Condition::FinalBase(text)
            | Condition::FinalBaseMeans(text)
            | Condition::PathInImage(text)
            | Condition::PathNotInImage(text)
            | Condition::PathInLayer(text)
            | Condition::PathInNoLayer(text)
            | Condition::StageExists(text)
            | Condition::StageBuilt(text)
            | Condition::StageNotBuilt(text)
            | Condition::Instruction(text)
            | Condition::User(text)
            | Condition::Command(text)
            | Condition::Workdir(text)
            | Condition::Env(text)
            | Condition::Label(text)
            | Condition::NoCheck(text)
            | Condition::Hint(text)
            | Condition::NoHint(text)
            | Condition::ProgramNeeds(text)
            | Condition::CommandUsed(text) => vec![text],
            Condition::CommandOutput(command) => vec![&command.run, &command.contains],
            Condition::File(file) => {
                let more = [file.contains.as_deref(), file.mode.as_deref()];
                std::iter::once(file.path.as_str()).chain(more.into_iter().flatten()).collect()
            }
            Condition::StepReused(step) | Condition::StepRunAgain(step) => vec![&step.step, &step.after],
            _ => Vec::new(),
        }
    }

    /// What is wrong with the condition whatever the workspace is. `edits`: whether the pack has an edit of a name.
    pub(super) fn mistake(&self, edits: &dyn Fn(&str) -> bool) -> Option<BadCondition> {
        if self.depth() > MAX_DEPTH {
            return Some(("pack.condition-depth", MAX_DEPTH.to_string()));
        }
        let parts = self.parts();
        if parts.len() > MAX_PARTS {
            return Some(("pack.condition-parts", MAX_PARTS.to_string()));
        }
        parts.into_iter().find_map(|part| part.own_mistake(edits))
    }

    fn own_mistake(&self, edits: &dyn Fn(&str) -> bool) -> Option<BadCondition> {
        let texts = self.texts();
        if texts.iter().any(|text| text.trim().is_empty()) {
            return Some(("pack.condition-empty", String::new()));
        }
        if texts.iter().any(|text| text.chars().count() > MAX_TEXT) {
            return Some(("pack.condition-long", MAX_TEXT.to_string()));
        }
        match self {
            Condition::All(parts) | Condition::Any(parts) if parts.is_empty() => {
                Some(("pack.condition-empty", String::new()))
            }
            Condition::Fails(cause) if !cause.contains('*') && !Cause::CODES.contains(&cause.as_str()) => {
                Some(("pack.unknown-cause", cause.clone()))
            }
            Condition::PathInImage(path)
            | Condition::PathNotInImage(path)
            | Condition::PathInLayer(path)
            | Condition::PathInNoLayer(path)
            | Condition::File(FileFacts { path, .. })
            | Condition::Workdir(path)
                if !path.starts_with('/') =>
            {
                Some(("pack.relative-path", path.clone()))
            }
            Condition::File(FileFacts { mode: Some(mode), .. }) if u32::from_str_radix(mode, 8).is_err() => {
                Some(("pack.bad-mode", mode.clone()))
            }
            Condition::StepReused(step) | Condition::StepRunAgain(step) if !edits(&step.after) => {
                Some(("pack.unknown-edit", step.after.clone()))
            }
            Condition::NoCheck(rule) if !is_rule(rule) => Some(("pack.unknown-rule", rule.clone())),
            Condition::Hint(code) | Condition::NoHint(code) if !crate::hints::CODES.contains(&code.as_str()) => {
                Some(("pack.unknown-hint", code.clone()))
            }
            _ => None,
        }
    }
}

/// Whether a check of Stageplay has this code or name, or one of BuildKit's this name.
fn is_rule(rule: &str) -> bool {
    advice::RULES.iter().any(|one| one.code == rule || one.name == rule)
        || rules::ALL.iter().any(|one| one.name == rule)
}
