//! bash's extended patterns: `?(a|b)`, `*(…)`, `+(…)`, `@(…)`, `!(…)`, with anything around them.

use super::Shell;
use super::state::Language;
use crate::fs::shell_matches;

/// Steps that one match may take: alternatives within alternatives multiply.
const MAX_STEPS: u32 = 100_000;

impl Shell {
    /// Whether a text matches a pattern of this shell.
    pub(super) fn fits(&self, pattern: &str, text: &str) -> bool {
        if self.language() == Language::Bash && group(pattern).is_some() {
            return extended(pattern, text, &mut MAX_STEPS.clone());
        }
        shell_matches(pattern, text)
    }
}

/// The first group of a pattern: what stands before it, its mark, its alternatives, what stands behind.
fn group(pattern: &str) -> Option<(&str, char, Vec<&str>, &str)> {
    let mut before = None;
    let mut escaped = false;
    for (at, c) in pattern.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => {
                escaped = true;
                before = None;
                continue;
            }
            '(' => {
                if let Some(mark) = before {
                    let (alternatives, behind) = alternatives(pattern.get(at + 1..)?)?;
                    return Some((pattern.get(..at - 1)?, mark, alternatives, behind));
                }
            }
            _ => {}
        }
        before = "?*+@!".contains(c).then_some(c);
    }
    None
}

/// `a|b)rest` at its own bars and bracket.
fn alternatives(text: &str) -> Option<(Vec<&str>, &str)> {
    let (mut depth, mut start, mut escaped) = (0_u32, 0, false);
    let mut parts = Vec::new();
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '(' => depth += 1,
            ')' if depth == 0 => {
                parts.push(text.get(start..at)?);
                return Some((parts, text.get(at + 1..)?));
            }
            ')' => depth -= 1,
            '|' if depth == 0 => {
                parts.push(text.get(start..at)?);
                start = at + 1;
            }
            _ => {}
        }
    }
    None
}

fn extended(pattern: &str, text: &str, steps: &mut u32) -> bool {
    let Some((before, mark, alternatives, behind)) = group(pattern) else { return shell_matches(pattern, text) };
    let cuts: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
    for &from in &cuts {
        let (head, rest) = text.split_at(from);
        if !shell_matches(before, head) {
            continue;
        }
        for end in (0..=rest.len()).filter(|end| rest.is_char_boundary(*end)) {
            if *steps == 0 {
                return false;
            }
            *steps -= 1;
            let (part, tail) = rest.split_at(end);
            if grouped(mark, &alternatives, part, steps) && extended(behind, tail, steps) {
                return true;
            }
        }
    }
    false
}

/// Whether a part of the text is what a group stands for.
fn grouped(mark: char, alternatives: &[&str], part: &str, steps: &mut u32) -> bool {
    let mut one = |part: &str| alternatives.iter().any(|pattern| extended(pattern, part, steps));
    match mark {
        '@' => one(part),
        '?' => part.is_empty() || one(part),
        '!' => !one(part),
        _ if part.is_empty() => mark == '*' || one(part),
        // Repeated: a first piece, and the rest again.
        _ => {
            let ends: Vec<usize> = part.char_indices().map(|(at, _)| at).skip(1).chain([part.len()]).collect();
            ends.into_iter().any(|end| {
                let (first, rest) = part.split_at(end);
                let fits = alternatives.iter().any(|pattern| extended(pattern, first, steps));
                fits && *steps > 0 && {
                    *steps -= 1;
                    rest.is_empty() || grouped(mark, alternatives, rest, steps)
                }
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_match() {
        let fits = |pattern: &str, text: &str| extended(pattern, text, &mut MAX_STEPS.clone());
        assert!(fits("+([0-9])", "123") && !fits("+([0-9])", "") && !fits("+([0-9])", "1a"));
        assert!(fits("*.@(gz|bz2)", "a.tar.bz2") && !fits("*.@(gz|bz2)", "a.xz"));
        assert!(fits("!(b)", "a") && !fits("!(b)", "b") && fits("!(*.c)", "a.h"));
        assert!(fits("a?(b)c", "ac") && fits("a?(b)c", "abc") && !fits("a?(b)c", "abbc"));
        assert!(fits("*(a|b)", "") && fits("*(a|b)", "abba"));
        assert!(!fits(&"+(a|b".repeat(9), "a"));
        fits(&format!("{}{}", "+(a|*".repeat(9), ")".repeat(9)), &"a".repeat(60));
    }
}
