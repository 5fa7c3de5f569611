//! POSIX regular expressions, basic and extended, with the extensions of GNU's tools.

mod backtrack;
mod posix_syntax;

use crate::shell::Effort;
use backtrack::Program;

/// Largest compiled expression, in bytes.
const MAX_BYTES: usize = 1 << 20;
/// The steps of effort to compile one state.
const COMPILE_STEPS: usize = 16;

/// A compiled expression. Once its shell's effort is used up, it matches nothing.
#[derive(Clone, Debug)]
pub(crate) struct Regex {
    kind: Matcher,
    effort: Effort,
    /// The steps of effort for one character of the text.
    weight: usize,
    /// A search may read beyond the match.
    repeats: bool,
}

#[derive(Clone, Debug)]
enum Matcher {
    Plain(regex_lite::Regex),
    /// With back references.
    Backtracking(Program),
}

/// Compiles an extended regular expression; `None` if it is malformed.
pub(crate) fn extended(effort: &Effort, pattern: &str) -> Option<Regex> {
    compile(effort, pattern, true, false)
}

/// Compiles an expression; `None` if it is malformed or cannot be translated.
pub(crate) fn compile(effort: &Effort, pattern: &str, extended: bool, ignore_case: bool) -> Option<Regex> {
    let (text, refers) = posix_syntax::translate(pattern, extended)?;
    match refers {
        true => {
            Program::read(&text, ignore_case).map(|program| Regex::new(Matcher::Backtracking(program), &text, effort))
        }
        false => plain(effort, &text, ignore_case),
    }
}

/// Compiles an expression in the library's own syntax, which is much like Perl's.
pub(crate) fn plain(effort: &Effort, text: &str, ignore_case: bool) -> Option<Regex> {
    if !effort.spend(COMPILE_STEPS * size(text)) {
        return None;
    }
    let built = regex_lite::RegexBuilder::new(text).case_insensitive(ignore_case).size_limit(MAX_BYTES).build();
    Some(Regex::new(Matcher::Plain(built.ok()?), text, effort))
}

/// An upper bound on the states of an expression. A counted repetition multiplies the states of its part.
fn size(text: &str) -> usize {
    let mut open = vec![0_usize];
    let mut last = 0;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '(' => {
                open.push(0);
                continue;
            }
            ')' if open.len() > 1 => last = open.pop().unwrap_or(0),
            '{' => {
                let numbers: String = chars.by_ref().take_while(|c| *c != '}').collect();
                let times = numbers.split(',').filter_map(|text| text.parse::<usize>().ok()).max().unwrap_or(1);
                // What is there once was counted already.
                last = last.saturating_mul(times.saturating_sub(1)).min(MAX_BYTES);
            }
            '\\' => {
                chars.next();
                last = 1;
            }
            _ => last = 1,
        }
        if let Some(sum) = open.last_mut() {
            *sum = sum.saturating_add(last).min(MAX_BYTES);
        }
    }
    open.iter().sum::<usize>() + 1
}

/// Compiles a literal text.
pub(crate) fn literal(effort: &Effort, text: &str, ignore_case: bool) -> Option<Regex> {
    plain(effort, &regex_lite::escape(text), ignore_case)
}

/// A match in a text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Match<'t> {
    text: &'t str,
    start: usize,
    end: usize,
}

impl<'t> Match<'t> {
    pub(crate) fn start(&self) -> usize {
        self.start
    }

    pub(crate) fn end(&self) -> usize {
        self.end
    }

    pub(crate) fn as_str(&self) -> &'t str {
        self.text.get(self.start..self.end).unwrap_or("")
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.start == self.end
    }
}

/// A match with its groups. Group 0 is the whole match.
#[derive(Debug)]
pub(crate) struct Captures<'t> {
    text: &'t str,
    places: Vec<Option<(usize, usize)>>,
}

impl<'t> Captures<'t> {
    pub(crate) fn get(&self, group: usize) -> Option<Match<'t>> {
        let (start, end) = (*self.places.get(group)?)?;
        Some(Match { text: self.text, start, end })
    }

    /// The number of groups, including group 0.
    pub(crate) fn len(&self) -> usize {
        self.places.len()
    }
}

impl Regex {
    fn new(kind: Matcher, text: &str, effort: &Effort) -> Self {
        let (effort, weight) = (effort.clone(), 2 + size(text) / 2);
        Regex { kind, effort, weight, repeats: text.contains(['*', '+', '?', '{', '|']) }
    }

    /// Spends the steps of reading this many bytes.
    fn may_read(&self, bytes: usize) -> bool {
        self.effort.spend(bytes.saturating_add(8).saturating_mul(self.weight))
    }

    pub(crate) fn is_match(&self, text: &str) -> bool {
        match &self.kind {
            Matcher::Plain(regex) => self.may_read(text.len()) && regex.is_match(text),
            Matcher::Backtracking(program) => program.find(text, 0, &self.effort).is_some(),
        }
    }

    /// The number of groups of a match, including group 0.
    pub(crate) fn captures_len(&self) -> usize {
        match &self.kind {
            Matcher::Plain(regex) => regex.captures_len(),
            Matcher::Backtracking(program) => program.groups() + 1,
        }
    }

    pub(crate) fn captures<'t>(&self, text: &'t str) -> Option<Captures<'t>> {
        self.captures_iter(text).next()
    }

    /// Whether a search may continue after a match that ends here.
    fn goes_on(&self, text: &str, end: usize) -> bool {
        self.may_read(if self.repeats { text.len() - end } else { 0 })
    }

    /// All matches in order.
    pub(crate) fn find_iter<'r, 't: 'r>(&'r self, text: &'t str) -> Box<dyn Iterator<Item = Match<'t>> + 'r> {
        match &self.kind {
            Matcher::Plain(_) if !self.may_read(text.len()) => Box::new(std::iter::empty()),
            Matcher::Plain(regex) => Box::new(
                regex
                    .find_iter(text)
                    .map(move |found| Match { text, start: found.start(), end: found.end() })
                    .take_while(|part| self.goes_on(text, part.end)),
            ),
            Matcher::Backtracking(_) => Box::new(self.captures_iter(text).filter_map(|found| found.get(0))),
        }
    }

    /// All matches in order, with their groups.
    pub(crate) fn captures_iter<'r, 't: 'r>(&'r self, text: &'t str) -> Box<dyn Iterator<Item = Captures<'t>> + 'r> {
        match &self.kind {
            Matcher::Plain(_) if !self.may_read(text.len()) => Box::new(std::iter::empty()),
            Matcher::Plain(regex) => {
                let found = regex.captures_iter(text).map(move |found| {
                    let place = |group: usize| found.get(group).map(|part| (part.start(), part.end()));
                    Captures { text, places: (0..found.len()).map(place).collect() }
                });
                Box::new(found.take_while(|found| self.goes_on(text, found.get(0).map_or(0, |part| part.end))))
            }
            Matcher::Backtracking(program) => {
                let mut next = Some(0);
                Box::new(std::iter::from_fn(move || {
                    let places = program.find(text, next?, &self.effort)?;
                    let (start, end) = (*places.first()?)?;
                    // Behind an empty match the search goes on at the next letter.
                    next = match end == start {
                        true => text.get(end..)?.chars().next().map(|c| end + c.len_utf8()),
                        false => Some(end),
                    };
                    Some(Captures { text, places })
                }))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_repeated_counts_as_often() {
        assert!(size("abc") == 4 && size("a{100}") == 101 && size("(a{100}){100}") >= 10_000);
    }

    #[test]
    fn searches_that_would_not_end_find_nothing() {
        let text = "a".repeat(1 << 12);
        for (pattern, extended) in [("(a{1,100}){1,100}b", true), ("\\(a*\\)*\\1b", false)] {
            let effort = Effort::of(1 << 24);
            let regex = compile(&effort, pattern, extended, false).unwrap();
            let asked = (0..10_000).take_while(|_| !effort.is_over() && !regex.is_match(&text)).count();
            assert!(asked < 1_000 && effort.is_over(), "{asked}");
        }
    }
}
