//! The output of `docker build`: the classic builder's steps, or BuildKit's plain progress.
//!
//! Observed with Docker 20.10.24 (both builders); that of 17.09 follows its sources and the article.

mod buildkit;
mod classic;

use super::{Built, Request, Step};
use crate::diag::Diagnostic;
use crate::engine::Builder;
use std::fmt::Write;

/// The text that a terminal shows of a build, and the text of its error.
pub fn progress(request: &Request, built: &Built) -> (String, String) {
    let mut out = String::new();
    match request.builder {
        Builder::Classic => classic::classic(request, built, &mut out),
        Builder::Buildkit => buildkit::buildkit(request, built, &mut out),
    }
    let error = built.error.as_ref().map_or(String::new(), |error| match (request.builder, request.engine.major()) {
        (Builder::Buildkit, 23..) => format!("ERROR: {}\n", error.message),
        _ => format!("{}\n", error.message),
    });
    (out, error)
}

fn unused_args(built: &Built) -> Option<&Diagnostic> {
    built.diagnostics.iter().find(|remark| remark.code == "unused-build-arg")
}

fn print_output(step: &Step, prefix: &str, out: &mut String) {
    let bytes: Vec<u8> = step.output.iter().flat_map(|(_, bytes)| bytes.iter().copied()).collect();
    for line in String::from_utf8_lossy(&bytes).lines() {
        let _ = writeln!(out, "{prefix}{line}");
    }
}
