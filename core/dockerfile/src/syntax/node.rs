//! One logical line: keyword, flags and words.

use super::heredoc::Heredoc;
use super::json::{self, Item, NotStrings};
use crate::keyword::Keyword;
use crate::text::{Span, go_quote};
use memchr::memchr3;
use std::borrow::Cow;
use std::ops::Range;

/// One instruction as it is written.
#[derive(Clone, Debug)]
pub struct Node<'t> {
    /// The whole logical line, continuations joined, here-documents left out.
    pub text: Cow<'t, str>,
    /// Keyword, flags and words.
    pub head: Head,
    /// What stands behind ONBUILD; more than one for `ONBUILD ONBUILD …`.
    pub triggers: Vec<Head>,
    /// Its here-documents.
    pub heredocs: Vec<Heredoc<'t>>,
    /// 1-based first line.
    pub line: u32,
    /// 1-based last line, here-documents included.
    pub end_line: u32,
    /// Its bytes in the file, from the keyword to the end of the last line.
    pub span: Span,
    pub(super) comments: Range<u32>,
}

/// A keyword with what belongs to it.
#[derive(Clone, Debug)]
pub struct Head {
    /// Which instruction it is; `None` if BuildKit knows none of this name.
    pub kind: Option<Keyword>,
    /// The flags, `--` in front, quotes and escapes taken away.
    pub flags: Vec<String>,
    /// The words are a JSON array.
    pub json: bool,
    pub(super) words: Range<u32>,
    keyword: Range<u32>,
    arguments: u32,
}

impl Head {
    /// The keyword as written; `text` is the node's.
    pub fn keyword<'a>(&self, text: &'a str) -> &'a str {
        text.get(self.keyword.start as usize..self.keyword.end as usize).unwrap_or("")
    }
}

impl Node<'_> {
    /// The keyword as written.
    pub fn keyword(&self) -> &str {
        self.head.keyword(&self.text)
    }

    /// What stands behind keyword and flags.
    pub fn arguments(&self) -> &str {
        self.text.get(self.head.arguments as usize..).unwrap_or("").trim()
    }

    /// Whether BuildKit looks for here-documents in it.
    pub(super) fn may_hold_heredoc(&self) -> bool {
        let head = match self.triggers.first() {
            Some(trigger) => trigger,
            None => &self.head,
        };
        matches!(head.kind, Some(Keyword::Add | Keyword::Copy | Keyword::Run)) && !head.json
    }
}

/// A word: a part of the node's text, or what a JSON string decodes to.
#[derive(Clone, Debug)]
pub(super) enum Word {
    Slice(u32, u32),
    Decoded(Box<str>),
}

impl Word {
    pub(super) fn text<'a>(&'a self, text: &'a str) -> &'a str {
        match self {
            Word::Slice(from, to) => text.get(*from as usize..*to as usize).unwrap_or(""),
            Word::Decoded(text) => text,
        }
    }
}

/// The blanks that part words, other than inside quotes.
fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | 0x0b | 0x0c | b'\r')
}

pub(super) fn read<'t>(text: Cow<'t, str>, escape: char, words: &mut Vec<Word>) -> Result<Node<'t>, String> {
    let mut heads = Vec::new();
    let (first, mut rest) = read_head(&text, 0..text.len(), escape, words)?;
    // ONBUILD holds an instruction; a chain of them is refused later, but read to its end.
    while let Some(range) = rest {
        let (head, next) = read_head(&text, range, escape, words)?;
        heads.push(head);
        rest = next;
    }
    Ok(Node {
        text,
        head: first,
        triggers: heads,
        heredocs: Vec::new(),
        line: 0,
        end_line: 0,
        span: 0..0,
        comments: 0..0,
    })
}

/// Reads one head; also returns where the instruction behind ONBUILD stands.
fn read_head(
    text: &str,
    range: Range<usize>,
    escape: char,
    words: &mut Vec<Word>,
) -> Result<(Head, Option<Range<usize>>), String> {
    let range = trim(text, range);
    let bytes = text.as_bytes();
    let mut at = range.start;
    while at < range.end && !bytes.get(at).is_some_and(|byte| is_blank(*byte)) {
        at += 1;
    }
    let keyword = range.start..at;
    let mut flags = Vec::new();
    if at < range.end {
        at = read_flags(text, at..range.end, escape, &mut flags);
    }
    let rest = trim(text, at..range.end);
    let kind = Keyword::of(text.get(keyword.clone()).unwrap_or(""));
    let mut head = Head {
        kind,
        flags,
        json: false,
        words: words.len() as u32..0,
        keyword: keyword.start as u32..keyword.end as u32,
        arguments: rest.start as u32,
    };
    let mut trigger = None;
    let is_empty = rest.is_empty();
    match kind {
        // BuildKit keeps one empty word for what it does not know.
        None => words.push(Word::Slice(0, 0)),
        Some(_) if is_empty && kind != Some(Keyword::Healthcheck) => {}
        Some(Keyword::Add | Keyword::Copy | Keyword::Volume) => {
            if read_json(text, rest.clone(), words, &mut head)?.is_none() {
                split(text, rest, words);
            }
        }
        Some(Keyword::Run | Keyword::Cmd | Keyword::Entrypoint | Keyword::Shell) => {
            if read_json(text, rest.clone(), words, &mut head)?.is_none() {
                words.push(slice(rest));
            }
        }
        Some(Keyword::From | Keyword::Expose) => split(text, rest, words),
        Some(Keyword::Maintainer | Keyword::Stopsignal | Keyword::User | Keyword::Workdir) => words.push(slice(rest)),
        Some(Keyword::Arg) => quoted(text, rest, escape, |range| words.push(slice(range))),
        Some(Keyword::Env) => pairs("ENV", text, rest, escape, words)?,
        Some(Keyword::Label) => pairs("LABEL", text, rest, escape, words)?,
        Some(Keyword::Healthcheck) => {
            let end = find_blank(text, rest.clone());
            if end > rest.start {
                words.push(slice(rest.start..end));
                let rest = trim(text, end..rest.end);
                if !rest.is_empty() && read_json(text, rest.clone(), words, &mut head)?.is_none() {
                    words.push(slice(rest));
                }
            }
        }
        Some(Keyword::Onbuild) => trigger = Some(rest),
    }
    head.words.end = words.len() as u32;
    Ok((head, trigger))
}

fn slice(range: Range<usize>) -> Word {
    Word::Slice(range.start as u32, range.end as u32)
}

fn trim(text: &str, range: Range<usize>) -> Range<usize> {
    let part = text.get(range.clone()).unwrap_or("");
    let start = range.start + (part.len() - part.trim_start().len());
    start..start + part.trim().len()
}

fn find_blank(text: &str, range: Range<usize>) -> usize {
    let part = text.get(range.clone()).unwrap_or("");
    range.start + part.find(|c: char| c.is_ascii_whitespace() || c == '\u{b}').unwrap_or(part.len())
}

fn read_json(text: &str, range: Range<usize>, words: &mut Vec<Word>, head: &mut Head) -> Result<Option<()>, String> {
    let part = text.get(range.clone()).unwrap_or("");
    if !part.starts_with('[') {
        return Ok(None);
    }
    match json::strings(part) {
        Ok(items) => {
            words.extend(items.into_iter().map(|item| match item {
                Item::Slice(from, to) => slice(range.start + from..range.start + to),
                Item::Decoded(text) => Word::Decoded(text.into()),
            }));
            head.json = true;
            Ok(Some(()))
        }
        Err(NotStrings::NotArray) => Ok(None),
        Err(NotStrings::OtherItems) => {
            Err("when using JSON array syntax, arrays must be comprised of strings only".into())
        }
    }
}

/// Splits at ASCII blanks, quotes or not.
fn split(text: &str, range: Range<usize>, words: &mut Vec<Word>) {
    let bytes = text.as_bytes().get(..range.end).unwrap_or(&[]);
    let mut at = range.start;
    while at < range.end {
        let start = at;
        while bytes.get(at).is_some_and(|byte| !is_blank(*byte)) {
            at += 1;
        }
        words.push(slice(start..at));
        while bytes.get(at).is_some_and(|byte| is_blank(*byte)) {
            at += 1;
        }
    }
}

/// Splits at blanks outside quotes; quotes and escapes stay in the words.
fn quoted(text: &str, range: Range<usize>, escape: char, mut word: impl FnMut(Range<usize>)) {
    let part = text.get(range.clone()).unwrap_or("");
    let plain = memchr3(b'"', b'\'', escape as u8, part.as_bytes()).is_none();
    let mut quote: Option<char> = None;
    let mut start: Option<usize> = None;
    let mut chars = part.char_indices();
    while let Some((at, c)) = chars.next() {
        if quote.is_none() && c.is_whitespace() {
            if let Some(from) = start.take() {
                word(range.start + from..range.start + at);
            }
            continue;
        }
        let from = *start.get_or_insert(at);
        if plain {
            continue;
        }
        match quote {
            None if c == '"' || c == '\'' => quote = Some(c),
            Some(open) if c == open => quote = None,
            _ => {}
        }
        // Nothing is escaped inside single quotes.
        if c == escape && quote != Some('\'') && chars.next().is_none() {
            // An escape at the very end is left out.
            if at > from {
                word(range.start + from..range.start + at);
            }
            return;
        }
    }
    if let Some(from) = start {
        word(range.start + from..range.end);
    }
}

/// ENV and LABEL: `name=value …`, or the old `name value`.
fn pairs(keyword: &str, text: &str, range: Range<usize>, escape: char, words: &mut Vec<Word>) -> Result<(), String> {
    let first = words.len();
    let mut error = None;
    quoted(text, range.clone(), escape, |word| {
        let part = text.get(word.clone()).unwrap_or("");
        match memchr::memchr(b'=', part.as_bytes()) {
            Some(sign) => {
                let sign = word.start + sign;
                words.push(slice(word.start..sign));
                words.push(slice(sign + 1..word.end));
                words.push(slice(sign..sign + 1));
            }
            None if words.len() == first && error.is_none() => error = Some(String::new()),
            None if error.is_none() => {
                let quoted = go_quote(part);
                error = Some(format!("Syntax error - can't find = in {quoted}. Must be of the form: name=value"));
            }
            None => {}
        }
    });
    match error {
        None => Ok(()),
        // The first word has no sign: the old form, where the rest of the line is the value.
        Some(message) if message.is_empty() => {
            words.truncate(first);
            let bytes = text.as_bytes().get(..range.end).unwrap_or(&[]);
            let mut end = range.start;
            while bytes.get(end).is_some_and(|byte| !is_blank(*byte)) {
                end += 1;
            }
            let mut value = end;
            while bytes.get(value).is_some_and(|byte| is_blank(*byte)) {
                value += 1;
            }
            if value == end {
                return Err(format!("{keyword} must have two arguments"));
            }
            words.push(slice(range.start..end));
            words.push(slice(value..range.end));
            words.push(slice(range.end..range.end));
            Ok(())
        }
        Some(message) => Err(message),
    }
}

/// Reads leading `--name=value` words; returns where they end.
///
/// BuildKit goes through this part byte by byte: a character outside ASCII comes out as several.
fn read_flags(text: &str, range: Range<usize>, escape: char, flags: &mut Vec<String>) -> usize {
    let bytes = text.as_bytes().get(..range.end).unwrap_or(&[]);
    let space = |byte: u8| is_blank(byte) || matches!(byte, b'\n' | 0x85 | 0xa0);
    let mut at = range.start;
    loop {
        while bytes.get(at).is_some_and(|byte| is_blank(*byte) || *byte == b'\n') {
            at += 1;
        }
        if bytes.get(at..at + 2) != Some(b"--") {
            return at;
        }
        let mut flag = String::new();
        let mut quote: Option<u8> = None;
        let mut was_quoted = false;
        while let Some(byte) = bytes.get(at).copied() {
            match quote {
                None if space(byte) => break,
                None if byte == b'"' || byte == b'\'' => {
                    quote = Some(byte);
                    was_quoted = true;
                }
                Some(open) if byte == open => quote = None,
                _ if byte == escape as u8 => {
                    at += 1;
                    if let Some(next) = bytes.get(at) {
                        flag.push(char::from(*next));
                    }
                }
                _ => flag.push(char::from(byte)),
            }
            at += 1;
        }
        at = at.min(range.end);
        // A multi-byte character may have been cut: go on at the next whole one.
        while !text.is_char_boundary(at) {
            at += 1;
        }
        if flag == "--" {
            return at;
        }
        if was_quoted || !flag.is_empty() {
            flags.push(flag);
        }
    }
}
