//! SP002, RemovedLater: files that a lower layer holds and a higher one hides.

use super::check_context::CheckContext;
use super::{Advice, Fix, SP002, instruction_edits};
use crate::build::Step;
use crate::fs::{Change, Content, EntryKind, LayerEntry};
use crate::measure::Size;
use crate::text::TextEdit;
use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

/// A file of a lower layer.
struct LayerFile {
    size: Size,
    content: Option<Content>,
    /// The 1-based line of the instruction that added it; `None` for the base image.
    line: Option<usize>,
}

/// Runs the check.
pub(super) fn check(check: &CheckContext) -> Vec<Advice> {
    let mut files_below: BTreeMap<Arc<str>, LayerFile> = BTreeMap::new();
    for (path, node) in check.base_tree().walk("/") {
        if let Some(content) = node.content() {
            files_below.insert(path.clone(), LayerFile { size: content.size(), content: None, line: None });
        }
    }
    let mut found = Vec::new();
    for step in check.shipped_steps() {
        let Some(layer) = &step.layer else { continue };
        let mut hidden: Vec<(Arc<str>, LayerFile)> = Vec::new();
        for entry in &layer.entries {
            if matches!(entry.kind, EntryKind::Whiteout | EntryKind::OpaqueDir) {
                hidden.extend(take_below(&mut files_below, &entry.path));
            }
        }
        let moved = |one: &LayerFile| {
            let same = |entry: &&LayerEntry| entry.change == Change::Added && entry.same_content;
            one.content.is_some() && layer.entries.iter().filter(same).any(|entry| entry.content == one.content)
        };
        hidden.retain(|(_, one)| !moved(one) && one.size != Size::ZERO);
        found.extend(hidden_files(check, step, &hidden));
        for entry in layer.entries.iter().filter(|one| one.kind == EntryKind::File) {
            let one = LayerFile { size: entry.size.clone(), content: entry.content.clone(), line: Some(step.line) };
            files_below.insert(entry.path.clone(), one);
        }
    }
    found
}

/// Removes the files at and below a path from the map and returns them.
fn take_below(files_below: &mut BTreeMap<Arc<str>, LayerFile>, top: &str) -> Vec<(Arc<str>, LayerFile)> {
    let below = format!("{top}/");
    let range = files_below.range::<str, _>((Bound::Included(top), Bound::Unbounded));
    let paths: Vec<Arc<str>> = range
        .map(|(path, _)| path.clone())
        .take_while(|path| path.starts_with(top))
        .filter(|path| **path == *top || path.starts_with(&below))
        .collect();
    paths.into_iter().filter_map(|path| files_below.remove_entry(&path)).collect()
}

/// The findings of one step: files of this Dockerfile and files of the base image apart.
fn hidden_files(check: &CheckContext, step: &Step, hidden: &[(Arc<str>, LayerFile)]) -> Vec<Advice> {
    let mut found = Vec::new();
    for own in [true, false] {
        let group: Vec<&(Arc<str>, LayerFile)> = hidden.iter().filter(|(_, one)| one.line.is_some() == own).collect();
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
        let mut advice = check.advice(&SP002, id, step.line, params, Some(cost));
        if let Some(line) = largest.line {
            advice.fix = merge_runs(check, step, line);
        }
        found.push(advice);
    }
    found
}

/// The fix: two consecutive RUN instructions become one.
fn merge_runs(check: &CheckContext, step: &Step, line: usize) -> Option<Fix> {
    let stage = check.plan.stages.get(step.stage)?;
    let at = stage.instructions.iter().position(|one| one.line == step.line)?;
    let (first, second) = (stage.instructions.get(at.checked_sub(1)?)?, stage.instructions.get(at)?);
    if first.line != line || first.flags != second.flags {
        return None;
    }
    let script = instruction_edits::script(first).filter(|script| instruction_edits::can_append(script))?;
    let _ = instruction_edits::script(second)?;
    let text = check.text();
    let own = text.get(second.span.clone())?;
    let body = own.find(instruction_edits::script(second)?.split_whitespace().next()?)?;
    let end = first.span.start + text.get(first.span.clone())?.trim_end().len();
    // Only line ends may stand between the instructions: a comment would be lost.
    let between = text.get(end..second.span.start)?;
    if !between.trim().is_empty() || script.is_empty() {
        return None;
    }
    let insert = format!(" {}\n    && ", check.plan.escape);
    let edits = vec![TextEdit { span: end..second.span.start + body, insert }];
    let first_step = check.built.steps.iter().find(|one| one.stage == step.stage && one.line == line)?;
    let mut fix = check.fix("advice.SP002.fix", edits, check.is_known(&[first_step, step]))?;
    fix.params.push(("line", line.to_string()));
    Some(fix)
}
