//! What is wrong with a pack, and where.

use super::observation::Observation;
use crate::words::{Language, say};
use stageplay_report::without_control_characters;
use std::ops::Range;

/// The longest part of a pack that a message repeats, in characters.
const MAX_QUOTED: usize = 300;

/// A place in a file of a pack.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The file's path in the pack; empty for the pack as a whole.
    pub file: String,
    /// 1-based line; 0 for the file as a whole.
    pub line: usize,
    /// 1-based column in characters; 0 for the line as a whole.
    pub column: usize,
}

impl Place {
    /// A file as a whole.
    pub fn file(file: impl Into<String>) -> Self {
        Place { file: file.into(), line: 0, column: 0 }
    }

    /// A line.
    pub fn line(file: impl Into<String>, line: usize) -> Self {
        Place { file: file.into(), line, column: 0 }
    }

    /// The begin of a byte range of a text, whose first line has the number `first_line`.
    pub(super) fn in_text(file: &str, text: &str, range: Range<usize>, first_line: usize) -> Self {
        let mut start = range.start.min(text.len());
        while !text.is_char_boundary(start) {
            start -= 1;
        }
        let before = text.get(..start).unwrap_or("");
        let row = before.rsplit('\n').next().unwrap_or("");
        Place {
            file: file.to_string(),
            line: first_line + before.matches('\n').count(),
            column: row.chars().count() + 1,
        }
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.file)?;
        [self.line, self.column].iter().take_while(|number| **number > 0).try_for_each(|number| write!(f, ":{number}"))
    }
}

/// Something that is wrong with a pack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where.
    pub place: Place,
    /// A message id of `data/words`.
    pub code: &'static str,
    /// Values for the placeholders of the message.
    pub params: Vec<(&'static str, String)>,
    /// What was observed, for the placeholder `{observed}`.
    pub observed: Option<Observation>,
    /// The values of the variables with which it was found.
    pub variant: Option<String>,
}

impl Problem {
    pub(super) fn new(place: Place, code: &'static str, params: &[(&'static str, &str)]) -> Self {
        let params = params.iter().map(|(name, value)| (*name, quoted(value))).collect();
        Problem { place, code, params, observed: None, variant: None }
    }

    /// The message, for terminals and pages: what is wrong, and what to do.
    pub fn message(&self, language: Language) -> String {
        without_control_characters(&self.plain_message(language)).into_owned()
    }

    fn plain_message(&self, language: Language) -> String {
        let mut params = self.params.clone();
        params.extend(self.observed.as_ref().map(|observed| ("observed", observed.message(language))));
        let message = say(language, self.code, &params);
        match &self.variant {
            Some(what) => say(language, "pack.in-variant", &[("what", what.as_str()), ("message", message.as_str())]),
            None => message,
        }
    }
}

/// What a message repeats of a pack: its begin, if it is long.
fn quoted(text: &str) -> String {
    match text.char_indices().nth(MAX_QUOTED) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or(text)),
        None => text.to_string(),
    }
}
