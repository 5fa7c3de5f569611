//! The report of one program against every base image.

use crate::compat::{Builder, Match};
use crate::words::Language;
use stageplay_report::{BuilderReport, MatchReport, Size};

/// How a program does on one base image, with words in one language.
pub fn match_report(found: &Match, language: Language) -> MatchReport {
    MatchReport {
        image: found.image.clone(),
        libc: found.libc.clone(),
        verdict: found.verdict.as_str(),
        cause: found.cause.as_ref().map(|cause| cause.code().to_string()),
        reason: super::explanation(found.cause.as_ref(), found.unknown.as_ref(), language).0,
        size: Size::said(&found.size, language),
    }
}

/// How what a builder compiles does on a base image, with words in one language.
pub fn builder_report(found: &Builder, language: Language) -> BuilderReport {
    let verdict = match (found.least.as_str(), found.most.as_str()) {
        ("starts", "fails") => "depends",
        (_, most) => most,
    };
    BuilderReport {
        image: found.image.clone(),
        libc: found.libc.clone(),
        compilers: found.compilers.clone(),
        verdict,
        reason: super::explanation(found.cause.as_ref(), None, language).0,
    }
}
