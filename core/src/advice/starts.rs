//! What comes of the image when it is started.

use super::assume::Assumption;
use super::case::Case;
use super::{Advice, Fix, Rule, SP007, SP008, SP009};
use crate::build::Step;
use crate::dockerfile::{Instruction, Kind};
use crate::elf::Machine;
use crate::exec::{self, Cause, Credentials, Verdict};
use crate::explain::{self, Proof};
use crate::fs::EntryKind;
use crate::start;
use crate::text::TextEdit;

/// The program runs as root, and this Dockerfile says what runs.
///
/// Where ENTRYPOINT and CMD are the base image's, its program may lay root down by itself.
pub(super) fn as_root(case: &Case) -> Vec<Advice> {
    let (Some(image), Some(target)) = (case.image, case.target()) else { return Vec::new() };
    let user = image.config.user.split(':').next().unwrap_or("");
    if !matches!(user, "" | "0" | "root") {
        return Vec::new();
    }
    let own = case.chain.iter().filter_map(|index| case.plan.stages.get(*index)).flat_map(|stage| &stage.instructions);
    let starters: Vec<&Instruction> =
        own.filter(|one| matches!(one.kind, Kind::Entrypoint(_) | Kind::Cmd(_))).collect();
    let is_assumed = case.assumed.iter().any(|one| matches!(one, Assumption::Image(_)));
    let Some(last) = starters.last().filter(|_| !is_assumed || !user.is_empty()) else {
        return Vec::new();
    };
    let mut advice = case.advice(&SP007, "advice.SP007", last.line, Vec::new(), None);
    let end = target.instructions.last().map_or(target.from.span.end, |one| one.span.end);
    let end = case.text().get(..end).map_or(end, |text| text.trim_end().len());
    // By number: it needs no line in the image's passwd file. 65534 is nobody's on Linux.
    let edits = vec![TextEdit { span: end..end, insert: "\nUSER 65534:65534".into() }];
    advice.fix = case.fix("advice.SP007.fix", edits, false);
    vec![advice]
}

/// The image does not start, or programs copied into it do not.
pub(super) fn failing(case: &Case) -> Vec<Advice> {
    let mut found: Vec<Advice> = Vec::new();
    let mut told: Option<String> = None;
    // An image without a command is a base for others; that is no mistake.
    if let Some(run) = &case.run
        && let Some(cause) = run.cause.as_ref().filter(|cause| **cause != Cause::NothingToStart)
    {
        let line = starter(case).map_or(1, |one| one.line);
        let path = program(cause);
        let copy = path.as_deref().and_then(|path| brought_by(case, path));
        let mut advice = about(case, rule(case, cause, copy), cause, line);
        let mut prove = |text: &str| {
            let image = case.rebuild(text, None)?;
            let run = start::start(&image, &[], &case.request.engine);
            Some(Proof { verdict: run.verdict, size: image.size() })
        };
        let (fixes, _) = explain::fixes(case.request, case.built, run, case.catalogue, &mut prove);
        advice.fix = fixes.into_iter().next().map(|fix| Fix {
            id: format!("fix.{}", fix.id).into(),
            params: fix.params,
            edits: fix.edits,
            safe: false,
        });
        told = path;
        found.push(advice);
    }
    found.extend(copied_programs(case, told.as_deref()));
    found
}

/// Dynamic programs that a COPY --from brings and that the image cannot start.
fn copied_programs(case: &Case, told: Option<&str>) -> Vec<Advice> {
    let Some(image) = case.image else { return Vec::new() };
    let mut found = Vec::new();
    for step in case.shipped() {
        let from_elsewhere = case.instruction(step).is_some_and(|one| one.flag("from").is_some());
        let Some(layer) = step.layer.as_ref().filter(|_| from_elsewhere) else { continue };
        let programs = layer.entries.iter().filter(|entry| {
            let head = entry.content.as_ref().map_or(&[][..], |content| content.head());
            entry.kind == EntryKind::File && entry.mode & 0o111 != 0 && crate::elf::is_elf(head)
        });
        for entry in programs.filter(|entry| told != Some(&*entry.path) && image.tree.get(&entry.path).is_some()) {
            let root = Credentials::default();
            let argv = [entry.path.to_string()];
            let outcome = exec::execve(&image.tree, "/", &entry.path, &argv, &image.config.env, &root, Machine::X86_64);
            if let (Verdict::Fails, Some(cause)) = (outcome.verdict, &outcome.cause) {
                found.push(about(case, rule(case, cause, Some(step)), cause, step.line));
            }
        }
    }
    found
}

fn about(case: &Case, rule: &'static Rule, cause: &Cause, line: usize) -> Advice {
    case.advice(rule, format!("cause.{}", cause.code()), line, cause.params(), None)
}

/// A loader, library or version that is missing, of a program from a stage or image with another C library.
fn rule(case: &Case, cause: &Cause, brought: Option<&Step>) -> &'static Rule {
    let of_libc = matches!(
        cause,
        Cause::InterpreterMissing { .. }
            | Cause::LibraryMissing { .. }
            | Cause::LibraryUnusable { .. }
            | Cause::SymbolMissing { .. }
            | Cause::VersionMissing { .. }
    );
    let from_elsewhere = brought.and_then(|step| case.instruction(step)).is_some_and(|one| one.flag("from").is_some());
    if of_libc && from_elsewhere { &SP008 } else { &SP009 }
}

fn program(cause: &Cause) -> Option<String> {
    cause.params().into_iter().find(|(name, _)| *name == "path").map(|(_, path)| path)
}

/// The COPY or ADD that put a path into the image.
fn brought_by<'a>(case: &'a Case, path: &str) -> Option<&'a Step> {
    let has = |step: &&Step| {
        let entries = step.layer.as_ref().map_or(&[][..], |layer| &layer.entries);
        matches!(step.keyword.as_str(), "COPY" | "ADD")
            && entries.iter().any(|entry| *entry.path == *path && entry.kind == EntryKind::File)
    };
    case.shipped().filter(has).last()
}

/// The instruction that says what starts, else the target's FROM.
fn starter<'a>(case: &'a Case) -> Option<&'a Instruction> {
    let own = case.chain.iter().filter_map(|index| case.plan.stages.get(*index)).flat_map(|stage| &stage.instructions);
    let all: Vec<&Instruction> = own.collect();
    let last = |wanted: fn(&Kind) -> bool| all.iter().rev().copied().find(|one| wanted(&one.kind));
    last(|kind| matches!(kind, Kind::Entrypoint(_)))
        .or_else(|| last(|kind| matches!(kind, Kind::Cmd(_))))
        .or_else(|| case.target().map(|stage| &stage.from))
}
