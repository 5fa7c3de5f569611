//! SP004, UnusedStage: stages that the target does not need.

use super::check_context::CheckContext;
use super::{Advice, Fix, SP004};
use crate::plan::{Base, Stage};
use crate::text::{TextEdit, whole_lines};
use std::collections::BTreeSet;

/// Runs the check.
pub(super) fn check(check: &CheckContext) -> Vec<Advice> {
    let mut needed: BTreeSet<usize> = BTreeSet::new();
    let mut open = vec![check.plan.target];
    while let Some(stage) = open.pop().filter(|index| needed.insert(*index)).and_then(|at| check.plan.stages.get(at)) {
        open.extend(&stage.copies_from);
        if let Base::Stage(base) = stage.base {
            open.push(base);
        }
        open.retain(|index| !needed.contains(index));
    }
    // A stage that only another unused stage needs is reported as well.
    let unused = check.plan.stages.iter().filter(|stage| !needed.contains(&stage.index));
    unused
        .map(|stage| {
            let name = stage.name.clone().unwrap_or_else(|| stage.index.to_string());
            let is_target = is_for_target(stage, &needed);
            let id = match (stage.built, is_target) {
                (true, _) => "advice.SP004.built",
                (false, true) => "advice.SP004.target",
                (false, false) => "advice.SP004",
            };
            let mut advice = check.advice(&SP004, id, stage.from.line, vec![("stage", name)], None);
            advice.fix = if is_target { None } else { removal(check, stage) };
            advice
        })
        .collect()
}

/// Whether a stage looks like one that is meant for `--target`, such as one of tests: it has a name, and it is built from
/// a stage of the target or takes files from one.
fn is_for_target(stage: &Stage, needed: &BTreeSet<usize>) -> bool {
    let is_shared = |index: &usize| needed.contains(index);
    let builds_on = matches!(&stage.base, Base::Stage(base) if is_shared(base));
    stage.name.is_some() && !stage.built && (builds_on || stage.copies_from.iter().any(is_shared))
}

/// The fix: deletes the stage. It is not safe for a stage with a name, which may be built with `--target`.
fn removal(check: &CheckContext, stage: &Stage) -> Option<Fix> {
    let is_needed = |other: &Stage| other.base == Base::Stage(stage.index) || other.copies_from.contains(&stage.index);
    if check.plan.stages.iter().any(is_needed) {
        return None;
    }
    let text = check.text();
    let first = whole_lines(text, &stage.from.span);
    let last = stage.instructions.last().map_or(first.clone(), |last| whole_lines(text, &last.span));
    let rest = text.get(last.end..).unwrap_or("");
    let blank: usize = rest.split_inclusive('\n').take_while(|line| line.trim().is_empty()).map(str::len).sum();
    let edits = vec![TextEdit { span: first.start..last.end + blank, insert: String::new() }];
    let mut fix = check.fix("advice.SP004.fix", edits, stage.name.is_none())?;
    fix.params.push(("stage", stage.name.clone().unwrap_or_else(|| stage.index.to_string())));
    Some(fix)
}
