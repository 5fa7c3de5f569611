//! Conditions about a Dockerfile and its build: its stages, its instructions, the steps that an edit reuses, the base
//! of its last stage, its checks.

use super::attempt::Attempt;
use super::condition::{Condition, StepAfterEdit};
use super::observation::{Observation, Standing};
use super::text::{fits, single_spaced};
use crate::build::Built;
use crate::dockerfile::{self, Command, Instruction, Kind};
use crate::image::Image;
use crate::plan::{Base, Stage};
use std::sync::Arc;

use Standing::{Missed, Reached, Unknown};

pub(super) fn no_image(attempt: &Attempt<'_>) -> Observation {
    let standing = if attempt.is_build_unknown() { Unknown } else { Missed };
    match &attempt.built.error {
        Some(error) => Observation::failed_build(standing, error),
        None => Observation::new(standing, "observed.no-image", &[]),
    }
}

/// A Dockerfile that cannot be read.
pub(super) fn no_plan(attempt: &Attempt<'_>) -> Observation {
    no_image(attempt)
}

pub(super) fn made_image<'a>(attempt: &'a Attempt<'_>) -> Result<&'a Arc<Image>, Observation> {
    attempt.image().map_err(|_| no_image(attempt))
}

pub(super) fn build(condition: &Condition, attempt: &Attempt<'_>) -> Observation {
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

pub(super) fn stage(condition: &Condition, name: &str, attempt: &Attempt<'_>) -> Observation {
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
pub(super) fn is_instruction(pattern: &str, instruction: &Instruction) -> bool {
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

pub(super) fn step_after_edit(wanted: &StepAfterEdit, reused: bool, attempt: &Attempt<'_>) -> Observation {
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
pub(super) fn layers(built: &Built) -> usize {
    let stages: Vec<usize> = chain(built).iter().map(|stage| stage.index).collect();
    built.steps.iter().filter(|step| step.layer.is_some() && stages.contains(&step.stage)).count()
}

pub(super) fn final_base(pattern: &str, means: bool, attempt: &Attempt<'_>) -> Observation {
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

pub(super) fn no_check(rule: &str, attempt: &Attempt<'_>) -> Observation {
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
