//! Text of strangers, before anybody is shown it: programs' output, names of steps, messages of an engine.

use std::borrow::Cow;

/// Takes out what a text could do to a terminal or a page that shows it.
///
/// Control sequences of terminals (ECMA-48: colours, cursor movements) go altogether. Other control characters
/// become U+FFFD, and so do Unicode's embeddings, overrides and isolates of the writing direction (UAX #9),
/// which make a text read as another one. Carriage returns and Unicode's line and paragraph separators become
/// line ends; line ends and tabs stay.
pub fn without_control_characters(text: &str) -> Cow<'_, str> {
    if !text.chars().any(acts) {
        return Cow::Borrowed(text);
    }
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if let Some(sequence) = rest.strip_prefix("\u{1b}[") {
            rest = behind_sequence(sequence);
            continue;
        }
        rest = rest.get(c.len_utf8()..).unwrap_or("");
        clean.push(match c {
            '\r' | '\u{2028}' | '\u{2029}' => '\n',
            c if acts(c) => '\u{fffd}',
            c => c,
        });
    }
    Cow::Owned(clean)
}

/// Whether a character does something, beside standing there or parting lines and words.
fn acts(c: char) -> bool {
    match c {
        '\n' | '\t' => false,
        '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => true,
        c => c.is_control(),
    }
}

/// What follows a control sequence whose introducer was read: parameters, intermediates, a final character.
/// A sequence that is none ends where it goes wrong, so that it hides nothing.
fn behind_sequence(text: &str) -> &str {
    let text = text.trim_start_matches(|c| ('\u{30}'..='\u{3f}').contains(&c));
    let text = text.trim_start_matches(|c| ('\u{20}'..='\u{2f}').contains(&c));
    text.strip_prefix(|c| ('\u{40}'..='\u{7e}').contains(&c)).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_acts_on_a_reader_is_taken_out() {
        for (text, clean) in [
            ("plain\ttext\n", "plain\ttext\n"),
            ("a\u{1b}[2Jb\u{7}\u{1b}]0;x", "ab\u{fffd}\u{fffd}]0;x"),
            ("\u{1b}[1;31mred\u{1b}[0m", "red"),
            ("a\rb\r\n", "a\nb\n\n"),
            ("\u{9b}2J\u{0}\u{7f}", "\u{fffd}2J\u{fffd}\u{fffd}"),
            ("a\u{202e}b\u{2066}c\u{2069}", "a\u{fffd}b\u{fffd}c\u{fffd}"),
            ("a\u{2028}b\u{2029}", "a\nb\n"),
            ("汉字 é \u{200d}", "汉字 é \u{200d}"),
        ] {
            assert_eq!(without_control_characters(text), clean, "{text:?}");
            assert_eq!(without_control_characters(clean), clean, "{text:?}: a second time changes nothing");
        }
    }

    #[test]
    fn an_unfinished_sequence_hides_nothing() {
        assert_eq!(without_control_characters("\u{1b}[1;31汉"), "汉");
        assert_eq!(without_control_characters("\u{1b}[12\nnext"), "\nnext");
        assert_eq!(without_control_characters("\u{1b}["), "");
    }

    #[test]
    fn text_that_does_nothing_is_not_copied() {
        assert!(matches!(without_control_characters("plain\n"), Cow::Borrowed(_)));
    }
}
