//! SP001, CopiedUp: files that a RUN copies up for their mode, owner or place.

use super::check_context::CheckContext;
use super::{Advice, Fix, SP001, instruction_edits};
use crate::build::Step;
use crate::dockerfile::Kind;
use crate::engine::Builder;
use crate::fs::{EntryKind, LayerEntry, path};
use crate::measure::Size;
use crate::text::TextEdit;

/// Commands that change a file without writing to it.
const METADATA_COMMANDS: [&str; 4] = ["chmod", "chown", "chgrp", "mv"];

/// Databases and caches of package managers.
const PACKAGE_DATABASES: [&str; 4] = ["/var/lib/dpkg", "/var/lib/apt", "/lib/apk", "/var/cache"];

/// Runs the check.
pub(super) fn check(check: &CheckContext) -> Vec<Advice> {
    let mut found = Vec::new();
    for step in check.shipped_steps().filter(|step| step.keyword == "RUN") {
        let Some(layer) = &step.layer else { continue };
        // Package managers write their own databases again each time.
        let is_database = |path: &str| PACKAGE_DATABASES.iter().any(|folder| path::is_within(path, folder));
        let files: Vec<&LayerEntry> = layer
            .entries
            .iter()
            .filter(|one| one.kind == EntryKind::File && one.same_content && !is_database(&one.path))
            .collect();
        let cost: Size = files.iter().map(|one| one.size.clone()).sum();
        let largest = files.iter().max_by_key(|one| one.size.at_least());
        let Some(largest) = largest.filter(|_| cost != Size::ZERO) else { continue };
        let commands: Vec<&Vec<String>> =
            step.commands.iter().filter(|argv| METADATA_COMMANDS.contains(&verb(argv))).collect();
        let mut verbs: Vec<&str> = commands.iter().map(|argv| verb(argv)).collect();
        verbs.dedup();
        let by = if verbs.is_empty() { "RUN".to_string() } else { verbs.join(", ") };
        let mut params = vec![("path", largest.path.to_string()), ("command", by), ("cost", cost.human())];
        let id = if files.len() == 1 { "advice.SP001" } else { "advice.SP001.many" };
        if files.len() > 1 {
            params.push(("more", (files.len() - 1).to_string()));
        }
        let mut advice = check.advice(&SP001, id, step.line, params, Some(cost));
        advice.fix = commands.iter().find_map(|argv| move_into_copy(check, step, &files, argv));
        found.push(advice);
    }
    found
}

fn verb(argv: &[String]) -> &str {
    argv.first().map_or("", |name| path::file_name(name))
}

/// The fix: `COPY --chmod` instead of `COPY` and `RUN chmod`; the same for chown and mv.
fn move_into_copy(check: &CheckContext, step: &Step, files: &[&LayerEntry], argv: &[String]) -> Option<Fix> {
    let copies_it = |step: &&Step| {
        let entries = step.layer.as_ref().map_or(&[][..], |layer| &layer.entries);
        let has = |path: &str| entries.iter().any(|one| one.kind == EntryKind::File && *one.path == *path);
        let named = || argv.get(1..).unwrap_or(&[]).iter().any(|word| has(&path::join("/", word)));
        matches!(step.keyword.as_str(), "COPY" | "ADD") && (files.iter().any(|file| has(&file.path)) || named())
    };
    let before: Vec<&Step> = check.shipped_steps().take_while(|other| !std::ptr::eq(*other, step)).collect();
    let copy_step =
        before.iter().rev().copied().find(|other| copies_it(other)).filter(|one| one.stage == step.stage)?;
    let copy = check.instruction(copy_step)?;
    let run = check.instruction(step)?;
    let words: Vec<&String> = argv.get(1..)?.iter().filter(|word| !word.starts_with('-')).collect();
    let change = match verb(argv) {
        "chmod" if check.request.builder == Builder::Buildkit && copy.flag("chmod").is_none() => {
            let mode = files.first()?.mode & 0o7777;
            instruction_edits::add_flag(check.text(), copy, &format!("--chmod={mode:o}"))?
        }
        "chown" if copy.flag("chown").is_none() => {
            instruction_edits::add_flag(check.text(), copy, &format!("--chown={}", words.first()?))?
        }
        "mv" => {
            let ([_, target], Kind::Copy { sources, destination }) = (words.as_slice(), &copy.kind) else {
                return None;
            };
            let own = check.text().get(copy.span.clone())?;
            let at = copy.span.start + own.rfind(destination.as_str()).filter(|_| sources.len() == 1)?;
            TextEdit { span: at..at + destination.len(), insert: (*target).clone() }
        }
        _ => return None,
    };
    let removal = instruction_edits::remove_command(check.text(), run, check.plan.escape, argv)?;
    let mut fix = check.fix("advice.SP001.fix", vec![change, removal], check.is_known(&[copy_step, step]))?;
    fix.params.push(("line", copy.line.to_string()));
    Some(fix)
}
