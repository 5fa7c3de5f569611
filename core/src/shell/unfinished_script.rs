//! Checks of a script's text before it is parsed: how deep it nests, and whether it is complete.

use super::limits::{MAX_NESTING, MAX_SCRIPT};
use brush_parser::{Parser, ParserOptions};

/// Whether a script ends inside a quote, a here-document or a compound command.
pub(crate) fn is_unfinished(text: &str) -> bool {
    use brush_parser::ParseError;
    if text.len() > MAX_SCRIPT || nesting(text) > MAX_NESTING {
        return false;
    }
    match Parser::new(text.as_bytes(), &ParserOptions::default()).parse_program() {
        Ok(_) | Err(ParseError::ParsingNear(_)) => false,
        Err(ParseError::ParsingAtEndOfInput) => true,
        Err(ParseError::Tokenizing { inner, .. }) => format!("{inner:?}").starts_with("Unterminated"),
    }
}

/// An upper bound on the nesting of brackets and compound commands, on which the parser recurses.
pub(super) fn nesting(text: &str) -> usize {
    let (mut depth, mut deepest) = (0usize, 0usize);
    for c in text.chars() {
        match c {
            '(' | '{' => depth += 1,
            ')' | '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    /// Each `case` within another doubles the parser's work until both have ended.
    const MAX_CASES: usize = 10;
    let words = text.split(|c: char| !c.is_alphanumeric());
    let (mut blocks, mut most) = (0usize, 0usize);
    let mut cases = 0usize;
    for word in words {
        match word {
            "if" | "for" | "while" | "until" | "case" => blocks += 1,
            "fi" | "done" | "esac" => blocks = blocks.saturating_sub(1),
            _ => {}
        }
        match word {
            "case" => cases += 1,
            "esac" => cases = cases.saturating_sub(1),
            _ => {}
        }
        if cases > MAX_CASES {
            return usize::MAX;
        }
        most = most.max(blocks);
    }
    deepest.max(most)
}
