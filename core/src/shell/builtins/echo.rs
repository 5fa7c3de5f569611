//! `echo`, as each shell has it.

use crate::shell::Shell;
use crate::shell::escapes::{raw, unescape};
use crate::shell::language::Language;

pub(crate) fn echo(shell: &mut Shell, argv: &[String]) -> i32 {
    let mut words = argv.get(1..).unwrap_or(&[]);
    let dash = shell.language() == Language::Dash;
    let (mut newline, mut escapes) = (true, dash);
    while let Some((first, rest)) = words.split_first() {
        let letters = first.strip_prefix('-').filter(|letters| !letters.is_empty()).unwrap_or("?");
        match letters {
            "n" => newline = false,
            _ if !dash && letters.chars().all(|c| "neE".contains(c)) => {
                newline &= !letters.contains('n');
                escapes = letters.rfind('e') > letters.rfind('E') || (escapes && !letters.contains('E'));
            }
            _ => break,
        }
        words = rest;
    }
    let mut text = words.join(" ");
    if escapes {
        // `\c` ends the output.
        if let Some(at) = find_stop(&text) {
            text.truncate(at);
            newline = false;
        }
        text = if dash { unescape(&without_hex(&text)) } else { unescape(&text) };
    }
    if newline {
        text.push('\n');
    }
    shell.out(raw(&text));
    0
}

/// A text in which `\x` is not an escape, as in dash.
pub(crate) fn without_hex(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        out.push(c);
        if c == '\\'
            && let Some(next) = chars.next()
        {
            if next == 'x' {
                out.push('\\');
            }
            out.push(next);
        }
    }
    out
}

/// The position of `\c`.
fn find_stop(text: &str) -> Option<usize> {
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        if c == '\\' && chars.next().is_some_and(|(_, next)| next == 'c') {
            return Some(at);
        }
    }
    None
}
