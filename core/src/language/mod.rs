//! What an editor asks about a Dockerfile: completions, hovers, definitions, renames, folds, tokens.
//!
//! All functions take the text and a place in it (a byte), and answer with places in it. They work
//! on any text, also one that is being typed: what cannot be read is passed over. The page uses
//! them, and a language server can.

mod complete;
mod hover;
mod outline;
mod symbols;

pub use complete::{Completion, CompletionKind, complete};
pub use hover::{Hover, hover};
pub use outline::{Fold, Token, TokenKind, folds, tokens};
pub use symbols::{Occurrence, definition, occurrences, rename};

use crate::base_images::{Catalogue, Era};
use crate::dockerfile::Keyword;
use crate::dockerfile::syntax::{File, Node, PieceKind};
use crate::fs::Tree;

/// What surrounds a Dockerfile.
#[derive(Clone, Copy, Debug)]
pub struct Surroundings<'s> {
    /// The base images that are known.
    pub catalogue: &'s Catalogue,
    /// Which of them.
    pub era: Era,
    /// The files of the build context.
    pub context: &'s Tree,
    /// The file system at the end of each stage, as far as it was built.
    pub stages: &'s [Option<Tree>],
}

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

/// The files that COPY takes from: a stage's, or the context's.
fn source_tree(file: &File, at: usize, from: Option<&str>, around: &Surroundings) -> Option<Tree> {
    let Some(from) = from else {
        return Some(around.context.clone());
    };
    let froms = file.nodes.iter().filter(|node| node.head.kind == Some(Keyword::From) && node.span.start < at);
    let mut names = froms.map(|node| file.words(node).nth(2).unwrap_or("").to_lowercase());
    let index = from.parse().ok().or_else(|| names.position(|name| name == from.to_lowercase()))?;
    around.stages.get::<usize>(index)?.clone()
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
