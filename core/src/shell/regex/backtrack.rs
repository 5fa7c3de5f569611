//! A backtracking matcher for expressions with back references, which no finite automaton can match.
//!
//! POSIX requires the longest match. This matcher takes the first one of a greedy search, as most engines do.

use crate::shell::Effort;
use std::collections::BTreeMap;

/// The number of steps of one search, at most, since such a search may take exponential time.
const MAX_STEPS: u32 = 200_000;
/// The steps of the shell's effort for one step of a search.
const STEPS: usize = 16;
/// The recursion depth at most; beyond it there is no match. Repeated letters count as one level.
const MAX_DEPTH: usize = 400;

/// A part of an expression.
#[derive(Clone, Debug)]
pub(crate) enum Node {
    /// One character: a class in the library's syntax, or a literal.
    Letter(Box<regex_lite::Regex>),
    Start,
    End,
    /// `\b`, or `\B` if false.
    WordEdge(bool),
    Group(usize, Vec<Vec<Node>>),
    Repeat(Box<Node>, u32, u32),
    Back(usize),
}

/// A whole expression: alternatives.
#[derive(Clone, Debug)]
pub(crate) struct Program {
    any: Vec<Vec<Node>>,
    groups: usize,
    ignore_case: bool,
}

type Places = BTreeMap<usize, (usize, usize)>;

impl Program {
    /// Parses an expression that `posix_syntax` translated, with back references such as `\1`.
    pub(crate) fn read(text: &str, ignore_case: bool) -> Option<Self> {
        let mut reader = Reader { rest: text, groups: 0, ignore_case };
        let any = reader.any(0)?;
        reader.rest.is_empty().then_some(Program { any, groups: reader.groups, ignore_case })
    }

    pub(crate) fn groups(&self) -> usize {
        self.groups
    }

    /// The first match at or after `from`: the positions of the match and of its groups.
    pub(crate) fn find(&self, text: &str, from: usize, effort: &Effort) -> Option<Vec<Option<(usize, usize)>>> {
        if effort.is_over() {
            return None;
        }
        let mut search = Search { text, steps: MAX_STEPS, ignore_case: self.ignore_case };
        let found = self.search(&mut search, from);
        effort.spend(STEPS * (MAX_STEPS - search.steps) as usize);
        found
    }

    fn search(&self, search: &mut Search<'_>, from: usize) -> Option<Vec<Option<(usize, usize)>>> {
        let text = search.text;
        let starts = text.get(from..)?.char_indices().map(|(at, _)| from + at).chain([text.len()]);
        for start in starts {
            for row in &self.any {
                let mut places = Places::new();
                if let Some(end) = search.row(row, start, &mut places, 0, &mut |at, _, _| Some(at)) {
                    let group = |at: usize| if at == 0 { Some((start, end)) } else { places.get(&at).copied() };
                    return Some((0..=self.groups).map(group).collect());
                }
            }
        }
        None
    }
}

struct Reader<'p> {
    rest: &'p str,
    groups: usize,
    ignore_case: bool,
}

impl Reader<'_> {
    fn next(&mut self) -> Option<char> {
        let c = self.rest.chars().next()?;
        self.rest = self.rest.get(c.len_utf8()..)?;
        Some(c)
    }

    fn any(&mut self, depth: usize) -> Option<Vec<Vec<Node>>> {
        let mut any = vec![Vec::new()];
        while let Some(c) = self.rest.chars().next().filter(|c| *c != ')') {
            match c {
                '|' => {
                    self.next();
                    any.push(Vec::new());
                }
                _ => {
                    let piece = self.piece(depth)?;
                    any.last_mut()?.push(piece);
                }
            }
        }
        Some(any)
    }

    fn piece(&mut self, depth: usize) -> Option<Node> {
        let letter = |reader: &Self, class: &str| {
            let text = format!("^(?s:{class})");
            let built = regex_lite::RegexBuilder::new(&text).case_insensitive(reader.ignore_case).build();
            Some(Node::Letter(Box::new(built.ok()?)))
        };
        let whole = self.rest;
        let mut node = match self.next()? {
            '(' if depth < 30 => {
                self.groups += 1;
                let number = self.groups;
                let any = self.any(depth + 1)?;
                (self.next()? == ')').then_some(Node::Group(number, any))?
            }
            '^' => Node::Start,
            '$' => Node::End,
            '\\' => match self.next()? {
                digit @ '1'..='9' => Node::Back(digit.to_digit(10)? as usize),
                'b' => Node::WordEdge(true),
                'B' => Node::WordEdge(false),
                c => letter(self, &format!("\\{c}"))?,
            },
            '[' => {
                // Behind a caret and at once a bracket is escaped by the translation: the first bare one ends.
                loop {
                    match self.next()? {
                        '\\' => {
                            self.next()?;
                        }
                        '[' => while self.next()? != ']' {},
                        ']' => break,
                        _ => {}
                    }
                }
                letter(self, whole.get(..whole.len() - self.rest.len())?)?
            }
            '*' | '+' | '?' | '{' | '(' => return None,
            c => letter(self, &if c == '.' { ".".to_string() } else { regex_lite::escape(&c.to_string()) })?,
        };
        loop {
            let (least, most) = match self.rest.chars().next() {
                Some('*') => (0, u32::MAX),
                Some('+') => (1, u32::MAX),
                Some('?') => (0, 1),
                Some('{') => {
                    let (numbers, _) = self.rest.get(1..)?.split_once('}')?;
                    let (least, most) = numbers.split_once(',').unwrap_or((numbers, numbers));
                    let bounds = (
                        if least.is_empty() { 0 } else { least.parse().ok()? },
                        if most.is_empty() { u32::MAX } else { most.parse().ok()? },
                    );
                    self.rest = self.rest.get(numbers.len() + 1..)?;
                    bounds
                }
                _ => return Some(node),
            };
            self.next();
            node = Node::Repeat(Box::new(node), least, most);
        }
    }
}

struct Search<'t> {
    text: &'t str,
    steps: u32,
    ignore_case: bool,
}

/// The continuation that must match after a part; it takes the position where the part ended.
type Continuation<'b, 't> = &'b mut dyn FnMut(usize, &mut Search<'t>, &mut Places) -> Option<usize>;

impl<'t> Search<'t> {
    fn row(
        &mut self,
        row: &[Node],
        at: usize,
        places: &mut Places,
        depth: usize,
        continuation: Continuation<'_, 't>,
    ) -> Option<usize> {
        match row.split_first() {
            None => continuation(at, self, places),
            Some((first, rest)) => self.node(first, at, places, depth, &mut |at, search, places| {
                search.row(rest, at, places, depth + 1, continuation)
            }),
        }
    }

    fn node(
        &mut self,
        node: &Node,
        at: usize,
        places: &mut Places,
        depth: usize,
        continuation: Continuation<'_, 't>,
    ) -> Option<usize> {
        self.steps = self.steps.checked_sub(1)?;
        if depth > MAX_DEPTH {
            return None;
        }
        match node {
            Node::Letter(class) => {
                let found = class.find(self.text.get(at..)?)?;
                continuation(at + found.end(), self, places)
            }
            Node::Start => {
                if at == 0 {
                    continuation(at, self, places)
                } else {
                    None
                }
            }
            Node::End => {
                if at == self.text.len() {
                    continuation(at, self, places)
                } else {
                    None
                }
            }
            Node::WordEdge(wanted) => {
                let is_word = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
                let (before, after) = (self.text.get(..at)?.chars().next_back(), self.text.get(at..)?.chars().next());
                if (is_word(before) != is_word(after)) == *wanted { continuation(at, self, places) } else { None }
            }
            Node::Back(group) => {
                let (start, end) = *places.get(group)?;
                let (said, here) = (self.text.get(start..end)?, self.text.get(at..at + (end - start))?);
                let same = said == here || self.ignore_case && said.to_lowercase() == here.to_lowercase();
                if same { continuation(at + (end - start), self, places) } else { None }
            }
            Node::Group(number, any) => {
                let before = places.get(number).copied();
                for row in any {
                    let found = self.row(row, at, places, depth + 1, &mut |end, search, places| {
                        let inner = places.insert(*number, (at, end));
                        let found = continuation(end, search, places);
                        if found.is_none() {
                            match inner {
                                Some(place) => places.insert(*number, place),
                                None => places.remove(number),
                            };
                        }
                        found
                    });
                    if found.is_some() {
                        return found;
                    }
                }
                match before {
                    Some(place) => places.insert(*number, place),
                    None => places.remove(number),
                };
                None
            }
            Node::Repeat(inner, least, most) => self.repeat(inner, (*least, *most), at, places, depth, continuation),
        }
    }

    /// Matches as many repetitions as possible, then fewer.
    fn repeat(
        &mut self,
        inner: &Node,
        (least, most): (u32, u32),
        at: usize,
        places: &mut Places,
        depth: usize,
        continuation: Continuation<'_, 't>,
    ) -> Option<usize> {
        // Letters are counted without going deeper.
        if let Node::Letter(class) = inner {
            let mut ends = vec![at];
            while ends.len() as u64 <= u64::from(most)
                && let Some(last) = ends.last().copied()
                && let Some(found) = self.text.get(last..).and_then(|rest| class.find(rest))
            {
                self.steps = self.steps.checked_sub(1)?;
                ends.push(last + found.end());
            }
            let least = usize::try_from(least).unwrap_or(usize::MAX);
            return ends.iter().skip(least).rev().find_map(|end| {
                self.steps = self.steps.checked_sub(1)?;
                continuation(*end, self, places)
            });
        }
        if most > 0 {
            let found = self.node(inner, at, places, depth + 1, &mut |end, search, places| {
                // What is empty would fit for ever.
                if end == at && least == 0 {
                    return None;
                }
                let fewer = (least.saturating_sub(1), if most == u32::MAX { most } else { most - 1 });
                search.repeat(inner, fewer, end, places, depth + 1, continuation)
            });
            if found.is_some() {
                return found;
            }
        }
        if least == 0 { continuation(at, self, places) } else { None }
    }
}
