//! Removes control characters from untrusted text before it is shown: output of programs, names of steps, messages of
//! an engine.

use std::borrow::Cow;

/// Removes everything that could affect a terminal or a page that shows the text.
///
/// Terminal control sequences (ECMA-48: colours, cursor movements) are removed. Other control characters become
/// U+FFFD, and so do Unicode's bidirectional embeddings, overrides and isolates (UAX #9), which can make a text look
/// like another one. Carriage returns and Unicode's line and paragraph separators become line feeds. Line feeds and
/// tabs are kept.
pub fn without_control_characters(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_control) {
        return Cow::Borrowed(text);
    }
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if let Some(sequence) = rest.strip_prefix("\u{1b}[") {
            rest = after_control_sequence(sequence);
            continue;
        }
        rest = rest.get(c.len_utf8()..).unwrap_or("");
        clean.push(match c {
            '\r' | '\u{2028}' | '\u{2029}' => '\n',
            c if is_control(c) => '\u{fffd}',
            c => c,
        });
    }
    Cow::Owned(clean)
}

/// Whether a character has an effect on a terminal or on the writing direction. Line feeds and tabs do not count.
fn is_control(c: char) -> bool {
    match c {
        '\n' | '\t' => false,
        '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => true,
        c => c.is_control(),
    }
}

/// The text after a control sequence whose introducer was read. A sequence has parameters, intermediates and a final
/// character. A malformed sequence ends at the first wrong character, so that it hides nothing.
fn after_control_sequence(text: &str) -> &str {
    let text = text.trim_start_matches(|c| ('\u{30}'..='\u{3f}').contains(&c));
    let text = text.trim_start_matches(|c| ('\u{20}'..='\u{2f}').contains(&c));
    text.strip_prefix(|c| ('\u{40}'..='\u{7e}').contains(&c)).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_removed() {
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
    fn text_without_control_characters_is_not_copied() {
        assert!(matches!(without_control_characters("plain\n"), Cow::Borrowed(_)));
    }
}
