//! Dockerfile frontends before Docker 23: flags that they do not know, and here-documents, which they do not read.

use super::Request;
use crate::dockerfile::syntax::{self, DirectiveName};
use crate::dockerfile::{Dockerfile, Instruction, Keyword, ParseError};
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

/// The frontend's error for the first instruction that it does not know.
pub(crate) fn unsupported_syntax(file: &Dockerfile, request: &Request) -> Option<ParseError> {
    if !is_old_frontend(request) {
        return None;
    }
    let major = request.engine.major();
    file.instructions.iter().find_map(|instruction| {
        let late = |name: &str| SINCE_23.contains(&name) || major < 20 && SINCE_20.contains(&name);
        let flag = instruction.flags.iter().find(|flag| late(&flag.name));
        let refuse = |message: String, line: usize| ParseError {
            message,
            line: Some(line),
            span: instruction.span.clone(),
            typed: true,
        };
        if let Some(flag) = flag {
            return Some(refuse(format!("Unknown flag: {}", flag.name), instruction.line));
        }
        let (line, word) = first_unknown_heredoc_line(instruction, &request.dockerfile)?;
        Some(refuse(format!("unknown instruction: {word}"), line))
    })
}

/// A frontend without here-documents takes their lines for instructions. Returns the line number and the first word, in
/// upper case, of the first line that is no instruction.
fn first_unknown_heredoc_line(instruction: &Instruction, text: &str) -> Option<(usize, String)> {
    let lines: usize = instruction.heredocs.iter().map(|document| document.content.lines().count() + 1).sum();
    let rest = text.lines().enumerate().skip(instruction.end_line.checked_sub(lines)?).take(lines);
    let mut words = rest.filter_map(|(at, line)| Some((at + 1, line.split_whitespace().next()?.to_ascii_uppercase())));
    words.find(|(_, word)| !word.starts_with('#') && Keyword::of(word).is_none())
}
