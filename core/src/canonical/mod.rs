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

mod scope;
mod words;

use crate::build::Request;
use crate::dockerfile::{self, Budget, Command, HealthTest, Instruction, Kind, Mount, MountType};
use crate::engine::Builder;
use crate::fs::path;
use crate::image::{Config, Reference};
use crate::plan::{self, Base, Plan, Source, Stage};
use scope::Scope;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use words::{expandable, is_one_line, is_plain, json, quoted};

/// The folder of the context's files in the context that the engine gets.
pub const CONTEXT: &str = ".stageplay-context";
/// The folder of the files that here-documents become.
pub const INLINE: &str = ".stageplay-inline";

/// The longest line that all builders read: Go's `bufio.Scanner` takes 65,536 bytes, its end included.
const MAX_LINE: usize = 65_534;
/// The longest value of a variable or label, in bytes.
const MAX_VALUE: usize = 32 << 10;
/// The squares of the lengths of all values together: the time of a builder's word reader grows with them, and nobody
/// can cancel it. Docker 20.10.24 takes half a second to two for a value of 32 KiB.
const MAX_READING: u64 = 2 << 30;
/// Bytes of instructions that the classic builder may keep: an image of each step holds the text of all before it.
const MAX_KEPT: usize = 32 << 20;
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
    /// What ADD takes from the context, as patterns of paths: it unpacks files that are archives.
    pub added: Vec<String>,
    /// Build arguments that are handed to the engine beside it: those that triggers of base images ask for, and values
    /// with line ends, which no line can hold.
    pub args: BTreeSet<String>,
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
    /// For which platform, such as `linux/amd64`.
    pub platform: String,
    /// 1-based line of the first instruction that asks for it.
    pub line: usize,
}

/// What is known of the engine and of what it may do.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// All images that [`images`] names, by [`Reference::exact`].
    pub bases: &'a BTreeMap<String, BaseImage>,
    /// The platform that the engine builds for if it is asked for none.
    pub platform: &'a str,
    /// ADD may fetch from the network.
    pub network: bool,
}

/// Every image that the stages to be built read, each once: as base, by `COPY --from` and by mounts.
///
/// # Errors
/// A source that is neither an earlier stage nor a reference, or that stands behind a variable.
pub fn images(plan: &Plan, request: &Request) -> Result<Vec<Asked>, Refused> {
    let mut found: Vec<Asked> = Vec::new();
    for stage in plan.stages.iter().filter(|stage| stage.built) {
        let platform = platform(stage, request);
        let mut add = |reference: Reference, line| {
            if !found.iter().any(|known| known.reference == reference && known.platform == platform) {
                found.push(Asked { reference, platform: platform.to_string(), line });
            }
        };
        if let Base::Image(reference) = &stage.base {
            add(reference.clone(), stage.from.line);
        }
        for instruction in &stage.instructions {
            for source in sources(plan, stage.index, instruction)? {
                if let Source::Image(reference) = source {
                    add(reference, instruction.line);
                }
            }
        }
    }
    Ok(found)
}

/// What a stage is built for.
fn platform<'a>(stage: &'a Stage, request: &'a Request) -> &'a str {
    stage.platform.as_deref().unwrap_or(&request.platform)
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
    plan::source(plan, stage, from, line, by_number).map_err(|error| refuse(error.code, error.message, "", line))
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
    let mut writer = Writer {
        plan,
        request,
        known,
        out: Canonical::default(),
        reading: 0,
        kept: 0,
        budget: Rc::default(),
        done: Vec::new(),
    };
    for instruction in &plan.global {
        let Kind::Arg(args) = &instruction.kind else { continue };
        let mut words = Vec::new();
        for (name, _) in args {
            words.push(writer.arg(name, plan.global_args.get(name).map(String::as_str), instruction.line)?);
        }
        writer.push(&format!("ARG {}", words.join(" ")), instruction.line)?;
    }
    for stage in plan.stages.iter().take(plan.target + 1) {
        let scope = if stage.built { writer.stage(stage)? } else { Scope::default() };
        writer.done.push(scope);
    }
    Ok(writer.out)
}

struct Writer<'a> {
    plan: &'a Plan,
    request: &'a Request,
    known: Known<'a>,
    out: Canonical,
    /// Of [`MAX_READING`], what is used.
    reading: u64,
    budget: Rc<Budget>,
    /// Bytes that the classic builder keeps of the instructions.
    kept: usize,
    /// What each stage so far left to those that stand on it.
    done: Vec<Scope>,
}

impl Writer<'_> {
    fn push(&mut self, text: &str, line: usize) -> Result<(), Refused> {
        if text.len() > MAX_LINE {
            let message = format!("the instruction has {} bytes; builders read {MAX_LINE}", text.len());
            return Err(refuse("too-large", message, "put what is long into a file of the context", line));
        }
        if self.out.text.len() + text.len() > MAX_TEXT {
            let message = format!("with its variables replaced the Dockerfile has more than {MAX_TEXT} bytes");
            return Err(refuse("too-large", message, "make it shorter", line));
        }
        self.out.text.push_str(text);
        self.out.text.push('\n');
        // The classic builder keeps an image of each step, and in each the text of all steps so far.
        self.kept += self.out.text.len();
        if self.request.builder == Builder::Classic && self.kept > MAX_KEPT {
            let message = "the classic builder would keep too many steps with so long a text".to_string();
            return Err(refuse("too-large", message, "use fewer or shorter instructions, or BuildKit", line));
        }
        self.out.lines.push(line);
        Ok(())
    }

    /// `NAME="value"`, or the name alone.
    fn arg(&mut self, name: &str, value: Option<&str>, line: usize) -> Result<String, Refused> {
        if !is_plain(name, "_.-") {
            return Err(inexpressible(&format!("ARG {name}"), line));
        }
        Ok(match value {
            None => name.to_string(),
            Some(value)
                if quoted(value).is_none() && self.request.build_args.get(name).is_some_and(|one| one == value) =>
            {
                self.out.args.insert(name.to_string());
                name.to_string()
            }
            Some(value) => format!("{name}={}", self.short(value, &format!("the value of {name}"), line)?),
        })
    }

    /// A value as a quoted word.
    fn short(&mut self, value: &str, what: &str, line: usize) -> Result<String, Refused> {
        if value.len() > MAX_VALUE {
            let message = format!("{what} has {} bytes; {MAX_VALUE} are allowed", value.len());
            return Err(refuse("too-large", message, "make it shorter", line));
        }
        self.reading += (value.len() as u64).pow(2);
        if self.reading > MAX_READING {
            let message = "the values of variables and labels are too long together".to_string();
            return Err(refuse("too-large", message, "make them shorter", line));
        }
        quoted(value).ok_or_else(|| inexpressible(what, line))
    }

    fn base(&self, reference: &Reference, line: usize) -> Result<&BaseImage, Refused> {
        let name = reference.exact();
        let found = self.known.bases.get(&name);
        found.ok_or_else(|| refuse("image-not-here", format!("the image {name} is not here"), "", line))
    }

    /// The name of what `--from` or `from=` of a stage means.
    fn source(&self, stage: &Stage, from: &str, line: usize, by_number: bool) -> Result<String, Refused> {
        Ok(match source(self.plan, stage.index, from, line, by_number)? {
            Source::Stage(index) => stage_name(index),
            Source::Image(reference) => self.base(&reference, line)?.name.clone(),
        })
    }

    fn stage(&mut self, stage: &Stage) -> Result<Scope, Refused> {
        let line = stage.from.line;
        let (name, config, args) = match &stage.base {
            Base::Scratch => ("scratch".to_string(), Config::default(), BTreeMap::new()),
            Base::Image(reference) => {
                let base = self.base(reference, line)?;
                (base.name.clone(), base.config.clone(), BTreeMap::new())
            }
            Base::Stage(index) => {
                let below = self.done.get(*index).cloned().unwrap_or_default();
                (stage_name(*index), below.config, below.args)
            }
        };
        let platform = platform(stage, self.request);
        if !is_plain(platform, "/_.-") {
            return Err(inexpressible(&format!("--platform={platform}"), line));
        }
        let platform = match platform == self.known.platform {
            true => String::new(),
            false => format!("--platform={platform} "),
        };
        self.push(&format!("FROM {platform}{name} AS {}", stage_name(stage.index)), line)?;
        let mut scope = Scope::new(config, args, self.request.builder, self.plan.escape, self.budget.clone());
        for trigger in std::mem::take(&mut scope.config.on_build) {
            let unclear = || inexpressible(&format!("ONBUILD {trigger}"), line);
            let read = parse_trigger(&trigger).ok_or_else(unclear)?;
            let own = self.out.triggers.iter().any(|(written, _)| *written == trigger);
            let copies = matches!(read.kind, Kind::Copy { .. } | Kind::Add { .. });
            if copies && from_flag(&read).is_none() && !own {
                let message = format!("the base image copies from the context: ONBUILD {trigger}");
                return Err(refuse("onbuild", message, "start from the image that this one is made of", line));
            }
            if let (Kind::Arg(args), false) = (&read.kind, own) {
                self.out.args.extend(args.iter().map(|(name, _)| name.clone()));
            }
            let given = if own { &BTreeMap::new() } else { &self.request.build_args };
            scope.triggered(&read, given).map_err(|message| refuse("expansion", message, "", line))?;
        }
        for instruction in &stage.instructions {
            let text = self.instruction(stage, instruction, &mut scope)?;
            self.push(&text, instruction.line)?;
        }
        Ok(scope)
    }

    fn instruction(&mut self, stage: &Stage, instruction: &Instruction, scope: &mut Scope) -> Result<String, Refused> {
        let line = instruction.line;
        let expand =
            |scope: &Scope, word: &str| scope.expand(word).map_err(|message| refuse("expansion", message, "", line));
        let plain = |what: &str, value: &str, signs: &str| match is_plain(value, signs) {
            true => Ok(value.to_string()),
            false => Err(inexpressible(&format!("{what}{value}"), line)),
        };
        Ok(match &instruction.kind {
            Kind::Run(command) => self.run(stage, instruction, command, scope)?,
            Kind::Copy { sources, destination } | Kind::Add { sources, destination } => {
                self.copy(stage, instruction, sources, destination, scope)?
            }
            Kind::Cmd(command) => format!("CMD {}", json(&argv(command, scope))),
            Kind::Entrypoint(command) => format!("ENTRYPOINT {}", json(&argv(command, scope))),
            Kind::Env(pairs) => {
                let mut expanded = Vec::new();
                for (name, value) in pairs {
                    let name = plain("the variable ", &expand(scope, name)?, "_.-")?;
                    expanded.push((name, expand(scope, value)?));
                }
                let mut text = String::from("ENV");
                for (name, value) in expanded {
                    text.push_str(&format!(" {name}={}", self.short(&value, &format!("the value of {name}"), line)?));
                    scope.set_env(&name, &value);
                }
                text
            }
            Kind::Label(pairs) => {
                let mut text = String::from("LABEL");
                for (name, value) in pairs {
                    let name = expand(scope, name)?;
                    let key = self.short(&name, "the name of a label", line)?;
                    if name.is_empty() || name.contains('=') {
                        return Err(inexpressible(&format!("the label {name}"), line));
                    }
                    let value = self.short(&expand(scope, value)?, &format!("the label {name}"), line)?;
                    text.push_str(&format!(" {key}={value}"));
                }
                text
            }
            Kind::Arg(args) => {
                let mut words = Vec::new();
                for (name, default) in args {
                    let default = default.as_ref().map(|word| expand(scope, word)).transpose()?;
                    let given = self.request.build_args.get(name).cloned();
                    let value = given.or(default).or_else(|| self.plan.global_args.get(name).cloned());
                    words.push(self.arg(name, value.as_deref(), line)?);
                    if let Some(value) = value {
                        scope.args.insert(name.clone(), value);
                    }
                }
                format!("ARG {}", words.join(" "))
            }
            Kind::Workdir(word) => format!("WORKDIR {}", self.short(&expand(scope, word)?, "the directory", line)?),
            Kind::User(word) => format!("USER {}", self.short(&expand(scope, word)?, "the user", line)?),
            Kind::Stopsignal(word) => format!("STOPSIGNAL {}", plain("the signal ", &expand(scope, word)?, "+-")?),
            Kind::Expose(ports) => {
                let mut text = String::from("EXPOSE");
                for word in ports {
                    for port in expand(scope, word)?.split_whitespace() {
                        text.push_str(&format!(" {}", plain("the port ", port, "/:-.")?));
                    }
                }
                if text == "EXPOSE" {
                    return Err(inexpressible("EXPOSE of no port", line));
                }
                text
            }
            Kind::Volume(volumes) => {
                let mut paths = Vec::new();
                for word in volumes {
                    let volume = expand(scope, word)?;
                    // Engines refuse an empty word, and take one that is empty only once it is expanded.
                    let written = expandable(&volume).filter(|_| !volume.trim().is_empty());
                    paths.push(written.ok_or_else(|| inexpressible(&format!("the volume {volume}"), line))?);
                }
                format!("VOLUME {}", json(&paths))
            }
            Kind::Shell(words) => {
                scope.config.shell = Some(words.clone());
                format!("SHELL {}", json(words))
            }
            Kind::Healthcheck(test) => {
                let mut text = String::from("HEALTHCHECK");
                for flag in &instruction.flags {
                    let value = plain("--", flag.value.as_deref().unwrap_or(""), ".-+")?;
                    text.push_str(&format!(" --{}={value}", flag.name));
                }
                match test {
                    HealthTest::None => text.push_str(" NONE"),
                    HealthTest::Cmd(Command::Exec(words)) => text.push_str(&format!(" CMD {}", json(words))),
                    // The shell form has no other way to be written: the text up to the end of the line.
                    HealthTest::Cmd(Command::Shell(command)) if is_one_line(command) => {
                        text.push_str(&format!(" CMD {command}"));
                    }
                    HealthTest::Cmd(Command::Shell(_)) => return Err(inexpressible("the health check", line)),
                }
                text
            }
            Kind::Maintainer(author) if is_one_line(author) => format!("MAINTAINER {author}"),
            Kind::Maintainer(_) => return Err(inexpressible("the maintainer", line)),
            Kind::Onbuild(trigger) => self.onbuild(stage, instruction, trigger, scope)?,
            Kind::From { .. } => return Err(inexpressible("FROM in a stage", line)),
        })
    }

    /// A trigger, which a builder carries out later, when its variables have other values: only what has none passes.
    fn onbuild(
        &mut self,
        stage: &Stage,
        instruction: &Instruction,
        trigger: &str,
        scope: &mut Scope,
    ) -> Result<String, Refused> {
        let line = instruction.line;
        let unclear = || inexpressible(&format!("ONBUILD {trigger}"), line);
        let mut read = parse_trigger(trigger).ok_or_else(unclear)?;
        // Where no stage of this build stands on it, a builder keeps the text and does nothing with it.
        let is_base = self.plan.stages.iter().any(|one| one.built && one.base == Base::Stage(stage.index));
        let fetches = matches!(&read.kind, Kind::Add { sources, .. } if sources.iter().any(|one| may_be_remote(one)));
        if !is_base && is_one_line(trigger) && !trigger.contains('<') && !trigger.contains("\\u") && !fetches {
            scope.config.on_build.push(trigger.to_string());
            return Ok(format!("ONBUILD {trigger}"));
        }
        let runs = matches!(read.kind, Kind::Run(_) | Kind::Cmd(_) | Kind::Entrypoint(_) | Kind::Healthcheck(_));
        let reaches = read.flag("from").is_some() || read.flags.iter().any(|flag| flag.name == "mount");
        if reaches || !read.heredocs.is_empty() || !instruction.heredocs.is_empty() || (!runs && trigger.contains('$'))
        {
            return Err(unclear());
        }
        read.line = line;
        // What it sets, it sets later.
        let mut later = scope.clone();
        let written = self.instruction(stage, &read, &mut later)?;
        scope.config.on_build.push(written.clone());
        self.out.triggers.push((written.clone(), trigger.to_string()));
        Ok(format!("ONBUILD {written}"))
    }

    fn run(
        &mut self,
        stage: &Stage,
        instruction: &Instruction,
        command: &Command,
        scope: &Scope,
    ) -> Result<String, Refused> {
        let line = instruction.line;
        let mut text = String::from("RUN");
        for flag in &instruction.flags {
            let value = flag.value.as_deref().unwrap_or("");
            match (flag.name.as_str(), value) {
                ("mount", _) => text.push_str(&format!(" --mount={}", self.mount(stage, value, scope, line)?)),
                ("network", "none" | "default") | ("security", "sandbox") => {
                    text.push_str(&format!(" --{}={value}", flag.name));
                }
                ("network", _) => {
                    let what = format!("--network={value} is not allowed here");
                    return Err(refuse("host-network", what, "leave it out, or use --network=none", line));
                }
                ("security", _) => {
                    let what = format!("--security={value} is not allowed here");
                    return Err(refuse("insecure", what, "leave it out", line));
                }
                (name, _) => {
                    return Err(refuse("device", format!("--{name} is not allowed here"), "leave it out", line));
                }
            }
        }
        let script = match (command, instruction.heredocs.as_slice()) {
            (Command::Exec(_), _) | (_, []) => None,
            (Command::Shell(shell), [first, ..]) => {
                let script = dockerfile::run_script(shell, &instruction.heredocs);
                // A document with an interpreter of its own is a program.
                if !(dockerfile::is_heredoc(shell) && script.starts_with("#!")) {
                    Some(script)
                } else if self.request.builder == Builder::Classic {
                    return Err(inexpressible("a here-document with an interpreter of its own", line));
                } else {
                    let folder = self.inline(&first.name, 0o755, script, line)?;
                    text.push_str(&format!(" --mount=type=bind,source=/{folder},target=/dev/pipes"));
                    Some(format!("/dev/pipes/{}", first.name))
                }
            }
        };
        let words = match script {
            Some(script) => scope.config.shell().into_iter().chain([script]).collect(),
            None => argv(command, scope),
        };
        text.push_str(&format!(" {}", json(&words)));
        Ok(text)
    }

    /// One mount, each key once and in lower case, every value plain.
    fn mount(&self, stage: &Stage, text: &str, scope: &Scope, line: usize) -> Result<String, Refused> {
        let wrong = |message: String| refuse("mount", message, "", line);
        // The same reading as when the images were looked up; it also says what no builder takes.
        let from = Mount::read(text, None).map_err(wrong)?.from;
        let mut expand = |value: &str| scope.expand(value);
        let kind = Mount::read(text, Some(&mut expand)).map_err(wrong)?.kind;
        let mut seen = BTreeSet::new();
        let mut fields = Vec::new();
        for field in Mount::fields(text).map_err(wrong)? {
            let (key, value) = match field.split_once('=') {
                Some((key, value)) => (key.to_lowercase(), Some(value)),
                None => (field.to_lowercase(), None),
            };
            let key = match key.as_str() {
                "src" => "source".to_string(),
                "dst" | "destination" => "target".to_string(),
                "ro" => "readonly".to_string(),
                "rw" => "readwrite".to_string(),
                _ => key,
            };
            if !is_plain(&key, "-") || !seen.insert(key.clone()) {
                return Err(inexpressible(&format!("--mount={text}"), line));
            }
            let Some(value) = value else {
                fields.push(key);
                continue;
            };
            let value = match key.as_str() {
                "from" if from.is_empty() => continue,
                "from" => self.source(stage, &from, line, false)?,
                _ => scope.expand(value).map_err(|message| refuse("expansion", message, "", line))?,
            };
            let value = match key.as_str() {
                "source" if kind == MountType::Bind && from.is_empty() => format!("/{}", in_context(&value)),
                _ => value,
            };
            if !is_plain(&value, "_./@:+=~-") {
                return Err(inexpressible(&format!("--mount={text}"), line));
            }
            fields.push(format!("{key}={value}"));
        }
        if kind == MountType::Bind && from.is_empty() && !seen.contains("source") {
            fields.push(format!("source=/{CONTEXT}"));
        }
        Ok(fields.join(","))
    }

    fn copy(
        &mut self,
        stage: &Stage,
        instruction: &Instruction,
        sources: &[String],
        destination: &str,
        scope: &Scope,
    ) -> Result<String, Refused> {
        let line = instruction.line;
        let expand = |word: &str| scope.expand(word).map_err(|message| refuse("expansion", message, "", line));
        let adds = matches!(instruction.kind, Kind::Add { .. });
        // A here-document is a file and no archive, whatever it holds.
        if adds && !instruction.heredocs.is_empty() && !sources.is_empty() {
            return Err(inexpressible(&instruction.original, line));
        }
        let mut text = String::from(if adds && instruction.heredocs.is_empty() { "ADD" } else { "COPY" });
        for flag in &instruction.flags {
            let name = flag.name.as_str();
            let Some(value) = &flag.value else {
                text.push_str(&format!(" --{name}"));
                continue;
            };
            let value = match name {
                "from" if value.is_empty() => continue,
                "from" => self.source(stage, value, line, true)?,
                _ => expand(value)?,
            };
            let signs = match name {
                "exclude" => "_./@:+=~-*?[]!",
                "chmod" => "+=-,",
                _ => "_./@:-",
            };
            if !is_plain(&value, signs) {
                return Err(inexpressible(&format!("--{name}={value}"), line));
            }
            text.push_str(&format!(" --{name}={value}"));
        }
        let from_context = from_flag(instruction).is_none();
        let mut words = Vec::new();
        for word in sources {
            let source = expand(word)?;
            if adds && may_be_remote(&source) {
                if !self.known.network {
                    let what = format!("ADD {source} may fetch from the network, which builds here do not have");
                    return Err(refuse("network", what, "put the file into the context", line));
                }
                words.push(source);
                continue;
            }
            let word = match (from_context, instruction.is_set("parents")) {
                (false, _) => source,
                (true, false) => in_context(&source),
                // What stands before `/./` is no parent.
                (true, true) => match source.split_once("/./") {
                    Some((root, named)) => format!("{}/./{named}", in_context(root)),
                    None => format!("{CONTEXT}/.{}", path::join("/", &source)),
                },
            };
            if adds {
                self.out.added.push(word.clone());
            }
            words.push(word);
        }
        for document in &instruction.heredocs {
            let content = match document.chomp {
                true => dockerfile::chomp(&document.content),
                false => document.content.to_string(),
            };
            let content = match document.expand {
                true => scope.expand_document(&content).map_err(|message| refuse("expansion", message, "", line))?,
                false => content,
            };
            let folder = self.inline(&document.name, 0o644, content, line)?;
            words.push(format!("{folder}/{}", document.name));
        }
        words.push(expand(destination)?);
        let words: Option<Vec<String>> = words.iter().map(|word| expandable(word)).collect();
        let words = words.ok_or_else(|| inexpressible(&instruction.original, line))?;
        text.push_str(&format!(" {}", json(&words)));
        Ok(text)
    }

    /// Puts a file beside the Dockerfile, in a folder of its own; the folder's path.
    fn inline(&mut self, name: &str, mode: u32, text: String, line: usize) -> Result<String, Refused> {
        if !is_plain(name, "_.-") || matches!(name, "." | "..") {
            return Err(inexpressible(&format!("the here-document {name}"), line));
        }
        let folder = format!("{INLINE}/{}", self.out.files.len());
        self.out.files.push(InlineFile { path: format!("{folder}/{name}"), mode, text });
        Ok(folder)
    }
}

/// The words that a command comes to: shell forms get the stage's shell in front.
fn argv(command: &Command, scope: &Scope) -> Vec<String> {
    match command {
        Command::Exec(words) => words.clone(),
        Command::Shell(text) if text.is_empty() => Vec::new(),
        Command::Shell(text) => scope.config.shell().into_iter().chain([text.clone()]).collect(),
    }
}

fn parse_trigger(text: &str) -> Option<Instruction> {
    let mut file = dockerfile::parse(&format!("FROM scratch\n{text}\n")).ok()?;
    let last = file.instructions.pop();
    last.filter(|_| file.instructions.len() == 1)
}

/// Where a path of the context is in the context that the engine gets.
fn in_context(source: &str) -> String {
    match path::join("/", source).as_str() {
        "/" => format!("{CONTEXT}/."),
        inside if source.ends_with('/') => format!("{CONTEXT}{inside}/"),
        inside => format!("{CONTEXT}{inside}"),
    }
}

/// Whether ADD of any builder may take this from somewhere else.
fn may_be_remote(source: &str) -> bool {
    let plain = source.to_ascii_lowercase();
    plain.contains("://")
        || plain.contains(".git#")
        || plain.contains(".git?")
        || plain.ends_with(".git")
        || plain.starts_with("github.com/")
        || plain.split_once('@').is_some_and(|(_, host)| host.contains(':'))
}

impl Canonical {
    /// Whether ADD may unpack a file of the context that the engine gets, if it is an archive. `links`: the context
    /// holds links, behind which any file may be meant; so it may be behind a class of characters.
    pub fn may_unpack(&self, file: &str, links: bool) -> bool {
        let fits = |pattern: &String| {
            let (pattern, file) = (path::join("/", pattern), path::join("/", file));
            pattern.split('/').count() == file.split('/').count()
                && pattern.split('/').zip(file.split('/')).all(|(one, name)| crate::fs::glob_matches(one, name))
        };
        let any = |pattern: &String| links || pattern.contains('[') || fits(pattern);
        self.added.iter().any(any)
    }

    /// What an engine says of it, with paths and lines as the person's Dockerfile has them.
    pub fn as_written(&self, text: &str) -> String {
        let mut text = as_written(text);
        let inline: &[InlineFile] = if text.contains(INLINE) { &self.files } else { &[] };
        for file in inline {
            let name = file.path.rsplit('/').next().unwrap_or("");
            text = text.replace(&file.path, &format!("<<{name}"));
        }
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
