//! Text to nodes: one node for each instruction, with its words and its exact place.
//!
//! Follows BuildKit's `frontend/dockerfile/parser` (moby/buildkit 73ed682) in what it accepts, what
//! it refuses and with which words. Nodes borrow from the text: an instruction on one line costs no
//! copy, one with continuations costs one.

mod directive;
mod heredoc;
mod json;
mod lines;
mod node;
mod sexp;
mod source_map;
mod source_segments;

pub use directive::{Directive, Name as DirectiveName};
pub use heredoc::Heredoc;
pub use heredoc::chomp;
pub(crate) use heredoc::declared;
pub use node::{Head, Node};
pub use source_map::Places;
pub use source_segments::{Piece, PieceKind};

pub(crate) use directive::of_comment as directive_of_comment;

use super::ParseError;
use crate::text::Span;
use lines::Lines;
use node::Word;
use std::borrow::Cow;

/// The largest Dockerfile that is read, in bytes.
pub const MAX_BYTES: usize = 64 << 20;

/// The longest line, in bytes with its end (Go's `bufio.MaxScanTokenSize`).
const MAX_LINE: usize = 64 << 10;

/// A Dockerfile's nodes. Made by [`parse`].
#[derive(Clone, Debug)]
pub struct File<'t> {
    /// The text itself.
    pub text: &'t str,
    /// Parser directives at the top.
    pub directives: Vec<Directive<'t>>,
    /// One for each instruction, in order.
    pub nodes: Vec<Node<'t>>,
    /// `\`, or the backtick if an `escape` directive says so.
    pub escape: char,
    /// For each instruction with empty continuation lines: the 1-based number of its last line.
    pub empty_continuations: Vec<u32>,
    /// Here-documents are read. Frontends before Docker 23 know none.
    pub(crate) reads_heredocs: bool,
    /// What BuildKit would refuse; it says only the first. A node that is refused has no place in
    /// `nodes`, and reading goes on behind it.
    pub errors: Vec<ParseError>,
    words: Vec<Word>,
    comments: Vec<&'t str>,
}

impl<'t> File<'t> {
    /// The words of a node behind keyword and flags. For ENV and LABEL they come in threes: name,
    /// value and separator, which is `=` or nothing.
    pub fn words<'a>(&'a self, node: &'a Node<'t>) -> impl ExactSizeIterator<Item = &'a str> + Clone {
        self.words_of(node, &node.head)
    }

    /// The words of one head of a node: its own or one behind ONBUILD.
    pub fn words_of<'a>(&'a self, node: &'a Node<'t>, head: &Head) -> impl ExactSizeIterator<Item = &'a str> + Clone {
        let range = head.words.start as usize..head.words.end as usize;
        self.words.get(range).unwrap_or(&[]).iter().map(|word| word.text(&node.text))
    }

    /// The comments that stand before a node, without `#` and blanks around them.
    pub fn comments(&self, node: &Node<'t>) -> &[&'t str] {
        self.comments.get(node.comments.start as usize..node.comments.end as usize).unwrap_or(&[])
    }

    /// The value of the `check` directive, if there is one.
    pub fn check(&self) -> Option<&'t str> {
        self.directives.iter().find(|one| one.name == DirectiveName::Check).map(|one| one.value)
    }

    /// The nodes as BuildKit's parser tests print them: one s-expression a line.
    pub fn to_sexp(&self) -> String {
        sexp::print(self)
    }
}

/// Reads a Dockerfile. Takes time in proportion to the text, whatever its shape.
pub fn parse(text: &str) -> File<'_> {
    read(text, true)
}

/// The same as a frontend before Docker 23 reads it: `<<` is a word like any other.
pub fn parse_without_heredocs(text: &str) -> File<'_> {
    read(text, false)
}

fn read(text: &str, reads_heredocs: bool) -> File<'_> {
    let mut file = File {
        text,
        directives: Vec::new(),
        nodes: Vec::new(),
        escape: '\\',
        empty_continuations: Vec::new(),
        reads_heredocs,
        errors: Vec::new(),
        words: Vec::new(),
        comments: Vec::new(),
    };
    if text.len() > MAX_BYTES {
        file.refuse(format!("dockerfile is larger than {MAX_BYTES} bytes"), 0, 0..0);
        return file;
    }
    // Most of a Dockerfile is RUN text, which is one word.
    file.words.reserve(text.len() / 24 + 4);
    file.nodes.reserve(text.len() / 64 + 4);
    Parser { lines: Lines::new(text), directives: directive::Reader::default(), pending: 0, file: &mut file }.run();
    file
}

impl File<'_> {
    fn refuse(&mut self, message: String, line: u32, span: Span) {
        self.errors.push(ParseError { message, line: Some(line as usize), span, typed: false });
    }
}

/// Whether `<<` stands in a line.
fn has_heredoc_sign(line: &str) -> bool {
    let bytes = line.as_bytes();
    memchr::memchr_iter(b'<', bytes).any(|at| bytes.get(at + 1) == Some(&b'<'))
}

struct Parser<'t, 'f> {
    lines: Lines<'t>,
    directives: directive::Reader,
    /// Where the comments begin that belong to the next instruction.
    pending: usize,
    file: &'f mut File<'t>,
}

impl<'t> Parser<'t, '_> {
    fn run(&mut self) {
        while let Some(line) = self.lines.next() {
            let content = line.content.trim_start();
            if let Some(comment) = content.strip_prefix('#') {
                self.comment(line.content, comment);
                if let Err(message) = self.directive(content, line.start) {
                    // BuildKit counts this line only afterwards.
                    let span = line.start..line.start + line.content.len();
                    self.file.refuse(message, self.lines.number - 1, span);
                }
                continue;
            }
            self.directives.close();
            if content.is_empty() {
                continue;
            }
            self.instruction(content, line.start + (line.content.len() - content.len()));
        }
        if self.lines.too_long {
            let number = self.lines.number;
            let at = self.lines.at();
            self.file.refuse(
                format!("dockerfile line greater than max allowed size of {}", MAX_LINE - 1),
                number,
                at..at,
            );
        }
        if self.file.nodes.is_empty() && self.file.errors.is_empty() {
            let number = self.lines.number;
            self.file.refuse("file with no instructions".into(), number, 0..self.file.text.len());
        }
    }

    /// Keeps a comment for the next instruction; an empty one parts what stands before it.
    fn comment(&mut self, line: &'t str, stripped: &'t str) {
        // BuildKit takes one byte off the line as it is: an indented comment keeps its sign.
        let text = if line.len() == stripped.len() + 1 { stripped } else { line.get(1..).unwrap_or(stripped) };
        let text = text.trim();
        if text.is_empty() {
            self.pending = self.file.comments.len();
        } else {
            self.file.comments.push(text);
        }
    }

    fn directive(&mut self, content: &'t str, start: usize) -> Result<(), String> {
        let Some(found) = self.directives.read(content, start, self.lines.number)? else {
            return Ok(());
        };
        self.file.comments.pop();
        if found.name == DirectiveName::Escape {
            self.file.escape = match found.value {
                "\\" => '\\',
                "`" => '`',
                other => return Err(format!("invalid escape token '{other}' does not match ` or \\")),
            };
        }
        self.file.directives.push(found);
        Ok(())
    }

    fn instruction(&mut self, first: &'t str, start: usize) {
        let line = self.lines.number;
        let escape = self.file.escape as u8;
        let (mut end, mut empty) = (start + first.len(), false);
        let text = match lines::continued(first, escape) {
            None => Cow::Borrowed(first),
            Some(part) => {
                // An instruction of many lines is joined into one text.
                let mut joined = String::with_capacity((part.len() * 4).max(256));
                joined.push_str(part);
                while let Some(next) = self.lines.next() {
                    match next.content.bytes().find(|byte| !byte.is_ascii_whitespace()) {
                        Some(b'#') => continue,
                        None => {
                            empty = true;
                            continue;
                        }
                        Some(byte) if byte >= 0x80 && next.content.trim_start().starts_with('#') => continue,
                        Some(byte) if byte >= 0x80 && next.content.trim_start().is_empty() => {
                            empty = true;
                            continue;
                        }
                        Some(_) => {}
                    }
                    end = next.start + next.content.len();
                    match lines::continued(next.content, escape) {
                        Some(part) => joined.push_str(part),
                        None => {
                            joined.push_str(next.content);
                            break;
                        }
                    }
                }
                Cow::Owned(joined)
            }
        };
        let mut end_line = self.lines.number;
        if empty {
            self.file.empty_continuations.push(end_line);
        }
        let comments = self.pending as u32..self.file.comments.len() as u32;
        self.pending = self.file.comments.len();
        let mut node = match node::read(text, self.file.escape, &mut self.file.words) {
            Ok(node) => node,
            Err(message) => return self.file.refuse(message, line, start..end),
        };
        if self.file.reads_heredocs && node.may_hold_heredoc() && has_heredoc_sign(&node.text) {
            match self.heredocs(&node) {
                Ok((documents, last)) => {
                    node.heredocs = documents;
                    end = last.unwrap_or(end);
                }
                Err(message) => return self.file.refuse(message, line, start..end),
            }
            end_line = self.lines.number;
        }
        node.line = line;
        node.end_line = end_line;
        node.span = start..end;
        node.comments = comments;
        self.file.nodes.push(node);
    }

    /// Reads the here-documents that a node declares; also tells where the last of them ends.
    fn heredocs(&mut self, node: &Node<'t>) -> Result<(Vec<Heredoc<'t>>, Option<usize>), String> {
        let mut documents = heredoc::of_line(&node.text)?;
        let mut end = None;
        for document in &mut documents {
            let start = self.lines.at();
            let mut stop = None;
            while let Some(line) = self.lines.next() {
                let content = line.content;
                let candidate = if document.chomp { content.trim_start_matches('\t') } else { content };
                if candidate == document.name {
                    stop = Some(line.start);
                    end = Some(line.start + content.len());
                    break;
                }
            }
            let stop = stop.ok_or("unterminated heredoc")?;
            document.content = Cow::Borrowed(self.file.text.get(start..stop).unwrap_or(""));
        }
        Ok((documents, end))
    }
}
