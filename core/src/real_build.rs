//! The report of a real build in the form of a simulated one, from an engine's output and the image that it built.
//!
//! Only the explanation of a start is simulated, with the real files. The engine's own result takes precedence.

use crate::build::{self, BuildError, Built, Request, Step};
use crate::diag::{Diagnostic, Severity};
use crate::dockerfile::Instruction;
use crate::elf::Machine;
use crate::exec::{System, Verdict};
use crate::hints;
use crate::image::{History, Image, Layer};
use crate::image_start::{self, Run};
use crate::measure::Size;
use crate::plan::{Base, Plan, Wish, plan};
use crate::process_launch::{Launcher, Process, launch};
use crate::report::{BuildReport, build_report};
use crate::shell::Stream;
use crate::simulate::Simulation;
use crate::words::Language;
use std::collections::BTreeMap;
use std::sync::Arc;

/// One step, as the engine reports it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ObservedStep {
    /// Whether it was taken from the build cache.
    pub cached: bool,
    /// Whether it failed.
    pub failed: bool,
    /// The output.
    pub output: Vec<u8>,
}

/// The result of a real start.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ObservedStart {
    /// Arguments for the image.
    pub args: Vec<String>,
    /// The user, if it is not the image's.
    pub user: Option<String>,
    /// The engine or its runtime refused to start a process.
    pub refused: bool,
    /// The exit code; `None` if the program ran until it was stopped.
    pub exit_code: Option<i32>,
    /// The standard output.
    pub stdout: String,
    /// The error output.
    pub stderr: String,
}

/// Everything that was observed of one real build.
#[derive(Clone, Debug, Default)]
pub struct Observation {
    /// The steps, by stage and 1-based line.
    pub steps: BTreeMap<(usize, usize), ObservedStep>,
    /// The image, read from its archive.
    pub image: Option<Arc<Image>>,
    /// Bytes of each entry of the image's history, the oldest first, as `docker history` prints them.
    pub sizes: Vec<u64>,
    /// Bytes of stages, by index, if the engine reports them.
    pub stages: BTreeMap<usize, u64>,
    /// Why there is no image.
    pub error: Option<BuildError>,
    /// The start, if one was requested.
    pub start: Option<ObservedStart>,
    /// The arguments of a requested start if the engine cannot start images. The start is then simulated with the files.
    pub judge: Option<Vec<String>>,
}

/// The plan that the engine follows, as far as the Dockerfile alone determines it.
///
/// # Errors
/// The engine's message, with the line.
pub fn plan_of(request: &Request) -> Result<Plan, BuildError> {
    let refused = |code, message, line| BuildError { code, message, line, exit_code: 1 };
    let file = build::parse_dockerfile(request).map_err(|error| refused("parse", error.message, error.line))?;
    let wish =
        Wish { target: request.target.as_deref(), build_args: request.build_args.clone(), platform: &request.platform };
    plan(&file, &wish, request.builder, request.engine.major())
        .map_err(|error| refused(error.code, error.message, error.line))
}

/// The report of a real build.
pub fn observe(request: &Request, seen: &Observation, language: Language) -> BuildReport {
    let plan = plan_of(request).ok();
    let image = seen.image.as_deref().map(|image| Arc::new(sized(image, &seen.sizes)));
    let mut built = Built {
        steps: plan.as_ref().map_or_else(Vec::new, |plan| steps(plan, seen, image.as_deref())),
        stages: vec![None; plan.as_ref().map_or(0, |plan| plan.stages.len())],
        image: image.clone(),
        error: seen.error.clone(),
        assumed: Vec::new(),
        diagnostics: Vec::new(),
        bases: Vec::new(),
        context_bytes: 0,
        gave_up: false,
        plan,
    };
    if let (Some(plan), Some(image)) = (&built.plan, &image)
        && let Some(stage) = built.stages.get_mut(plan.target)
    {
        *stage = Some(image.clone());
    }
    let run = match (&seen.start, &seen.judge, &image) {
        (Some(start), _, Some(image)) => Some(judged_start(start, image, request)),
        (None, Some(args), Some(image)) => {
            let severity = Severity::Note;
            built.diagnostics.push(Diagnostic { code: "judged-start", severity, params: Vec::new(), line: None });
            Some(image_start::start(image, args, &request.engine))
        }
        _ => None,
    };
    let hints = match (&built.image, &run) {
        (Some(image), Some(run)) => hints::hints(image, run),
        _ => Vec::new(),
    };
    let done = Simulation {
        request: request.clone(),
        built,
        run,
        hints,
        fixes: Vec::new(),
        build_hint: None,
        missing_index: None,
    };
    let mut report = build_report(&done, language);
    for stage in &mut report.stages {
        if let Some(bytes) = seen.stages.get(&stage.index).filter(|_| stage.size.bytes.is_none()) {
            stage.size = (&Size::exact(*bytes)).into();
        }
    }
    report
}

/// The image with its layers' sizes as an engine counts them: bytes of each entry of its history, the oldest first.
pub fn sized(image: &Image, sizes: &[u64]) -> Image {
    let mut image = image.clone();
    if sizes.len() == image.history.len() {
        let of_layers = image.history.iter().zip(sizes).filter(|(entry, _)| !entry.empty_layer);
        for (layer, (_, bytes)) in image.layers.iter_mut().zip(of_layers) {
            let size = Size::exact(*bytes);
            *layer = Arc::new(Layer { size, ..Layer::clone(layer) });
        }
    }
    image
}

/// The stages whose instructions are in the target's history, from the base image upwards.
fn chain(plan: &Plan) -> Vec<usize> {
    let mut chain = vec![plan.target];
    while let Some(Base::Stage(below)) = chain.last().and_then(|top| plan.stages.get(*top)).map(|stage| &stage.base) {
        // A stage comes before those that start from it, so this ends.
        chain.push(*below);
    }
    chain.reverse();
    chain
}

/// By stage and line: an entry of the history and, if it made one, its layer.
type HistoryEntries<'i> = BTreeMap<(usize, usize), (&'i History, Option<&'i Arc<Layer>>)>;

/// The history entries of the instructions of the chain.
fn history_entries<'i>(plan: &Plan, image: &'i Image) -> HistoryEntries<'i> {
    let mut layers = image.layers.iter();
    let entries: Vec<_> =
        image.history.iter().map(|entry| (entry, if entry.empty_layer { None } else { layers.next() })).collect();
    let instructions = chain(plan)
        .into_iter()
        .filter_map(|index| plan.stages.get(index))
        .flat_map(|stage| stage.instructions.iter().map(move |instruction| (stage.index, instruction.line)));
    let instructions: Vec<_> = instructions.collect();
    // The newest entries belong to the chain, the older ones to the base image.
    instructions.into_iter().rev().zip(entries.into_iter().rev()).collect()
}

fn steps(plan: &Plan, seen: &Observation, image: Option<&Image>) -> Vec<Step> {
    let entries_by_step = image.map_or_else(BTreeMap::new, |image| history_entries(plan, image));
    let mut steps = Vec::new();
    for stage in plan.stages.iter().filter(|stage| stage.built) {
        let all: Vec<&Instruction> = std::iter::once(&stage.from).chain(&stage.instructions).collect();
        let observed = |instruction: &&Instruction| seen.steps.get(&(stage.index, instruction.line));
        // Of a failed build only the steps that were reached.
        let count = match image {
            Some(_) => all.len(),
            None => all.iter().rposition(|one| observed(one).is_some()).map_or(0, |last| last + 1),
        };
        for instruction in all.into_iter().take(count) {
            let key = (stage.index, instruction.line);
            let observed = seen.steps.get(&key).cloned().unwrap_or_default();
            let (entry, layer) =
                entries_by_step.get(&key).copied().map_or((None, None), |(entry, layer)| (Some(entry), layer));
            let keyword = instruction.keyword.to_ascii_uppercase();
            let is_run = keyword == "RUN";
            let text = instruction.original.clone();
            steps.push(Step {
                stage: stage.index,
                line: instruction.line,
                created_by: entry.map_or_else(|| text.clone(), |entry| entry.created_by.to_string()),
                text,
                keyword,
                cached: observed.cached,
                rerun: None,
                layer: layer.cloned(),
                image_id: String::new(),
                output: vec![(Stream::Stdout, observed.output)],
                exit_code: (is_run && !observed.failed).then_some(0),
                commands: Arc::default(),
                failed: observed.failed,
            });
        }
    }
    steps
}

/// Whether a line of the error output comes from the runtime and not from the program.
fn is_runtime_error(line: &str) -> bool {
    const ENDS: [&str; 3] = ["no such file or directory", "exec format error", "permission denied"];
    let line = line.trim_end().trim_end_matches('"');
    (line.starts_with("exec ") || line.starts_with("standard_init_linux.go:"))
        && ENDS.iter().any(|end| line.ends_with(end))
}

/// The observed start, explained by what kernel and loader do with these files.
fn judged_start(start: &ObservedStart, image: &Image, request: &Request) -> Run {
    let argv = image_start::command(image, &start.args);
    let config = &image.config;
    let system = System::new(&image.tree, Machine::X86_64);
    let cwd = config.directory();
    let process =
        Process { argv: &argv, env: &config.env, cwd: &cwd, user: start.user.as_deref().unwrap_or(&config.user) };
    let judged = launch(&system, &process, Launcher::Engine(&request.engine));
    let went_on = !start.refused && start.exit_code.is_none();
    let from_runtime = start.refused || start.stderr.lines().next().is_some_and(is_runtime_error);
    let verdict = match start.exit_code {
        _ if went_on => Verdict::Starts,
        _ if from_runtime => Verdict::Fails,
        // The exit code of a failed loader looks like that of a failed program, so the files decide.
        Some(code) if code != 0 && judged.verdict == Verdict::Fails => Verdict::Fails,
        _ => Verdict::Starts,
    };
    let explains = verdict == Verdict::Fails && judged.verdict == Verdict::Fails;
    Run {
        assumed: Vec::new(),
        verdict,
        exit_code: start.exit_code,
        stdout: start.stdout.clone(),
        stderr: start.stderr.clone(),
        cause: judged.cause.filter(|_| explains),
        unknown: None,
        trace: if explains || judged.verdict == verdict { judged.trace } else { Vec::new() },
        gaps: Vec::new(),
        serves: went_on,
        argv,
        tree: image.tree.clone(),
        started: judged.started.map(|(outcome, _, _)| outcome),
        unknown_main_file: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base_images::Catalogue;
    use crate::build::{Cache, NoImages, build};
    use crate::engine::EngineProfile;
    use crate::fs::Tree;

    const FILE: &str =
        "FROM alpine AS low\nRUN echo a > /a\n\nFROM low AS top\nENV A=b\nRUN echo b > /b\nCMD [\"cat\", \"/b\"]\n";

    fn request() -> Request {
        Request::new(FILE, Tree::new(), EngineProfile::find("docker-28").unwrap())
    }

    #[test]
    fn every_instruction_of_the_chain_gets_its_history_and_layer() {
        let request = request();
        let built = build(&request, &Catalogue::builtin(), &NoImages, &mut Cache::new());
        let seen = Observation { image: built.image.clone(), ..Observation::default() };
        let report = observe(&request, &seen, Language::English);
        let simulated = build_report(
            &Simulation {
                request,
                built,
                run: None,
                hints: Vec::new(),
                fixes: Vec::new(),
                build_hint: None,
                missing_index: None,
            },
            Language::English,
        );
        assert_eq!(report.steps, simulated.steps);
        assert_eq!(report.image, simulated.image);
    }

    #[test]
    fn a_build_that_failed_shows_what_came_to_its_turn() {
        let observed = |failed| ObservedStep { failed, ..ObservedStep::default() };
        let error = BuildError { code: "step", message: "no".into(), line: Some(6), exit_code: 1 };
        let seen = Observation {
            steps: [((0, 1), observed(false)), ((0, 2), observed(false)), ((1, 6), observed(true))].into(),
            error: Some(error),
            ..Observation::default()
        };
        let report = observe(&request(), &seen, Language::English);
        let lines: Vec<usize> = report.steps.iter().map(|step| step.line).collect();
        assert_eq!(lines, [1, 2, 4, 5, 6]);
        assert!(report.steps.iter().all(|step| step.failed == (step.line == 6)));
        assert_eq!(report.error.unwrap().line, Some(6));
    }

    #[test]
    fn the_engines_word_goes_before_the_judgement() {
        let request = request();
        let built = build(&request, &Catalogue::builtin(), &NoImages, &mut Cache::new());
        let verdict = |start: ObservedStart| {
            let seen = Observation { image: built.image.clone(), start: Some(start), ..Observation::default() };
            observe(&request, &seen, Language::English).run.unwrap().verdict
        };
        assert_eq!(verdict(ObservedStart { exit_code: Some(3), ..ObservedStart::default() }), "starts");
        assert_eq!(verdict(ObservedStart::default()), "starts");
        let stderr = "exec /bin/cat: exec format error\n".to_string();
        assert_eq!(verdict(ObservedStart { exit_code: Some(1), stderr, ..ObservedStart::default() }), "fails");
        assert_eq!(verdict(ObservedStart { refused: true, exit_code: Some(127), ..ObservedStart::default() }), "fails");
    }
}
