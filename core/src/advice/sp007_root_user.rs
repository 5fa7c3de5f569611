//! SP007, RootUser: the program runs as root.

use super::check_context::CheckContext;
use super::{Advice, Assumption, SP007};
use crate::dockerfile::{Instruction, Kind};
use crate::text::TextEdit;

/// Runs the check: the program runs as root, and this Dockerfile sets ENTRYPOINT or CMD.
///
/// A program that the base image's ENTRYPOINT or CMD starts is not reported: it may change to another user itself.
pub(super) fn check(check: &CheckContext) -> Vec<Advice> {
    let (Some(image), Some(target)) = (check.image, check.target()) else { return Vec::new() };
    let user = image.config.user.split(':').next().unwrap_or("");
    if !matches!(user, "" | "0" | "root") {
        return Vec::new();
    }
    let own =
        check.chain.iter().filter_map(|index| check.plan.stages.get(*index)).flat_map(|stage| &stage.instructions);
    let starters: Vec<&Instruction> =
        own.filter(|one| matches!(one.kind, Kind::Entrypoint(_) | Kind::Cmd(_))).collect();
    let is_assumed = check.assumed.iter().any(|one| matches!(one, Assumption::Image(_)));
    let Some(last) = starters.last().filter(|_| !is_assumed || !user.is_empty()) else {
        return Vec::new();
    };
    let mut advice = check.advice(&SP007, "advice.SP007", last.line, Vec::new(), None);
    let end = target.instructions.last().map_or(target.from.span.end, |one| one.span.end);
    let end = check.text().get(..end).map_or(end, |text| text.trim_end().len());
    // A number needs no entry in the image's passwd file. 65534 is the id of `nobody` on Linux.
    let edits = vec![TextEdit { span: end..end, insert: "\nUSER 65534:65534".into() }];
    advice.fix = check.fix("advice.SP007.fix", edits, false);
    vec![advice]
}
