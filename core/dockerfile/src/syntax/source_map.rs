//! Maps positions in a node's text, in which continuation lines are joined, back to positions in the file.

use super::node::Word;
use super::{File, Node, lines};
use crate::text::Span;
use memchr::memchr;
use std::borrow::Cow;

/// Longest part of a node's text in which the next flag is looked for: quotes may hide it.
const FLAG_WINDOW: usize = 64 << 10;

/// Where the parts of a node's text stand in the file. Made once for all places that are asked for.
#[derive(Debug)]
pub struct Places<'f, 't> {
    file: &'f File<'t>,
    node: &'f Node<'t>,
    lines: Vec<Line>,
}

/// What one line of the file adds to a node's text.
#[derive(Clone, Copy, Debug)]
struct Line {
    /// Its end in the node's text.
    end: usize,
    /// Where it begins in the file.
    start: usize,
    length: usize,
    /// No escape at its end was taken off.
    whole: bool,
}

impl<'f, 't> Places<'f, 't> {
    fn new(file: &'f File<'t>, node: &'f Node<'t>) -> Self {
        let mut lines = Vec::new();
        if let Cow::Borrowed(text) = node.text {
            let length = text.len();
            lines.push(Line { end: length, start: node.span.start, length, whole: true });
            return Places { file, node, lines };
        }
        let (mut start, mut end) = (node.span.start, 0);
        while let Some(rest) = file.text.get(start..).filter(|_| start < node.span.end) {
            let length = memchr(b'\n', rest.as_bytes()).unwrap_or(rest.len());
            let line = rest.get(..length).unwrap_or("").trim_end_matches('\r');
            let trimmed = line.trim_start();
            if lines.is_empty() || !(trimmed.is_empty() || trimmed.starts_with('#')) {
                let part = lines::continued(line, file.escape as u8).unwrap_or(line);
                end += part.len();
                lines.push(Line { end, start, length: part.len(), whole: part.len() == line.len() });
            }
            start += length + 1;
        }
        Places { file, node, lines }
    }

    /// Where in the file a byte of the node's text stands.
    pub fn place(&self, at: usize) -> Option<usize> {
        let passed = |line: &Line| line.end < at || (line.end == at && !line.whole);
        let Some(line) = self.lines.get(self.lines.partition_point(passed)) else {
            let end = self.lines.last().map_or(0, |line| line.end);
            return (at == end).then_some(self.node.span.end);
        };
        Some(line.start + at - (line.end - line.length))
    }

    /// Where in the file a part of the node's text stands, if it stands there in one piece.
    pub fn span(&self, part: Span) -> Option<Span> {
        let text = self.file.text;
        let start = self.place(part.start)?;
        let last = part.end.checked_sub(1).filter(|last| *last >= part.start);
        let end = match last {
            Some(last) => self.place(last)? + 1,
            None => start,
        };
        // Rounded up to whole characters: `last` may be inside one.
        let same = text.get(start..end).or_else(|| text.get(start..self.file.next_boundary(end)))?;
        (self.node.text.get(part) == Some(same)).then(|| start..start + same.len())
    }
}

impl<'t> File<'t> {
    /// Where the parts of a node's text stand in the file.
    pub fn places<'f>(&'f self, node: &'f Node<'t>) -> Places<'f, 't> {
        Places::new(self, node)
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
        let places = self.places(node);
        words
            .map(|word| {
                let span = match word {
                    Word::Slice(from, to) => places.span(*from as usize..*to as usize),
                    Word::Decoded(_) => None,
                };
                (word.text(&node.text), span)
            })
            .collect()
    }

    /// The flags of a node, each with where it begins in the node's text, unless quotes were taken from it.
    pub fn placed_flags<'a>(&self, node: &'a Node<'t>) -> Vec<(&'a str, Option<usize>)> {
        let mut from = 0;
        let flags = node.head.flags.iter().map(|flag| {
            let mut end = node.text.len().min(from + FLAG_WINDOW);
            while !node.text.is_char_boundary(end) {
                end -= 1;
            }
            let at = node.text.get(from..end).and_then(|window| window.find(flag.as_str())).map(|at| from + at);
            from = at.map_or(from, |at| at + flag.len());
            (flag.as_str(), at)
        });
        flags.collect()
    }

    /// The place of a node's keyword.
    pub fn keyword_span(&self, node: &Node<'t>) -> Option<Span> {
        let start = node.text.len() - node.text.trim_start().len();
        self.places(node).span(start..start + node.keyword().len())
    }

    /// Whether comments or blank lines stand between the lines of a node.
    pub fn has_inner_lines(&self, node: &Node<'t>) -> bool {
        let text = self.text.get(node.span.clone()).unwrap_or("");
        text.lines().skip(1).any(|line| matches!(line.trim_start().bytes().next(), None | Some(b'#')))
    }
}
