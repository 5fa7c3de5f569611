//! bash's extended glob patterns: `?(a|b)`, `*(…)`, `+(…)`, `@(…)`, `!(…)`; and the matching of a text against any
//! pattern.

use super::language::Language;
use super::{Effort, Shell};
use crate::fs::shell_matches;

/// The number of pieces that one group may match in a row, at most.
const MAX_PIECES: usize = 800;

impl Shell {
    /// Whether a text matches a pattern of this shell.
    pub(super) fn matches_pattern(&self, pattern: &str, text: &str) -> bool {
        if self.language() == Language::Bash && group(pattern).is_some() {
            return extended(pattern, text, &self.effort);
        }
        shell_fits(pattern, text, &self.effort)
    }

    /// `${name#pattern}`, `${name##pattern}`, `${name%pattern}` and `${name%%pattern}`.
    pub(super) fn trim(
        &mut self,
        value: String,
        pattern: &Option<String>,
        prefix: bool,
        longest: bool,
    ) -> Result<String, String> {
        let pattern = self.expand_pattern(pattern.as_deref().unwrap_or(""))?;
        if value.len() > 4096 {
            return Err("value too long for a pattern".into());
        }
        let mut cuts: Vec<usize> = value.char_indices().map(|(at, _)| at).chain([value.len()]).collect();
        if prefix == longest {
            cuts.reverse();
        }
        for cut in cuts {
            let (head, tail) = value.split_at(cut);
            let (part, exec_files) = if prefix { (head, tail) } else { (tail, head) };
            if self.matches_pattern(&pattern, part) {
                return Ok(exec_files.to_string());
            }
        }
        Ok(value)
    }
}

/// The first group of a pattern: the text before it, its operator, its alternatives, and the text after it.
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

/// Splits `a|b)rest` at the bars and the parenthesis of this group.
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

/// As [`shell_matches`], with the work charged to the shell's effort. Nothing matches once the effort is used up.
fn shell_fits(pattern: &str, text: &str, effort: &Effort) -> bool {
    // A star is tried again at each letter, with what stands between it and the next one.
    let longest = pattern.split('*').skip(1).map(str::len).max().unwrap_or(0);
    effort.spend(1 + pattern.len() + text.len() * (1 + longest / 4)) && shell_matches(pattern, text)
}

/// Matches a pattern with groups. Nested alternatives multiply, so each is charged to the shell's effort.
fn extended(pattern: &str, text: &str, effort: &Effort) -> bool {
    let Some((before, mark, alternatives, behind)) = group(pattern) else {
        return shell_fits(pattern, text, effort);
    };
    if !effort.spend(8 * (pattern.len() + text.len())) {
        return false;
    }
    let cuts: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
    for &from in &cuts {
        let (head, rest) = text.split_at(from);
        if !shell_fits(before, head, effort) {
            continue;
        }
        for end in (0..=rest.len()).filter(|end| rest.is_char_boundary(*end)) {
            if !effort.spend(1) {
                return false;
            }
            let (part, tail) = rest.split_at(end);
            if grouped(mark, &alternatives, part, effort) && extended(behind, tail, effort) {
                return true;
            }
        }
    }
    false
}

/// Whether a part of the text matches a group.
fn grouped(mark: char, alternatives: &[&str], part: &str, effort: &Effort) -> bool {
    repeated(mark, alternatives, part, effort, 0)
}

fn repeated(mark: char, alternatives: &[&str], part: &str, effort: &Effort, depth: usize) -> bool {
    if depth > MAX_PIECES || !effort.spend(8 * part.len()) {
        effort.use_up();
        return false;
    }
    let one = |part: &str| alternatives.iter().any(|pattern| extended(pattern, part, effort));
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
                one(first) && (rest.is_empty() || repeated(mark, alternatives, rest, effort, depth + 1))
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_match() {
        let fits = |pattern: &str, text: &str| extended(pattern, text, &Effort::default());
        assert!(fits("+([0-9])", "123") && !fits("+([0-9])", "") && !fits("+([0-9])", "1a"));
        assert!(fits("*.@(gz|bz2)", "a.tar.bz2") && !fits("*.@(gz|bz2)", "a.xz"));
        assert!(fits("!(b)", "a") && !fits("!(b)", "b") && fits("!(*.c)", "a.h"));
        assert!(fits("a?(b)c", "ac") && fits("a?(b)c", "abc") && !fits("a?(b)c", "abbc"));
        assert!(fits("*(a|b)", "") && fits("*(a|b)", "abba"));
        assert!(!fits(&"+(a|b".repeat(9), "a"));
        fits(&format!("{}{}", "+(a|*".repeat(9), ")".repeat(9)), &"a".repeat(60));
    }
}
