//! The report of one program against every base image: `stageplay compat`.

use super::Size;
use crate::compat::{Builder, Match};
use crate::words::Language;
use serde::Serialize;

/// How a program does on one base image.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MatchReport {
    /// The base image.
    pub image: String,
    /// Its C library; empty if it has none.
    pub libc: String,
    /// `starts`, `fails` or `unknown`.
    pub verdict: &'static str,
    /// A stable id of why it fails.
    pub cause: Option<String>,
    /// Why it fails or is unknown, in one sentence.
    pub reason: Option<String>,
    /// What the image would weigh with the program in it.
    pub size: Size,
}

impl MatchReport {
    /// With words in one language.
    pub fn new(found: &Match, language: Language) -> Self {
        MatchReport {
            image: found.image.clone(),
            libc: found.libc.clone(),
            verdict: found.verdict.as_str(),
            cause: found.cause.as_ref().map(|cause| cause.code().to_string()),
            reason: super::explanation(found.cause.as_ref(), found.unknown.as_ref(), language).0,
            size: (&found.size).into(),
        }
    }
}

/// How what a builder compiles does on a base image.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct BuilderReport {
    /// The builder image.
    pub image: String,
    /// Its C library.
    pub libc: String,
    /// Compilers in it, with versions.
    pub compilers: Vec<(String, String)>,
    /// `starts` if every dynamic program of it does, `fails` if none does, `depends` on the symbols
    /// that a program uses, or `unknown`.
    pub verdict: &'static str,
    /// Why one fails.
    pub reason: Option<String>,
}

impl BuilderReport {
    /// With words in one language.
    pub fn new(found: &Builder, language: Language) -> Self {
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
}
