//! What an editor asks about a Dockerfile: completions, hovers, definitions, renames, folds, tokens.
//!
//! All functions take the text and a place in it (a byte), and answer with places in it. They work
//! on any text, also one that is being typed: what cannot be read is passed over. The page uses
//! them, and a language server can.

mod complete;
mod folding;
mod hover;
mod surroundings;
mod symbols;
mod syntax_highlighting;

pub use complete::{Completion, CompletionKind, complete};
pub use folding::{Fold, folds};
pub use hover::{Hover, hover};
pub use surroundings::{
    BaseImages, DirectoryEntry, ImageLookup, ImageSummary, SourceFiles, SourceSummary, Surroundings,
};
pub use symbols::{Occurrence, definition, occurrences, rename};
pub use syntax_highlighting::{Token, TokenKind, tokens};

use crate::syntax::{File, Node, PieceKind};

/// The node that a byte belongs to, its end included: there one types on.
fn node_at<'f, 't>(file: &'f File<'t>, at: usize) -> Option<&'f Node<'t>> {
    let piece = file
        .pieces()
        .into_iter()
        .find(|piece| piece.span.start <= at && at < piece.span.end.max(at + 1).min(piece.span.end + 1))?;
    match piece.kind {
        PieceKind::Instruction(index) => file.nodes.get(index),
        _ => None,
    }
}

/// The part of the text around a byte in which every character fits.
fn word_around(text: &str, at: usize, fits: impl Fn(char) -> bool) -> std::ops::Range<usize> {
    let before = text.get(..at).unwrap_or("");
    let after = text.get(at..).unwrap_or("");
    let start = at - before.chars().rev().take_while(|c| fits(*c)).map(char::len_utf8).sum::<usize>();
    let end = at + after.chars().take_while(|c| fits(*c)).map(char::len_utf8).sum::<usize>();
    start..end
}

/// Whether a character can stand in the name of a variable.
fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

#[cfg(test)]
mod tests;
