//! UTF-16 offsets, which the editor counts in.

use serde_json::{Value, json};
use stageplay_dockerfile::text::Span;

/// Converts between byte offsets and UTF-16 code units of one text.
#[derive(Debug)]
pub struct Utf16Offsets<'t> {
    text: &'t str,
    /// The code units before each byte; empty for ASCII text, where both counts are the same.
    units: Vec<usize>,
}

impl<'t> Utf16Offsets<'t> {
    /// Counts the code units of a text.
    pub fn new(text: &'t str) -> Self {
        let mut units = Vec::new();
        if !text.is_ascii() {
            let mut count = 0;
            for c in text.chars() {
                units.extend(std::iter::repeat_n(count, c.len_utf8()));
                count += c.len_utf16();
            }
            units.push(count);
        }
        Utf16Offsets { text, units }
    }

    /// The code unit of a byte; the end of the text for any byte behind it.
    pub fn unit(&self, byte: usize) -> usize {
        let byte = byte.min(self.text.len());
        self.units.get(byte).copied().unwrap_or(byte)
    }

    /// The byte of a code unit; the end of the text for any unit behind it.
    pub fn byte(&self, unit: usize) -> usize {
        if self.units.is_empty() {
            return unit.min(self.text.len());
        }
        self.units.partition_point(|units| *units < unit).min(self.text.len())
    }

    /// A span as `{from, to}` in code units.
    pub fn span(&self, span: &Span) -> Value {
        json!({ "from": self.unit(span.start), "to": self.unit(span.end) })
    }

    /// An edit as `{from, to, insert}` in code units.
    pub fn edit(&self, span: &Span, insert: &str) -> Value {
        json!({ "from": self.unit(span.start), "to": self.unit(span.end), "insert": insert })
    }
}
