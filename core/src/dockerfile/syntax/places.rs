//! From a node's text back to the file: where continuations are joined, places move.

use super::node::Word;
use super::{File, Node, lines};
use crate::text::Span;
use memchr::memchr;
use std::borrow::Cow;

impl<'t> File<'t> {
    /// Where in the file a byte of a node's text stands.
    pub fn place(&self, node: &Node<'t>, at: usize) -> Option<usize> {
        if matches!(node.text, Cow::Borrowed(_)) {
            return Some(node.span.start + at);
        }
        let (mut start, mut passed) = (node.span.start, 0);
        let mut first = true;
        while start < node.span.end {
            let rest = self.text.get(start..)?;
            let end = memchr(b'\n', rest.as_bytes()).unwrap_or(rest.len());
            let line = rest.get(..end)?.trim_end_matches('\r');
            let trimmed = line.trim_start();
            let counts = first || !(trimmed.is_empty() || trimmed.starts_with('#'));
            if counts {
                let part = lines::continued(line, self.escape as u8).unwrap_or(line);
                if at < passed + part.len() || (at == passed + part.len() && part.len() == line.len()) {
                    return Some(start + at - passed);
                }
                passed += part.len();
            }
            first = false;
            start += end + 1;
        }
        (at == passed).then_some(node.span.end)
    }

    /// Where in the file a part of a node's text stands, if it stands there in one piece.
    pub fn span_of(&self, node: &Node<'t>, part: Span) -> Option<Span> {
        let start = self.place(node, part.start)?;
        let last = part.end.checked_sub(1).filter(|last| *last >= part.start);
        let end = match last {
            Some(last) => self.place(node, last)? + 1,
            None => start,
        };
        // Rounded up to whole characters: `last` may be inside one.
        let same = self.text.get(start..end).or_else(|| self.text.get(start..self.next_boundary(end)))?;
        (node.text.get(part.clone()) == Some(same)).then(|| start..start + same.len())
    }

    fn next_boundary(&self, mut at: usize) -> usize {
        while at < self.text.len() && !self.text.is_char_boundary(at) {
            at += 1;
        }
        at
    }

    /// The words of a node with their places in the file; `None` for a decoded JSON string and for
    /// a word that a line end parts.
    pub fn placed_words<'a>(&'a self, node: &'a Node<'t>) -> Vec<(&'a str, Option<Span>)> {
        let range = node.head.words.start as usize..node.head.words.end as usize;
        let words = self.words.get(range).unwrap_or(&[]).iter();
        words
            .map(|word| {
                let span = match word {
                    Word::Slice(from, to) => self.span_of(node, *from as usize..*to as usize),
                    Word::Decoded(_) => None,
                };
                (word.text(&node.text), span)
            })
            .collect()
    }

    /// The place of a node's keyword.
    pub fn keyword_span(&self, node: &Node<'t>) -> Option<Span> {
        let start = node.text.len() - node.text.trim_start().len();
        self.span_of(node, start..start + node.keyword().len())
    }

    /// Whether comments or blank lines stand between the lines of a node.
    pub fn has_inner_lines(&self, node: &Node<'t>) -> bool {
        let text = self.text.get(node.span.clone()).unwrap_or("");
        text.lines().skip(1).any(|line| matches!(line.trim_start().bytes().next(), None | Some(b'#')))
    }
}
