//! Stage by stage, instruction by instruction: variables are replaced, and what follows from it is
//! checked.

use super::check_directive::Config;
use super::cmd_entrypoint::Last;
use super::persistent_map::PersistentMap;
use super::stage_graph::{Graph, Stage, Step};
use super::variable_scope::{Scope, platform_args};
use super::{Entry, Options, Place, Refusal, Report, Rule, expose, nowhere, source_date_epoch};
use crate::reference;
use crate::syntax::{self, File};
use crate::text::{go_quote, suggestion};
use crate::{Budget, HealthTest, Instruction, Kind, Lex, ParseError, Variables, is_signal, typed};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// Steps that one instruction of a trigger takes.
const TRIGGER_STEPS: usize = 256;

const DEFAULT_PLATFORM: &str = "linux/amd64";
const DEFAULT_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// What a stage has come to.
#[derive(Clone, Debug, Default)]
pub(super) struct State<'t> {
    pub(super) scope: Scope<'t>,
    /// Names of ARG instructions so far.
    pub(super) args: PersistentMap<&'t str, ()>,
    pub(super) workdir: String,
    pub(super) workdir_set: bool,
    pub(super) shell_set: bool,
    pub(super) os: Option<String>,
}

impl State<'_> {
    /// The same for a stage that starts from this one.
    fn share(&mut self) -> Self {
        let scope = self.scope.share();
        State { scope, ..self.clone() }
    }
}

pub(super) struct Walk<'t, 'r> {
    pub(super) graph: Graph<'t>,
    pub(super) global: Scope<'t>,
    /// Names of global ARGs, with a value or without.
    pub(super) declared: BTreeSet<&'t str>,
    pub(super) options: &'r Options<'r>,
    pub(super) lex: Lex,
    pub(super) config: &'r Config<'t>,
    pub(super) report: &'r mut Report,
    /// ONBUILD instructions met so far.
    triggers: usize,
    /// What words may still cost.
    pub(super) budget: Budget,
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
                for (name, value) in self.options.base_environment.iter().flat_map(|known| known(&stage.base_name)) {
                    state.scope.set(name, value);
                }
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
pub(super) fn global_scope<'t, 'b>(
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
    pub(super) walk: &'w mut Walk<'t, 'r>,
    pub(super) state: &'w mut State<'t>,
    pub(super) step: &'w Step<'t>,
    pub(super) config: &'w Config<'t>,
}

impl<'t> Work<'_, 't, '_> {
    pub(super) fn warn(&mut self, rule: &'static Rule, message: String) {
        self.walk.report.warn(self.config, rule, &self.step.place, || message);
    }

    /// Replaces variables in one word, and warns of those that nobody set.
    pub(super) fn expand<'a>(&mut self, word: &'a str) -> Result<Cow<'a, str>, String> {
        self.expand_with(self.walk.lex, word)
    }

    pub(super) fn expand_with<'a>(&mut self, lex: Lex, word: &'a str) -> Result<Cow<'a, str>, String> {
        let (result, unmatched) = match lex.word(word, &self.state.scope, &self.walk.budget) {
            Ok(expansion) => (Ok(expansion.text), expansion.unmatched),
            Err(error) => (Err(error.message), error.unmatched),
        };
        if !unmatched.is_empty() {
            self.report_undefined(&unmatched)?;
        }
        result
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
}
