//! Segments of a file: instructions, comments and blank lines, without gaps and overlaps.

use super::File;
use crate::text::Span;
use memchr::memchr;

/// What a piece is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PieceKind {
    /// A parser directive, by its index.
    Directive(usize),
    /// A comment line outside instructions.
    Comment,
    /// A line of blanks.
    Blank,
    /// An instruction with all its lines, by its index in `nodes`.
    Instruction(usize),
    /// What BuildKit does not read.
    Refused,
}

/// Whole lines of one kind, line ends included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// What it is.
    pub kind: PieceKind,
    /// Its bytes.
    pub span: Span,
}

impl File<'_> {
    /// Cuts the text into pieces, from the first byte to the last.
    pub fn pieces(&self) -> Vec<Piece> {
        let mut pieces = Vec::new();
        let (mut at, mut node, mut directive) = (0, 0, 0);
        while at < self.text.len() {
            let end = self.line_end(at);
            let line = self.text.get(at..end).unwrap_or("");
            let inside = |span: &Span| span.start < end && span.end >= at;
            let next_node = self.nodes.get(node).filter(|one| inside(&one.span));
            let next_directive = self.directives.get(directive).filter(|one| inside(&one.span));
            let (kind, end) = if let Some(found) = next_node {
                node += 1;
                (PieceKind::Instruction(node - 1), self.line_end(found.span.end))
            } else if next_directive.is_some() {
                directive += 1;
                (PieceKind::Directive(directive - 1), end)
            } else {
                let line = if at == 0 { line.strip_prefix('\u{feff}').unwrap_or(line) } else { line };
                let content = line.trim();
                let kind = match content.bytes().next() {
                    None => PieceKind::Blank,
                    Some(b'#') => PieceKind::Comment,
                    Some(_) => PieceKind::Refused,
                };
                (kind, end)
            };
            pieces.push(Piece { kind, span: at..end });
            at = end;
        }
        pieces
    }

    /// Where the line of a byte ends, its end included.
    fn line_end(&self, at: usize) -> usize {
        let rest = self.text.as_bytes().get(at..).unwrap_or(&[]);
        memchr(b'\n', rest).map_or(self.text.len(), |length| at + length + 1)
    }
}
