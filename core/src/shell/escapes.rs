//! Backslash escapes: those of `echo` and `printf`, and those of `$'…'`.

use std::iter::Peekable;
use std::ops::ControlFlow;
use std::str::Chars;

/// The character of an escape `\letter` that is the same in every tool.
pub(crate) fn escaped(letter: char) -> Option<char> {
    Some(match letter {
        'n' => '\n',
        't' => '\t',
        'r' => '\r',
        'a' => '\u{7}',
        'b' => '\u{8}',
        'f' => '\u{c}',
        'v' => '\u{b}',
        '"' => '"',
        '\\' => '\\',
        _ => return None,
    })
}

/// The character of a number in `base`. `code` is the value of the digits so far; at most `most` further digits are
/// read.
pub(crate) fn numbered(chars: &mut Peekable<Chars<'_>>, code: Option<u32>, base: u32, most: usize) -> Option<char> {
    let mut code = code;
    for _ in 0..most {
        let Some(digit) = chars.peek().and_then(|c| c.to_digit(base)) else { break };
        code = Some(code.unwrap_or(0) * base + digit);
        chars.next();
    }
    byte_character(code? & 255)
}

/// The character that stands for a byte; see [`RAW`].
fn byte_character(byte: u32) -> Option<char> {
    char::from_u32(if byte < 0x80 { byte } else { RAW + byte })
}

/// Texts are characters. A byte that is not valid UTF-8 is held as an unused code point from here on, until it is
/// written.
const RAW: u32 = 0x10_ff00;

/// The bytes of a text, in which code points from `RAW` on become raw bytes.
pub(crate) fn raw(text: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for c in text.chars() {
        match u32::from(c).checked_sub(RAW).and_then(|code| u8::try_from(code).ok()).filter(|byte| !byte.is_ascii()) {
            Some(byte) => out.push(byte),
            None => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    out
}

/// A text with its escapes replaced. `escape` reads behind each backslash and writes what it stands for; it breaks where
/// the text ends early.
pub(crate) fn replace_escapes(
    text: &str,
    mut escape: impl FnMut(&mut Peekable<Chars<'_>>, &mut String) -> ControlFlow<()>,
) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
        } else if escape(&mut chars, &mut out).is_break() {
            break;
        }
    }
    out
}

/// Writes an escape that is the same in every tool. Others stay as they are written.
pub(crate) fn push_escaped(letter: Option<char>, out: &mut String) {
    match letter.and_then(escaped) {
        Some(c) => out.push(c),
        None => {
            out.push('\\');
            out.extend(letter);
        }
    }
}

/// Bytes that make characters are these characters.
fn joined(text: String) -> String {
    String::from_utf8(raw(&text)).unwrap_or(text)
}

/// `\n`, `\t` and the like, as echo and printf read them.
pub(crate) fn unescape(text: &str) -> String {
    joined(replace_escapes(text, |chars, out| {
        match chars.next() {
            Some('e') => out.push('\u{1b}'),
            Some('\'') => out.push('\''),
            // `\0NNN` and `\NNN`.
            Some(first @ '0'..='7') => {
                out.extend(numbered(chars, first.to_digit(8), 8, if first == '0' { 3 } else { 2 }));
            }
            Some('x') => match numbered(chars, None, 16, 2) {
                Some(c) => out.push(c),
                None => out.push_str("\\x"),
            },
            other => push_escaped(other, out),
        }
        ControlFlow::Continue(())
    }))
}

/// The text of `$'…'` in bash (its manual, "ANSI-C Quoting"). Where the locale's characters are not UTF-8, `\u` beyond
/// ASCII stays an escape; a zero byte ends the text.
pub(crate) fn ansi_c(text: &str, is_utf8: bool) -> String {
    joined(replace_escapes(text, |chars, out| {
        let character = match chars.next() {
            Some('e' | 'E') => Some('\u{1b}'),
            Some(quote @ ('\'' | '?')) => Some(quote),
            Some('c') => chars.next().and_then(|letter| char::from_u32(u32::from(letter) & 0x1f)),
            Some(first @ '0'..='7') => numbered(chars, first.to_digit(8), 8, 2),
            Some('x') => {
                let is_braced = chars.next_if_eq(&'{').is_some();
                let byte = numbered(chars, None, 16, if is_braced { usize::MAX } else { 2 });
                if byte.is_none() {
                    out.push_str(if is_braced { "\\x{" } else { "\\x" });
                } else if is_braced {
                    chars.next_if_eq(&'}');
                }
                byte
            }
            Some(letter @ ('u' | 'U')) => {
                let most = if letter == 'u' { 4 } else { 8 };
                let digits: String = std::iter::from_fn(|| chars.next_if(char::is_ascii_hexdigit)).take(most).collect();
                match u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32) {
                    Some(c) if c.is_ascii() || is_utf8 => Some(c),
                    found => {
                        match found.map(u32::from) {
                            Some(code) if code < 0x1_0000 => out.push_str(&format!("\\u{code:04X}")),
                            Some(code) => out.push_str(&format!("\\U{code:08X}")),
                            None => out.push_str(&format!("\\{letter}{digits}")),
                        }
                        None
                    }
                }
            }
            other => {
                push_escaped(other, out);
                None
            }
        };
        push_unless_zero(character, out)
    }))
}

/// Writes a character; zero is not written and breaks.
fn push_unless_zero(character: Option<char>, out: &mut String) -> ControlFlow<()> {
    if character == Some('\0') {
        return ControlFlow::Break(());
    }
    out.extend(character);
    ControlFlow::Continue(())
}

/// The text of `$'…'` in busybox (observed with 1.35): no `\e`, `\c`, `\u`; a zero byte is left out.
pub(crate) fn ansi_c_of_busybox(text: &str) -> String {
    joined(replace_escapes(text, |chars, out| {
        let character = match chars.next() {
            Some('\'') => Some('\''),
            Some(first @ '0'..='7') => {
                let mut code = first.to_digit(8).unwrap_or(0);
                for _ in 0..2 {
                    let Some(digit) = chars.peek().and_then(|c| c.to_digit(8)) else { break };
                    chars.next();
                    // A third digit that makes more than a byte is read, and does not count.
                    if code * 8 + digit > 255 {
                        break;
                    }
                    code = code * 8 + digit;
                }
                byte_character(code)
            }
            Some('x') => {
                let byte = numbered(chars, None, 16, 2);
                if byte.is_none() {
                    out.push_str("\\x");
                }
                byte
            }
            other => {
                push_escaped(other, out);
                None
            }
        };
        let _ = push_unless_zero(character, out);
        ControlFlow::Continue(())
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_in_dollar_quotes_are_the_shells() {
        // As bash 5.2 in the C locale and busybox 1.35 print them.
        for (text, bash, busybox) in [
            (r"a\0101b", "a\u{8}1b", "a\u{8}1b"),
            (r"a\101b", "aAb", "aAb"),
            (r"a\x4142", "aA42", "aA42"),
            (r"a\xgb", r"a\xgb", r"a\xgb"),
            (r"a\e[0m", "a\u{1b}[0m", r"a\e[0m"),
            (r#"q\"\?\'z"#, r#"q"?'z"#, r#"q"\?'z"#),
            (r"\cA\c[", "\u{1}\u{1b}", r"\cA\c["),
            (r"a\u0041b", "aAb", r"a\u0041b"),
            (r"a\u00e9b", r"a\u00E9b", r"a\u00e9b"),
            (r"a\0b", "a", "ab"),
            (r"a\x00b", "a", "ab"),
            (r"a\8b", r"a\8b", r"a\8b"),
            (r"a\400", "a", "a "),
            (r"a\x{41}b", "aAb", r"a\x{41}b"),
        ] {
            assert_eq!(ansi_c(text, false), bash, "{text}");
            assert_eq!(ansi_c_of_busybox(text), busybox, "{text}");
        }
        assert_eq!(ansi_c(r"\u00e9\U0001F600", true), "\u{e9}\u{1f600}");
        assert_eq!(raw(&ansi_c(r"\777", false)), [255]);
    }
}
