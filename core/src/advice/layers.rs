//! Files that the image carries more than once, or though they are gone.

use super::case::Case;
use super::{Advice, Fix, SP001, SP002, edit};
use crate::build::Step;
use crate::dockerfile::Kind;
use crate::engine::Builder;
use crate::fs::{Change, Content, EntryKind, LayerEntry, path};
use crate::measure::Size;
use crate::text::TextEdit;
use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

/// Commands that change a file without writing to it.
const VERBS: [&str; 4] = ["chmod", "chown", "chgrp", "mv"];

/// Folders of package managers.
const DATABASES: [&str; 4] = ["/var/lib/dpkg", "/var/lib/apt", "/lib/apk", "/var/cache"];

/// Files that a RUN copies up for their mode, owner or place.
pub(super) fn copied_up(case: &Case) -> Vec<Advice> {
    let mut found = Vec::new();
    for step in case.shipped().filter(|step| step.keyword == "RUN") {
        let Some(layer) = &step.layer else { continue };
        // What package managers keep for themselves they write anew each time: nobody's mistake.
        let is_database = |path: &str| DATABASES.iter().any(|folder| path::is_within(path, folder));
        let files: Vec<&LayerEntry> = layer
            .entries
            .iter()
            .filter(|one| one.kind == EntryKind::File && one.same_content && !is_database(&one.path))
            .collect();
        let cost: Size = files.iter().map(|one| one.size.clone()).sum();
        let largest = files.iter().max_by_key(|one| one.size.at_least());
        let Some(largest) = largest.filter(|_| cost != Size::ZERO) else { continue };
        let commands: Vec<&Vec<String>> = step.commands.iter().filter(|argv| VERBS.contains(&verb(argv))).collect();
        let mut verbs: Vec<&str> = commands.iter().map(|argv| verb(argv)).collect();
        verbs.dedup();
        let by = if verbs.is_empty() { "RUN".to_string() } else { verbs.join(", ") };
        let mut params = vec![("path", largest.path.to_string()), ("command", by), ("cost", cost.human())];
        let id = if files.len() == 1 { "advice.SP001" } else { "advice.SP001.many" };
        if files.len() > 1 {
            params.push(("more", (files.len() - 1).to_string()));
        }
        let mut advice = case.advice(&SP001, id, step.line, params, Some(cost));
        advice.fix = commands.iter().find_map(|argv| by_copy(case, step, &files, argv));
        found.push(advice);
    }
    found
}

fn verb(argv: &[String]) -> &str {
    argv.first().map_or("", |name| path::file_name(name))
}

/// `COPY` and `RUN chmod` to `COPY --chmod`, and the like.
fn by_copy(case: &Case, step: &Step, files: &[&LayerEntry], argv: &[String]) -> Option<Fix> {
    let brings = |step: &&Step| {
        let entries = step.layer.as_ref().map_or(&[][..], |layer| &layer.entries);
        let has = |path: &str| entries.iter().any(|one| one.kind == EntryKind::File && *one.path == *path);
        let named = || argv.get(1..).unwrap_or(&[]).iter().any(|word| has(&path::join("/", word)));
        matches!(step.keyword.as_str(), "COPY" | "ADD") && (files.iter().any(|file| has(&file.path)) || named())
    };
    let before: Vec<&Step> = case.shipped().take_while(|other| !std::ptr::eq(*other, step)).collect();
    let copy_step = before.iter().rev().copied().find(|other| brings(other)).filter(|one| one.stage == step.stage)?;
    let copy = case.instruction(copy_step)?;
    let run = case.instruction(step)?;
    let words: Vec<&String> = argv.get(1..)?.iter().filter(|word| !word.starts_with('-')).collect();
    let change = match verb(argv) {
        "chmod" if case.request.builder == Builder::Buildkit && copy.flag("chmod").is_none() => {
            let mode = files.first()?.mode & 0o7777;
            edit::add_flag(case.text(), copy, &format!("--chmod={mode:o}"))?
        }
        "chown" if copy.flag("chown").is_none() => {
            edit::add_flag(case.text(), copy, &format!("--chown={}", words.first()?))?
        }
        "mv" => {
            let ([_, target], Kind::Copy { sources, destination }) = (words.as_slice(), &copy.kind) else {
                return None;
            };
            let own = case.text().get(copy.span.clone())?;
            let at = copy.span.start + own.rfind(destination.as_str()).filter(|_| sources.len() == 1)?;
            TextEdit { span: at..at + destination.len(), insert: (*target).clone() }
        }
        _ => return None,
    };
    let removal = edit::take_out(case.text(), run, case.plan.escape, argv)?;
    let mut fix = case.fix("advice.SP001.fix", vec![change, removal], case.is_known(&[copy_step, step]))?;
    fix.params.push(("line", copy.line.to_string()));
    Some(fix)
}

/// A file in the stack of layers.
struct Held {
    size: Size,
    content: Option<Content>,
    /// The line that brought it; `None` for the base image.
    line: Option<usize>,
}

/// Files that a lower layer holds and a higher one hides.
pub(super) fn removed_later(case: &Case) -> Vec<Advice> {
    let mut held: BTreeMap<Arc<str>, Held> = BTreeMap::new();
    for (path, node) in case.base_tree().walk("/") {
        if let Some(content) = node.content() {
            held.insert(path.clone(), Held { size: content.size(), content: None, line: None });
        }
    }
    let mut found = Vec::new();
    for step in case.shipped() {
        let Some(layer) = &step.layer else { continue };
        let mut hidden: Vec<(Arc<str>, Held)> = Vec::new();
        for entry in &layer.entries {
            if matches!(entry.kind, EntryKind::Whiteout | EntryKind::OpaqueDir) {
                hidden.extend(take_below(&mut held, &entry.path));
            }
        }
        let moved = |one: &Held| {
            let same = |entry: &&LayerEntry| entry.change == Change::Added && entry.same_content;
            one.content.is_some() && layer.entries.iter().filter(same).any(|entry| entry.content == one.content)
        };
        hidden.retain(|(_, one)| !moved(one) && one.size != Size::ZERO);
        found.extend(hidden_files(case, step, &hidden));
        for entry in layer.entries.iter().filter(|one| one.kind == EntryKind::File) {
            let one = Held { size: entry.size.clone(), content: entry.content.clone(), line: Some(step.line) };
            held.insert(entry.path.clone(), one);
        }
    }
    found
}

fn take_below(held: &mut BTreeMap<Arc<str>, Held>, top: &str) -> Vec<(Arc<str>, Held)> {
    let below = format!("{top}/");
    let range = held.range::<str, _>((Bound::Included(top), Bound::Unbounded));
    let paths: Vec<Arc<str>> = range
        .map(|(path, _)| path.clone())
        .take_while(|path| path.starts_with(top))
        .filter(|path| **path == *top || path.starts_with(&below))
        .collect();
    paths.into_iter().filter_map(|path| held.remove_entry(&path)).collect()
}

/// What one step hides, told apart by whose it is.
fn hidden_files(case: &Case, step: &Step, hidden: &[(Arc<str>, Held)]) -> Vec<Advice> {
    let mut found = Vec::new();
    for own in [true, false] {
        let group: Vec<&(Arc<str>, Held)> = hidden.iter().filter(|(_, one)| one.line.is_some() == own).collect();
        let Some((path, largest)) = group.iter().max_by_key(|(_, one)| one.size.at_least()).copied() else {
            continue;
        };
        let cost: Size = group.iter().map(|(_, one)| one.size.clone()).sum();
        let id = match (own, group.len()) {
            (true, 1) => "advice.SP002",
            (true, _) => "advice.SP002.many",
            (false, 1) => "advice.SP002.base",
            (false, _) => "advice.SP002.base-many",
        };
        let mut params = vec![("path", path.to_string()), ("cost", cost.human())];
        if let Some(line) = largest.line {
            params.push(("line", line.to_string()));
        }
        if group.len() > 1 {
            params.push(("more", (group.len() - 1).to_string()));
        }
        let mut advice = case.advice(&SP002, id, step.line, params, Some(cost));
        if let Some(line) = largest.line {
            advice.fix = merged(case, step, line);
        }
        found.push(advice);
    }
    found
}

/// Two RUN instructions, one behind the other, made one.
pub(super) fn merged(case: &Case, step: &Step, line: usize) -> Option<Fix> {
    let stage = case.plan.stages.get(step.stage)?;
    let at = stage.instructions.iter().position(|one| one.line == step.line)?;
    let (first, second) = (stage.instructions.get(at.checked_sub(1)?)?, stage.instructions.get(at)?);
    if first.line != line || first.flags != second.flags {
        return None;
    }
    let script = edit::script(first).filter(|script| edit::can_go_on(script))?;
    let _ = edit::script(second)?;
    let text = case.text();
    let own = text.get(second.span.clone())?;
    let body = own.find(edit::script(second)?.split_whitespace().next()?)?;
    let end = first.span.start + text.get(first.span.clone())?.trim_end().len();
    // What stands between is lost if it is more than line ends: comments, say.
    let between = text.get(end..second.span.start)?;
    if !between.trim().is_empty() || script.is_empty() {
        return None;
    }
    let insert = format!(" {}\n    && ", case.plan.escape);
    let edits = vec![TextEdit { span: end..second.span.start + body, insert }];
    let first_step = case.built.steps.iter().find(|one| one.stage == step.stage && one.line == line)?;
    let mut fix = case.fix("advice.SP002.fix", edits, case.is_known(&[first_step, step]))?;
    fix.params.push(("line", line.to_string()));
    Some(fix)
}
