//! Stage by stage, instruction by instruction: variables are replaced, and what follows from it is
//! checked.

use super::config::Config;
use super::persistent_map::PersistentMap;
use super::stage_graph::{Graph, Stage, Step};
use super::variable_scope::{Scope, platform_args};
use super::windows_path::windows_path;
use super::{Entry, Options, Place, Refusal, Report, Rule, copy, expose, nowhere, platform, rules, source_date_epoch};
use crate::path;
use crate::reference;
use crate::syntax::{self, File};
use crate::text::{go_quote, suggestion};
use crate::{Budget, Command, HealthTest, Instruction, Kind, Lex, ParseError, Variables, chomp, is_signal, typed};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// Steps that a name takes when the nearest of them is looked for.
const NAME_STEPS: usize = 16;
/// Steps that one instruction of a trigger takes.
const TRIGGER_STEPS: usize = 256;

const DEFAULT_PLATFORM: &str = "linux/amd64";
const DEFAULT_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// What a stage has come to.
#[derive(Clone, Debug, Default)]
pub(super) struct State<'t> {
    scope: Scope<'t>,
    /// Names of ARG instructions so far.
    args: PersistentMap<&'t str, ()>,
    pub(super) workdir: String,
    workdir_set: bool,
    shell_set: bool,
    os: Option<String>,
}

impl State<'_> {
    /// The same for a stage that starts from this one.
    fn share(&mut self) -> Self {
        let scope = self.scope.share();
        State { scope, ..self.clone() }
    }
}

/// Where an instruction that counts only once stood last.
#[derive(Default)]
struct Last {
    cmd: Option<Place>,
    entrypoint: Option<Place>,
    healthcheck: Option<Place>,
}

struct Walk<'t, 'r> {
    graph: Graph<'t>,
    global: Scope<'t>,
    /// Names of global ARGs, with a value or without.
    declared: BTreeSet<&'t str>,
    options: &'r Options<'r>,
    lex: Lex,
    config: &'r Config<'t>,
    report: &'r mut Report,
    /// ONBUILD instructions met so far.
    triggers: usize,
    /// What words may still cost.
    budget: Budget,
}

pub(super) fn run<'t>(
    global: &'t [Entry<'t>],
    entries: &'t [Entry<'t>],
    escape: char,
    options: &Options,
    config: &Config<'t>,
    report: &mut Report,
) -> Result<(), Refusal> {
    // Triggers are texts of their own: read before anything points into them.
    let mut triggers = Vec::new();
    for entry in entries {
        if let Kind::Onbuild(text) = &entry.instruction.kind {
            let mut text = text.to_string();
            for document in &entry.instruction.heredocs {
                text.push('\n');
                text.push_str(&document.content);
                text.push_str(&document.name);
            }
            triggers.push(text);
        }
    }
    let files: Vec<File> = triggers.iter().map(|text| syntax::parse(text)).collect();
    let lex = Lex::new(escape);
    let wanted = options.target.unwrap_or("");
    let last = entries.iter().rev().find_map(|entry| match &entry.instruction.kind {
        Kind::From { name, .. } => Some(name.unwrap_or("").to_lowercase()),
        _ => None,
    });
    let stage_name = if wanted.is_empty() { last.unwrap_or_default() } else { wanted.to_string() };
    let target_platform = options.platform.unwrap_or(DEFAULT_PLATFORM);
    let defaults = platform_args(target_platform, DEFAULT_PLATFORM, &stage_name, |name| options.build_arg(name));
    let mut walk = Walk {
        graph: Graph::default(),
        global: defaults,
        declared: BTreeSet::new(),
        options,
        lex,
        config,
        report,
        triggers: 0,
        budget: Budget::default(),
    };
    walk.check_default_bases(global, entries);
    walk.global_args(global)?;
    walk.source_date_epoch(entries)?;
    walk.open_stages(entries)?;
    let target = match wanted {
        "" => entries.iter().filter(|entry| matches!(entry.instruction.kind, Kind::From { .. })).count() - 1,
        name => walk.graph.find(name).ok_or_else(|| {
            let hint = suggestion(name, walk.graph.names());
            let hint = hint.map(|near| format!(" (did you mean {near}?)")).unwrap_or_default();
            nowhere(format!("target stage {} could not be found{hint}", go_quote(name)))
        })?,
    };
    walk.graph.connect(escape)?;
    walk.graph.check_circles()?;
    walk.resolve(target, &files)?;
    walk.walk_stages(target)
}

impl<'t> Walk<'t, '_> {
    /// Warns of base names that mean nothing as long as no build argument is given.
    fn check_default_bases(&mut self, global: &'t [Entry<'t>], entries: &'t [Entry<'t>]) {
        let Ok(scope) = global_scope(self.lex, self.global.clone(), global, &Budget::default(), |_| None) else {
            return;
        };
        for entry in entries {
            let Kind::From { image, .. } = &entry.instruction.kind else {
                continue;
            };
            let Ok(expansion) = self.lex.word(image, &scope, &self.budget) else {
                return;
            };
            if reference::check(&expansion.text).is_err() {
                let message = || format!("Default value for ARG {image} results in empty or invalid base image name");
                let place = Place::of(&entry.instruction);
                self.report.warn(self.config, &rules::INVALID_DEFAULT_ARG_IN_FROM, &place, message);
            }
        }
    }

    fn global_args(&mut self, global: &'t [Entry<'t>]) -> Result<(), Refusal> {
        let options = self.options;
        let scope = global_scope(self.lex, self.global.clone(), global, &self.budget, |name| options.build_arg(name));
        self.global = scope?;
        for entry in global {
            if let Kind::Arg(args) = &entry.instruction.kind {
                self.declared.extend(args.iter().map(|(name, _)| *name));
            }
        }
        Ok(())
    }

    /// SOURCE_DATE_EPOCH is a time, or names what has one.
    fn source_date_epoch(&mut self, entries: &[Entry]) -> Result<(), Refusal> {
        const NAME: &str = "SOURCE_DATE_EPOCH";
        let value = self.options.build_arg(NAME).or_else(|| self.global.get(NAME)).unwrap_or("").to_string();
        if !value.is_empty() && !source_date_epoch::check(&value, entries, &self.global, self.lex, &self.budget)? {
            self.global.remove(NAME);
        }
        Ok(())
    }

    fn open_stages(&mut self, entries: &'t [Entry<'t>]) -> Result<(), Refusal> {
        let mut rest = entries;
        while let Some((from, tail)) = rest.split_first() {
            let end = tail.iter().position(|entry| matches!(entry.instruction.kind, Kind::From { .. }));
            let (body, next) = tail.split_at(end.unwrap_or(tail.len()));
            rest = next;
            let stage = self.open_stage(from, body)?;
            self.graph.add(stage);
        }
        Ok(())
    }

    fn open_stage(&mut self, from: &'t Entry<'t>, body: &'t [Entry<'t>]) -> Result<Stage<'t>, Refusal> {
        let place = Place::of(&from.instruction);
        let Kind::From { image, name } = &from.instruction.kind else {
            return Err(place.refuse("no build stage in current context".into()));
        };
        let config = self.config.with_comments(from.comments);
        self.report.look(place.line, &self.global);
        let expansion = match self.lex.word(image, &self.global, &self.budget) {
            Ok(expansion) => expansion,
            Err(error) => {
                self.report_unknown(&error.unmatched, &place, &config)?;
                return Err(place.refuse(error.message));
            }
        };
        self.report_unknown(&expansion.unmatched, &place, &config)?;
        if expansion.text.is_empty() {
            return Err(place.refuse(format!("base name ({image}) should not be blank")));
        }
        let name = name.unwrap_or("").to_lowercase();
        let os = match from.instruction.flag("platform").filter(|value| !value.is_empty()) {
            Some(written) => Some(self.stage_platform(written, &name, &place, &config)?),
            None => None,
        };
        let index = self.graph.stages.len();
        let shown = if name.is_empty() { format!("stage-{index}") } else { name.clone() };
        Ok(Stage {
            name,
            shown,
            base_name: expansion.text.into_owned(),
            base: None,
            os,
            place,
            steps: body.iter().map(|entry| self.step(entry)).collect(),
            needs: BTreeMap::new(),
            unregistered: false,
        })
    }

    fn step(&mut self, entry: &'t Entry<'t>) -> Step<'t> {
        let is_trigger = matches!(entry.instruction.kind, Kind::Onbuild(_));
        self.triggers += usize::from(is_trigger);
        Step {
            instruction: Cow::Borrowed(&entry.instruction),
            comments: entry.comments,
            sources: Vec::new(),
            place: Place::of(&entry.instruction),
            trigger: is_trigger.then(|| self.triggers - 1),
        }
    }

    fn report_unknown(&mut self, unmatched: &[String], place: &Place, config: &Config) -> Result<(), Refusal> {
        for name in unmatched.iter().filter(|name| !self.declared.contains(name.as_str())) {
            let names = self.global.len() + self.declared.len();
            self.budget.spend(NAME_STEPS * names).map_err(|message| place.refuse(message))?;
            let set = self.global.names();
            let hint = suggestion(name, self.declared.iter().copied().chain(set));
            let hint = hint.map(|near| format!(" (did you mean {near}?)")).unwrap_or_default();
            let message = || format!("FROM argument '{name}' is not declared{hint}");
            self.report.warn(config, &rules::UNDEFINED_ARG_IN_FROM, place, message);
        }
        Ok(())
    }

    /// Reads `--platform` of FROM; returns the operating system.
    fn stage_platform(&mut self, written: &str, name: &str, place: &Place, config: &Config) -> Result<String, Refusal> {
        let expansion = match self.lex.word(written, &self.global, &self.budget) {
            Ok(expansion) => expansion,
            Err(error) => {
                self.report_unknown(&error.unmatched, place, config)?;
                let message = format!("failed to process arguments for platform : {}", error.message);
                return Err(place.refuse(message));
            }
        };
        self.report_unknown(&expansion.unmatched, place, config)?;
        let text = expansion.text.as_ref();
        let only_target = expansion.unmatched.is_empty() && expansion.matched == ["TARGETPLATFORM"];
        if only_target && self.global.get("TARGETPLATFORM") == Some(text) {
            let message = || {
                format!("Setting platform to predefined {written} in FROM is redundant as this is the default behavior")
            };
            self.report.warn(config, &rules::REDUNDANT_TARGET_PLATFORM, place, message);
        }
        let parsed = platform::parse(text);
        if let (Ok(platform), true) = (&parsed, expansion.matched.is_empty() && expansion.unmatched.is_empty())
            && !name.contains(&platform.os)
            && !name.contains(&platform.arch)
        {
            let message = || format!("FROM --platform flag should not use constant value {}", go_quote(text));
            self.report.warn(config, &rules::FROM_PLATFORM_FLAG_CONST_DISALLOWED, place, message);
        }
        let hint = || {
            let names = self.global.names();
            let near = expansion.unmatched.iter().find_map(|name| suggestion(name, names.iter().copied()));
            near.map(|near| format!(" (did you mean {near}?)")).unwrap_or_default()
        };
        if text.is_empty() {
            return Err(place.refuse(format!("empty platform value from expression {written}{}", hint())));
        }
        match parsed {
            Ok(platform) => Ok(platform.os),
            Err(reason) => Err(place.refuse(format!("failed to parse platform {written}: {reason}{}", hint()))),
        }
    }

    /// Checks the names of images, and adds what ONBUILD of earlier stages brings into later ones.
    fn resolve(&mut self, target: usize, files: &'t [File<'t>]) -> Result<(), Refusal> {
        let all = self.options.all_stages();
        let mut done: Vec<bool> = Vec::new();
        let mut triggered: Vec<bool> = Vec::new();
        loop {
            let reachable = self.graph.reachable(target);
            let mut refused = None;
            done.resize(reachable.len(), false);
            triggered.resize(reachable.len(), false);
            for (index, stage) in self.graph.stages.iter().enumerate() {
                let asked = all || reachable.get(index).copied().unwrap_or(false);
                if stage.base.is_some() || done.get(index).copied().unwrap_or(true) {
                    continue;
                }
                if let Some(slot) = done.get_mut(index) {
                    *slot = asked;
                }
                if stage.base_name != "scratch"
                    && let Err(reason) = reference::check(&stage.base_name)
                {
                    let message = format!("failed to parse stage name {}: {reason}", go_quote(&stage.base_name));
                    // BuildKit looks at all images at once; as a rule the last one answers first.
                    refused = Some(stage.place.refuse(message));
                }
            }
            if let Some(refused) = refused {
                return Err(refused);
            }
            let mut more = false;
            for (index, slot) in triggered.iter_mut().enumerate() {
                if reachable.get(index).copied().unwrap_or(false) && !std::mem::replace(slot, true) {
                    more |= self.add_triggers(index, files)?;
                }
            }
            if !more {
                return Ok(());
            }
        }
    }

    /// Puts the triggers of a stage's base in front of its own instructions; tells whether they
    /// take files from somewhere.
    fn add_triggers(&mut self, index: usize, files: &'t [File<'t>]) -> Result<bool, Refusal> {
        let Some(stage) = self.graph.stages.get(index) else {
            return Ok(false);
        };
        let place = stage.place.clone();
        let Some(base) = stage.base.and_then(|base| self.graph.stages.get(base)) else {
            return Ok(false);
        };
        let triggers = base.steps.iter().filter_map(|step| step.trigger);
        let found: Vec<&'t File<'t>> = triggers.filter_map(|trigger| files.get(trigger)).collect();
        let mut steps = Vec::new();
        let mut more = false;
        for file in found {
            self.budget.spend(TRIGGER_STEPS).map_err(|message| place.refuse(message))?;
            let refuse = |error: &ParseError| place.refuse(error.message.clone());
            if let Some(error) = file.errors.first() {
                return Err(refuse(error));
            }
            let [node] = file.nodes.as_slice() else {
                return Err(place.refuse("onbuild trigger should be a single expression".into()));
            };
            let mut instruction = typed(file, node).map_err(|message| place.refuse(message))?;
            instruction.line = place.line;
            instruction.span = place.span.clone();
            let sources = self.graph.sources(&instruction, &place, self.lex.escape).map_err(|m| place.refuse(m))?;
            more |= !sources.is_empty();
            if let Some(stage) = self.graph.stages.get_mut(index) {
                stage.needs.extend(sources.iter().map(|source| (*source, place.line)));
            }
            let comments = file.comments(node);
            let instruction = Cow::Owned(instruction);
            steps.push(Step { instruction, comments, sources, place: place.clone(), trigger: None });
        }
        if let Some(stage) = self.graph.stages.get_mut(index) {
            steps.append(&mut stage.steps);
            stage.steps = steps;
        }
        Ok(more)
    }

    fn walk_stages(&mut self, target: usize) -> Result<(), Refusal> {
        let all = self.options.all_stages();
        let reachable = self.graph.reachable(target);
        let stages = std::mem::take(&mut self.graph.stages);
        let mut states: Vec<Option<State<'t>>> =
            stages.iter().map(|stage| stage.unregistered.then(State::default)).collect();
        for (index, stage) in stages.iter().enumerate() {
            if stage.unregistered || !(all || reachable.get(index).copied().unwrap_or(false)) {
                continue;
            }
            let base = stage.base.and_then(|base| states.get_mut(base)).and_then(Option::as_mut);
            let inherited = base.map(State::share);
            let mut state = inherited.unwrap_or_else(|| {
                let mut state = State { workdir: "/".into(), os: stage.os.clone(), ..State::default() };
                state.scope.set("PATH", DEFAULT_PATH);
                state
            });
            // A stage counts as there from its first instruction on.
            if let Some(slot) = states.get_mut(index) {
                *slot = Some(State::default());
            }
            let mut last = Last::default();
            for step in &stage.steps {
                let config = self.config.with_comments(step.comments);
                self.report.look(step.place.line, &state.scope);
                let mut work = Work { walk: self, state: &mut state, step, config: &config };
                work.dispatch(&mut last, &stages, &states, stage).map_err(|message| step.place.refuse(message))?;
            }
            if let Some(slot) = states.get_mut(index) {
                *slot = Some(state);
            }
        }
        Ok(())
    }
}

/// Adds the values of global ARGs.
fn global_scope<'t, 'b>(
    lex: Lex,
    mut scope: Scope<'t>,
    global: &'t [Entry<'t>],
    budget: &Budget,
    build_arg: impl Fn(&str) -> Option<&'b str>,
) -> Result<Scope<'t>, Refusal> {
    for entry in global {
        let Kind::Arg(args) = &entry.instruction.kind else {
            continue;
        };
        for (name, default) in args {
            let value: Cow<'t, str> = match (build_arg(name), default) {
                (Some(value), _) => Cow::Owned(value.to_string()),
                (None, Some(word)) => match lex.word(word, &scope, budget) {
                    Ok(expansion) => expansion.text,
                    Err(error) => return Err(Place::of(&entry.instruction).refuse(error.message)),
                },
                (None, None) => continue,
            };
            budget.set(name, &value).map_err(|message| Place::of(&entry.instruction).refuse(message))?;
            scope.set(*name, value);
        }
    }
    Ok(scope)
}

/// One instruction at work.
pub(super) struct Work<'w, 't, 'r> {
    walk: &'w mut Walk<'t, 'r>,
    pub(super) state: &'w mut State<'t>,
    pub(super) step: &'w Step<'t>,
    config: &'w Config<'t>,
}

impl<'t> Work<'_, 't, '_> {
    pub(super) fn warn(&mut self, rule: &'static Rule, message: String) {
        self.walk.report.warn(self.config, rule, &self.step.place, || message);
    }

    /// Replaces variables in one word, and warns of those that nobody set.
    pub(super) fn expand<'a>(&mut self, word: &'a str) -> Result<Cow<'a, str>, String> {
        self.expand_with(self.walk.lex, word)
    }

    fn expand_with<'a>(&mut self, lex: Lex, word: &'a str) -> Result<Cow<'a, str>, String> {
        let (result, unmatched) = match lex.word(word, &self.state.scope, &self.walk.budget) {
            Ok(expansion) => (Ok(expansion.text), expansion.unmatched),
            Err(error) => (Err(error.message), error.unmatched),
        };
        if !unmatched.is_empty() {
            self.report_undefined(&unmatched)?;
        }
        result
    }

    fn report_undefined(&mut self, unmatched: &[String]) -> Result<(), String> {
        for name in unmatched {
            let declared = self.state.args.get(name.as_str()).is_some();
            if declared || ["BUILDKIT_SBOM_SCAN_CONTEXT", "BUILDKIT_SBOM_SCAN_STAGE"].contains(&name.as_str()) {
                continue;
            }
            if self.config.runs(&rules::UNDEFINED_VAR) {
                self.walk.budget.spend(NAME_STEPS * self.state.scope.len())?;
                let hint = suggestion(name, self.state.scope.names());
                let hint = hint.map(|near| format!(" (did you mean ${near}?)")).unwrap_or_default();
                self.warn(&rules::UNDEFINED_VAR, format!("Usage of undefined variable '${name}'{hint}"));
            }
        }
        Ok(())
    }

    fn dispatch(
        &mut self,
        last: &mut Last,
        stages: &[Stage<'t>],
        states: &[Option<State<'t>>],
        stage: &Stage<'t>,
    ) -> Result<(), String> {
        let step = self.step;
        let instruction: &Instruction<&'t str> = &step.instruction;
        let made = |source: &usize| states.get(*source).is_some_and(Option::is_some);
        match &instruction.kind {
            Kind::Env(pairs) | Kind::Label(pairs) => self.pairs(pairs, matches!(instruction.kind, Kind::Env(_)))?,
            Kind::Arg(args) => self.args(args)?,
            Kind::Run(_) => self.mounts(instruction, &made)?,
            Kind::Copy { sources, destination } | Kind::Add { sources, destination } => {
                let is_add = matches!(instruction.kind, Kind::Add { .. });
                if let Some(source) = step.sources.first()
                    && !made(source)
                {
                    // Words are replaced first, so that their mistakes come first.
                    self.copy_words(instruction, sources, destination)?;
                    let from = instruction.flag("from").unwrap_or("");
                    // A file with one stage and nothing else has no names for it.
                    let shown = if stages.len() == 1 { "" } else { &stage.shown };
                    return Err(format!(
                        "cannot copy from stage {}, it needs to be defined before current stage {}",
                        go_quote(from),
                        go_quote(shown)
                    ));
                }
                self.copy(instruction, sources, destination, is_add)?;
            }
            Kind::Workdir(path) => {
                let path = self.expand(path)?;
                self.workdir(&path)?;
            }
            Kind::User(user) => {
                self.expand(user)?;
            }
            Kind::Volume(volumes) => {
                let mut blank = false;
                for volume in volumes {
                    blank |= self.expand(volume)?.is_empty();
                }
                if blank {
                    return Err("VOLUME specified can not be an empty string".into());
                }
            }
            Kind::Stopsignal(signal) => {
                let signal = self.expand(signal)?;
                if !is_signal(&signal) {
                    return Err(format!("invalid signal: {signal}"));
                }
            }
            Kind::Expose(ports) => self.expose(ports)?,
            Kind::Shell(_) => self.state.shell_set = true,
            Kind::Cmd(command) => {
                self.once(&mut last.cmd);
                self.json_recommended(command);
            }
            Kind::Entrypoint(command) => {
                self.once(&mut last.entrypoint);
                self.json_recommended(command);
            }
            Kind::Healthcheck(HealthTest::None | HealthTest::Cmd(_)) => self.once(&mut last.healthcheck),
            Kind::From { .. } | Kind::Onbuild(_) | Kind::Maintainer(_) => {}
        }
        Ok(())
    }

    /// Of instructions that count once, all but the last are told.
    fn once(&mut self, slot: &mut Option<Place>) {
        let keyword = self.step.instruction.keyword;
        if let Some(place) = slot.replace(self.step.place.clone()) {
            self.walk.report.warn(self.config, &rules::MULTIPLE_INSTRUCTIONS_DISALLOWED, &place, || {
                format!("Multiple {keyword} instructions should not be used in the same stage because only the last one will be used")
            });
        }
    }

    fn json_recommended(&mut self, command: &Command<&str>) {
        if matches!(command, Command::Shell(_)) && !self.state.shell_set {
            let keyword = self.step.instruction.keyword;
            self.warn(
                &rules::JSON_ARGS_RECOMMENDED,
                format!(
                    "JSON arguments recommended for {keyword} to prevent unintended behavior related to OS signals"
                ),
            );
        }
    }

    fn pairs(&mut self, pairs: &'_ [(&'t str, &'t str)], is_env: bool) -> Result<(), String> {
        let mut expanded = Vec::with_capacity(pairs.len());
        for (name, value) in pairs {
            expanded.push((self.expand(name)?, self.expand(value)?));
        }
        for (name, value) in expanded {
            if self.step.instruction.legacy {
                let keyword = self.step.instruction.keyword;
                let message =
                    format!("\"{keyword} key=value\" should be used instead of legacy \"{keyword} key value\" format");
                self.warn(&rules::LEGACY_KEY_VALUE_FORMAT, message);
            }
            if is_env {
                self.secret_name("ENV", &name);
                self.walk.budget.set(&name, &value)?;
                self.state.scope.set(name, value);
            }
        }
        Ok(())
    }

    fn args(&mut self, args: &[(&'t str, Option<&'t str>)]) -> Result<(), String> {
        for (name, default) in args {
            self.secret_name("ARG", name);
            let given = self.walk.options.build_arg(name).map(str::to_string);
            let value: Option<Cow<'t, str>> = match (given, default) {
                (Some(value), _) => Some(Cow::Owned(value)),
                (None, Some(word)) => Some(self.expand(word)?),
                (None, None) => self.walk.global.get(name).map(|value| Cow::Owned(value.to_string())),
            };
            if let Some(value) = value
                && !["BUILDKIT_SBOM_SCAN_CONTEXT", "BUILDKIT_SBOM_SCAN_STAGE"].contains(name)
            {
                self.walk.budget.set(name, &value)?;
                self.state.scope.set(*name, value);
            }
            self.state.args.insert(*name, ());
        }
        Ok(())
    }

    fn workdir(&mut self, written: &str) -> Result<(), String> {
        let path = if self.is_windows() { windows_path(written) } else { Ok(written.to_string()) };
        if !self.state.workdir_set && !path.as_ref().is_ok_and(|path| path.starts_with('/')) {
            let written = go_quote(written);
            let message = format!("Relative workdir {written} can have unexpected results if the base image changes");
            self.warn(&rules::WORKDIR_RELATIVE_PATH, message);
        }
        self.state.workdir_set = true;
        let path = path.map_err(|reason| {
            format!("normalizing workdir: normalizing working directory: removing drive letter: {reason}")
        })?;
        self.walk.budget.spend(self.state.workdir.len() + path.len())?;
        self.state.workdir = path::join(&self.state.workdir, &path);
        Ok(())
    }

    fn is_windows(&self) -> bool {
        self.state.os.as_deref() == Some("windows")
    }

    fn expose(&mut self, ports: &[&str]) -> Result<(), String> {
        let mut expanded = Vec::new();
        for port in ports {
            expanded.extend(self.walk.lex.words(port, &self.state.scope, &self.walk.budget)?);
        }
        for port in &expanded {
            let (report, config, place) = (&mut self.walk.report, self.config, &self.step.place);
            expose::check(port, |rule, message| report.warn(config, rule, place, || message))?;
        }
        Ok(())
    }

    /// Replaces the variables of COPY and ADD: mode, checksum, sources, destination.
    #[allow(clippy::type_complexity, reason = "four words of one instruction, used once")]
    fn copy_words<'a>(
        &mut self,
        instruction: &'a Instruction<&str>,
        sources: &'a [&str],
        destination: &'a str,
    ) -> Result<(Cow<'a, str>, Cow<'a, str>, Vec<Cow<'a, str>>, Cow<'a, str>), String> {
        self.expand(instruction.flag("chown").unwrap_or(""))?;
        let mode = self.expand(instruction.flag("chmod").unwrap_or(""))?;
        let checksum = self.expand(instruction.flag("checksum").unwrap_or(""))?;
        let mut words = Vec::with_capacity(sources.len());
        for source in sources {
            words.push(self.expand(source)?);
        }
        let destination = self.expand(destination)?;
        for document in instruction.heredocs.iter().filter(|document| document.expand) {
            let content = if document.chomp { chomp(&document.content) } else { document.content.to_string() };
            self.expand_with(Lex { skip_quotes: true, ..Lex::new('\\') }, &content)?;
        }
        Ok((mode, checksum, words, destination))
    }

    fn copy(
        &mut self,
        instruction: &Instruction<&str>,
        sources: &[&str],
        destination: &str,
        is_add: bool,
    ) -> Result<(), String> {
        let (mode, checksum, sources, destination) = self.copy_words(instruction, sources, destination)?;
        if self.is_windows() {
            windows_path(&destination).map_err(|reason| format!("removing drive letter: {reason}"))?;
        }
        copy::check_mode(&mode)?;
        let ignore = self.walk.options.ignore.filter(|_| self.step.sources.is_empty());
        let mut ignored = Vec::new();
        let result = copy::check(instruction, is_add, &sources, &checksum, |source| {
            let source = path::clean(source);
            if ignore.is_some_and(|ignore| ignore.surely_excludes(&source)) {
                let verb = if is_add { "Add" } else { "Copy" };
                ignored
                    .push(format!("Attempting to {verb} file {} that is excluded by .dockerignore", go_quote(&source)));
            }
        });
        for message in ignored {
            self.warn(&rules::COPY_IGNORED_FILE, message);
        }
        result
    }
}
