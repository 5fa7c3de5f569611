//! The findings of BuildKit's build checks and of Stageplay's own checks, in the language of the page.

use stageplay_core::advice::{self, Advised};
use stageplay_core::base_images::Catalogue;
use stageplay_core::build::{Cache, Images, Request};
use stageplay_core::dockerfile::syntax;
use stageplay_core::fs::Ignore;
use stageplay_core::lint::{self, Findings, Options};
use stageplay_core::report::Size;
use stageplay_core::text::{Span, TextEdit};
use stageplay_core::words::{Language, say};

/// A finding of a check.
#[derive(Clone, Debug)]
pub struct Check {
    /// BuildKit's name of the check, or the code of Stageplay's check (`SP001`); `error` if BuildKit refuses the line.
    pub rule: &'static str,
    /// The name of Stageplay's check.
    pub name: Option<&'static str>,
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

/// The results of all checks, independent of a language.
#[derive(Clone, Debug)]
pub(super) struct CheckResults {
    text: String,
    buildkit: Findings,
    own: Advised,
}

impl CheckResults {
    /// Runs all checks on a build request.
    pub(super) fn run(request: &Request, catalogue: &Catalogue, images: &dyn Images, cache: &mut Cache) -> Self {
        let ignore = request.context.get("/.dockerignore").and_then(|node| node.content()?.bytes());
        let ignore = ignore.map(|bytes| Ignore::parse(&String::from_utf8_lossy(bytes)));
        let options = Options {
            ignore: ignore.as_ref(),
            build_args: Some(&request.build_args),
            platform: Some(&request.platform),
            ..Options::default()
        };
        CheckResults {
            text: request.dockerfile.clone(),
            buildkit: lint::check(&request.dockerfile, &options),
            own: advice::advise(request, catalogue, images, cache),
        }
    }

    /// The findings in a language, ordered by line.
    pub(super) fn findings(&self, language: Language) -> Vec<Check> {
        let file = syntax::parse(&self.text);
        let buildkit = self.buildkit.warnings.iter().map(|one| {
            let edits = lint::fix(&file, one);
            let url = Some(one.rule.url()).filter(|url| !url.is_empty());
            Check {
                rule: one.rule.name,
                name: None,
                message: one.message.clone(),
                line: one.line,
                span: one.span.clone(),
                cost: None,
                url,
                fix: (!edits.is_empty()).then(|| CheckFix { title: String::new(), safe: true, edits }),
            }
        });
        let own = self.own.findings.iter().map(|one| Check {
            rule: one.rule.code,
            name: Some(one.rule.name),
            message: say(language, &one.id, &one.params),
            line: one.line,
            span: one.span.clone(),
            cost: one.cost.as_ref().map(Size::from),
            url: None,
            fix: one.fix.as_ref().map(|fix| CheckFix {
                title: say(language, &fix.id, &fix.params),
                safe: fix.safe,
                edits: fix.edits.clone(),
            }),
        });
        // The verdict shows the error of a refused Dockerfile. It is listed here only if there is a fix for it.
        let refused = self.buildkit.error.iter().filter_map(|error| {
            let edit = lint::fix_refusal(&self.text, error)?;
            Some(Check {
                rule: "error",
                name: None,
                message: error.message.clone(),
                line: error.line,
                span: edit.span.clone(),
                cost: None,
                url: None,
                fix: Some(CheckFix { title: edit.insert.clone(), safe: false, edits: vec![edit] }),
            })
        });
        let mut findings: Vec<Check> = refused.chain(buildkit).chain(own).collect();
        findings.sort_by_key(|check| check.line);
        findings
    }
}
