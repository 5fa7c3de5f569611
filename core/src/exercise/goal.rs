//! Asks conditions of a workspace, and evaluates the goals of a pack.

use super::attempt::Attempt;
use super::condition::{Condition, StepAfterEdit};
use super::image_conditions::{self as image, Sought};
use super::observation::{Observation, Standing};
use super::text::{fits, single_spaced};
use crate::build::Built;
use crate::dockerfile::{self, Command, Instruction, Kind};
use crate::exec::Verdict;
use crate::image::Image;
use crate::image_start::Run;
use crate::measure::human_size;
use crate::plan::{Base, Stage};
use std::sync::Arc;

use Standing::{Missed, Reached, Unknown};

/// The answer to each goal of a pack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evaluation {
    /// Whether the Dockerfile can be read. What cannot is not graded and costs nothing.
    pub is_gradable: bool,
    /// One for each goal, in their order.
    pub goals: Vec<Observation>,
    /// The points of the goals that are reached.
    pub points: u64,
    /// The index of the first goal that is not reached.
    pub first_miss: Option<usize>,
    /// The image's size in bytes, if it is known.
    pub bytes: Option<u64>,
    /// The number of layers that the build adds to its base image, if there is an image.
    pub layers: Option<usize>,
    /// The build's error message.
    pub error: Option<String>,
}

impl Evaluation {
    /// Whether all goals are reached. A lesson without goals is solved by nothing.
    pub fn is_solved(&self) -> bool {
        self.first_miss.is_none() && !self.goals.is_empty()
    }
}

/// Evaluates the goals of a pack.
pub fn evaluate(attempt: &Attempt<'_>) -> Evaluation {
    let pack = attempt.pack;
    let goals: Vec<Observation> = pack.goals.iter().map(|goal| ask(&goal.when, attempt)).collect();
    let reached = |observed: &Observation| observed.standing == Reached;
    let points =
        pack.goals.iter().zip(&goals).filter(|(_, observed)| reached(observed)).map(|(goal, _)| goal.points).sum();
    let first_miss = goals.iter().position(|observed| !reached(observed));
    let image = attempt.built.image.as_deref();
    Evaluation {
        // A Dockerfile that is not one may be the goal.
        is_gradable: attempt.is_gradable() || first_miss.is_none(),
        points,
        first_miss,
        bytes: image.and_then(|image| image.size().bytes()),
        layers: image.map(|_| layers(&attempt.built)),
        error: attempt.built.error.as_ref().map(|error| error.message.clone()),
        goals,
    }
}

/// Asks a condition of a workspace.
pub fn ask(condition: &Condition, attempt: &Attempt<'_>) -> Observation {
    match condition {
        Condition::All(parts) => combine(parts, attempt, [Missed, Unknown]),
        Condition::Any(parts) => combine(parts, attempt, [Reached, Unknown]),
        Condition::Not(part) => {
            let observed = ask(part, attempt);
            let standing = observed.standing.not();
            observed.with(standing)
        }
        Condition::Builds | Condition::BuildFails(_) => build(condition, attempt),
        Condition::Starts
        | Condition::Fails(_)
        | Condition::ExitCode(_)
        | Condition::OutputContains(_)
        | Condition::Hint(_)
        | Condition::NoHint(_) => match start(attempt) {
            Ok(run) => started(condition, attempt, run),
            Err(observed) => observed,
        },
        Condition::CommandOutput(command) => {
            let output = attempt.command(&command.run);
            let standing = match output.text.contains(&command.contains) {
                true => Reached,
                false if output.gaps.is_empty() => Missed,
                false => Unknown,
            };
            let params = [("command", command.run.as_str()), ("text", output.text.trim())];
            Observation::new(standing, "observed.command-output", &params)
        }
        Condition::StageExists(name) | Condition::StageBuilt(name) | Condition::StageNotBuilt(name) => {
            stage(condition, name, attempt)
        }
        Condition::StepReused(step) => step_after_edit(step, true, attempt),
        Condition::StepRunAgain(step) => step_after_edit(step, false, attempt),
        Condition::Instruction(pattern) => {
            let Some(plan) = &attempt.built.plan else { return no_plan(attempt) };
            let stages = plan.stages.iter().flat_map(|stage| std::iter::once(&stage.from).chain(&stage.instructions));
            let found = plan.global.iter().chain(stages).any(|one| is_instruction(pattern, one));
            let code = if found { "observed.instruction" } else { "observed.no-instruction" };
            Observation::new(Standing::of(found), code, &[("instruction", pattern)])
        }
        Condition::FinalBase(pattern) => final_base(pattern, false, attempt),
        Condition::FinalBaseMeans(pattern) => final_base(pattern, true, attempt),
        Condition::NoCheck(rule) => no_check(rule, attempt),
        Condition::CommandUsed(pattern) => {
            let used = attempt.commands.iter().any(|command| fits(&single_spaced(pattern), &single_spaced(command)));
            let code = if used { "observed.command-used" } else { "observed.command-not-used" };
            Observation::new(Standing::of(used), code, &[("command", pattern)])
        }
        _ => match made_image(attempt) {
            Ok(image) => of_image(condition, attempt, image),
            Err(observed) => observed,
        },
    }
}

/// The first answer of the most decisive kind; without one, the first answer.
fn combine(parts: &[Condition], attempt: &Attempt<'_>, decisive: [Standing; 2]) -> Observation {
    let mut first: Option<Observation> = None;
    let mut second: Option<Observation> = None;
    for part in parts {
        let observed = ask(part, attempt);
        if observed.standing == decisive[0] {
            return observed;
        }
        if observed.standing == decisive[1] {
            second.get_or_insert(observed);
        } else {
            first.get_or_insert(observed);
        }
    }
    // A pack without parts was refused when it was read.
    second.or(first).unwrap_or_else(|| Observation::new(Unknown, "observed.nothing", &[]))
}

fn no_image(attempt: &Attempt<'_>) -> Observation {
    let standing = if attempt.is_build_unknown() { Unknown } else { Missed };
    match &attempt.built.error {
        Some(error) => Observation::failed_build(standing, error),
        None => Observation::new(standing, "observed.no-image", &[]),
    }
}

/// A Dockerfile that cannot be read.
fn no_plan(attempt: &Attempt<'_>) -> Observation {
    no_image(attempt)
}

fn made_image<'a>(attempt: &'a Attempt<'_>) -> Result<&'a Arc<Image>, Observation> {
    attempt.image().map_err(|_| no_image(attempt))
}

fn start<'a>(attempt: &'a Attempt<'_>) -> Result<&'a Run, Observation> {
    attempt.run.as_ref().ok_or_else(|| no_image(attempt))
}

fn build(condition: &Condition, attempt: &Attempt<'_>) -> Observation {
    let Some(error) = &attempt.built.error else {
        let standing = if attempt.is_build_unknown() { Unknown } else { Standing::of(*condition == Condition::Builds) };
        return Observation::new(standing, "observed.builds", &[]);
    };
    let standing = match condition {
        _ if attempt.is_build_unknown() => Unknown,
        Condition::BuildFails(code) => Standing::of(fits(code, error.code)),
        _ => Missed,
    };
    Observation::failed_build(standing, error)
}

/// Conditions about a start.
fn started(condition: &Condition, attempt: &Attempt<'_>, run: &Run) -> Observation {
    let verdict = |standing: Standing| match run.verdict {
        Verdict::Starts => Observation::new(standing, "observed.starts", &[]),
        Verdict::Fails => Observation::failed_start(standing, run.cause.as_ref()),
        Verdict::Unknown => Observation::unknown_start(run.unknown.as_ref()),
    };
    match condition {
        Condition::Starts => verdict(Standing::of(run.verdict == Verdict::Starts)),
        Condition::Fails(pattern) => {
            let cause = run.cause.as_ref().map_or("", |cause| cause.code());
            verdict(Standing::of(run.verdict == Verdict::Fails && fits(pattern, cause)))
        }
        Condition::ExitCode(wanted) => match run.exit_code {
            Some(code) => {
                Observation::new(Standing::of(code == *wanted), "observed.exit-code", &[("code", &code.to_string())])
            }
            None if run.serves => Observation::new(Missed, "observed.keeps-running", &[]),
            None => Observation::new(Unknown, "observed.exit-unknown", &[]),
        },
        Condition::OutputContains(text) => {
            let printed = format!("{}{}", run.stdout, run.stderr);
            if printed.contains(text) {
                return Observation::new(Reached, "observed.output", &[("text", printed.trim())]);
            }
            if run.verdict == Verdict::Unknown {
                return verdict(Unknown);
            }
            let standing = if run.gaps.is_empty() { Missed } else { Unknown };
            let code = match (standing, printed.trim().is_empty()) {
                (Unknown, _) => "observed.output-unknown",
                (_, true) => "observed.no-output",
                (_, false) => "observed.output",
            };
            Observation::new(standing, code, &[("text", printed.trim())])
        }
        Condition::Hint(code) | Condition::NoHint(code) => {
            let wanted = matches!(condition, Condition::Hint(_));
            if run.verdict != Verdict::Starts {
                return verdict(Missed);
            }
            let given = attempt.hints.iter().find(|hint| hint.code == code);
            match given {
                Some(hint) => Observation::hint(Standing::of(wanted), hint),
                None => Observation::new(Standing::of(!wanted), "observed.no-hint", &[]),
            }
        }
        _ => verdict(Unknown),
    }
}

fn stage(condition: &Condition, name: &str, attempt: &Attempt<'_>) -> Observation {
    let Some(plan) = &attempt.built.plan else { return no_plan(attempt) };
    let is_it = |stage: &&Stage| {
        stage.name.as_deref().is_some_and(|own| own.eq_ignore_ascii_case(name)) || stage.index.to_string() == name
    };
    let params = [("stage", name)];
    let Some(found) = plan.stages.iter().find(is_it) else {
        return Observation::new(Missed, "observed.no-stage", &params);
    };
    match condition {
        Condition::StageExists(_) => Observation::new(Reached, "observed.stage", &params),
        _ => {
            let wanted = matches!(condition, Condition::StageBuilt(_));
            let code = if found.built { "observed.stage-built" } else { "observed.stage-not-built" };
            Observation::new(Standing::of(found.built == wanted), code, &params)
        }
    }
}

/// Whether an instruction fits a pattern: as it is written, or with the here-document of RUN in the place of its sign.
fn is_instruction(pattern: &str, instruction: &Instruction) -> bool {
    let pattern = single_spaced(pattern);
    let has_form = |text: &str| {
        let (keyword, rest) = text.split_once(' ').unwrap_or((text, ""));
        fits(&pattern, &format!("{} {rest}", keyword.to_ascii_uppercase()))
    };
    let text = single_spaced(&instruction.original);
    if has_form(&text) {
        return true;
    }
    let Kind::Run(Command::Shell(command)) = &instruction.kind else { return false };
    let script = dockerfile::run_script(command, &instruction.heredocs);
    // The line with the interpreter is no command.
    let commands =
        if script.starts_with("#!") { script.split_once('\n').map_or("", |(_, rest)| rest) } else { &script };
    let written = text.strip_suffix(single_spaced(command).as_str());
    !instruction.heredocs.is_empty()
        && written.is_some_and(|start| has_form(&format!("{start}{}", single_spaced(commands))))
}

fn step_after_edit(wanted: &StepAfterEdit, reused: bool, attempt: &Attempt<'_>) -> Observation {
    if attempt.built.error.is_some() {
        return no_image(attempt);
    }
    let params = [("step", wanted.step.as_str()), ("edit", wanted.after.as_str())];
    let Some(built) = attempt.after_edit(&wanted.after) else {
        return Observation::new(Missed, "observed.edit-impossible", &params);
    };
    let lines = lines_of(&built, &wanted.step);
    let steps: Vec<bool> =
        built.steps.iter().filter(|step| lines.contains(&step.line)).map(|step| step.cached).collect();
    if steps.is_empty() {
        return Observation::new(Missed, "observed.no-step", &params);
    }
    let all_reused = steps.iter().all(|cached| *cached);
    let code = if all_reused { "observed.step-reused" } else { "observed.step-run-again" };
    let standing = if built.gave_up { Unknown } else { Standing::of(all_reused == reused) };
    Observation::new(standing, code, &params)
}

/// The lines of the instructions that fit a pattern.
fn lines_of(built: &Built, pattern: &str) -> Vec<usize> {
    let instructions = built.plan.iter().flat_map(|plan| &plan.stages).flat_map(|stage| &stage.instructions);
    instructions.filter(|one| is_instruction(pattern, one)).map(|one| one.line).collect()
}

/// The stages from the target down to its base image.
fn chain(built: &Built) -> Vec<&Stage> {
    let mut all = Vec::new();
    let Some(plan) = &built.plan else { return all };
    let mut next = plan.stages.get(plan.target);
    while let Some(stage) = next {
        all.push(stage);
        next = match stage.base {
            // A stage is based on an earlier one only.
            Base::Stage(index) if index < stage.index => plan.stages.get(index),
            _ => None,
        };
    }
    all
}

/// The number of layers that the stages of the target add to the base image.
fn layers(built: &Built) -> usize {
    let stages: Vec<usize> = chain(built).iter().map(|stage| stage.index).collect();
    built.steps.iter().filter(|step| step.layer.is_some() && stages.contains(&step.stage)).count()
}

fn final_base(pattern: &str, means: bool, attempt: &Attempt<'_>) -> Observation {
    let chain = chain(&attempt.built);
    let Some(bottom) = chain.last() else { return no_plan(attempt) };
    let name = match &bottom.base {
        Base::Scratch | Base::Stage(_) => "scratch".to_string(),
        Base::Image(reference) => {
            let used = attempt.built.bases.iter().find(|used| used.reference == *reference);
            match used {
                Some(used) if means => used.resolved.clone(),
                None if means => return no_image(attempt),
                _ => reference.to_string(),
            }
        }
    };
    Observation::new(Standing::of(fits(pattern, &name)), "observed.base", &[("base", &name)])
}

fn no_check(rule: &str, attempt: &Attempt<'_>) -> Observation {
    if attempt.built.plan.is_none() {
        return no_plan(attempt);
    }
    let found =
        |line: usize| Observation::new(Missed, "observed.check", &[("rule", rule), ("line", &line.to_string())]);
    let linted = attempt.linted();
    if let Some(warning) = linted.warnings.iter().find(|warning| warning.rule.name == rule) {
        return found(warning.line);
    }
    let is_own = crate::advice::RULES.iter().any(|own| own.code == rule || own.name == rule);
    if is_own {
        let advised = attempt.advised();
        if let Some(one) = advised.findings.iter().find(|one| one.rule.code == rule || one.rule.name == rule) {
            return found(one.line);
        }
        if advised.error.is_some() || !advised.assumed.is_empty() {
            return Observation::new(Unknown, "observed.check-unknown", &[("rule", rule)]);
        }
    } else if linted.error.is_some() {
        return Observation::new(Unknown, "observed.check-unknown", &[("rule", rule)]);
    }
    Observation::new(Reached, "observed.no-check", &[("rule", rule)])
}

/// Conditions about the image.
fn of_image(condition: &Condition, attempt: &Attempt<'_>, made: &Arc<Image>) -> Observation {
    match condition {
        Condition::SizeUnder(limit) => image::size_under(made, limit.0),
        Condition::SizeAtMostOfStart(percent) => match attempt.start_size() {
            Some(start) => image::size_at_most(made, start, percent.0),
            None => Observation::new(Unknown, "observed.start-has-no-size", &[]),
        },
        Condition::LayersAtMost(limit) => {
            let count = layers(&attempt.built);
            Observation::new(
                Standing::of(count as u64 <= limit.0),
                "observed.layers",
                &[("count", &count.to_string()), ("size", &human_size(made.size().at_least(), 3))],
            )
        }
        Condition::PathInImage(path) => image::path_in_image(made, path, Sought::There),
        Condition::PathNotInImage(path) => image::path_in_image(made, path, Sought::Absent),
        Condition::PathInLayer(path) => image::path_in_layer(made, path, Sought::There),
        Condition::PathInNoLayer(path) => image::path_in_layer(made, path, Sought::Absent),
        Condition::File(file) => image::file(made, file),
        Condition::User(user) => image::user(made, user),
        Condition::Command(pattern) => {
            let command = crate::image_start::command(made, &attempt.pack.arguments).join(" ");
            Observation::new(Standing::of(fits(pattern, &command)), "observed.command", &[("command", &command)])
        }
        Condition::Workdir(path) => {
            let own = made.config.directory();
            Observation::new(Standing::of(own == *path), "observed.workdir", &[("path", &own)])
        }
        Condition::Env(pair) => image::env(made, pair),
        Condition::Label(pair) => image::label(made, pair),
        Condition::Port(port) => image::port(made, &port.0),
        Condition::ProgramStatic => image::program(made, attempt.run.as_ref(), None),
        Condition::ProgramNeeds(library) => image::program(made, attempt.run.as_ref(), Some(library)),
        _ => Observation::new(Unknown, "observed.nothing", &[]),
    }
}
