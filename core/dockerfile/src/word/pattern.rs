//! Patterns of `${name#…}`, `${name%…}` and `${name/…/…}`: `?` and `*`, no classes.
//!
//! BuildKit turns them into Go regular expressions, where neither sign matches the end of a line.

use super::Budget;
use crate::text::automaton::{Automaton, Part};

/// What `?` and `*` do not stand for.
const LINE_END: char = '\n';

fn parse(pattern: &str) -> Result<Vec<Part>, String> {
    let invalid = |c: char| format!("invalid pattern ({pattern}) in substitution: invalid escape '\\{c}'");
    let mut parts = Vec::new();
    let mut chars = pattern.chars().peekable();
    while let Some(c) = chars.next() {
        parts.push(match c {
            '*' => Part::Many,
            '?' => Part::One,
            // These are escaped for the sake of the braces around; the sign is not part of the pattern.
            '\\' if matches!(chars.peek(), Some('}' | '/')) => continue,
            '\\' => match chars.next() {
                Some(c @ ('*' | '?' | '\\')) => Part::Char(c),
                Some(c) => return Err(invalid(c)),
                None => return Err(invalid('\u{fffd}')),
            },
            c => Part::Char(c),
        });
    }
    Ok(parts)
}

/// `${v#p}` and `${v##p}`.
pub(super) fn trim_prefix(pattern: &str, value: &str, greedy: bool, budget: &Budget) -> Result<String, String> {
    let text: Vec<char> = value.chars().collect();
    let automaton = Automaton::new(&parse(pattern)?, LINE_END);
    budget.spend(text.len() * automaton.cost())?;
    let length = automaton.length(&text, greedy).unwrap_or(0);
    Ok(text.iter().skip(length).collect())
}

/// `${v%p}` and `${v%%p}`: the same from the other side.
pub(super) fn trim_suffix(pattern: &str, value: &str, greedy: bool, budget: &Budget) -> Result<String, String> {
    let backwards: String = value.chars().rev().collect();
    let kept = trim_prefix(&reverse(pattern), &backwards, greedy, budget)?;
    Ok(kept.chars().rev().collect())
}

/// Reverses a pattern; an escape stays in front of what it escapes.
fn reverse(pattern: &str) -> String {
    let mut units: Vec<String> = Vec::new();
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        let mut unit = c.to_string();
        if c == '\\' {
            unit.extend(chars.next());
        }
        units.push(unit);
    }
    units.into_iter().rev().collect()
}

/// Where a match can begin: found out from behind, so that no place is tried in vain.
fn beginnings(parts: &[Part], text: &[char]) -> Vec<bool> {
    let reversed: Vec<Part> = parts.iter().rev().cloned().collect();
    let backwards = Automaton::new(&reversed, LINE_END);
    let mut found = vec![false; text.len() + 1];
    if !backwards.may_fit(text.len()) {
        return found;
    }
    let mut reading = backwards.begin();
    for (at, slot) in found.iter_mut().enumerate().rev() {
        // What is behind the last character is the end of the text.
        if let Some(c) = text.get(at) {
            reading.read(*c);
            reading.enter();
        }
        *slot = reading.fits();
    }
    found
}

/// `${v/p/r}` and `${v//p/r}`.
pub(super) fn replace(
    pattern: &str,
    value: &str,
    replacement: &str,
    all: bool,
    budget: &Budget,
) -> Result<String, String> {
    let parts = parse(pattern)?;
    let text: Vec<char> = value.chars().collect();
    let automaton = Automaton::new(&parts, LINE_END);
    // Backwards once, and each line at most twice: where a match ends, the next one may begin.
    budget.spend(3 * text.len() * automaton.cost())?;
    let begins = beginnings(&parts, &text);
    let mut out = String::new();
    let (mut at, mut last_end) = (0, None);
    while let Some(rest) = text.get(at..) {
        let can_begin = begins.get(at).copied().unwrap_or(false);
        match can_begin.then(|| automaton.length(rest, true)).flatten() {
            // Nothing is replaced right behind a replacement, except what has a length.
            Some(length) if length > 0 || last_end != Some(at) => {
                if !all {
                    out.push_str(replacement);
                    out.extend(rest.iter().skip(length));
                    return Ok(out);
                }
                let matched: String = rest.iter().take(length).collect();
                budget.spend(replacement.len())?;
                expand_template(replacement, &matched, &mut out);
                at += length;
                last_end = Some(at);
                if length == 0 {
                    out.extend(rest.first());
                    at += 1;
                }
            }
            _ => {
                out.extend(rest.first());
                at += 1;
            }
        }
        if out.len() > super::MAX_WORD {
            return Err(format!("a word expands to more than {} bytes", super::MAX_WORD));
        }
        if at >= text.len() && (at > text.len() || last_end == Some(at)) {
            break;
        }
    }
    Ok(out)
}

/// Go's `Regexp.Expand`: BuildKit hands the replacement of `//` to it, so `$0` is the match.
fn expand_template(template: &str, matched: &str, out: &mut String) {
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('$') {
        if out.len() > super::MAX_WORD {
            return;
        }
        out.push_str(before);
        if let Some(tail) = after.strip_prefix('$') {
            out.push('$');
            rest = tail;
            continue;
        }
        let braced = after.strip_prefix('{');
        let body = braced.unwrap_or(after);
        let end = body.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(body.len());
        let (name, tail) = body.split_at(end);
        let tail = if braced.is_some() { tail.strip_prefix('}') } else { Some(tail) };
        match tail {
            Some(tail) if !name.is_empty() => {
                if name == "0" {
                    out.push_str(matched);
                }
                rest = tail;
            }
            _ => {
                out.push('$');
                rest = after;
            }
        }
    }
    out.push_str(rest);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_are_cut_short_or_long() {
        assert_eq!(trim_prefix("*a", "banana", false, &Budget::default()).unwrap(), "nana");
        assert_eq!(trim_prefix("*a", "banana", true, &Budget::default()).unwrap(), "");
        assert_eq!(trim_suffix("n*", "banana", false, &Budget::default()).unwrap(), "bana");
        assert_eq!(trim_suffix("n*", "banana", true, &Budget::default()).unwrap(), "ba");
        assert_eq!(trim_suffix("\\*", "a*", false, &Budget::default()).unwrap(), "a");
        assert!(trim_prefix("\\a", "x", false, &Budget::default()).is_err());
    }

    fn replaced(pattern: &str, value: &str, replacement: &str, all: bool) -> Result<String, String> {
        replace(pattern, value, replacement, all, &Budget::default())
    }

    #[test]
    fn matches_are_replaced_once_or_everywhere() {
        assert_eq!(replaced("a?", "banana", "-", false).unwrap(), "b-ana");
        assert_eq!(replaced("a?", "banana", "-", true).unwrap(), "b--a");
        assert_eq!(replaced("n", "banana", "<$0>", true).unwrap(), "ba<n>a<n>a");
        assert_eq!(replaced("n", "banana", "<$0>", false).unwrap(), "ba<$0>ana");
        assert_eq!(replaced("", "ab", "-", true).unwrap(), "-a-b-");
    }
}
