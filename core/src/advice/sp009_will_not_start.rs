//! SP009, WillNotStart: the image does not start, or a program copied into it does not. It is reported as SP008 where the
//! C library is the cause.

use super::check_context::CheckContext;
use super::sp008_libc_mismatch::is_libc_mismatch;
use super::{Advice, Fix, Rule, SP008, SP009};
use crate::build::Step;
use crate::dockerfile::{Instruction, Kind};
use crate::elf::Machine;
use crate::exec::{self, Cause, Credentials, Verdict};
use crate::explain::{self, Proof};
use crate::fs::EntryKind;
use crate::image_start;

/// Runs the check on the image's start and on the programs that COPY --from copies into it.
pub(super) fn check(check: &CheckContext) -> Vec<Advice> {
    let mut found: Vec<Advice> = Vec::new();
    let mut reported: Option<String> = None;
    if let Some(run) = &check.run
        && let Some(cause) = run.cause.as_ref().filter(|cause| is_of_dockerfile(cause))
    {
        let line = start_instruction(check).map_or(1, |one| one.line);
        let path = program(cause);
        let copy = path.as_deref().and_then(|path| copy_step_of(check, path));
        let mut advice = finding(check, rule(check, cause, copy), cause, line);
        let mut prove = |text: &str| {
            let image = check.rebuild(text, None)?;
            let run = image_start::start(&image, &[], &check.request.engine);
            Some(Proof { verdict: run.verdict, size: image.size() })
        };
        let (fixes, _) = explain::fixes(check.request, check.built, run, check.catalogue, &mut prove);
        advice.fix = fixes.into_iter().next().map(|fix| Fix {
            id: format!("fix.{}", fix.id).into(),
            params: fix.params,
            edits: fix.edits,
            safe: false,
        });
        reported = path;
        found.push(advice);
    }
    found.extend(copied_programs(check, reported.as_deref()));
    found
}

/// Whether the Dockerfile could be otherwise: an image without a command may be a base image for others, variables come
/// with `docker run`, and a tool that ends with an error may want arguments.
fn is_of_dockerfile(cause: &Cause) -> bool {
    !matches!(cause, Cause::NothingToStart | Cause::VariableMissing { .. } | Cause::ExitsWithError { .. })
}

/// Programs that a COPY --from copies and that the image cannot start.
fn copied_programs(check: &CheckContext, reported: Option<&str>) -> Vec<Advice> {
    let Some(image) = check.image else { return Vec::new() };
    let mut found = Vec::new();
    for step in check.shipped_steps() {
        let from_elsewhere = check.instruction(step).is_some_and(|one| one.flag("from").is_some());
        let Some(layer) = step.layer.as_ref().filter(|_| from_elsewhere) else { continue };
        let programs = layer.entries.iter().filter(|entry| {
            let head = entry.content.as_ref().map_or(&[][..], |content| content.head());
            entry.kind == EntryKind::File && entry.mode & 0o111 != 0 && crate::elf::is_elf(head)
        });
        for entry in programs.filter(|entry| reported != Some(&*entry.path) && image.tree.get(&entry.path).is_some()) {
            let root = Credentials::default();
            let argv = [entry.path.to_string()];
            let outcome = exec::execve(&image.tree, "/", &entry.path, &argv, &image.config.env, &root, Machine::X86_64);
            if let (Verdict::Fails, Some(cause)) = (outcome.verdict, &outcome.cause) {
                found.push(finding(check, rule(check, cause, Some(step)), cause, step.line));
            }
        }
    }
    found
}

/// A finding that explains the cause of a failed start.
fn finding(check: &CheckContext, rule: &'static Rule, cause: &Cause, line: usize) -> Advice {
    check.advice(rule, format!("cause.{}", cause.code()), line, cause.params(), None)
}

/// The path of the program that a cause is about.
fn program(cause: &Cause) -> Option<String> {
    cause.params().into_iter().find(|(name, _)| *name == "path").map(|(_, path)| path)
}

/// The COPY or ADD that put a path into the image.
fn copy_step_of<'a>(check: &'a CheckContext, path: &str) -> Option<&'a Step> {
    let has = |step: &&Step| {
        let entries = step.layer.as_ref().map_or(&[][..], |layer| &layer.entries);
        matches!(step.keyword.as_str(), "COPY" | "ADD")
            && entries.iter().any(|entry| *entry.path == *path && entry.kind == EntryKind::File)
    };
    check.shipped_steps().filter(has).last()
}

/// The last ENTRYPOINT, else the last CMD, else the target's FROM.
fn start_instruction<'a>(check: &'a CheckContext) -> Option<&'a Instruction> {
    let own =
        check.chain.iter().filter_map(|index| check.plan.stages.get(*index)).flat_map(|stage| &stage.instructions);
    let all: Vec<&Instruction> = own.collect();
    let last = |matches: fn(&Kind) -> bool| all.iter().rev().copied().find(|one| matches(&one.kind));
    last(|kind| matches!(kind, Kind::Entrypoint(_)))
        .or_else(|| last(|kind| matches!(kind, Kind::Cmd(_))))
        .or_else(|| check.target().map(|stage| &stage.from))
}

/// The check that reports a cause.
fn rule(check: &CheckContext, cause: &Cause, copied_by: Option<&Step>) -> &'static Rule {
    if is_libc_mismatch(check, cause, copied_by) { &SP008 } else { &SP009 }
}
