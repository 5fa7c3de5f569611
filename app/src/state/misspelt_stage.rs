//! A `COPY --from` that names no stage: which stage was meant.

use super::checks::{Check, CheckFix};
use stageplay_dockerfile::text::TextEdit;
use stageplay_protocol::Outcome;

/// The error of a `--from` that names no stage, if BuildKit's own words tell which one was meant. `text` is the
/// present Dockerfile: a result of another one is not looked at.
pub(super) fn misspelt_stage(text: &str, outcome: &Outcome) -> Option<Check> {
    if outcome.dockerfile != text {
        return None;
    }
    let error = outcome.report.error.as_ref()?;
    let meant = error.message.rsplit_once("(did you mean ")?.1.split_once("?)")?.0;
    let line = error.line?;
    let start: usize = outcome.dockerfile.split_inclusive('\n').take(line.checked_sub(1)?).map(str::len).sum();
    let words = outcome.dockerfile.get(start..)?.lines().next()?;
    let from = words.find("from=")? + "from=".len();
    let length = words.get(from..)?.find(|c: char| c.is_whitespace() || c == ',')?;
    let span = start + from..start + from + length;
    let stages = outcome.report.stages.iter().filter_map(|stage| stage.name.as_deref());
    let is_stage = stages.into_iter().any(|name| name == meant) && outcome.dockerfile.get(span.clone())? != meant;
    let edit = TextEdit { span: span.clone(), insert: meant.to_string() };
    is_stage.then(|| Check {
        rule: "error".into(),
        name: None,
        message: error.message.clone(),
        line,
        span,
        cost: None,
        url: None,
        fix: Some(CheckFix { title: format!("--from={meant}"), safe: false, edits: vec![edit] }),
    })
}
