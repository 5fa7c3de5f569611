//! Places in a text, and edits of it. Knows nothing about what the text means.

pub(crate) mod automaton;
mod did_you_mean;

pub use did_you_mean::{near, suggestion};

use std::collections::BTreeSet;
use std::ops::Range;

/// A half-open range of byte offsets into a text.
pub type Span = Range<usize>;

/// Replaces the bytes of `span` by `insert`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextEdit {
    /// The bytes to replace; empty to insert.
    pub span: Span,
    /// What stands there afterwards.
    pub insert: String,
}

/// Applies edits to a text, all at once: spans refer to the text as it was.
///
/// Returns `None` when two edits overlap, or when a span is out of range or splits a character.
pub fn apply_edits(text: &str, edits: &[TextEdit]) -> Option<String> {
    let mut sorted: Vec<&TextEdit> = edits.iter().collect();
    sorted.sort_by_key(|edit| (edit.span.start, edit.span.end));
    let mut result = String::with_capacity(text.len());
    let mut at = 0;
    for edit in sorted {
        if edit.span.start < at || edit.span.end < edit.span.start {
            return None;
        }
        result.push_str(text.get(at..edit.span.start)?);
        text.get(edit.span.clone())?;
        result.push_str(&edit.insert);
        at = edit.span.end;
    }
    result.push_str(text.get(at..)?);
    Some(result)
}

/// The lines that a span touches, their ends included.
pub fn whole_lines(text: &str, span: &Span) -> Span {
    let start = text.get(..span.start).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
    let end = text.get(span.end..).and_then(|rest| rest.find('\n')).map_or(text.len(), |at| span.end + at + 1);
    start..end
}

/// Edits of one text that can all be made together.
#[derive(Clone, Debug, Default)]
pub struct Edits {
    chosen: Vec<TextEdit>,
    /// Starts and ends. None overlap, so the ends are in order too.
    places: BTreeSet<(usize, usize)>,
}

impl Edits {
    /// Adds edits that belong together; none of them if one overlaps an earlier one or stands at its place.
    pub fn add(&mut self, edits: Vec<TextEdit>) {
        let clashes = edits.iter().any(|edit| {
            let Span { start, end } = edit.span;
            let before = self.places.range(..(end, 0)).next_back();
            self.places.contains(&(start, end)) || before.is_some_and(|(_, other)| *other > start)
        });
        if !clashes {
            self.places.extend(edits.iter().map(|edit| (edit.span.start, edit.span.end)));
            self.chosen.extend(edits);
        }
    }

    /// The edits, in the order in which they were added.
    pub fn into_edits(self) -> Vec<TextEdit> {
        self.chosen
    }

    /// Makes all edits at once, as [`apply_edits`] does.
    pub fn apply(&self, text: &str) -> Option<String> {
        apply_edits(text, &self.chosen)
    }
}

/// Whether a text fits a pattern, in which `wildcard` stands for any characters. Takes time in proportion to the product of
/// the lengths at most.
pub fn wildcard_fits(pattern: &str, wildcard: &str, text: &str) -> bool {
    let mut parts = pattern.split(wildcard);
    let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else {
        return false;
    };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else {
        return rest.is_empty();
    };
    for part in parts {
        match rest.split_once(part) {
            Some((_, after)) => rest = after,
            None => return false,
        }
    }
    rest.ends_with(last)
}

/// Whether `items` fit `pattern`, where `is_any` marks what stands for any number of items.
///
/// Takes time in proportion to the product of the lengths, whatever the pattern.
pub fn sequence_fits<P, T>(
    pattern: &[P],
    items: &[T],
    is_any: impl Fn(&P) -> bool,
    fits: impl Fn(&P, &T) -> bool,
) -> bool {
    // reachable[i]: the pattern so far can have used i items.
    let mut reachable = vec![false; items.len() + 1];
    if let Some(first) = reachable.first_mut() {
        *first = true;
    }
    for part in pattern {
        let mut next = vec![false; items.len() + 1];
        let mut any = false;
        for (i, slot) in next.iter_mut().enumerate() {
            any |= reachable.get(i).copied().unwrap_or(false);
            *slot = if is_any(part) {
                any
            } else {
                i > 0
                    && reachable.get(i - 1).copied().unwrap_or(false)
                    && items.get(i - 1).is_some_and(|item| fits(part, item))
            };
        }
        reachable = next;
    }
    reachable.last().copied().unwrap_or(false)
}

/// A text in double quotes as Go's `%q` prints it (`strconv.Quote`).
pub(crate) fn go_quote(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\u{b}' => out.push_str("\\v"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            ' '..='~' => out.push(c),
            c if c.is_ascii() => out.push_str(&format!("\\x{:02x}", u32::from(c))),
            c if is_printable(c) => out.push(c),
            c if u32::from(c) < 0x10000 => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push_str(&format!("\\U{:08x}", u32::from(c))),
        }
    }
    out.push('"');
    out
}

/// Whether Go prints a character outside ASCII as it is: letters, marks, numbers, signs; no blanks.
fn is_printable(c: char) -> bool {
    // Rust's `Debug` of a text escapes what cannot be printed, behind a first character also no marks.
    !c.is_whitespace() && !format!("a{c}").escape_debug().to_string().starts_with("a\\u")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_apply_at_once_and_refuse_to_overlap() {
        let edit = |span: Span, insert: &str| TextEdit { span, insert: insert.into() };
        assert_eq!(apply_edits("FROM a", &[edit(5..6, "bc"), edit(0..0, "# x\n")]).unwrap(), "# x\nFROM bc");
        assert_eq!(apply_edits("abc", &[edit(0..2, ""), edit(1..3, "")]), None);
        assert_eq!(apply_edits("é", &[edit(1..2, "")]), None);
    }
}
