//! Which parts of a Dockerfile an editor colours, and as what.

use super::symbols;
use crate::Keyword;
use crate::syntax::{self, PieceKind};
use crate::text::Span;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum TokenKind {
    Keyword,
    Flag,
    Directive,
    Comment,
    Variable,
    Image,
    Stage,
    Heredoc,
}

/// A part of the text that an editor colours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// Its bytes.
    pub span: Span,
    /// What it is.
    pub kind: TokenKind,
}

/// The tokens of a file, in order; they do not overlap.
pub fn tokens(text: &str) -> Vec<Token> {
    let file = syntax::parse(text);
    let mut tokens: Vec<Token> = Vec::new();
    for piece in file.pieces() {
        let mut add = |span: Option<Span>, kind| tokens.extend(span.map(|span| Token { span, kind }));
        let trimmed = |span: &Span| {
            let raw = text.get(span.clone()).unwrap_or("");
            let start = span.start + (raw.len() - raw.trim_start().len());
            Some(start..start + raw.trim().len())
        };
        let index = match piece.kind {
            PieceKind::Comment => {
                add(trimmed(&piece.span), TokenKind::Comment);
                continue;
            }
            PieceKind::Directive(_) => {
                add(trimmed(&piece.span), TokenKind::Directive);
                continue;
            }
            PieceKind::Instruction(index) => index,
            _ => continue,
        };
        let Some(node) = file.nodes.get(index) else {
            continue;
        };
        add(file.keyword_span(node), TokenKind::Keyword);
        let places = file.places(node);
        for (flag, at) in file.placed_flags(node) {
            let name = flag.split('=').next().unwrap_or(flag);
            add(at.and_then(|at| places.span(at..at + name.len())), TokenKind::Flag);
        }
        if node.head.kind == Some(Keyword::From) {
            for (place, (word, span)) in file.placed_words(node).into_iter().enumerate() {
                match place {
                    0 if !word.contains('$') => add(span, TokenKind::Image),
                    1 => add(span, TokenKind::Keyword),
                    2 => add(span, TokenKind::Stage),
                    _ => {}
                }
            }
        }
        for (_, span) in symbols::used(&file, node) {
            let sign = span.start.saturating_sub(1);
            if text.get(sign..span.start) == Some("$") {
                add(Some(sign..span.end), TokenKind::Variable);
            }
        }
        for document in &node.heredocs {
            let own = text.get(node.span.clone()).unwrap_or("");
            let place = own.find(&*document.name).map(|at| node.span.start + at);
            add(place.map(|start| start..start + document.name.len()), TokenKind::Heredoc);
        }
    }
    tokens.sort_by_key(|token| (token.span.start, token.span.end));
    let mut end = 0;
    tokens.retain(|token| {
        let apart = token.span.start >= end && !token.span.is_empty();
        if apart {
            end = token.span.end;
        }
        apart
    });
    tokens
}
