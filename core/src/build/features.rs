//! What older builders' own Dockerfile frontends do not know: flags, and here-documents.

use super::Request;
use crate::dockerfile::syntax::{self, DirectiveName};
use crate::dockerfile::{Dockerfile, Instruction, Keyword, ParseError};
use crate::engine::Builder;

/// Flags that came later than Docker 20.10 (both of its builders were asked).
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
/// Flags that came with Docker 20.10, the classic builder's of that version included.
const SINCE_20: [&str; 2] = ["mount", "chmod"];

/// Whether the frontend is one of before Docker 23. BuildKit takes another one where `# syntax=` asks for it.
pub(super) fn is_old_frontend(request: &Request) -> bool {
    let asks = || {
        let text = syntax::parse(&request.dockerfile);
        text.directives.iter().any(|one| one.name == DirectiveName::Syntax)
    };
    request.engine.major() < 23 && !(request.builder == Builder::Buildkit && asks())
}

/// What this engine's frontend stumbles over.
pub(crate) fn unknown(file: &Dockerfile, request: &Request) -> Option<ParseError> {
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
        let (line, word) = first_line_of_documents(instruction, &request.dockerfile)?;
        Some(refuse(format!("unknown instruction: {word}"), line))
    })
}

/// Without here-documents their lines are instructions: the first that is none, and its word.
fn first_line_of_documents(instruction: &Instruction, text: &str) -> Option<(usize, String)> {
    let lines: usize = instruction.heredocs.iter().map(|document| document.content.lines().count() + 1).sum();
    let rest = text.lines().enumerate().skip(instruction.end_line.checked_sub(lines)?).take(lines);
    let mut words = rest.filter_map(|(at, line)| Some((at + 1, line.split_whitespace().next()?.to_ascii_uppercase())));
    words.find(|(_, word)| !word.starts_with('#') && Keyword::of(word).is_none())
}
