//! Asks conditions of a workspace, and evaluates the goals of a pack.

use super::attempt::Attempt;
use super::build_conditions::{
    build, final_base, is_instruction, layers, made_image, no_check, no_plan, stage, step_after_edit,
};
use super::condition::Condition;
use super::image_conditions::{self as image, Sought};
use super::observation::{Observation, Standing};
use super::start_conditions::{start, started};
use super::text::{fits, single_spaced};
use crate::image::Image;
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
                &[("count", &count.to_string()), ("size", &made.size().human())],
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
