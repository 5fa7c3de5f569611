//! SP003, PackageCache: caches of package managers that stay in a layer.

use super::check_context::CheckContext;
use super::package_managers::{self, CacheFix, Manager};
use super::{Advice, Fix, SP003, instruction_edits};
use crate::build::Step;
use crate::dockerfile::Instruction;
use crate::fs::path;
use crate::measure::Size;
use crate::text::TextEdit;

/// Runs the check: one finding for each package manager in a step.
pub(super) fn check(check: &CheckContext) -> Vec<Advice> {
    let mut found = Vec::new();
    for step in check.shipped_steps().filter(|step| step.keyword == "RUN") {
        let Some(instruction) = check.instruction(step) else { continue };
        for manager in package_managers::MANAGERS {
            let Some((at, argv)) = step.commands.iter().enumerate().find(|(_, argv)| fills(manager, argv)) else {
                continue;
            };
            let later = step.commands.get(at..).unwrap_or(&[]);
            if is_kept_out(check, step, instruction, manager) || later.iter().any(|argv| empties(manager, argv)) {
                continue;
            }
            let cost = cost(step, manager);
            let directory = manager.cache.first().copied().unwrap_or("");
            let params = vec![
                ("command", package_managers::abbreviated(argv)),
                ("directory", directory.to_string()),
                ("cost", cost.as_ref().map_or_else(String::new, Size::human)),
            ];
            let id = if cost.is_some() { "advice.SP003.known" } else { "advice.SP003" };
            let cost =
                cost.or_else(|| Some(Size::unknown(0, format!("{}: not modelled", manager.programs.join(", ")))));
            let mut advice = check.advice(&SP003, id, step.line, params, cost);
            advice.fix = cache_fix(check, step, instruction, manager, argv);
            found.push(advice);
        }
    }
    found
}

/// Whether a command fills the manager's cache.
fn fills(manager: &Manager, argv: &[String]) -> bool {
    package_managers::calls(manager.programs, manager.verbs, argv)
        && !argv.iter().any(|word| manager.no_cache_options.contains(&word.as_str()))
}

/// Whether an environment variable or a mount keeps the cache out of the layer.
fn is_kept_out(check: &CheckContext, step: &Step, instruction: &Instruction, manager: &Manager) -> bool {
    let set = |name: &str| {
        let image = check.built.stages.get(step.stage).and_then(Option::as_ref);
        image.and_then(|image| image.config.env_value(name)).is_some_and(|value| !value.is_empty() && value != "0")
    };
    manager.no_cache_variable.is_some_and(set) || is_mounted(instruction, manager)
}

/// Whether a cache or tmpfs mount covers the manager's cache.
fn is_mounted(instruction: &Instruction, manager: &Manager) -> bool {
    let targets = instruction.flag_values("mount").filter_map(|mount| {
        let field = |names: &[&str]| {
            let pairs = mount.split(',').filter_map(|field| field.trim().split_once('='));
            pairs.clone().find(|(name, _)| names.contains(name)).map(|(_, value)| value)
        };
        field(&["type"]).filter(|kind| matches!(*kind, "cache" | "tmpfs"))?;
        field(&["target", "dst", "destination"])
    });
    let targets: Vec<&str> = targets.map(|target| target.trim_end_matches('/')).collect();
    manager.cache.iter().any(|cache| targets.iter().any(|target| path::is_within(cache, target)))
}

/// Whether a command empties the manager's cache.
fn empties(manager: &Manager, argv: &[String]) -> bool {
    let rest = argv.get(1..).unwrap_or(&[]);
    let hits = |word: &String| {
        let place = word.trim_end_matches(['*', '/', '.', '?']);
        let home = place.strip_prefix("~/").map(|rest| format!("/root/{rest}"));
        let place = home.as_deref().unwrap_or(place);
        place.starts_with('/')
            && manager.cache.iter().any(|cache| path::is_within(cache, place) || path::is_within(place, cache))
    };
    match package_managers::program(argv) {
        "rm" => rest.iter().any(hits),
        "find" => rest.iter().any(hits) && rest.iter().any(|word| word == "-delete" || word == "rm"),
        name => manager.clean.iter().any(|words| {
            let [program, rest_of_it @ ..] = *words else { return false };
            *program == name && rest_of_it.iter().all(|argument| rest.iter().any(|word| word == argument))
        }),
    }
}

/// The size of the cache in the step's layer; `None` if it is not known.
fn cost(step: &Step, manager: &Manager) -> Option<Size> {
    let entries = &step.layer.as_ref()?.entries;
    let below = entries.iter().filter(|entry| manager.cache.iter().any(|cache| path::is_within(&entry.path, cache)));
    let sizes: Vec<Size> = below.map(|entry| entry.size.clone()).filter(|size| *size != Size::ZERO).collect();
    (!sizes.is_empty()).then(|| sizes.into_iter().sum())
}

/// The fix: a flag or a command that keeps the cache out of the layer.
fn cache_fix(
    check: &CheckContext,
    step: &Step,
    instruction: &Instruction,
    manager: &Manager,
    argv: &[String],
) -> Option<Fix> {
    let (change, param): (TextEdit, &str) = match manager.cache_fix {
        CacheFix::Flag(flag) => {
            let verb = argv.iter().find(|word| manager.verbs.contains(&word.as_str()))?;
            (instruction_edits::insert_behind_verb(check.text(), instruction, argv.first()?, verb, flag)?, flag)
        }
        CacheFix::Command(command) => {
            (instruction_edits::append(check.text(), instruction, check.plan.escape, command)?, command)
        }
    };
    let mut fix = check.fix("advice.SP003.fix", vec![change], check.is_known(&[step]))?;
    fix.params.push(("what", param.to_string()));
    Some(fix)
}
