//! Physical lines, and which of them go on in the next.

use super::MAX_LINE;
use memchr::memchr;

/// One physical line.
pub(super) struct Line<'t> {
    /// Without its end.
    pub(super) content: &'t str,
    /// Its first byte in the text.
    pub(super) start: usize,
}

/// The lines of a text, counted.
pub(super) struct Lines<'t> {
    text: &'t str,
    at: usize,
    /// How many lines were read: the 1-based number of the last one.
    pub(super) number: u32,
    /// A line was longer than BuildKit's scanner takes: nothing is read behind it.
    pub(super) too_long: bool,
}

impl<'t> Lines<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        let at = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        Lines { text, at, number: 0, too_long: false }
    }

    /// Where the next line begins.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    pub(super) fn next(&mut self) -> Option<Line<'t>> {
        let rest = self.text.as_bytes().get(self.at..)?;
        if rest.is_empty() || self.too_long {
            return None;
        }
        let (length, whole) = match memchr(b'\n', rest) {
            Some(length) => (length, length + 1),
            // Go's scanner gives up on a full buffer before it sees that the text ends.
            None => (rest.len(), rest.len() + 1),
        };
        if whole > MAX_LINE {
            self.too_long = true;
            return None;
        }
        let start = self.at;
        self.at = (start + whole).min(self.text.len());
        self.number += 1;
        let mut end = start + length;
        let bytes = self.text.as_bytes();
        while end > start && bytes.get(end - 1) == Some(&b'\r') {
            end -= 1;
        }
        Some(Line { content: self.text.get(start..end).unwrap_or(""), start })
    }
}

/// What stands before the continuation sign at the end of a line; `None` if the line ends here.
///
/// The sign must not follow another one, and only blanks and tabs may stand behind it.
pub(super) fn continued(line: &str, escape: u8) -> Option<&str> {
    let bytes = line.as_bytes();
    let mut end = bytes.len();
    while let Some(b' ' | b'\t') = end.checked_sub(1).and_then(|last| bytes.get(last)) {
        end -= 1;
    }
    let last = end.checked_sub(1)?;
    if bytes.get(last) != Some(&escape) || (last > 0 && bytes.get(last - 1) == Some(&escape)) {
        return None;
    }
    line.get(..last)
}
