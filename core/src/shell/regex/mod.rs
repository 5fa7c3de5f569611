//! Regular expressions of POSIX, basic and extended, and of those who add to them.

mod backtrack;
mod posix;

use crate::shell::Effort;
use backtrack::Program;

/// Largest compiled expression, in bytes.
const MAX_BYTES: usize = 1 << 20;
/// Steps that it takes to compile a state.
const COMPILE_STEPS: usize = 16;

/// An expression that can be looked for. Once its shell's effort is used up it finds nothing.
#[derive(Clone, Debug)]
pub(crate) struct Regex {
    kind: Kind,
    effort: Effort,
    /// Steps that a letter takes.
    weight: usize,
    /// A search may read on behind what it finds.
    repeats: bool,
}

#[derive(Clone, Debug)]
enum Kind {
    Plain(regex_lite::Regex),
    /// With back references.
    Backtracking(Program),
}

/// An extended regular expression; `None` if it cannot be read.
pub(crate) fn extended(effort: &Effort, pattern: &str) -> Option<Regex> {
    compile(effort, pattern, true, false)
}

/// Compiles an expression; `None` for what is malformed or cannot be said.
pub(crate) fn compile(effort: &Effort, pattern: &str, extended: bool, ignore_case: bool) -> Option<Regex> {
    let (text, refers) = posix::translate(pattern, extended)?;
    match refers {
        true => Program::read(&text, ignore_case).map(|program| Regex::new(Kind::Backtracking(program), &text, effort)),
        false => plain(effort, &text, ignore_case),
    }
}

/// Compiles an expression in the library's own syntax, which is much like Perl's.
pub(crate) fn plain(effort: &Effort, text: &str, ignore_case: bool) -> Option<Regex> {
    if !effort.spend(COMPILE_STEPS * size(text)) {
        return None;
    }
    let built = regex_lite::RegexBuilder::new(text).case_insensitive(ignore_case).size_limit(MAX_BYTES).build();
    Some(Regex::new(Kind::Plain(built.ok()?), text, effort))
}

/// How many states an expression has at most: what is repeated a number of times is there as often.
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

/// A text that stands for itself.
pub(crate) fn literal(effort: &Effort, text: &str, ignore_case: bool) -> Option<Regex> {
    plain(effort, &regex_lite::escape(text), ignore_case)
}

/// A part of a text that was found.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Part<'t> {
    text: &'t str,
    start: usize,
    end: usize,
}

impl<'t> Part<'t> {
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

/// A match with its groups; the whole is the group 0.
#[derive(Debug)]
pub(crate) struct Captures<'t> {
    text: &'t str,
    places: Vec<Option<(usize, usize)>>,
}

impl<'t> Captures<'t> {
    pub(crate) fn get(&self, group: usize) -> Option<Part<'t>> {
        let (start, end) = (*self.places.get(group)?)?;
        Some(Part { text: self.text, start, end })
    }

    /// How many groups there are, the whole among them.
    pub(crate) fn len(&self) -> usize {
        self.places.len()
    }
}

impl Regex {
    fn new(kind: Kind, text: &str, effort: &Effort) -> Self {
        let (effort, weight) = (effort.clone(), 2 + size(text) / 2);
        Regex { kind, effort, weight, repeats: text.contains(['*', '+', '?', '{', '|']) }
    }

    /// Takes the steps of reading so many bytes.
    fn may_read(&self, bytes: usize) -> bool {
        self.effort.spend(bytes.saturating_add(8).saturating_mul(self.weight))
    }

    pub(crate) fn is_match(&self, text: &str) -> bool {
        match &self.kind {
            Kind::Plain(regex) => self.may_read(text.len()) && regex.is_match(text),
            Kind::Backtracking(program) => program.find(text, 0, &self.effort).is_some(),
        }
    }

    /// How many groups a match has, the whole among them.
    pub(crate) fn captures_len(&self) -> usize {
        match &self.kind {
            Kind::Plain(regex) => regex.captures_len(),
            Kind::Backtracking(program) => program.groups() + 1,
        }
    }

    pub(crate) fn captures<'t>(&self, text: &'t str) -> Option<Captures<'t>> {
        self.captures_iter(text).next()
    }

    /// Whether a search may go on behind what was found up to here.
    fn goes_on(&self, text: &str, end: usize) -> bool {
        self.may_read(if self.repeats { text.len() - end } else { 0 })
    }

    /// What is found, one behind the other.
    pub(crate) fn find_iter<'r, 't: 'r>(&'r self, text: &'t str) -> Box<dyn Iterator<Item = Part<'t>> + 'r> {
        match &self.kind {
            Kind::Plain(_) if !self.may_read(text.len()) => Box::new(std::iter::empty()),
            Kind::Plain(regex) => Box::new(
                regex
                    .find_iter(text)
                    .map(move |found| Part { text, start: found.start(), end: found.end() })
                    .take_while(|part| self.goes_on(text, part.end)),
            ),
            Kind::Backtracking(_) => Box::new(self.captures_iter(text).filter_map(|found| found.get(0))),
        }
    }

    /// What is found, with its groups.
    pub(crate) fn captures_iter<'r, 't: 'r>(&'r self, text: &'t str) -> Box<dyn Iterator<Item = Captures<'t>> + 'r> {
        match &self.kind {
            Kind::Plain(_) if !self.may_read(text.len()) => Box::new(std::iter::empty()),
            Kind::Plain(regex) => {
                let found = regex.captures_iter(text).map(move |found| {
                    let place = |group: usize| found.get(group).map(|part| (part.start(), part.end()));
                    Captures { text, places: (0..found.len()).map(place).collect() }
                });
                Box::new(found.take_while(|found| self.goes_on(text, found.get(0).map_or(0, |part| part.end))))
            }
            Kind::Backtracking(program) => {
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
