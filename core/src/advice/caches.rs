//! What package managers leave behind for a next time that an image does not have.

use super::case::Case;
use super::packages::{self, Cure, Manager};
use super::{Advice, Fix, SP003, edit};
use crate::build::Step;
use crate::dockerfile::Instruction;
use crate::fs::path;
use crate::measure::Size;
use crate::text::TextEdit;

/// One remark for each package manager in a step.
pub(super) fn left(case: &Case) -> Vec<Advice> {
    let mut found = Vec::new();
    for step in case.shipped().filter(|step| step.keyword == "RUN") {
        let Some(instruction) = case.instruction(step) else { continue };
        for manager in packages::MANAGERS {
            let Some((at, argv)) = step.commands.iter().enumerate().find(|(_, argv)| fills(manager, argv)) else {
                continue;
            };
            let later = step.commands.get(at..).unwrap_or(&[]);
            if is_kept_out(case, step, instruction, manager) || later.iter().any(|argv| empties(manager, argv)) {
                continue;
            }
            let cost = cost(step, manager);
            let directory = manager.cache.first().copied().unwrap_or("");
            let params = vec![
                ("command", packages::shown(argv)),
                ("directory", directory.to_string()),
                ("cost", cost.as_ref().map_or_else(String::new, Size::human)),
            ];
            let id = if cost.is_some() { "advice.SP003.known" } else { "advice.SP003" };
            let cost =
                cost.or_else(|| Some(Size::unknown(0, format!("{}: not modelled", manager.programs.join(", ")))));
            let mut advice = case.advice(&SP003, id, step.line, params, cost);
            advice.fix = cure(case, step, instruction, manager, argv);
            found.push(advice);
        }
    }
    found
}

/// Whether a command makes the manager keep something.
fn fills(manager: &Manager, argv: &[String]) -> bool {
    packages::calls(manager.programs, manager.verbs, argv)
        && !argv.iter().any(|word| manager.without.contains(&word.as_str()))
}

/// Whether nothing of the cache reaches the layer: an environment variable, or a mount.
fn is_kept_out(case: &Case, step: &Step, instruction: &Instruction, manager: &Manager) -> bool {
    let set = |name: &str| {
        let image = case.built.stages.get(step.stage).and_then(Option::as_ref);
        image.and_then(|image| image.config.env_value(name)).is_some_and(|value| !value.is_empty() && value != "0")
    };
    manager.off.is_some_and(set) || mounted(instruction, manager)
}

fn mounted(instruction: &Instruction, manager: &Manager) -> bool {
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

/// Whether a command takes the cache away again.
fn empties(manager: &Manager, argv: &[String]) -> bool {
    let rest = argv.get(1..).unwrap_or(&[]);
    let hits = |word: &String| {
        let place = word.trim_end_matches(['*', '/', '.', '?']);
        let home = place.strip_prefix("~/").map(|rest| format!("/root/{rest}"));
        let place = home.as_deref().unwrap_or(place);
        place.starts_with('/')
            && manager.cache.iter().any(|cache| path::is_within(cache, place) || path::is_within(place, cache))
    };
    match packages::program(argv) {
        "rm" => rest.iter().any(hits),
        "find" => rest.iter().any(hits) && rest.iter().any(|word| word == "-delete" || word == "rm"),
        name => manager.clean.iter().any(|words| {
            let [program, rest_of_it @ ..] = *words else { return false };
            *program == name && rest_of_it.iter().all(|wanted| rest.iter().any(|word| word == wanted))
        }),
    }
}

/// What the step's layer holds below the cache's directories; `None` if that is not known.
fn cost(step: &Step, manager: &Manager) -> Option<Size> {
    let entries = &step.layer.as_ref()?.entries;
    let below = entries.iter().filter(|entry| manager.cache.iter().any(|cache| path::is_within(&entry.path, cache)));
    let sizes: Vec<Size> = below.map(|entry| entry.size.clone()).filter(|size| *size != Size::ZERO).collect();
    (!sizes.is_empty()).then(|| sizes.into_iter().sum())
}

fn cure(case: &Case, step: &Step, instruction: &Instruction, manager: &Manager, argv: &[String]) -> Option<Fix> {
    let (change, param): (TextEdit, &str) = match manager.cure {
        Cure::Flag(flag) => {
            let verb = argv.iter().find(|word| manager.verbs.contains(&word.as_str()))?;
            (edit::behind_words(case.text(), instruction, argv.first()?, verb, flag)?, flag)
        }
        Cure::Command(command) => (edit::append(case.text(), instruction, case.plan.escape, command)?, command),
    };
    let mut fix = case.fix("advice.SP003.fix", vec![change], case.is_known(&[step]))?;
    fix.params.push(("what", param.to_string()));
    Some(fix)
}
