//! Dockerfile text to instructions with their places.
//!
//! `syntax` reads lines and words, `instruction` gives them types, `word` expands variables.
//! All follow BuildKit's `frontend/dockerfile`: what it accepts, what it refuses and the words it
//! refuses with.

mod budget;
mod format;
mod instruction;
mod keyword;
mod signal;
pub mod syntax;
mod word;

pub use budget::Budget;
pub use format::format;
pub use instruction::{Command, Flag, HealthTest, Instruction, Kind, typed};
pub(crate) use instruction::{Mount, MountType, go_duration, go_int};
pub use keyword::{FlagValue, Keyword};
pub(crate) use signal::is_signal;
pub use word::{Expansion, Lex, NoVariables, Variables, WordError};

pub(crate) use syntax::chomp;

use crate::text::Span;
use std::fmt;

/// A parsed Dockerfile.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dockerfile {
    /// All instructions in order.
    pub instructions: Vec<Instruction>,
    /// `\`, or the backtick if an `escape` directive says so.
    pub escape: char,
}

/// Why a text is not a Dockerfile, in BuildKit's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError {
    /// The message without the "dockerfile parse error" in front.
    pub message: String,
    /// 1-based line of the instruction, 0 before the first; `None` for the file as a whole.
    pub line: Option<usize>,
    /// The bytes it is about.
    pub span: Span,
    /// The text was read; an instruction's meaning is refused. BuildKit names the line only then.
    pub typed: bool,
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line.filter(|_| self.typed) {
            Some(line) => write!(f, "dockerfile parse error on line {line}: {}", self.message),
            None => f.write_str(&self.message),
        }
    }
}

impl std::error::Error for ParseError {}

/// Parses a Dockerfile.
///
/// # Errors
/// The first mistake, with its line.
///
/// ```
/// use stageplay_core::dockerfile::parse;
/// let error = parse("FROM alpine\nFORM x\n").unwrap_err();
/// assert_eq!(error.to_string(), "dockerfile parse error on line 2: unknown instruction: FORM (did you mean FROM?)");
/// ```
pub fn parse(text: &str) -> Result<Dockerfile, ParseError> {
    let file = syntax::parse(text);
    if let Some(error) = file.errors.first() {
        // A file without instructions is refused as a whole.
        let whole = error.span == (0..text.len());
        return Err(ParseError { line: error.line.filter(|_| !whole), ..error.clone() });
    }
    let mut instructions: Vec<Instruction> = Vec::with_capacity(file.nodes.len());
    let mut stages = 0;
    for node in &file.nodes {
        let refuse =
            |message, typed| ParseError { message, line: Some(node.line as usize), span: node.span.clone(), typed };
        let instruction = typed(&file, node).map_err(|message| refuse(message, true))?;
        match instruction.kind {
            Kind::From { .. } => stages += 1,
            Kind::Arg(_) => {}
            _ if stages == 0 => return Err(refuse("no build stage in current context".into(), false)),
            _ => {}
        }
        instructions.push(instruction.to_owned());
    }
    Ok(Dockerfile { instructions, escape: file.escape })
}

/// Whether a text is nothing but the sign of one here-document, such as `<<EOF`.
pub(crate) fn is_heredoc(text: &str) -> bool {
    text.contains("<<") && syntax::declared(text).is_ok_and(|declared| declared.is_some())
}

/// What RUN's shell is given: the text itself, the document of `RUN <<EOF`, or the text with its documents behind it.
pub(crate) fn run_script(text: &str, documents: &[syntax::Heredoc<'_>]) -> String {
    match documents {
        [] => text.to_string(),
        [first, ..] if is_heredoc(text) => match first.chomp {
            true => chomp(&first.content),
            false => first.content.to_string(),
        },
        all => all.iter().fold(text.to_string(), |text, one| format!("{text}\n{}{}", one.content, one.name)),
    }
}

#[cfg(test)]
mod tests;
