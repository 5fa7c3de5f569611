//! The Dockerfile language: what its text means, what BuildKit's checks say of it, what an editor asks.
//!
//! `syntax` reads lines and words, `instruction` gives them types, `word` expands variables.
//! All follow BuildKit's `frontend/dockerfile`: what it accepts, what it refuses and the words it
//! refuses with. [`lint`] is `docker build --check`, [`language`] answers an editor.
//!
//! Nothing is built here. Files and base images, where a question needs them, come in through the
//! traits [`language::SourceFiles`] and [`language::BaseImages`].
#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::print_stdout)
)]
#![warn(missing_docs)]

mod budget;
mod format;
pub mod ignore;
mod instruction;
mod keyword;
pub mod language;
pub mod lint;
pub mod path;
pub mod reference;
mod stopsignal;
pub mod syntax;
pub mod text;
mod word;

pub use budget::Budget;
pub use format::format;
pub(crate) use instruction::go_int;
pub use instruction::{Command, Expander, Flag, HealthTest, Instruction, Kind, Mount, MountType, go_duration, typed};
pub use keyword::{FlagValue, Keyword};
pub use stopsignal::is_signal;
pub use syntax::chomp;
pub use word::{Expansion, Lex, NoVariables, Variables, WordError};

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
/// use stageplay_dockerfile::parse;
/// let error = parse("FROM alpine\nFORM x\n").unwrap_err();
/// assert_eq!(error.to_string(), "dockerfile parse error on line 2: unknown instruction: FORM (did you mean FROM?)");
/// ```
pub fn parse(text: &str) -> Result<Dockerfile, ParseError> {
    instructions(&syntax::parse(text))
}

/// The same as a frontend before Docker 23 reads it, without here-documents.
///
/// # Errors
/// As [`parse`].
pub fn parse_without_heredocs(text: &str) -> Result<Dockerfile, ParseError> {
    instructions(&syntax::parse_without_heredocs(text))
}

fn instructions(file: &syntax::File<'_>) -> Result<Dockerfile, ParseError> {
    if let Some(error) = file.errors.first() {
        // A file without instructions is refused as a whole.
        let whole = error.span == (0..file.text.len());
        return Err(ParseError { line: error.line.filter(|_| !whole), ..error.clone() });
    }
    let mut instructions: Vec<Instruction> = Vec::with_capacity(file.nodes.len());
    let mut stages = 0;
    for node in &file.nodes {
        let refuse =
            |message, typed| ParseError { message, line: Some(node.line as usize), span: node.span.clone(), typed };
        let instruction = typed(file, node).map_err(|message| refuse(message, true))?;
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
pub fn is_heredoc(text: &str) -> bool {
    text.contains("<<") && syntax::declared(text).is_ok_and(|declared| declared.is_some())
}

/// What RUN's shell is given: the text itself, the document of `RUN <<EOF`, or the text with its documents behind it.
pub fn run_script(text: &str, documents: &[syntax::Heredoc<'_>]) -> String {
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
