//! Regular expressions of POSIX, basic and extended, and of those who add to them.

mod backtrack;
mod posix;

use backtrack::Program;

/// Largest compiled expression, in bytes.
const MAX_BYTES: usize = 1 << 20;

/// An expression that can be looked for.
#[derive(Clone, Debug)]
pub(in crate::shell) struct Regex(Kind);

#[derive(Clone, Debug)]
enum Kind {
    Plain(regex_lite::Regex),
    /// With back references.
    Backtracking(Program),
}

/// Compiles an expression; `None` for what is malformed or cannot be said.
pub(in crate::shell) fn compile(pattern: &str, extended: bool, ignore_case: bool) -> Option<Regex> {
    let (text, refers) = posix::translate(pattern, extended)?;
    match refers {
        true => Program::read(&text, ignore_case).map(Kind::Backtracking).map(Regex),
        false => plain(&text, ignore_case),
    }
}

/// Compiles an expression in the library's own syntax, which is much like Perl's.
pub(super) fn plain(text: &str, ignore_case: bool) -> Option<Regex> {
    let built = regex_lite::RegexBuilder::new(text).case_insensitive(ignore_case).size_limit(MAX_BYTES).build();
    built.ok().map(Kind::Plain).map(Regex)
}

/// A text that stands for itself.
pub(super) fn literal(text: &str, ignore_case: bool) -> Option<Regex> {
    plain(&regex_lite::escape(text), ignore_case)
}

/// A part of a text that was found.
#[derive(Clone, Copy, Debug)]
pub(in crate::shell) struct Part<'t> {
    text: &'t str,
    start: usize,
    end: usize,
}

impl<'t> Part<'t> {
    pub(in crate::shell) fn start(&self) -> usize {
        self.start
    }

    pub(in crate::shell) fn end(&self) -> usize {
        self.end
    }

    pub(in crate::shell) fn as_str(&self) -> &'t str {
        self.text.get(self.start..self.end).unwrap_or("")
    }

    pub(in crate::shell) fn is_empty(&self) -> bool {
        self.start == self.end
    }
}

/// A match with its groups; the whole is the group 0.
#[derive(Debug)]
pub(in crate::shell) struct Captures<'t> {
    text: &'t str,
    places: Vec<Option<(usize, usize)>>,
}

impl<'t> Captures<'t> {
    pub(in crate::shell) fn get(&self, group: usize) -> Option<Part<'t>> {
        let (start, end) = (*self.places.get(group)?)?;
        Some(Part { text: self.text, start, end })
    }

    /// How many groups there are, the whole among them.
    pub(in crate::shell) fn len(&self) -> usize {
        self.places.len()
    }
}

impl Regex {
    pub(in crate::shell) fn is_match(&self, text: &str) -> bool {
        match &self.0 {
            Kind::Plain(regex) => regex.is_match(text),
            Kind::Backtracking(program) => program.find(text, 0).is_some(),
        }
    }

    /// How many groups a match has, the whole among them.
    pub(in crate::shell) fn captures_len(&self) -> usize {
        match &self.0 {
            Kind::Plain(regex) => regex.captures_len(),
            Kind::Backtracking(program) => program.groups() + 1,
        }
    }

    pub(in crate::shell) fn captures<'t>(&self, text: &'t str) -> Option<Captures<'t>> {
        self.captures_iter(text).next()
    }

    /// What is found, one behind the other.
    pub(in crate::shell) fn find_iter<'r, 't: 'r>(&'r self, text: &'t str) -> Box<dyn Iterator<Item = Part<'t>> + 'r> {
        match &self.0 {
            Kind::Plain(regex) => {
                Box::new(regex.find_iter(text).map(move |found| Part { text, start: found.start(), end: found.end() }))
            }
            Kind::Backtracking(_) => Box::new(self.captures_iter(text).filter_map(|found| found.get(0))),
        }
    }

    /// What is found, with its groups.
    pub(in crate::shell) fn captures_iter<'r, 't: 'r>(
        &'r self,
        text: &'t str,
    ) -> Box<dyn Iterator<Item = Captures<'t>> + 'r> {
        match &self.0 {
            Kind::Plain(regex) => Box::new(regex.captures_iter(text).map(move |found| {
                let place = |group: usize| found.get(group).map(|part| (part.start(), part.end()));
                Captures { text, places: (0..found.len()).map(place).collect() }
            })),
            Kind::Backtracking(program) => {
                let mut next = Some(0);
                Box::new(std::iter::from_fn(move || {
                    let places = program.find(text, next?)?;
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
