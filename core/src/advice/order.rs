//! COPY instructions that make long steps run anew at each edit.
//!
//! Found by trying: a file is put beside those that a COPY takes, the build is done again on the
//! cache of the first, and an install step behind it that is not taken from the cache is told.

use super::case::Case;
use super::packages::{self, Install};
use super::{Advice, Fix, SP005, edit};
use crate::build::{Request, Step};
use crate::dockerfile::{Command, Instruction, Kind};
use crate::fs::{Content, Tree, path};
use crate::measure::Size;
use crate::text::{TextEdit, apply_edits};

/// A name that no project has.
const PROBE: &str = "stageplay-probe.txt";

pub(super) fn breaks_cache(case: &Case) -> Vec<Advice> {
    let mut found = Vec::new();
    for (at, step) in case.built.steps.iter().enumerate().filter(|(_, step)| step.keyword == "RUN") {
        let Some((argv, install)) = step.commands.iter().find_map(|argv| Some((argv, packages::install(argv)?))) else {
            continue;
        };
        let before = case.built.steps.get(..at).unwrap_or(&[]);
        let mut copies = before.iter().filter(|other| other.stage == step.stage).filter_map(|other| {
            let instruction = case.instruction(other)?;
            Some((instruction, folder(case, instruction)?))
        });
        let Some((copy, folder)) = copies.find(|(_, folder)| reruns(case, case.text(), folder, step.stage, argv))
        else {
            continue;
        };
        let cost = step.layer.as_ref().map_or(Size::ZERO, |layer| layer.size.clone());
        let params = vec![
            ("command", packages::shown(argv)),
            ("line", copy.line.to_string()),
            ("source", if folder == "/" { ".".into() } else { folder.trim_start_matches('/').to_string() }),
        ];
        let mut advice = case.advice(&SP005, "advice.SP005", step.line, params, Some(cost));
        advice.fix = earlier(case, step, copy, &folder, install, argv);
        found.push(advice);
    }
    found
}

/// The folder of the context that a COPY takes whole.
fn folder(case: &Case, instruction: &Instruction) -> Option<String> {
    let (Kind::Copy { sources, .. } | Kind::Add { sources, .. }) = &instruction.kind else { return None };
    if instruction.flag("from").is_some() {
        return None;
    }
    let whole = sources.iter().map(|source| path::join("/", source));
    whole.into_iter().find(|place| case.request.context.get(place).is_some_and(|node| node.is_dir()))
}

/// Whether a change of some file in the folder makes a command run again.
fn reruns(case: &Case, text: &str, folder: &str, stage: usize, argv: &[String]) -> bool {
    let mut context: Tree = case.request.context.clone();
    let place = path::join(folder, PROBE);
    if context.write(&place, Content::inline(*b"changed"), 0o644, 0, 0).is_err() {
        return false;
    }
    let request = Request { dockerfile: text.to_string(), context, ..case.request.clone() };
    let Some(again) = case.build(request) else { return false };
    let mut steps = again.steps.iter().filter(|step| step.stage == stage);
    steps.any(|step| !step.cached && step.commands.iter().any(|other| other == argv))
}

/// The install in front of the COPY, with the few files that it reads.
fn earlier(
    case: &Case,
    step: &Step,
    copy: &Instruction,
    folder: &str,
    install: &Install,
    argv: &[String],
) -> Option<Fix> {
    let run = case.instruction(step)?;
    let text = case.text();
    let own = text.get(run.span.clone())?.trim_end();
    // What is more than the install stays where it is, and is not for us to take apart.
    if !matches!(run.kind, Kind::Run(Command::Shell(_))) || !run.heredocs.is_empty() {
        return None;
    }
    let mut insert = String::new();
    let mut manifests_bytes = 0;
    if !install.manifests.is_empty() {
        let (Kind::Copy { destination, .. } | Kind::Add { destination, .. }) = &copy.kind else { return None };
        let size = |name: &str| Some(case.request.context.get(&path::join(folder, name))?.content()?.len);
        manifests_bytes = install.manifests.iter().filter_map(|name| size(name)).sum();
        let prefix = folder.trim_start_matches('/');
        let here: Vec<String> = install
            .manifests
            .iter()
            .filter(|name| size(name).is_some())
            .map(|name| if prefix.is_empty() { (*name).to_string() } else { format!("{prefix}/{name}") })
            .collect();
        if here.is_empty() {
            return None;
        }
        let into = format!("{}/", destination.trim_end_matches('/'));
        insert = format!("COPY {} {}\n", here.join(" "), if into == "/" { "/" } else { &into });
    }
    insert.push_str(own);
    insert.push('\n');
    let start = crate::text::whole_lines(text, &copy.span).start;
    let edits = vec![TextEdit { span: start..start, insert }, edit::delete(text, run)];
    let fixed = apply_edits(text, &edits)?;
    // The few files are in a layer of their own, too.
    let mut fix = case.fix_within(manifests_bytes, "advice.SP005.fix", edits, case.is_known(&[step]))?;
    // That was built and is cached now: the same with another file shows whether it helps.
    if reruns(case, &fixed, folder, step.stage, argv) {
        return None;
    }
    fix.params.push(("line", copy.line.to_string()));
    Some(fix)
}
