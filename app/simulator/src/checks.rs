//! The findings of Stageplay's own checks, in the language of the page. BuildKit's checks need the text alone, and
//! the page runs them itself.

use stageplay_core::advice::{self, Advised};
use stageplay_core::base_images::Catalogue;
use stageplay_core::build::{Cache, Images, Request};
use stageplay_core::report::Edit;
use stageplay_core::words::{Language, say};
use stageplay_protocol::{Check, CheckFix};

/// The results of the checks, independent of a language.
#[derive(Clone, Debug)]
pub(crate) struct CheckResults {
    advised: Advised,
}

impl CheckResults {
    /// Runs the checks on a build request.
    pub(crate) fn run(request: &Request, catalogue: &Catalogue, images: &dyn Images, cache: &mut Cache) -> Self {
        CheckResults { advised: advice::advise(request, catalogue, images, cache) }
    }

    /// The findings in a language.
    pub(crate) fn findings(&self, language: Language) -> Vec<Check> {
        let to_edit = |edit: &stageplay_core::text::TextEdit| Edit {
            start: edit.span.start,
            end: edit.span.end,
            insert: edit.insert.clone(),
        };
        let findings = self.advised.findings.iter().map(|one| Check {
            rule: one.rule.code.to_string(),
            name: one.rule.name.to_string(),
            message: say(language, &one.id, &one.params),
            line: one.line,
            span: (one.span.start, one.span.end),
            cost: one.cost.as_ref().map(Into::into),
            fix: one.fix.as_ref().map(|fix| CheckFix {
                title: say(language, &fix.id, &fix.params),
                safe: fix.safe,
                edits: fix.edits.iter().map(to_edit).collect(),
            }),
        });
        findings.collect()
    }
}
