//! How values are written so that every builder reads them alike.

use std::fmt::Write as _;

/// A value as a double-quoted word: quotes, backslashes and dollar signs are escaped. `None` if it holds a control
/// character other than a tab or an escape, or a byte order mark: builders differ over these.
pub(super) fn quoted(value: &str) -> Option<String> {
    let mut word = String::with_capacity(value.len() + 2);
    word.push('"');
    for c in value.chars() {
        match c {
            '"' | '\\' | '$' => word.extend(['\\', c]),
            c if c.is_control() && !matches!(c, '\t' | '\u{1b}') || c == '\u{feff}' => return None,
            c => word.push(c),
        }
    }
    word.push('"');
    Some(word)
}

/// Characters that readers of text treat in ways of their own: controls, blanks other than the space, byte order marks.
fn is_odd(c: char) -> bool {
    c.is_control() || (c.is_whitespace() && c != ' ') || matches!(c, '\u{feff}' | '\u{fffd}' | '\u{2028}' | '\u{2029}')
}

/// Strings as a JSON array. No dollar sign and no `<` stands in it as itself, so that nothing in it can be taken for a
/// variable or a here-document.
pub(super) fn json<S: AsRef<str>>(words: &[S]) -> String {
    let mut text = String::from("[");
    for (index, word) in words.iter().enumerate() {
        if index > 0 {
            text.push_str(", ");
        }
        text.push('"');
        for c in word.as_ref().chars() {
            match c {
                '"' | '\\' => text.extend(['\\', c]),
                '\n' => text.push_str("\\n"),
                '\t' => text.push_str("\\t"),
                '$' | '<' => escaped(&mut text, c),
                c if is_odd(c) => escaped(&mut text, c),
                c => text.push(c),
            }
        }
        text.push('"');
    }
    text.push(']');
    text
}

/// `\u0024`; two of them for a character beyond the first 65,536.
fn escaped(text: &mut String, c: char) {
    for unit in c.encode_utf16(&mut [0; 2]) {
        // Writing to a string does not fail.
        let _ = write!(text, "\\u{unit:04x}");
    }
}

/// A word of a JSON array that the builder expands afterwards, as those of COPY, ADD and VOLUME: quoted once more if
/// anything in it means something to the expansion, or could be the sign of a here-document, which BuildKit looks for in
/// these words too. `None` as for [`quoted`].
pub(super) fn expandable(value: &str) -> Option<String> {
    match value.contains(['$', '"', '\'', '\\']) || value.contains("<<") {
        true => quoted(value),
        false => quoted(value).map(|_| value.to_string()),
    }
}

/// Whether a value can stand as it is: letters, digits and these signs, and at least one of them.
pub(super) fn is_plain(value: &str, signs: &str) -> bool {
    !value.is_empty() && value.chars().all(|c| c.is_ascii_alphanumeric() || signs.contains(c))
}

/// Whether a text that a builder takes to the end of the line can stand as it is.
pub(super) fn is_one_line(text: &str) -> bool {
    let odd = |c: char| is_odd(c) && c != '\t';
    // An array of strings begins with one, or is empty; `[ -f x ]` is a command.
    let array = |rest: &str| matches!(rest.trim_start().chars().next(), Some('"' | ']') | None);
    let is_array = text.strip_prefix('[').is_some_and(array);
    !text.is_empty() && text.trim() == text && !text.contains(odd) && !is_array && !text.ends_with(['\\', '`'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_quoted_and_read_back() {
        use crate::dockerfile::{Budget, Lex, NoVariables};
        let budget = Budget::default();
        for value in
            ["\u{a0}x", "\u{1b}[m", "", "a b", "a\tb", "$A ${B:-c}", "\"'\\\\", "a\\", "日本 é", "`x`", "#", "a=b"]
        {
            let word = quoted(value).unwrap();
            assert_eq!(Lex::new('\\').word(&word, &NoVariables, &budget).unwrap().text, value);
            let word = expandable(value).unwrap();
            assert_eq!(Lex::new('\\').word(&word, &NoVariables, &budget).unwrap().text, value);
        }
        for odd in ["a\nb", "\r", "\0", "\u{85}", "\u{feff}"] {
            assert_eq!((quoted(odd), expandable(odd)), (None, None), "{odd:?}");
        }
    }

    #[test]
    fn json_is_read_back_by_another_reader() {
        let words = ["a\"b\\", "$HOME <<EOF", "line\nnext\t", "\u{1b}\u{feff}\u{10ffff}", "日本"];
        let text = json(&words);
        assert!(!text.contains(['$', '<', '\n']) && text.contains("\\u0024HOME"), "{text}");
        assert_eq!(serde_json::from_str::<Vec<String>>(&text).unwrap(), words);
    }
}
