//! The findings of BuildKit's build checks, which need the text alone, and of Stageplay's own checks, which the
//! simulator made.

use stageplay_dockerfile::ignore::Ignore;
use stageplay_dockerfile::lint::{self, Options};
use stageplay_dockerfile::syntax;
use stageplay_dockerfile::text::{Span, TextEdit};
use stageplay_protocol::Outcome;
use stageplay_report::{Edit, Size};

/// The platform that the page builds for.
const PLATFORM: &str = "linux/amd64";

/// A finding of a check.
#[derive(Clone, Debug)]
pub struct Check {
    /// BuildKit's name of the check, or the code of Stageplay's check (`SP001`); `error` if BuildKit refuses the line.
    pub rule: String,
    /// The name of Stageplay's check.
    pub name: Option<String>,
    /// The message; those of BuildKit are as the engine prints them.
    pub message: String,
    /// Line of the Dockerfile, counted from 1.
    pub line: usize,
    /// Byte range of the Dockerfile.
    pub span: Span,
    /// What the finding costs in the image.
    pub cost: Option<Size>,
    /// The address of the check's documentation.
    pub url: Option<String>,
    /// A fix.
    pub fix: Option<CheckFix>,
}

/// A fix for a finding.
#[derive(Clone, Debug)]
pub struct CheckFix {
    /// What the fix does; empty if the message of the check says so.
    pub title: String,
    /// Whether the image stays the same except for its size.
    pub safe: bool,
    /// Edits of the Dockerfile.
    pub edits: Vec<TextEdit>,
}

/// Edits of a report as edits of a text.
pub(super) fn text_edits(edits: &[Edit]) -> Vec<TextEdit> {
    let edit = |edit: &Edit| TextEdit { span: edit.start..edit.end, insert: edit.insert.clone() };
    edits.iter().map(edit).collect()
}

/// The findings of BuildKit's checks about a Dockerfile. `ignore` is the text of `.dockerignore`.
pub(super) fn check(text: &str, ignore: Option<&str>) -> Vec<Check> {
    let ignore = ignore.map(Ignore::parse);
    let options = Options { ignore: ignore.as_ref(), platform: Some(PLATFORM), ..Options::default() };
    let found = lint::check(text, &options);
    let file = syntax::parse(text);
    let buildkit = found.warnings.iter().map(|one| {
        let edits = lint::fix(&file, one);
        let url = Some(one.rule.url()).filter(|url| !url.is_empty());
        Check {
            rule: one.rule.name.to_string(),
            name: None,
            message: one.message.clone(),
            line: one.line,
            span: one.span.clone(),
            cost: None,
            url,
            fix: (!edits.is_empty()).then(|| CheckFix { title: String::new(), safe: true, edits }),
        }
    });
    // The verdict shows the error of a refused Dockerfile. It is listed here only if there is a fix for it.
    let refused = found.error.iter().filter_map(|error| {
        let edit = lint::fix_refusal(text, error)?;
        Some(Check {
            rule: "error".into(),
            name: None,
            message: error.message.clone(),
            line: error.line,
            span: edit.span.clone(),
            cost: None,
            url: None,
            fix: Some(CheckFix { title: edit.insert.clone(), safe: false, edits: vec![edit] }),
        })
    });
    refused.chain(buildkit).collect()
}

/// Adds the findings of Stageplay's own checks, which the last result has.
pub(super) fn add_own_findings(findings: &mut Vec<Check>, outcome: &Outcome) {
    findings.extend(outcome.checks.iter().map(|one| Check {
        rule: one.rule.clone(),
        name: Some(one.name.clone()),
        message: one.message.clone(),
        line: one.line,
        span: one.span.0..one.span.1,
        cost: one.cost.clone(),
        url: None,
        fix: one.fix.as_ref().map(|fix| CheckFix {
            title: fix.title.clone(),
            safe: fix.safe,
            edits: text_edits(&fix.edits),
        }),
    }));
}
