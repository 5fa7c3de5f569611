//! A Dockerfile written anew from what was read of it, in a small subset that every builder reads alike.
//!
//! A builder reads a text with a parser of its own, and two parsers differ: over what stands behind a JSON array, over
//! here-documents, over carriage returns. So a server hands an engine none of a stranger's text, but this form:
//!
//! - one instruction a line, without directives, comments, continuations and here-documents;
//! - every variable replaced, so that no instruction depends on what an engine predefines;
//! - stages called `s0`, `s1` …, and only those that are built; images by the reference that was checked;
//! - RUN, CMD, ENTRYPOINT, COPY, ADD and VOLUME as JSON arrays, other values as quoted or plain words.
//!
//! The files of the context are below [`CONTEXT`] in the context that the engine gets, what here-documents hold below
//! [`INLINE`], and the Dockerfile is beside both, where no name of the context leads. [`as_written`] takes these names
//! out of what the engine says. What cannot be expressed is refused with its line.

mod added_files;
mod build_args;
mod context_index;
mod platform;
mod scope;
mod sources;
mod words;
mod writer;

pub use added_files::AddedFiles;
pub use build_args::HANDED_PREFIX;
pub use context_index::ContextIndex;
pub use platform::normalized_platform;

use crate::build::Request;
use crate::dockerfile::{Instruction, Kind, Mount};
use crate::image::{Config, Reference};
use crate::plan::{self, Base, Plan, Source};
use platform::{source_platform, stage_platform};
use std::collections::{BTreeMap, BTreeSet};
use writer::Writer;

/// The folder of the context's files in the context that the engine gets.
pub const CONTEXT: &str = ".stageplay-context";
/// The folder of the files that here-documents become.
pub const INLINE: &str = ".stageplay-inline";

/// The code of a refusal that says nothing of the Dockerfile: nobody waits for the result any more.
pub const STOPPED: &str = "cancelled";

/// The longest line that all builders read: Go's `bufio.Scanner` takes 65,536 bytes, its end included.
const MAX_LINE: usize = 65_534;
/// The longest name of a program, in bytes: PATH_MAX of Linux. runc quotes a longer one in its message, and waits for ever
/// if that does not fit into a pipe.
pub const MAX_PROGRAM: usize = 4_096;
/// The longest value of a variable or label, in bytes.
const MAX_VALUE: usize = 32 << 10;
/// The squares of the lengths of all values together: the time of a builder's word reader grows with them, and nobody
/// can cancel it. Docker 20.10.24 takes half a second to two for a value of 32 KiB.
const MAX_READING: u64 = 2 << 30;
/// Bytes of instructions that the classic builder may keep: an image of each step holds the text of all before it.
const MAX_KEPT: usize = 32 << 20;
/// Bytes of the variables that all stages set, each with [`VARIABLE_COST`]. They are kept for the stages that stand on
/// these.
const MAX_VARIABLES: usize = 64 << 20;
/// Bytes that a variable takes beside its name and value: parts of the maps that two stages do not share.
const VARIABLE_COST: usize = 2 << 10;
/// The largest Dockerfile that is written, in bytes.
const MAX_TEXT: usize = 1 << 20;

/// A Dockerfile for an engine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Canonical {
    /// Its text.
    pub text: String,
    /// Of each of its lines, the line of the instruction in the person's Dockerfile.
    pub lines: Vec<usize>,
    /// What here-documents hold, as files beside it.
    pub files: Vec<InlineFile>,
    /// Each trigger as it is written here, and as the Dockerfile has it.
    pub triggers: Vec<(String, String)>,
    /// What ADD takes from the context, as often as it does: it unpacks files that are archives.
    pub added: AddedFiles,
    /// All build arguments that the engine gets beside it. A builder's frontend gives a meaning of its own to some
    /// names (`BUILDKIT_SYNTAX` names a program to run), so no name that a person chose is among them: only predefined
    /// arguments ([`crate::build::is_predefined_arg`]), and values that no line can hold, under names that begin with
    /// [`HANDED_PREFIX`].
    pub args: BTreeMap<String, String>,
    /// The first lines of the text that are not in the person's Dockerfile, each as it is shown to the person.
    pub preceding: Vec<String>,
}

/// A file that a here-document becomes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InlineFile {
    /// Its path in the context that the engine gets.
    pub path: String,
    /// Its permission bits.
    pub mode: u32,
    /// What it holds.
    pub text: String,
}

/// Why a Dockerfile is not built as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// A stable id.
    pub code: &'static str,
    /// What is wrong.
    pub message: String,
    /// What to do about it; empty if there is nothing.
    pub help: &'static str,
    /// 1-based line of the Dockerfile.
    pub line: usize,
}

/// An image that a build reads and that was looked up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BaseImage {
    /// What the engine is asked for.
    pub name: String,
    /// Its configuration.
    pub config: Config,
}

/// An image that a build asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Which one.
    pub reference: Reference,
    /// For which platform, as [`normalized_platform`] spells it.
    pub platform: String,
    /// 1-based line of the first instruction that asks for it.
    pub line: usize,
}

impl Asked {
    /// The reference and the platform. One reference may mean an image for each platform.
    pub fn key(&self) -> ImageKey {
        (self.reference.exact(), self.platform.clone())
    }
}

/// An image that a build asks for: [`Reference::exact`], and the platform as [`normalized_platform`] spells it.
pub type ImageKey = (String, String);

/// What is known of the engine and of what it may do.
#[derive(Clone, Copy)]
pub struct Known<'a> {
    /// All images that [`images`] names, by [`Asked::key`].
    pub bases: &'a BTreeMap<ImageKey, BaseImage>,
    /// The platform of the engine itself.
    pub platform: &'a str,
    /// The names and the links of the context.
    pub context: &'a ContextIndex,
    /// ADD may fetch from the network.
    pub network: bool,
    /// Whether nobody waits for the result any more. It is asked often.
    pub stopped: &'a dyn Fn() -> bool,
}

impl std::fmt::Debug for Known<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Known")
            .field("platform", &self.platform)
            .field("network", &self.network)
            .finish_non_exhaustive()
    }
}

/// Every image that the stages to be built read, each once for a platform: as base, by `COPY --from` and by mounts.
/// `own` is the platform of the engine.
///
/// # Errors
/// A source that is neither an earlier stage nor a reference, or that stands behind a variable; a platform that
/// builders do not read alike.
pub fn images(plan: &Plan, request: &Request, own: &str) -> Result<Vec<Asked>, Refused> {
    let mut found: Vec<Asked> = Vec::new();
    let mut known = BTreeSet::new();
    for stage in plan.stages.iter().filter(|stage| stage.built) {
        let mut add = |asked: Asked| {
            let Reference { repository, tag, digest } = asked.reference.clone();
            if known.insert((repository, tag, digest, asked.platform.clone())) {
                found.push(asked);
            }
        };
        if let Base::Image(reference) = &stage.base {
            let platform = stage_platform(stage, request, own)?;
            add(Asked { reference: reference.clone(), platform, line: stage.from.line });
        }
        for instruction in &stage.instructions {
            for source in sources(plan, stage.index, instruction)? {
                if let Source::Image(reference) = source {
                    let platform = source_platform(request, own, instruction.line)?;
                    add(Asked { reference, platform, line: instruction.line });
                }
            }
        }
    }
    Ok(found)
}

/// What an instruction takes files from beside the context.
fn sources(plan: &Plan, stage: usize, instruction: &Instruction) -> Result<Vec<Source>, Refused> {
    let mut found = Vec::new();
    if let (Kind::Copy { .. }, Some(from)) = (&instruction.kind, from_flag(instruction)) {
        found.push(source(plan, stage, from, instruction.line, true)?);
    }
    for text in instruction.flag_values("mount") {
        let mount = Mount::read(text, None).map_err(|message| refuse("mount", message, "", instruction.line))?;
        if !mount.from.is_empty() {
            found.push(source(plan, stage, &mount.from, instruction.line, false)?);
        }
    }
    Ok(found)
}

/// `--from`; an empty one counts as none.
fn from_flag(instruction: &Instruction) -> Option<&str> {
    instruction.flag("from").filter(|from| !from.is_empty())
}

fn source(plan: &Plan, stage: usize, from: &str, line: usize, by_number: bool) -> Result<Source, Refused> {
    if from.contains('$') {
        let what = format!("from={from}: an image behind a variable is not looked up");
        return Err(refuse("variable-image", what, "name the image, or a stage", line));
    }
    match plan::source(plan, stage, from, line, by_number) {
        Ok(Source::LaterStage(_)) => {
            let what = format!("from={from}: the stage is defined later");
            Err(refuse("later-stage", what, "define it before", line))
        }
        found => found.map_err(|error| refuse(error.code, error.message, "", line)),
    }
}

/// The name of a stage in what is written.
pub fn stage_name(index: usize) -> String {
    format!("s{index}")
}

fn refuse(code: &'static str, message: String, help: &'static str, line: usize) -> Refused {
    Refused { code, message, help, line }
}

fn inexpressible(what: &str, line: usize) -> Refused {
    let message = format!("{what}: this cannot be handed to an engine in a form that every builder reads alike");
    refuse(
        "inexpressible",
        message,
        "write it in a simpler way, without control characters, quotes and variables",
        line,
    )
}

/// Writes a Dockerfile for an engine from what was read of a person's.
///
/// Every instruction of a stage that is built becomes one line, in the same order, and so does every ARG before the
/// first stage: what an engine says of its steps leads back to the person's lines by number.
///
/// # Errors
/// The first instruction that reaches out of the build, or that cannot be expressed.
pub fn canonical(plan: &Plan, request: &Request, known: Known<'_>) -> Result<Canonical, Refused> {
    Writer::new(plan, request, known).write()
}

impl Canonical {
    /// What an engine says of it, with paths and lines as the person's Dockerfile has them.
    pub fn as_written(&self, text: &str) -> String {
        let text = self.with_documents(as_written(text));
        for before in ["parse error line ", "parse error on line "] {
            let Some((head, tail)) = text.split_once(before) else { continue };
            let digits = tail.find(|c: char| !c.is_ascii_digit()).unwrap_or(tail.len());
            let (number, rest) = tail.split_at(digits);
            let line = number.parse::<usize>().ok().and_then(|number| self.lines.get(number.checked_sub(1)?));
            return line.map_or(text.clone(), |line| format!("{head}{before}{line}{rest}"));
        }
        text
    }
}

impl Canonical {
    /// A text with the names of here-documents in place of the paths of their files. It takes time in proportion to the
    /// text.
    fn with_documents(&self, text: String) -> String {
        if !text.contains(INLINE) {
            return text;
        }
        let mut shown = String::with_capacity(text.len());
        let mut rest = text.as_str();
        while let Some((before, after)) = rest.split_once(INLINE) {
            shown.push_str(before);
            rest = after;
            let document = after.strip_prefix('/').and_then(|path| {
                let (number, path) = path.split_once('/')?;
                let file = self.files.get(number.parse::<usize>().ok()?)?;
                let (folder, name) = file.path.rsplit_once('/')?;
                (folder.rsplit('/').next() == Some(number)).then_some(())?;
                Some((name, path.strip_prefix(name)?))
            });
            match document {
                Some((name, after)) => {
                    shown.push_str("<<");
                    shown.push_str(name);
                    rest = after;
                }
                None => shown.push_str(INLINE),
            }
        }
        shown.push_str(rest);
        shown
    }
}

/// What an engine says, with the paths of the context as the Dockerfile has them.
pub fn as_written(text: &str) -> String {
    if !text.contains(CONTEXT) {
        return text.to_string();
    }
    let (rooted, inside) = (format!("/{CONTEXT}/"), format!("{CONTEXT}/"));
    text.replace(&rooted, "/").replace(&inside, "").replace(&format!("/{CONTEXT}"), "/").replace(CONTEXT, ".")
}

#[cfg(test)]
mod tests;
