//! Writes the instructions of a Dockerfile anew, one a line.

use super::context_index::CopyCost;
use super::platform::{normalized_platform, source_platform, stage_platform};
use super::scope::Scope;
use super::sources::may_be_remote;
use super::words::{expandable, is_one_line, is_plain, json, quoted};
use super::{
    BaseImage, Canonical, HANDED_PREFIX, ImageKey, Known, MAX_KEPT, MAX_LINE, MAX_PROGRAM, MAX_READING, MAX_TEXT,
    MAX_VALUE, MAX_VARIABLES, Refused, STOPPED, VARIABLE_COST, from_flag, inexpressible, refuse, source, stage_name,
};
use crate::build::{Request, is_predefined_arg};
use crate::dockerfile::{self, Budget, Command, HealthTest, Instruction, Kind};
use crate::engine::Builder;
use crate::image::{Config, Reference};
use crate::plan::{Base, Plan, Source, Stage};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// Variables that all stages together may inherit: BuildKit's frontend copies the environment for each stage, at some
/// 320 bytes for a variable (measured with BuildKit 0.23).
const MAX_INHERITED: usize = 200_000;
/// Bytes of [`Scope::step_bytes`] of all steps together. BuildKit's frontend copies environment and working directory
/// for each step, and takes about three bytes for each of them (Docker 20.10.24); this server keeps the history.
const MAX_STEP_BYTES: usize = 16 << 20;
/// Ports that all EXPOSE instructions may name together: each stands in the image's history and configuration.
const MAX_PORTS: u64 = 100_000;
/// Volumes that a Dockerfile may declare.
const MAX_VOLUMES: usize = 200;
/// Volumes that a Dockerfile may declare with the classic builder: for each container of a step it makes them anew, and
/// copies into them what the image holds at their paths.
const MAX_CLASSIC_VOLUMES: usize = 16;
/// Bytes of one port: it stands in the history of an image, and twice in its configuration.
const PORT_BYTES: usize = 40;

/// Writes one Dockerfile.
pub(super) struct Writer<'a> {
    pub(super) plan: &'a Plan,
    pub(super) request: &'a Request,
    pub(super) known: Known<'a>,
    pub(super) out: Canonical,
    /// The names under which the engine gets values that no line can hold, by the names of the arguments.
    pub(super) handed: BTreeMap<String, String>,
    /// Of [`MAX_READING`], what is used.
    reading: u64,
    budget: Rc<Budget>,
    /// Bytes that the classic builder keeps of the instructions.
    kept: usize,
    /// Bytes that the history and the configuration of an image hold beside the text of the instructions: each port of
    /// a range, and the build arguments with each RUN.
    expanded: usize,
    /// What each stage so far left to those that stand on it.
    done: Vec<Scope>,
    /// The stages that others stand on.
    stage_bases: BTreeSet<usize>,
    /// The scopes of the images that stages begin on.
    image_scopes: BTreeMap<ImageKey, Scope>,
    /// Of [`MAX_VARIABLES`], what is used.
    variables: usize,
    /// The triggers of this Dockerfile, as they are written, with what each costs where it is carried out, and what of
    /// the context it adds.
    own_triggers: BTreeMap<String, (CopyCost, Vec<String>)>,
    /// What ADD takes from the context, as often as it does.
    pub(super) added: Vec<String>,
    /// What COPY and ADD cost so far.
    pub(super) copy_cost: CopyCost,
    /// Bytes of the triggers that stages carry out.
    carried: usize,
    /// Of [`MAX_INHERITED`], what is used.
    inherited: usize,
    /// Of [`MAX_STEP_BYTES`], what is used.
    step_bytes: usize,
    /// Of [`MAX_PORTS`], what is used.
    ports: u64,
    /// Of [`MAX_VOLUMES`], what is used.
    volume_count: usize,
}

impl<'a> Writer<'a> {
    pub(super) fn new(plan: &'a Plan, request: &'a Request, known: Known<'a>) -> Self {
        let base = |stage: &Stage| match stage.base {
            Base::Stage(index) => Some(index),
            Base::Image(_) | Base::Scratch => None,
        };
        Writer {
            plan,
            request,
            known,
            out: Canonical::default(),
            handed: BTreeMap::new(),
            reading: 0,
            kept: 0,
            expanded: 0,
            budget: Rc::default(),
            done: Vec::new(),
            stage_bases: plan.stages.iter().filter(|stage| stage.built).filter_map(base).collect(),
            image_scopes: BTreeMap::new(),
            variables: 0,
            own_triggers: BTreeMap::new(),
            added: Vec::new(),
            copy_cost: CopyCost::default(),
            carried: 0,
            inherited: 0,
            step_bytes: 0,
            ports: 0,
            volume_count: 0,
        }
    }

    /// Writes the whole Dockerfile.
    ///
    /// # Errors
    /// As [`super::canonical`].
    pub(super) fn write(mut self) -> Result<Canonical, Refused> {
        self.preceding_args()?;
        for instruction in &self.plan.global {
            let Kind::Arg(args) = &instruction.kind else { continue };
            let mut words = Vec::new();
            for (name, _) in args {
                words.push(match self.handed.get(name) {
                    Some(handed) => format!("{name}=\"${handed}\""),
                    None => {
                        let value = self.plan.global_args.get(name).map(String::as_str);
                        self.arg(name, value, instruction.line)?
                    }
                });
            }
            self.push(&format!("ARG {}", words.join(" ")), instruction.line)?;
        }
        for stage in self.plan.stages.iter().take(self.plan.target + 1) {
            let scope = if stage.built { self.stage(stage)? } else { Scope::default() };
            self.done.push(scope);
        }
        self.out.added = self.added.into_iter().collect();
        Ok(self.out)
    }

    pub(super) fn push(&mut self, text: &str, line: usize) -> Result<(), Refused> {
        self.check_stopped(line)?;
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
        self.out.lines.push(line);
        self.count_kept_bytes(line)
    }

    /// Counts what the classic builder keeps of a step: an image, and in it the text of all steps so far.
    ///
    /// # Errors
    /// All steps together keep more than [`MAX_KEPT`].
    fn count_kept_bytes(&mut self, line: usize) -> Result<(), Refused> {
        self.kept += self.out.text.len() + self.carried + self.expanded;
        if self.request.builder == Builder::Classic && self.kept > MAX_KEPT {
            let message = "the classic builder would keep too many steps with so long a text".to_string();
            return Err(refuse("too-large", message, "use fewer or shorter instructions, or BuildKit", line));
        }
        Ok(())
    }

    /// `NAME="value"`, or the name alone.
    pub(super) fn arg(&mut self, name: &str, value: Option<&str>, line: usize) -> Result<String, Refused> {
        // A builder takes what begins with two hyphens for a flag.
        if !is_plain(name, "_.-") || name.starts_with('-') {
            return Err(inexpressible(&format!("ARG {name}"), line));
        }
        if name.starts_with(HANDED_PREFIX) {
            let what = format!("ARG {name}: this server uses names that begin with {HANDED_PREFIX} itself");
            return Err(refuse("reserved-name", what, "use another name", line));
        }
        Ok(match value {
            None => name.to_string(),
            // The engine has the value already: from an ARG before the first stage, or because it is predefined.
            Some(value) if quoted(value).is_none() && self.is_handed(name, value) => name.to_string(),
            Some(value) => format!("{name}={}", self.short(value, &format!("the value of {name}"), line)?),
        })
    }

    fn is_handed(&self, name: &str, value: &str) -> bool {
        self.request.build_args.get(name).is_some_and(|given| given == value)
            && (self.handed.contains_key(name) || is_predefined_arg(name))
    }

    /// # Errors
    /// Nobody waits for the result any more.
    pub(super) fn check_stopped(&self, line: usize) -> Result<(), Refused> {
        match (self.known.stopped)() {
            true => Err(refuse(STOPPED, "the work was cancelled".to_string(), "", line)),
            false => Ok(()),
        }
    }

    /// Counts a value that a builder reads.
    ///
    /// # Errors
    /// It is too long, or all values together are.
    pub(super) fn count_value(&mut self, value: &str, what: &str, line: usize) -> Result<(), Refused> {
        if value.len() > MAX_VALUE {
            let message = format!("{what} has {} bytes; {MAX_VALUE} are allowed", value.len());
            return Err(refuse("too-large", message, "make it shorter", line));
        }
        self.reading += (value.len() as u64).pow(2);
        if self.reading > MAX_READING {
            let message = "the values of variables and labels are too long together".to_string();
            return Err(refuse("too-large", message, "make them shorter", line));
        }
        Ok(())
    }

    /// A value as a quoted word.
    fn short(&mut self, value: &str, what: &str, line: usize) -> Result<String, Refused> {
        self.count_value(value, what, line)?;
        quoted(value).ok_or_else(|| inexpressible(what, line))
    }

    /// The image that was looked up for a reference and a platform.
    fn image(&self, reference: &Reference, platform: String, line: usize) -> Result<&BaseImage, Refused> {
        let key = (reference.exact(), platform);
        let found = self.known.bases.get(&key);
        let (name, platform) = key;
        found.ok_or_else(|| refuse("image-not-here", format!("the image {name} for {platform} is not here"), "", line))
    }

    /// The image that a stage begins on.
    pub(super) fn base(&self, stage: &Stage, reference: &Reference) -> Result<&BaseImage, Refused> {
        self.image(reference, stage_platform(stage, self.request, self.known.platform)?, stage.from.line)
    }

    /// The name of what `--from` or `from=` of a stage means.
    pub(super) fn source(&self, stage: &Stage, from: &str, line: usize, by_number: bool) -> Result<String, Refused> {
        Ok(match source(self.plan, stage.index, from, line, by_number)? {
            Source::Stage(index) | Source::LaterStage(index) => stage_name(index),
            Source::Image(reference) => {
                let platform = source_platform(self.request, self.known.platform, line)?;
                self.image(&reference, platform, line)?.name.clone()
            }
        })
    }

    fn stage(&mut self, stage: &Stage) -> Result<Scope, Refused> {
        let line = stage.from.line;
        let (name, mut scope) = match &stage.base {
            Base::Scratch => ("scratch".to_string(), self.new_scope(&Config::default())),
            Base::Image(reference) => (self.base(stage, reference)?.name.clone(), self.image_scope(stage, reference)?),
            Base::Stage(index) => (stage_name(*index), self.done.get(*index).cloned().unwrap_or_default()),
        };
        self.inherited += scope.variable_count();
        if self.inherited > MAX_INHERITED {
            let message = format!(
                "the stages inherit more than {MAX_INHERITED} variables together, of each of which a builder keeps a copy"
            );
            return Err(refuse("too-large", message, "set fewer variables, or use fewer stages", line));
        }
        let platform = stage_platform(stage, self.request, self.known.platform)?;
        // BuildKit is told what is built for. The classic builder is not, and takes the engine's own platform.
        let usual = match self.request.builder {
            Builder::Buildkit => source_platform(self.request, self.known.platform, line)?,
            Builder::Classic => normalized_platform(self.known.platform, "").unwrap_or_default(),
        };
        let platform = match platform == usual {
            true => String::new(),
            false => format!("--platform={platform} "),
        };
        self.push(&format!("FROM {platform}{name} AS {}", stage_name(stage.index)), line)?;
        for trigger in std::mem::take(&mut scope.on_build) {
            self.carried += trigger.len() + 1;
            if self.carried > MAX_TEXT {
                let message = format!("the triggers that stages carry out have more than {MAX_TEXT} bytes");
                return Err(refuse("too-large", message, "use fewer of them", line));
            }
            let unclear = || inexpressible(&format!("ONBUILD {trigger}"), line);
            let read = parse_trigger(&trigger).ok_or_else(unclear)?;
            let carried = self.own_triggers.get(&*trigger).cloned();
            let own = carried.is_some();
            let (cost, added) = carried.unwrap_or_default();
            self.spend(cost, line)?;
            self.added.extend(added);
            match &read.kind {
                Kind::Run(_) => self.expanded += scope.arg_bytes(),
                Kind::Volume(volumes) => self.volumes(volumes, &mut scope, line).map(drop)?,
                _ => {}
            }
            self.count_kept_bytes(line)?;
            let copies = matches!(read.kind, Kind::Copy { .. } | Kind::Add { .. });
            if copies && from_flag(&read).is_none() && !own {
                let message = format!("the base image copies from the context: ONBUILD {trigger}");
                return Err(refuse("onbuild", message, "start from the image that this one is made of", line));
            }
            if let (Kind::Arg(args), false) = (&read.kind, own) {
                self.check_trigger_args(args, &scope, &trigger, line)?;
            }
            // A trigger of this Dockerfile holds the value already, unless no line can hold it.
            let value = |name: &str, default: Option<String>| {
                let given = self.request.build_args.get(name).cloned();
                match own {
                    true => default.or_else(|| given.filter(|_| self.handed.contains_key(name))),
                    false => given.or(default).or_else(|| self.plan.global_args.get(name).cloned()),
                }
            };
            let triggered = scope.triggered(&read, value).map_err(|message| refuse("expansion", message, "", line))?;
            for (name, value) in triggered {
                self.keep_variable(&name, &value, line)?;
            }
            self.count_step(&read.kind, &scope, line)?;
        }
        for instruction in &stage.instructions {
            let text = self.instruction(stage, instruction, &mut scope)?;
            self.push(&text, instruction.line)?;
            self.count_step(&instruction.kind, &scope, instruction.line)?;
        }
        Ok(scope.inherited())
    }

    /// Counts what builders keep with a step. BuildKit keeps nothing of instructions that only change the configuration;
    /// the classic builder makes an image of each.
    ///
    /// # Errors
    /// All steps together keep more than [`MAX_STEP_BYTES`].
    fn count_step(&mut self, kind: &Kind, scope: &Scope, line: usize) -> Result<(), Refused> {
        let is_step = matches!(kind, Kind::Run(_) | Kind::Copy { .. } | Kind::Add { .. } | Kind::Workdir(_));
        if !is_step && self.request.builder == Builder::Buildkit {
            return Ok(());
        }
        let given: usize = self.out.args.iter().map(|(name, value)| name.len() + value.len()).sum();
        self.step_bytes += scope.step_bytes() + given;
        if self.step_bytes > MAX_STEP_BYTES {
            let message = format!(
                "up to here the steps have more than {MAX_STEP_BYTES} bytes of variables, labels and working \
                 directories together, of which a builder keeps a copy for each step"
            );
            return Err(refuse("too-large", message, "set shorter variables, or use fewer instructions", line));
        }
        Ok(())
    }

    fn new_scope(&self, config: &Config) -> Scope {
        Scope::of_image(config, self.request.builder, self.plan.escape, self.budget.clone())
    }

    /// The scope of a stage that begins on an image. All stages on one image share it.
    fn image_scope(&mut self, stage: &Stage, reference: &Reference) -> Result<Scope, Refused> {
        let key = (reference.exact(), stage_platform(stage, self.request, self.known.platform)?);
        if let Some(scope) = self.image_scopes.get(&key) {
            return Ok(scope.clone());
        }
        let scope = self.new_scope(&self.base(stage, reference)?.config);
        self.image_scopes.insert(key, scope.clone());
        Ok(scope)
    }

    /// Counts a variable that is kept for the stages that stand on this one.
    ///
    /// # Errors
    /// All together take more than [`MAX_VARIABLES`].
    fn keep_variable(&mut self, name: &str, value: &str, line: usize) -> Result<(), Refused> {
        self.variables += name.len() + value.len() + VARIABLE_COST;
        if self.variables > MAX_VARIABLES {
            let message = "the stages set too many variables, or too long ones".to_string();
            return Err(refuse("too-large", message, "set fewer of them, or use fewer stages", line));
        }
        Ok(())
    }

    fn instruction(&mut self, stage: &Stage, instruction: &Instruction, scope: &mut Scope) -> Result<String, Refused> {
        let line = instruction.line;
        let expand =
            |scope: &Scope, word: &str| scope.expand(word).map_err(|message| refuse("expansion", message, "", line));
        // What begins with two hyphens would be a flag.
        let plain = |what: &str, value: &str, signs: &str| match is_plain(value, signs) && !value.starts_with("--") {
            true => Ok(value.to_string()),
            false => Err(inexpressible(&format!("{what}{value}"), line)),
        };
        Ok(match &instruction.kind {
            Kind::Run(command) => {
                self.expanded += scope.arg_bytes();
                self.run(stage, instruction, command, scope)?
            }
            Kind::Copy { sources, destination } | Kind::Add { sources, destination } => {
                self.copy(stage, instruction, sources, destination, scope)?
            }
            Kind::Cmd(command) => format!("CMD {}", json(&argv(command, scope))),
            Kind::Entrypoint(command) => format!("ENTRYPOINT {}", json(&argv(command, scope))),
            Kind::Env(pairs) => {
                let mut expanded = Vec::new();
                for (name, value) in pairs {
                    let name = expand(scope, name)?;
                    if !is_plain(&name, "_.-") {
                        return Err(inexpressible(&format!("the variable {name}"), line));
                    }
                    expanded.push((name, expand(scope, value)?));
                }
                let mut text = String::from("ENV");
                for (name, value) in expanded {
                    let value_text = self.short(&value, &format!("the value of {name}"), line)?;
                    // A builder takes what begins with two hyphens for a flag, unless it is quoted.
                    let quote = if name.starts_with('-') { "\"" } else { "" };
                    text.push_str(&format!(" {quote}{name}{quote}={value_text}"));
                    self.keep_variable(&name, &value, line)?;
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
                    let value = expand(scope, value)?;
                    let value_text = self.short(&value, &format!("the label {name}"), line)?;
                    text.push_str(&format!(" {key}={value_text}"));
                    scope.set_label(&name, &value);
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
                        self.keep_variable(name, &value, line)?;
                        scope.set_arg(name, &value);
                    }
                }
                format!("ARG {}", words.join(" "))
            }
            Kind::Workdir(word) => {
                let directory = expand(scope, word)?;
                scope.set_directory(&directory);
                format!("WORKDIR {}", self.short(&directory, "the directory", line)?)
            }
            Kind::User(word) => {
                let user = expand(scope, word)?;
                scope.set_user(&user);
                format!("USER {}", self.short(&user, "the user", line)?)
            }
            Kind::Stopsignal(word) => format!("STOPSIGNAL {}", plain("the signal ", &expand(scope, word)?, "+-")?),
            Kind::Expose(ports) => {
                let mut text = String::from("EXPOSE");
                for word in ports {
                    for port in expand(scope, word)?.split_whitespace() {
                        let count = port_count(port);
                        self.ports = self.ports.saturating_add(count);
                        let bytes = usize::try_from(count).unwrap_or(usize::MAX).saturating_mul(PORT_BYTES);
                        self.expanded = self.expanded.saturating_add(bytes);
                        if self.ports > MAX_PORTS {
                            let message = format!("EXPOSE names more than {MAX_PORTS} ports");
                            return Err(refuse("too-large", message, "name the ports that are used", line));
                        }
                        text.push_str(&format!(" {}", plain("the port ", port, "/:-.")?));
                    }
                }
                if text == "EXPOSE" {
                    return Err(inexpressible("EXPOSE of no port", line));
                }
                text
            }
            Kind::Volume(volumes) => {
                let paths = self.volumes(volumes, scope, line)?;
                format!("VOLUME {}", json(&paths))
            }
            Kind::Shell(words) => {
                scope.set_shell(words);
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
            Kind::Maintainer(author) if is_one_line(author) && !author.starts_with("--") => {
                format!("MAINTAINER {author}")
            }
            Kind::Maintainer(_) => return Err(inexpressible("the maintainer", line)),
            Kind::Onbuild(trigger) => self.onbuild(stage, instruction, trigger, scope)?,
            Kind::From { .. } => return Err(inexpressible("FROM in a stage", line)),
        })
    }

    /// The paths of VOLUME.
    ///
    /// # Errors
    /// There are too many, or the classic builder would copy what one holds for another one, too.
    fn volumes(&mut self, words: &[String], scope: &mut Scope, line: usize) -> Result<Vec<String>, Refused> {
        let is_classic = self.request.builder == Builder::Classic;
        let most = if is_classic { MAX_CLASSIC_VOLUMES } else { MAX_VOLUMES };
        self.volume_count += words.len();
        if self.volume_count > most {
            let message = format!("there are more than {most} volumes");
            return Err(refuse("too-large", message, "declare fewer volumes", line));
        }
        let mut paths = Vec::new();
        for word in words {
            let volume = scope.expand(word).map_err(|message| refuse("expansion", message, "", line))?;
            // Engines refuse an empty word, and take one that is empty only once it is expanded.
            if volume.trim().is_empty() {
                return Err(refuse("inexpressible", "VOLUME of an empty path".into(), "name the folder", line));
            }
            if !scope.add_volume(&volume) && is_classic {
                let message = format!("the volume {volume} is below another one, or another one below it");
                return Err(refuse("nested-volume", message, "declare the upper one alone, or use BuildKit", line));
            }
            paths.push(expandable(&volume).ok_or_else(|| inexpressible(&format!("the volume {volume}"), line))?);
        }
        Ok(paths)
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
        let is_base = self.stage_bases.contains(&stage.index);
        let fetches = matches!(&read.kind, Kind::Add { sources, .. } if sources.iter().any(|one| may_be_remote(one)));
        if !is_base && is_one_line(trigger) && !trigger.contains('<') && !trigger.contains("\\u") && !fetches {
            scope.on_build.push_back(trigger.into());
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
        let (before, added) = (self.copy_cost, self.added.len());
        let written = self.instruction(stage, &read, &mut later)?;
        scope.on_build.push_back(written.as_str().into());
        // It adds files where it is carried out, not here.
        let added = self.added.split_off(added);
        self.own_triggers.insert(written.clone(), (self.copy_cost - before, added));
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
            Some(script) => scope.shell().into_iter().chain([script]).collect(),
            None => argv(command, scope),
        };
        let program = words.first().map_or(0, String::len);
        if program > MAX_PROGRAM {
            let message = format!("the name of the program has {program} bytes; a path has at most {MAX_PROGRAM}");
            return Err(refuse("too-large", message, "", line));
        }
        text.push_str(&format!(" {}", json(&words)));
        Ok(text)
    }
}

/// The words that a command comes to: shell forms get the stage's shell in front.
fn argv(command: &Command, scope: &Scope) -> Vec<String> {
    match command {
        Command::Exec(words) => words.clone(),
        Command::Shell(text) if text.is_empty() => Vec::new(),
        Command::Shell(text) => scope.shell().into_iter().chain([text.clone()]).collect(),
    }
}

pub(super) fn parse_trigger(text: &str) -> Option<Instruction> {
    let mut file = dockerfile::parse(&format!("FROM scratch\n{text}\n")).ok()?;
    let last = file.instructions.pop();
    last.filter(|_| file.instructions.len() == 1)
}

/// How many ports a word of EXPOSE names: one, or those of a range such as `8000-8100/tcp`.
fn port_count(word: &str) -> u64 {
    let ports = word.split('/').next().unwrap_or(word).rsplit(':').next().unwrap_or(word);
    let Some((first, last)) = ports.split_once('-') else { return 1 };
    match (first.parse::<u64>(), last.parse::<u64>()) {
        (Ok(first), Ok(last)) => last.saturating_sub(first).saturating_add(1),
        _ => 1,
    }
}
