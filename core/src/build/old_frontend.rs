//! Dockerfile frontends before Docker 23: flags that they do not know, their words for errors, and here-documents, which
//! they do not read.

use super::Request;
use crate::dockerfile::syntax::{self, DirectiveName};
use crate::dockerfile::{self, Dockerfile, ParseError};
use crate::engine::Builder;

/// Flags that Docker 20.10 does not know (observed with both of its builders).
const SINCE_23: [&str; 10] = [
    "link",
    "parents",
    "exclude",
    "checksum",
    "keep-git-dir",
    "unpack",
    "network",
    "security",
    "device",
    "start-interval",
];
/// Flags that Docker 20.10 was the first to know, in both of its builders.
const SINCE_20: [&str; 2] = ["mount", "chmod"];

/// Whether the frontend is older than that of Docker 23. With `# syntax=` BuildKit uses the frontend named there.
pub(super) fn is_old_frontend(request: &Request) -> bool {
    let asks = || {
        let text = syntax::parse(&request.dockerfile);
        text.directives.iter().any(|one| one.name == DirectiveName::Syntax)
    };
    request.engine.major() < 23 && !(request.builder == Builder::Buildkit && asks())
}

/// Reads a request's Dockerfile as its frontend does.
///
/// # Errors
/// The frontend's, with the words of today's; [`old_words`] gives those of its time.
pub(crate) fn parse(request: &Request) -> Result<Dockerfile, ParseError> {
    if !is_old_frontend(request) {
        return dockerfile::parse(&request.dockerfile);
    }
    let file = dockerfile::parse_without_heredocs(&request.dockerfile)?;
    match late_flag(&file, request.engine.major()) {
        Some(error) => Err(error),
        None => Ok(file),
    }
}

/// The error for the first flag that came with a later frontend.
fn late_flag(file: &Dockerfile, major: u32) -> Option<ParseError> {
    file.instructions.iter().find_map(|instruction| {
        let late = |name: &str| SINCE_23.contains(&name) || major < 20 && SINCE_20.contains(&name);
        let flag = instruction.flags.iter().find(|flag| late(&flag.name))?;
        let message = format!("unknown flag: --{}", flag.name);
        Some(ParseError { message, line: Some(instruction.line), span: instruction.span.clone(), typed: true })
    })
}

/// An error about a flag or an instruction in the words of frontends before Docker 23, which name flags without dashes
/// (`bflag.go` of moby 20.10) and instructions in upper case; `None` if the words are the same.
pub(super) fn old_words(message: &str) -> Option<String> {
    const WORDS: [(&str, &str); 5] = [
        ("unknown flag: --", "Unknown flag: "),
        ("duplicate flag specified: --", "Duplicate flag specified: "),
        ("missing a value on flag: --", "Missing a value on flag: "),
        ("expecting boolean value for flag --", "Expecting boolean value for flag "),
        ("arg should start with -- : ", "Arg should start with -- : "),
    ];
    if let Some(name) = message.strip_prefix("unknown instruction: ") {
        return Some(format!("unknown instruction: {}", name.to_uppercase()));
    }
    WORDS.iter().find_map(|(new, old)| Some(format!("{old}{}", message.strip_prefix(new)?)))
}
