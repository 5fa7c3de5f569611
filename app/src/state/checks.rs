//! What the build checks and Stageplay's own say of the Dockerfile, in the page's language.

use stageplay_core::advice::{self, Advised};
use stageplay_core::base_images::Catalogue;
use stageplay_core::build::{Cache, Images, Request};
use stageplay_core::dockerfile::syntax;
use stageplay_core::fs::Ignore;
use stageplay_core::lint::{self, Findings, Options};
use stageplay_core::report::Size;
use stageplay_core::text::{Span, TextEdit};
use stageplay_core::words::{Language, say};

/// One finding.
#[derive(Clone, Debug)]
pub struct Check {
    /// BuildKit's name of the check, or our code.
    pub rule: &'static str,
    /// What our code is called.
    pub name: Option<&'static str>,
    /// In words; BuildKit's are as the engine prints them.
    pub message: String,
    /// 1-based.
    pub line: usize,
    /// Bytes of the Dockerfile.
    pub span: Span,
    /// Bytes in the image.
    pub cost: Option<Size>,
    /// Where the check is documented.
    pub url: Option<String>,
    /// A way out.
    pub fix: Option<CheckFix>,
}

/// A change that helps.
#[derive(Clone, Debug)]
pub struct CheckFix {
    /// What it does; empty where the message says it.
    pub title: String,
    /// The image stays the same but for its size.
    pub safe: bool,
    /// Edits of the Dockerfile.
    pub edits: Vec<TextEdit>,
}

/// What was found, before it has words.
#[derive(Clone, Debug)]
pub(super) struct Found {
    text: String,
    buildkit: Findings,
    own: Advised,
}

impl Found {
    pub(super) fn new(request: &Request, catalogue: &Catalogue, images: &dyn Images, cache: &mut Cache) -> Self {
        let ignore = request.context.get("/.dockerignore").and_then(|node| node.content()?.bytes());
        let ignore = ignore.map(|bytes| Ignore::parse(&String::from_utf8_lossy(bytes)));
        let options = Options {
            ignore: ignore.as_ref(),
            build_args: Some(&request.build_args),
            platform: Some(&request.platform),
            ..Options::default()
        };
        Found {
            text: request.dockerfile.clone(),
            buildkit: lint::check(&request.dockerfile, &options),
            own: advice::advise(request, catalogue, images, cache),
        }
    }

    /// By line.
    pub(super) fn say(&self, language: Language) -> Vec<Check> {
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
        // What stops the build is told elsewhere; here stands what was meant, if that can be said.
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
        let mut all: Vec<Check> = refused.chain(buildkit).chain(own).collect();
        all.sort_by_key(|one| one.line);
        all
    }
}
