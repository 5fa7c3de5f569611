//! Here-documents: `<<EOF`, `<<-EOF`, `<<"EOF"`.

use crate::budget::Budget;
use crate::word::{Lex, NoVariables};
use std::borrow::Cow;

/// One here-document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Heredoc<'t> {
    /// The word that ends it, quotes taken away.
    pub name: String,
    /// The lines, ends included, tabs not stripped.
    pub content: Cow<'t, str>,
    /// Variables inside are replaced: no part of the word was quoted.
    pub expand: bool,
    /// `<<-`: leading tabs are stripped.
    pub chomp: bool,
    /// The number before `<<`, 0 if there is none.
    pub descriptor: u64,
}

impl Heredoc<'_> {
    /// The same with a text of its own.
    pub fn into_owned(self) -> Heredoc<'static> {
        Heredoc { content: Cow::Owned(self.content.into_owned()), ..self }
    }
}

/// The here-documents that a line declares, without their contents.
pub(super) fn of_line(line: &str) -> Result<Vec<Heredoc<'static>>, String> {
    let lex = Lex { raw_quotes: true, raw_escapes: true, skip_unset: true, ..Lex::new('\\') };
    // A line that cannot be split declares nothing.
    let words = lex.words(line, &NoVariables, &Budget::default()).unwrap_or_default();
    words.iter().filter_map(|word| declared(word).transpose()).collect()
}

/// The here-document that one word declares.
///
/// # Errors
/// BuildKit's words for a delimiter with an open quote.
pub(crate) fn declared(word: &str) -> Result<Option<Heredoc<'static>>, String> {
    let digits = word.bytes().take_while(u8::is_ascii_digit).count();
    let (number, rest) = word.split_at(digits);
    let Some(rest) = rest.strip_prefix("<<") else {
        return Ok(None);
    };
    let (chomp, rest) = match rest.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, rest),
    };
    let delimiter = rest.trim_start_matches(['\t', '\n', '\u{c}', '\r', ' ']);
    if delimiter.is_empty() || delimiter.contains('<') {
        return Ok(None);
    }
    let plain = Lex { skip_unset: true, ..Lex::new('\\') };
    let [name] = <[String; 1]>::try_from(plain.words(delimiter, &NoVariables, &Budget::default())?).unwrap_or_default();
    if name.is_empty() {
        return Ok(None);
    }
    let raw = Lex { raw_quotes: true, ..plain };
    let Ok([raw]) = <[String; 1]>::try_from(raw.words(delimiter, &NoVariables, &Budget::default())?) else {
        return Err(format!("internal lexing of heredoc produced inconsistent results: {delimiter}"));
    };
    let quotes = |text: &str| text.bytes().filter(|byte| matches!(byte, b'"' | b'\'')).count();
    let expand = quotes(&name) == quotes(&raw);
    Ok(Some(Heredoc { name, content: Cow::Borrowed(""), expand, chomp, descriptor: number.parse().unwrap_or(0) }))
}

/// Takes the leading tabs off every line.
pub fn chomp(content: &str) -> String {
    content.split_inclusive('\n').map(|line| line.trim_start_matches('\t')).collect()
}
