//! Stages that the target is not made of.

use super::case::Case;
use super::{Advice, Fix, SP004};
use crate::plan::{Base, Stage};
use crate::text::{TextEdit, whole_lines};
use std::collections::BTreeSet;

pub(super) fn unused(case: &Case) -> Vec<Advice> {
    let mut needed: BTreeSet<usize> = BTreeSet::new();
    let mut open = vec![case.plan.target];
    while let Some(stage) = open.pop().filter(|index| needed.insert(*index)).and_then(|at| case.plan.stages.get(at)) {
        open.extend(&stage.copies_from);
        if let Base::Stage(base) = stage.base {
            open.push(base);
        }
        open.retain(|index| !needed.contains(index));
    }
    // A stage that another unused one is made of goes with it, and is said by itself all the same.
    let unused = case.plan.stages.iter().filter(|stage| !needed.contains(&stage.index));
    unused
        .map(|stage| {
            let name = stage.name.clone().unwrap_or_else(|| stage.index.to_string());
            let id = if stage.built { "advice.SP004.built" } else { "advice.SP004" };
            let mut advice = case.advice(&SP004, id, stage.from.line, vec![("stage", name)], None);
            advice.fix = removal(case, stage);
            advice
        })
        .collect()
}

/// Takes the stage away. One with a name may be somebody's `--target`: then it is for a person to decide.
fn removal(case: &Case, stage: &Stage) -> Option<Fix> {
    let wanted = |other: &Stage| other.base == Base::Stage(stage.index) || other.copies_from.contains(&stage.index);
    if case.plan.stages.iter().any(wanted) {
        return None;
    }
    let text = case.text();
    let first = whole_lines(text, &stage.from.span);
    let last = stage.instructions.last().map_or(first.clone(), |last| whole_lines(text, &last.span));
    let rest = text.get(last.end..).unwrap_or("");
    let blank: usize = rest.split_inclusive('\n').take_while(|line| line.trim().is_empty()).map(str::len).sum();
    let edits = vec![TextEdit { span: first.start..last.end + blank, insert: String::new() }];
    let mut fix = case.fix("advice.SP004.fix", edits, stage.name.is_none())?;
    fix.params.push(("stage", stage.name.clone().unwrap_or_else(|| stage.index.to_string())));
    Some(fix)
}
