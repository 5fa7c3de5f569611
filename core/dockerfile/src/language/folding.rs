//! Which lines of a Dockerfile fold: stages, and instructions of several lines.

use crate::Keyword;
use crate::syntax;
use crate::text::Span;

/// Lines that can be folded away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fold {
    /// From the end of the line that stays to the end of the last one that goes.
    pub span: Span,
}

/// What can be folded: stages, and instructions of several lines.
pub fn folds(text: &str) -> Vec<Fold> {
    let file = syntax::parse(text);
    let mut folds = Vec::new();
    let first_end = |start: usize| text.get(start..).and_then(|rest| rest.find('\n')).map(|length| start + length);
    let mut fold = |start: usize, end: usize| {
        if let Some(from) = first_end(start).filter(|from| *from < end) {
            folds.push(Fold { span: from..end });
        }
    };
    let mut stage: Option<usize> = None;
    let mut last_end = 0;
    for node in &file.nodes {
        if node.head.kind == Some(Keyword::From)
            && let Some(start) = stage.replace(node.span.start)
        {
            fold(start, last_end);
        }
        fold(node.span.start, node.span.end);
        last_end = node.span.end;
    }
    if let Some(start) = stage {
        fold(start, last_end);
    }
    folds.sort_by_key(|fold| (fold.span.start, fold.span.end));
    folds.dedup();
    folds
}
