//! Bytes to logical lines: directives, comments, continuations and here-documents.

use super::ParseError;
use super::heredoc::{self, Heredoc};
use crate::text::Span;

/// One instruction's text, continuations joined.
#[derive(Clone, Debug)]
pub(super) struct Line {
    /// Joined text without the continuation characters.
    pub(super) text: String,
    /// 1-based number of its first line.
    pub(super) number: usize,
    /// Its bytes in the file, here-documents included.
    pub(super) span: Span,
    pub(super) heredocs: Vec<Heredoc>,
}

/// Splits a file into logical lines; also returns the escape character.
pub(super) fn logical_lines(text: &str) -> Result<(Vec<Line>, char), ParseError> {
    let mut physical = Vec::new();
    let mut at = text.len() - text.trim_start_matches('\u{feff}').len();
    for raw in text.get(at..).unwrap_or("").split_inclusive('\n') {
        let content = raw.trim_end_matches('\n').trim_end_matches('\r');
        physical.push((at, content));
        at += raw.len();
    }
    let escape = escape_directive(&physical)?;
    let mut lines = Vec::new();
    let mut rows = physical.iter().enumerate();
    while let Some((row, (start, content))) = rows.next() {
        let first = content.trim_start();
        if first.is_empty() || first.starts_with('#') {
            continue;
        }
        let begin = start + (content.len() - first.len());
        let mut end = start + content.trim_end().len();
        let (mut joined, mut continues) = strip_continuation(first, escape);
        while continues {
            let Some((_, (start, content))) = rows.next() else {
                break;
            };
            let trimmed = content.trim_start();
            if trimmed.starts_with('#') || trimmed.is_empty() {
                continue;
            }
            end = start + content.trim_end().len();
            let (part, more) = strip_continuation(content, escape);
            joined.push_str(&part);
            continues = more;
        }
        let text = joined.trim_end().to_string();
        let mut heredocs = heredoc::declared(&text);
        for doc in &mut heredocs {
            let mut closed = false;
            for (_, (start, content)) in rows.by_ref() {
                end = start + content.len();
                let candidate = if doc.strip_tabs { content.trim_start_matches('\t') } else { content };
                if candidate == doc.name {
                    closed = true;
                    break;
                }
                doc.content.push_str(candidate);
                doc.content.push('\n');
            }
            if !closed {
                return Err(ParseError {
                    message: "unterminated heredoc".into(),
                    line: Some(row + 1),
                    span: begin..end,
                });
            }
        }
        lines.push(Line { text, number: row + 1, span: begin..end, heredocs });
    }
    Ok((lines, escape))
}

/// Reads the parser directives at the top; only `escape` changes how the rest is read.
fn escape_directive(lines: &[(usize, &str)]) -> Result<char, ParseError> {
    for (row, (start, content)) in lines.iter().enumerate() {
        let Some(comment) = content.trim_start().strip_prefix('#') else {
            break;
        };
        let Some((key, value)) = comment.split_once('=') else {
            break;
        };
        let key = key.trim().to_ascii_lowercase();
        if !matches!(key.as_str(), "escape" | "syntax" | "check") {
            break;
        }
        if key == "escape" {
            return match value.trim() {
                "\\" => Ok('\\'),
                "`" => Ok('`'),
                other => Err(ParseError {
                    message: format!("invalid escape token '{other}' does not match ` or \\"),
                    line: Some(row + 1),
                    span: *start..start + content.len(),
                }),
            };
        }
    }
    Ok('\\')
}

/// Removes a continuation character at the end of the line, and the blanks behind it.
fn strip_continuation(content: &str, escape: char) -> (String, bool) {
    let trimmed = content.trim_end_matches([' ', '\t']);
    match trimmed.strip_suffix(escape) {
        // BuildKit's pattern wants something other than the escape character before it.
        Some(rest) if !rest.ends_with(escape) => (rest.to_string(), true),
        _ => (content.to_string(), false),
    }
}
