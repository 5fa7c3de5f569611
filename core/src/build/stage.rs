//! One stage: from its base through its instructions.

use super::{BuildError, MAX_LAYERS, MAX_STEPS, Step, Work, engine_cache, files, metadata, run};
use crate::dockerfile::{self, Budget, Command, Instruction, Kind, Lex, Variables};
use crate::engine::Builder;
use crate::fs::{self, LayerEntry, Tree};
use crate::image::{DEFAULT_PATH, Hasher, History, Image, Layer};
use crate::measure::Size;
use crate::plan::{self, Base};
use crate::shell::{Gap, Stream};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

/// A stage at work.
pub(super) struct Bench {
    pub(super) index: usize,
    pub(super) image: Image,
    /// Build arguments in scope that have a value.
    pub(super) args: BTreeMap<String, String>,
    /// What ARG declared in this stage, in order.
    pub(super) declared: Vec<String>,
    /// Of a variable and a build argument of one name: BuildKit's has the later one, the classic
    /// builder's always the variable (observed with Docker 20.10.24).
    pub(super) later_wins: bool,
    /// Steps carried out.
    steps: usize,
    /// CMD was set in this stage: ENTRYPOINT leaves it alone.
    pub(super) cmd_set: bool,
    pub(super) escape: char,
    /// What the words of this build may still cost.
    pub(super) budget: Rc<Budget>,
    /// Everything that went in so far.
    pub(super) key: String,
    /// What the engine's cache knows the last step by.
    pub(super) engine_key: String,
}

/// Steps that it takes to hash and keep a setting, beside one for each of its bytes.
const ENTRY_STEPS: usize = 16;

/// What a finished stage leaves to those that stand on it, beside its image.
#[derive(Clone, Debug, Default)]
pub(super) struct Left {
    /// Everything that went in.
    pub(super) key: String,
    engine_key: String,
    args: BTreeMap<String, String>,
}

/// What an instruction did.
#[derive(Default)]
pub(super) struct Effect {
    /// The tree afterwards, if the file system may have changed.
    pub(super) tree: Option<Tree>,
    /// As `docker history` prints it.
    pub(super) created_by: String,
    pub(super) output: Vec<(Stream, Vec<u8>)>,
    pub(super) commands: Vec<Vec<String>>,
    pub(super) gaps: Vec<Gap>,
    /// Files that are part of a package: their weight is in the package's.
    pub(super) packaged: BTreeSet<Arc<str>>,
    /// Part of what it adds is not known; why.
    pub(super) unknown: Option<String>,
}

pub(super) fn build(work: &mut Work, stage: &plan::Stage) -> Result<(), BuildError> {
    let line = stage.from.line;
    let (image, key, left) = match &stage.base {
        Base::Scratch => (Arc::new(Image::scratch()), "scratch".to_string(), Left::default()),
        Base::Image(reference) => {
            let image = work.image(reference, line)?;
            let key = image.id.clone();
            (image, key, Left::default())
        }
        Base::Stage(index) => {
            let image = work.built.stages.get(*index).cloned().flatten().unwrap_or_else(|| Arc::new(Image::scratch()));
            let left = work.left.get(*index).cloned().unwrap_or_default();
            (image, left.key.clone(), left)
        }
    };
    let mut left = left;
    // Under BuildKit a stage has the arguments of the stage that it stands on; the image's variables come behind them.
    let set = names(&image.config.env);
    left.args.retain(|name, _| !work.is_classic() && !set.contains(name.as_str()));
    let mut bench = Bench {
        index: stage.index,
        image: (*image).clone(),
        args: left.args,
        declared: Vec::new(),
        steps: 0,
        later_wins: !work.is_classic(),
        cmd_set: false,
        escape: work.plan.escape,
        budget: work.budget.clone(),
        engine_key: if left.engine_key.is_empty() { key.clone() } else { left.engine_key },
        key: Hasher::default()
            .part(&work.outside)
            .part(&key)
            .part(work.request.builder.as_str())
            .part(&work.request.engine.id)
            .part(if work.request.passes_failures { "passes failures" } else { "" })
            .finish(),
    };
    work.built.steps.push(Step {
        stage: stage.index,
        line,
        text: announce(work, &stage.from),
        keyword: "FROM".into(),
        created_by: String::new(),
        cached: false,
        rerun: None,
        layer: None,
        image_id: bench.image.id.clone(),
        output: Vec::new(),
        commands: Arc::default(),
        failed: false,
    });
    bench.spend(bench.weight(), line)?;
    if bench.image.config.env_value("PATH").is_none() {
        bench.image.config.env.push(format!("PATH={DEFAULT_PATH}"));
    }
    let triggers = std::mem::take(&mut bench.image.config.on_build);
    for trigger in &triggers {
        bench.spend(trigger.len(), line)?;
        let text = format!("FROM x\n{trigger}");
        let parsed = dockerfile::parse(&text).ok().and_then(|mut file| file.instructions.pop());
        if let Some(mut instruction) = parsed {
            instruction.line = line;
            step(work, &mut bench, &instruction)?;
        }
    }
    for instruction in &stage.instructions {
        step(work, &mut bench, instruction)?;
    }
    if let Some(slot) = work.left.get_mut(stage.index) {
        let (key, engine_key) = (bench.key.clone(), bench.engine_key.clone());
        *slot = Left { key, engine_key, args: std::mem::take(&mut bench.args) };
    }
    // A stage without any step is its base, under the base's own id.
    if bench.image.history.len() != image.history.len() || matches!(work.request.builder, Builder::Buildkit) {
        bench.image.id = image_id(work, &bench.image);
    }
    if let Some(slot) = work.built.stages.get_mut(stage.index) {
        *slot = Some(Arc::new(bench.image));
    }
    Ok(())
}

fn not_expanded(message: String, line: usize) -> BuildError {
    BuildError { code: "expansion", message, line: Some(line), exit_code: 1 }
}

fn image_id(work: &Work, image: &Image) -> String {
    let diff_ids: Vec<&str> = image.layers.iter().map(|layer| layer.diff_id.as_str()).collect();
    let config = image.config.to_oci(&work.request.platform, &diff_ids, &image.history);
    crate::image::sha256(config.to_string().as_bytes())
}

/// The instruction as the engine announces it.
fn announce(work: &Work, instruction: &Instruction) -> String {
    if work.request.engine.major() >= 18 {
        return instruction.original.clone();
    }
    // 17.09 prints the parsed words: upper-case keyword, flags, then arguments without JSON.
    let mut words = vec![instruction.keyword.to_ascii_uppercase()];
    words.extend(instruction.flags.iter().map(|flag| match &flag.value {
        Some(value) => format!("--{}={value}", flag.name),
        None => format!("--{}", flag.name),
    }));
    match &instruction.kind {
        Kind::Run(Command::Exec(argv)) | Kind::Cmd(Command::Exec(argv)) | Kind::Entrypoint(Command::Exec(argv)) => {
            words.extend(argv.iter().cloned());
        }
        Kind::Shell(list) | Kind::Volume(list) => words.extend(list.iter().cloned()),
        Kind::Env(pairs) | Kind::Label(pairs) => {
            words.extend(pairs.iter().flat_map(|(name, value)| [name.clone(), value.clone()]));
        }
        Kind::Copy { sources, destination } | Kind::Add { sources, destination } => {
            words.extend(sources.iter().cloned());
            words.push(destination.clone());
        }
        _ => words.push(instruction.arguments.clone()),
    }
    words.join(" ")
}

/// The same for a step of a stage: BuildKit shows what it carries out, with variables expanded where they are set.
fn shown(work: &Work, bench: &Bench, instruction: &Instruction) -> String {
    let text = announce(work, instruction);
    let carried_out =
        matches!(instruction.kind, Kind::Run(_) | Kind::Copy { .. } | Kind::Add { .. } | Kind::Workdir(_));
    if work.is_classic() || !carried_out {
        return text;
    }
    let lex = Lex { raw_quotes: true, skip_unset: true, ..Lex::new(bench.escape) };
    bench.expand_with(lex, &text, instruction.line).unwrap_or(text)
}

/// The names of an environment's variables.
pub(super) fn names(env: &[String]) -> BTreeSet<&str> {
    env.iter().filter_map(|pair| pair.split_once('=')).map(|(name, _)| name).collect()
}

fn step(work: &mut Work, bench: &mut Bench, instruction: &Instruction) -> Result<(), BuildError> {
    // What a step costs grows with what the steps before it set: its settings are hashed and kept.
    bench.spend(bench.weight(), instruction.line)?;
    if work.is_classic() {
        let written: usize = bench.image.history.iter().map(|entry| entry.created_by.len()).sum();
        bench.spend(written / 16, instruction.line)?;
    }
    let keyword = instruction.keyword.to_ascii_uppercase();
    if work.built.steps.len() >= MAX_STEPS {
        let message = format!("more than {MAX_STEPS} steps are not simulated, those of ONBUILD among them");
        return Err(BuildError { code: "too-many-steps", message, line: Some(instruction.line), exit_code: 1 });
    }
    let mut record = Step {
        stage: bench.index,
        line: instruction.line,
        text: shown(work, bench, instruction),
        keyword,
        created_by: String::new(),
        cached: false,
        rerun: None,
        layer: None,
        image_id: String::new(),
        output: Vec::new(),
        commands: Arc::default(),
        failed: false,
    };
    if bench.image.layers.len() >= MAX_LAYERS {
        let message = format!("{}max depth exceeded", super::words::solve_prefix(work.request));
        return Err(BuildError { code: "too-many-layers", message, line: Some(instruction.line), exit_code: 1 });
    }
    let mut engine_key = match &instruction.kind {
        Kind::Copy { .. } | Kind::Add { .. } => None,
        _ => engine_cache::key(work, bench, instruction, None),
    };
    let result = match &instruction.kind {
        Kind::Run(command) => {
            cached(work, bench, instruction, &mut record, |work, bench| run::run(work, bench, instruction, command))
        }
        Kind::Copy { sources, destination } | Kind::Add { sources, destination } => {
            // What is copied decides about the cache: found first, then looked up.
            match files::prepare(work, bench, instruction, sources, destination) {
                Ok(copy) => {
                    let key = copy.key.clone();
                    engine_key = engine_cache::key(work, bench, instruction, Some(&copy));
                    cached_by(work, bench, &key, &mut record, |work, bench| files::copy(work, bench, instruction, copy))
                }
                Err(error) => Err(error),
            }
        }
        Kind::Workdir(_) => {
            cached(work, bench, instruction, &mut record, |work, bench| metadata::workdir(work, bench, instruction))
        }
        _ => cached(work, bench, instruction, &mut record, |work, bench| metadata::apply(work, bench, instruction)),
    };
    match result {
        Ok(()) => {
            if let Some(key) = engine_key {
                bench.engine_key = key.digest.clone();
                record.rerun = work.cache.learn((bench.index, bench.steps), key);
                record.cached = record.rerun.is_none();
            }
            bench.steps += 1;
            record.image_id = if work.is_classic() { image_id(work, &bench.image) } else { String::new() };
            bench.image.id = record.image_id.clone();
            work.built.steps.push(record);
            Ok(())
        }
        Err(error) => {
            record.failed = true;
            work.built.steps.push(record);
            Err(error)
        }
    }
}

fn cached(
    work: &mut Work,
    bench: &mut Bench,
    instruction: &Instruction,
    record: &mut Step,
    run: impl FnOnce(&mut Work, &mut Bench) -> Result<Effect, BuildError>,
) -> Result<(), BuildError> {
    // Build arguments reach RUN through the environment and other instructions through expansion.
    let mut hasher = Hasher::default().part(&instruction.original);
    for heredoc in &instruction.heredocs {
        hasher = hasher.part(heredoc.content.as_bytes());
    }
    if !matches!(instruction.kind, Kind::Env(_) | Kind::Cmd(_) | Kind::Entrypoint(_))
        || instruction.original.contains('$')
    {
        for (name, value) in &bench.args {
            hasher = hasher.part(name).part(value);
        }
    }
    if let Kind::Arg(args) = &instruction.kind {
        for (name, _) in args {
            hasher = hasher.part(work.request.build_args.get(name).map_or("", String::as_str));
            hasher = hasher.part(work.plan.global_args.get(name).map_or("", String::as_str));
        }
    }
    for flag in instruction.flags.iter().filter(|flag| flag.name == "mount") {
        for index in &work.plan.stages.get(bench.index).map(|stage| stage.copies_from.clone()).unwrap_or_default() {
            hasher = hasher.part(work.left.get(*index).map_or("", |left| left.key.as_str()));
        }
        if flag.value.as_deref().unwrap_or("").contains("bind") {
            hasher = super::cache::digest(work.context, "/", hasher);
        }
    }
    let key = hasher.finish();
    let is_arg = matches!(instruction.kind, Kind::Arg(_));
    if is_arg {
        // Arguments are state of the build, not of the image: they are always read anew.
        let effect = run(work, bench)?;
        bench.key = Hasher::default().part(&bench.key).part(&key).finish();
        return finish(work, bench, record, effect);
    }
    cached_by(work, bench, &key, record, run)
}

fn cached_by(
    work: &mut Work,
    bench: &mut Bench,
    key: &str,
    record: &mut Step,
    run: impl FnOnce(&mut Work, &mut Bench) -> Result<Effect, BuildError>,
) -> Result<(), BuildError> {
    let full = Hasher::default().part(&bench.key).part(key).finish();
    bench.key = full.clone();
    if let Some(made) = work.cache.get(&full) {
        bench.cmd_set |= record.keyword == "CMD";
        bench.image = made.image.clone();
        record.cached = true;
        record.created_by = made.created_by.clone();
        record.layer = made.layer.clone();
        record.output = made.output.clone();
        record.commands = made.commands.clone();
        for gap in made.gaps.clone() {
            work.remark_gap(&gap, record.line);
        }
        return Ok(());
    }
    let before = bench.image.layers.len();
    let effect = match run(work, bench) {
        Ok(effect) => effect,
        Err(error) => {
            // What a failing RUN printed is kept for the reader.
            record.output = std::mem::take(&mut work.failed_output);
            return Err(error);
        }
    };
    let gaps = effect.gaps.clone();
    finish(work, bench, record, effect)?;
    let layer = bench.image.layers.get(before).cloned();
    work.cache.put(full, &bench.image, layer, &gaps, record);
    Ok(())
}

/// Turns an effect into a layer and a line of history.
fn finish(work: &mut Work, bench: &mut Bench, record: &mut Step, effect: Effect) -> Result<(), BuildError> {
    for gap in &effect.gaps {
        work.remark_gap(gap, record.line);
    }
    record.created_by = effect.created_by.clone();
    record.output = effect.output;
    record.commands = effect.commands.into();
    let classic = work.is_classic();
    let mut empty_layer = true;
    if let Some(tree) = effect.tree {
        let entries: Vec<LayerEntry> = fs::diff(&bench.image.tree, &tree);
        // The classic builder makes no layer of nothing; BuildKit makes an empty one.
        let always = !classic || matches!(record.keyword.as_str(), "COPY" | "ADD");
        if always || !entries.is_empty() || effect.unknown.is_some() {
            let unlisted = fs::diff_unlisted(&bench.image.tree, &tree);
            let mut size: Size = unlisted.iter().map(|(_, size)| size.clone()).sum();
            size += fs::layer_size(entries.iter().filter(|entry| !effect.packaged.contains(&entry.path)), classic);
            if let Some(why) = &effect.unknown {
                size += Size::unknown(0, why.as_str());
            }
            let mut hasher = Hasher::default();
            for entry in &entries {
                hasher = hasher.part(entry.path.as_bytes()).part(entry.kind.as_str()).number(u64::from(entry.mode));
                if let Some(node) = tree.get(&entry.path) {
                    hasher = super::cache::digest_node(node, hasher);
                }
            }
            for (what, size) in &unlisted {
                hasher = hasher.part(what.as_bytes()).number(size.at_least());
            }
            let unlisted = unlisted.into_iter().map(|(what, size)| (what.to_string(), size)).collect();
            let (created_by, diff_id) = (effect.created_by.clone(), hasher.finish());
            let layer = Arc::new(Layer { created_by, size, entries, unlisted, diff_id });
            bench.image.layers.push(layer.clone());
            record.layer = Some(layer);
            empty_layer = false;
        }
        bench.image.tree = tree.seal();
    }
    let comment = (!classic).then_some("buildkit.dockerfile.v0");
    bench.image.history.push(History { created_by: effect.created_by.into(), empty_layer, comment });
    Ok(())
}

impl Variables for Bench {
    fn get(&self, name: &str) -> Option<&str> {
        // Where nothing is left, whoever asked for the variable finds out.
        let _ = self.budget.spend(self.image.config.env.len());
        let (env, arg) = (self.image.config.env_value(name), self.args.get(name).map(String::as_str));
        if self.later_wins { arg.or(env) } else { env.or(arg) }
    }
}

impl Bench {
    /// Expands a word with the arguments and the environment of this point.
    pub(super) fn expand(&self, word: &str, line: usize) -> Result<String, BuildError> {
        self.expand_with(Lex::new(self.escape), word, line)
    }

    /// Expands a here-document: quotes mean nothing there, and the escape is always a backslash.
    pub(super) fn expand_document(&self, content: &str, line: usize) -> Result<String, BuildError> {
        self.expand_with(Lex { skip_quotes: true, ..Lex::new('\\') }, content, line)
    }

    fn expand_with(&self, lex: Lex, text: &str, line: usize) -> Result<String, BuildError> {
        let expansion = lex.word(text, self, &self.budget).map(|expansion| expansion.text.into_owned());
        expansion.map_err(|error| not_expanded(error.message, line))
    }

    /// Takes steps for something that does not grow with the instruction alone.
    pub(super) fn spend(&self, steps: usize, line: usize) -> Result<(), BuildError> {
        self.budget.spend(steps).map_err(|message| not_expanded(message, line))
    }

    /// A tree of which patterns took files, with the steps that it took.
    pub(super) fn filtered(&self, found: Result<(Tree, usize), String>, line: usize) -> Result<Tree, BuildError> {
        let (tree, steps) = found.map_err(|message| not_expanded(message, line))?;
        self.spend(steps, line)?;
        Ok(tree)
    }

    /// Makes text that is kept.
    pub(super) fn make(&self, bytes: usize, line: usize) -> Result<(), BuildError> {
        self.budget.make(bytes).map_err(|message| not_expanded(message, line))
    }

    /// Whether a variable may be set, beside all others.
    pub(super) fn may_set(&self, name: &str, value: &str, line: usize) -> Result<(), BuildError> {
        self.budget.set(name, value).map_err(|message| not_expanded(message, line))
    }

    /// The steps that it takes to hash and keep what was set so far.
    fn weight(&self) -> usize {
        let config = &self.image.config;
        let lists = [config.env.len(), self.args.len(), config.labels.len(), config.on_build.len()];
        let sets = [config.exposed_ports.len(), config.volumes.len(), self.image.history.len()];
        let entries: usize = lists.iter().chain(&sets).sum();
        let pair = |(name, value): (&String, &String)| name.len() + value.len();
        let bytes = config.env.iter().chain(&config.on_build).chain(&config.volumes).map(String::len);
        let bytes = bytes.chain(self.args.iter().chain(&config.labels).map(pair)).sum::<usize>();
        entries * ENTRY_STEPS + bytes
    }

    /// The environment of a command: the image's variables and the build arguments in scope.
    pub(super) fn environment(&self) -> Vec<String> {
        let env = &self.image.config.env;
        let set = names(env);
        let value = |pair: &String| {
            let (name, _) = pair.split_once('=')?;
            self.args.get(name).filter(|_| self.later_wins).map(|value| format!("{name}={value}"))
        };
        let own = env.iter().map(|pair| value(pair).unwrap_or_else(|| pair.clone()));
        let args = self.args.iter().filter(|(name, _)| !set.contains(name.as_str()));
        own.chain(args.map(|(name, value)| format!("{name}={value}"))).collect()
    }

    /// What an instruction without an effect on files did.
    pub(super) fn noted(&self, work: &Work, text: &str) -> Effect {
        let created_by = if work.is_classic() { format!("/bin/sh -c #(nop)  {text}") } else { text.to_string() };
        Effect { created_by, ..Effect::default() }
    }
}
