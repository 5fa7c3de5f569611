//! The report of one program against every base image: `stageplay compat`.

use crate::Size;
use serde::Serialize;

/// The result of a program on one base image.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MatchReport {
    /// The base image.
    pub image: String,
    /// Its C library; empty if it has none.
    pub libc: String,
    /// `starts`, `fails` or `unknown`.
    pub verdict: &'static str,
    /// A stable id of the cause.
    pub cause: Option<String>,
    /// Why it fails or is unknown, in one sentence.
    pub reason: Option<String>,
    /// The size of the image with the program.
    pub size: Size,
}

/// The result of a builder's programs on a base image.
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
