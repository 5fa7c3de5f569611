//! Patterns of repository names and tags, with captures.
//!
//! | form | fits |
//! |---|---|
//! | `[…]` | its content, or nothing |
//! | `(a\|b)` | one of the alternatives |
//! | `*` | any run of characters, also none |
//! | `{name}`, `{name:kind}` | what the kind takes; it is captured under the name |
//! | any other character | itself |
//!
//! Kinds: `version` is digits and dots from digit to digit (`3.12.1`), `word` is letters and digits, `any` is one
//! character or more, and every other kind is a table of words whose value is captured instead of the word.

use std::collections::BTreeMap;

/// Tables of words by their name: what a tag calls a thing, and the name under which the rules know it.
pub(super) type WordTables = BTreeMap<String, BTreeMap<String, String>>;

/// What a pattern captured, in the order of the pattern.
pub(super) type Captures = Vec<(String, String)>;

/// Steps that one comparison may take; the longest of the rules' own examples takes a few hundred.
const MAX_STEPS: u32 = 20_000;

/// Compares a name with a pattern; `captures` grows by what it captured.
pub(super) fn fits(pattern: &str, name: &str, tables: &WordTables, captures: &mut Captures) -> bool {
    let before = captures.len();
    let mut matcher = Matcher { tables, captures, steps: MAX_STEPS };
    let fits = matcher.fits(pattern, name);
    if !fits {
        captures.truncate(before);
    }
    fits
}

/// Puts what was captured in place of `{name}`; a name that captured nothing leaves nothing.
pub(super) fn filled(template: &str, captures: &Captures) -> String {
    let mut text = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, behind)) = rest.split_once('{') {
        text.push_str(before);
        let Some((name, behind)) = behind.split_once('}') else {
            text.push('{');
            rest = behind;
            continue;
        };
        if let Some((_, value)) = captures.iter().find(|(captured, _)| captured == name) {
            text.push_str(value);
        }
        rest = behind;
    }
    text.push_str(rest);
    text
}

struct Matcher<'a> {
    tables: &'a WordTables,
    captures: &'a mut Captures,
    steps: u32,
}

impl Matcher<'_> {
    fn fits(&mut self, pattern: &str, name: &str) -> bool {
        let Some(steps) = self.steps.checked_sub(1) else { return false };
        self.steps = steps;
        let Some(first) = pattern.chars().next() else { return name.is_empty() };
        let behind = pattern.get(first.len_utf8()..).unwrap_or("");
        match first {
            '[' => {
                let Some((content, rest)) = bracketed(behind, '[', ']') else { return false };
                self.fits(&format!("{content}{rest}"), name) || self.fits(rest, name)
            }
            '(' => {
                let Some((content, rest)) = bracketed(behind, '(', ')') else { return false };
                content.split('|').any(|one| self.fits(&format!("{one}{rest}"), name))
            }
            '*' => ends(name).any(|end| self.fits(behind, name.get(end..).unwrap_or(""))),
            '{' => {
                let Some((capture, rest)) = behind.split_once('}') else { return false };
                let (capture, kind) = capture.split_once(':').unwrap_or((capture, capture));
                self.capture(capture, kind, rest, name)
            }
            _ => name.strip_prefix(first).is_some_and(|name| self.fits(behind, name)),
        }
    }

    fn capture(&mut self, capture: &str, kind: &str, rest: &str, name: &str) -> bool {
        if let Some(table) = self.tables.get(kind) {
            // Of two words that begin alike, the longer one is later in the table.
            return table.iter().rev().any(|(word, value)| {
                name.strip_prefix(word.as_str()).is_some_and(|behind| self.go_on(capture, value, rest, behind))
            });
        }
        let takes = |part: &str| match kind {
            "version" => {
                let ends_in_digit = part.ends_with(|end: char| end.is_ascii_digit());
                ends_in_digit && part.split('.').all(|number| !number.is_empty()) && only(part, |byte| byte == b'.')
            }
            "word" => !part.is_empty() && only(part, |byte| byte.is_ascii_alphabetic()),
            _ => !part.is_empty(),
        };
        let parts: Vec<usize> = ends(name).filter(|end| takes(name.get(..*end).unwrap_or(""))).collect();
        parts.into_iter().rev().any(|end| {
            let (part, behind) = name.split_at_checked(end).unwrap_or((name, ""));
            self.go_on(capture, part, rest, behind)
        })
    }

    fn go_on(&mut self, capture: &str, value: &str, rest: &str, behind: &str) -> bool {
        let before = self.captures.len();
        self.captures.push((capture.to_string(), value.to_string()));
        let fits = self.fits(rest, behind);
        if !fits {
            self.captures.truncate(before);
        }
        fits
    }
}

/// Whether a text is of digits and of what else is allowed.
fn only(text: &str, allowed: impl Fn(u8) -> bool) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit() || allowed(byte))
}

/// The places at which a beginning of the text may end.
fn ends(text: &str) -> impl Iterator<Item = usize> {
    text.char_indices().map(|(place, _)| place).chain([text.len()])
}

/// What stands before the bracket that closes, and what stands behind it.
fn bracketed(text: &str, opening: char, closing: char) -> Option<(&str, &str)> {
    let mut depth = 0_u32;
    for (place, char) in text.char_indices() {
        if char == opening {
            depth += 1;
        } else if char == closing {
            if depth == 0 {
                return Some((text.get(..place)?, text.get(place + 1..)?));
            }
            depth -= 1;
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn captured(pattern: &str, name: &str) -> Option<Captures> {
        let words = [("12", "bookworm"), ("bookworm", "bookworm"), ("1", "buzz")];
        let table = words.iter().map(|(word, value)| (word.to_string(), value.to_string())).collect();
        let tables = WordTables::from([("debian".to_string(), table)]);
        let mut captures = Captures::new();
        fits(pattern, name, &tables, &mut captures).then_some(captures)
    }

    #[test]
    fn patterns_fit_whole_names_and_capture_parts() {
        let pair = |name: &str, value: &str| (name.to_string(), value.to_string());
        assert_eq!(captured("{version}[-{debian}]", "3.12"), Some(vec![pair("version", "3.12")]));
        let both = vec![pair("version", "3.12"), pair("debian", "bookworm")];
        assert_eq!(captured("{version}[-debian{debian}]", "3.12-debian12"), Some(both));
        assert_eq!(captured("{python:version}-x", "3-x"), Some(vec![pair("python", "3")]));
        assert_eq!(captured("(a|b)*", "bcd"), Some(vec![]));
        for (pattern, name) in
            [("{version}", "3."), ("{version}", "3..1"), ("{version}", "v3"), ("a", "ab"), ("[a", "a")]
        {
            assert_eq!(captured(pattern, name), None, "{pattern} {name}");
        }
    }

    #[test]
    fn a_name_that_fits_in_very_many_ways_is_given_up() {
        assert_eq!(captured("*a*a*a*a*a*a*a*b", &"a".repeat(4_000)), None);
        assert_eq!(captured("{x:any}{y:any}{z:any}!", &"é".repeat(200)), None);
    }

    #[test]
    fn templates_are_filled_with_what_was_captured() {
        let captures = vec![("version".to_string(), "3.12".to_string())];
        assert_eq!(filled("python:{version}{variant}", &captures), "python:3.12");
        assert_eq!(filled("a{b", &captures), "a{b");
    }
}
