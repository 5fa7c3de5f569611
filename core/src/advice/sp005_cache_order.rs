//! SP005, CacheOrder: COPY instructions that make install steps run again after each edit.
//!
//! Found by a trial build: a file is added to the directory that a COPY copies, the build is repeated with the cache of
//! the first, and an install step behind the COPY that is not taken from the cache is reported.

use super::check_context::CheckContext;
use super::package_managers::{self, Install};
use super::{Advice, Fix, SP005, instruction_edits};
use crate::build::{Request, Step};
use crate::dockerfile::{Command, Instruction, Kind};
use crate::fs::{Content, Tree, path};
use crate::measure::Size;
use crate::text::{TextEdit, apply_edits};

/// The name of the added file, which no project has.
const PROBE_FILE: &str = "stageplay-probe.txt";

/// Runs the check.
pub(super) fn check(check: &CheckContext) -> Vec<Advice> {
    let mut found = Vec::new();
    for (at, step) in check.built.steps.iter().enumerate().filter(|(_, step)| step.keyword == "RUN") {
        let Some((argv, install)) =
            step.commands.iter().find_map(|argv| Some((argv, package_managers::install(argv)?)))
        else {
            continue;
        };
        let before = check.built.steps.get(..at).unwrap_or(&[]);
        let mut copies = before.iter().filter(|other| other.stage == step.stage).filter_map(|other| {
            let instruction = check.instruction(other)?;
            Some((instruction, folder(check, instruction)?))
        });
        let Some((copy, folder)) = copies.find(|(_, folder)| reruns(check, check.text(), folder, step.stage, argv))
        else {
            continue;
        };
        let cost = step.layer.as_ref().map_or(Size::ZERO, |layer| layer.size.clone());
        let params = vec![
            ("command", package_managers::abbreviated(argv)),
            ("line", copy.line.to_string()),
            ("source", if folder == "/" { ".".into() } else { folder.trim_start_matches('/').to_string() }),
        ];
        let mut advice = check.advice(&SP005, "advice.SP005", step.line, params, Some(cost));
        advice.fix = install_before_copy(check, step, copy, &folder, install, argv);
        found.push(advice);
    }
    found
}

/// The directory of the context that a COPY copies as a whole.
fn folder(check: &CheckContext, instruction: &Instruction) -> Option<String> {
    let (Kind::Copy { sources, .. } | Kind::Add { sources, .. }) = &instruction.kind else { return None };
    if instruction.flag("from").is_some() {
        return None;
    }
    let whole = sources.iter().map(|source| path::join("/", source));
    whole.into_iter().find(|place| check.request.context.get(place).is_some_and(|node| node.is_dir()))
}

/// Whether a change of a file in the directory makes a command run again.
fn reruns(check: &CheckContext, text: &str, folder: &str, stage: usize, argv: &[String]) -> bool {
    let mut context: Tree = check.request.context.clone();
    let place = path::join(folder, PROBE_FILE);
    if context.write(&place, Content::inline(*b"changed"), 0o644, 0, 0).is_err() {
        return false;
    }
    let request = Request { dockerfile: text.to_string(), context, ..check.request.clone() };
    let Some(again) = check.build(request) else { return false };
    let mut steps = again.steps.iter().filter(|step| step.stage == stage);
    steps.any(|step| !step.cached && step.commands.iter().any(|other| other == argv))
}

/// The fix: moves the install step in front of the COPY, with the manifest files that it reads.
fn install_before_copy(
    check: &CheckContext,
    step: &Step,
    copy: &Instruction,
    folder: &str,
    install: &Install,
    argv: &[String],
) -> Option<Fix> {
    let run = check.instruction(step)?;
    let text = check.text();
    let own = text.get(run.span.clone())?.trim_end();
    // Only a RUN in shell form without here-documents is moved.
    if !matches!(run.kind, Kind::Run(Command::Shell(_))) || !run.heredocs.is_empty() {
        return None;
    }
    let mut insert = String::new();
    let mut manifests_bytes = 0;
    if !install.manifests.is_empty() {
        let (Kind::Copy { destination, .. } | Kind::Add { destination, .. }) = &copy.kind else { return None };
        let size = |name: &str| Some(check.request.context.get(&path::join(folder, name))?.content()?.len);
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
    let edits = vec![TextEdit { span: start..start, insert }, instruction_edits::delete(text, run)];
    let fixed = apply_edits(text, &edits)?;
    // The manifest files are also in a layer of their own.
    let mut fix = check.fix_within(manifests_bytes, "advice.SP005.fix", edits, check.is_known(&[step]))?;
    // The fixed Dockerfile is cached now: another trial shows whether the fix helps.
    if reruns(check, &fixed, folder, step.stage, argv) {
        return None;
    }
    fix.params.push(("line", copy.line.to_string()));
    Some(fix)
}
