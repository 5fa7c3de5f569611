//! Patterns with wildcards as automata: a text is read once, whatever the pattern.
//!
//! The states that a pattern can be in are bits of words, so a character costs one step for each 64 parts of it.

/// One part of a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// This character.
    Char(char),
    /// Any character but the separator.
    One,
    /// Any number of characters, none of them the separator.
    Many,
    /// Any number of any characters.
    All,
    /// Nothing, or anything up to a separator and with it.
    Folders,
    /// A character in one of the ranges, or in none of them.
    Class { negated: bool, ranges: Vec<(char, char)> },
}

impl Part {
    fn repeats(&self) -> bool {
        matches!(self, Part::Many | Part::All | Part::Folders)
    }
}

/// A pattern that can be matched.
#[derive(Clone, Debug)]
pub(crate) struct Automaton {
    separator: char,
    /// Words that a set of states takes.
    words: usize,
    /// The state in which the pattern is used up.
    last: usize,
    /// How many characters a text has at least that fits.
    shortest: usize,
    /// States that one character leads on from, by the character; sorted.
    letters: Vec<(char, Letters)>,
    /// States that any character but the separator leads on from.
    one: Bits,
    classes: Vec<Class>,
    /// States that stay as they are at any character but the separator.
    many: Bits,
    /// States that stay as they are at any character.
    all: Bits,
    /// States that the separator leads on from: those inside of [`Part::Folders`].
    inside: Bits,
    /// States that the next one may be entered from without a character.
    open: Bits,
    /// The same for the one behind the next.
    skip: Bits,
}

/// A state that a character of some ranges leads on from.
#[derive(Clone, Debug)]
struct Class {
    state: usize,
    negated: bool,
    ranges: Vec<(char, char)>,
}

/// States of an automaton.
type Bits = Vec<u64>;

/// Where a letter stands in a pattern: as bits where that is shorter.
#[derive(Clone, Debug)]
enum Letters {
    Few(Vec<usize>),
    Many(Bits),
}

fn set(bits: &mut [u64], state: usize) {
    if let Some(word) = bits.get_mut(state / 64) {
        *word |= 1 << (state % 64);
    }
}

fn has(bits: &[u64], state: usize) -> bool {
    bits.get(state / 64).is_some_and(|word| word >> (state % 64) & 1 == 1)
}

/// Adds `bits & mask`, moved on by so many states, which are one or two.
fn advance(into: &mut [u64], bits: &[u64], mask: &[u64], by: u32) {
    let mut carry = 0;
    for ((slot, word), mask) in into.iter_mut().zip(bits).zip(mask) {
        let moved = word & mask;
        *slot |= moved << by | carry;
        carry = moved >> (64 - by);
    }
}

impl Automaton {
    /// Reads a pattern.
    pub(crate) fn new(parts: &[Part], separator: char) -> Self {
        // Several of a kind that repeats are one of it, so that nothing is entered through more than two of them.
        let mut kept: Vec<&Part> = Vec::with_capacity(parts.len());
        for part in parts {
            if !(part.repeats() && kept.last() == Some(&part)) {
                kept.push(part);
            }
        }
        let last = kept.iter().map(|part| 1 + usize::from(**part == Part::Folders)).sum();
        let words = last / 64 + 1;
        let empty = || vec![0; words];
        let mut made = Automaton {
            separator,
            words,
            last,
            shortest: kept.iter().filter(|part| !part.repeats()).count(),
            letters: Vec::new(),
            one: empty(),
            classes: Vec::new(),
            many: empty(),
            all: empty(),
            inside: empty(),
            open: empty(),
            skip: empty(),
        };
        let mut letters: Vec<(char, usize)> = Vec::new();
        let mut state = 0;
        for part in kept {
            match part {
                Part::Char(c) => letters.push((*c, state)),
                Part::One => set(&mut made.one, state),
                Part::Class { negated, ranges } => {
                    made.classes.push(Class { state, negated: *negated, ranges: ranges.clone() })
                }
                Part::Many => {
                    set(&mut made.many, state);
                    set(&mut made.open, state);
                }
                Part::All => {
                    set(&mut made.all, state);
                    set(&mut made.open, state);
                }
                Part::Folders => {
                    set(&mut made.open, state);
                    set(&mut made.skip, state);
                    state += 1;
                    set(&mut made.all, state);
                    set(&mut made.inside, state);
                }
            }
            state += 1;
        }
        letters.sort_unstable();
        for group in letters.chunk_by(|(one, _), (other, _)| one == other) {
            let Some((c, _)) = group.first() else { continue };
            let places = group.iter().map(|(_, state)| *state);
            let found = if group.len() < words.max(4) {
                Letters::Few(places.collect())
            } else {
                let mut bits = vec![0; words];
                places.for_each(|state| set(&mut bits, state));
                Letters::Many(bits)
            };
            made.letters.push((*c, found));
        }
        made
    }

    /// How many steps one character takes.
    pub(crate) fn cost(&self) -> usize {
        self.words + self.classes.iter().map(|class| class.ranges.len()).sum::<usize>()
    }

    /// Whether a text of so many characters can be long enough.
    pub(crate) fn may_fit(&self, length: usize) -> bool {
        self.shortest <= length
    }

    /// Begins to read a text.
    pub(crate) fn begin(&self) -> Reading<'_> {
        let mut reading = Reading { automaton: self, now: vec![0; self.words], next: vec![0; self.words] };
        reading.enter();
        reading
    }

    /// How many characters from the start fit: as many or as few as can be.
    pub(crate) fn length(&self, text: &[char], longest: bool) -> Option<usize> {
        if !self.may_fit(text.len()) {
            return None;
        }
        let mut reading = self.begin();
        let mut found = reading.fits().then_some(0);
        for (at, c) in text.iter().enumerate() {
            if reading.is_over() || (found.is_some() && !longest) {
                break;
            }
            reading.read(*c);
            if reading.fits() {
                found = Some(at + 1);
            }
        }
        found
    }
}

/// A text being read.
#[derive(Clone, Debug)]
pub(crate) struct Reading<'a> {
    automaton: &'a Automaton,
    now: Bits,
    next: Bits,
}

impl Reading<'_> {
    /// A match may begin here.
    pub(crate) fn enter(&mut self) {
        set(&mut self.now, 0);
        self.close();
    }

    /// Reads a character.
    pub(crate) fn read(&mut self, c: char) {
        let it = self.automaton;
        let separates = c == it.separator;
        let (now, next) = (&self.now, &mut self.next);
        // What stays is set first, and what moves on is added to it.
        for (((next, now), all), many) in next.iter_mut().zip(now).zip(&it.all).zip(&it.many) {
            *next = now & if separates { *all } else { all | many };
        }
        if separates {
            advance(next, now, &it.inside, 1);
        } else {
            advance(next, now, &it.one, 1);
        }
        let letters = it.letters.binary_search_by_key(&c, |(letter, _)| *letter).ok();
        match letters.and_then(|at| it.letters.get(at)) {
            Some((_, Letters::Few(states))) => {
                states.iter().filter(|state| has(now, **state)).for_each(|state| set(next, state + 1));
            }
            Some((_, Letters::Many(bits))) => advance(next, now, bits, 1),
            None => {}
        }
        for class in it.classes.iter().filter(|class| has(now, class.state)) {
            if class.ranges.iter().any(|(low, high)| (*low..=*high).contains(&c)) != class.negated {
                set(next, class.state + 1);
            }
        }
        std::mem::swap(&mut self.now, &mut self.next);
        self.close();
    }

    /// Enters what may be entered without a character.
    fn close(&mut self) {
        let it = self.automaton;
        loop {
            self.next.copy_from_slice(&self.now);
            advance(&mut self.next, &self.now, &it.open, 1);
            advance(&mut self.next, &self.now, &it.skip, 2);
            if self.next == self.now {
                return;
            }
            std::mem::swap(&mut self.now, &mut self.next);
        }
    }

    /// Whether what was read so far is what the pattern stands for.
    pub(crate) fn fits(&self) -> bool {
        has(&self.now, self.automaton.last)
    }

    /// Whether nothing more can fit.
    pub(crate) fn is_over(&self) -> bool {
        self.now.iter().all(|word| *word == 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The same by trying everything out.
    fn fits(parts: &[Part], text: &[char]) -> bool {
        let Some((part, behind)) = parts.split_first() else { return text.is_empty() };
        let one = |fit: bool| fit && text.get(1..).is_some_and(|rest| fits(behind, rest));
        let first = text.first().copied();
        let mut cuts = 0..=text.len();
        match part {
            Part::Char(c) => one(first == Some(*c)),
            Part::One => one(first.is_some_and(|c| c != '/')),
            Part::Class { negated, ranges } => {
                one(first.is_some_and(|c| ranges.iter().any(|(low, high)| (*low..=*high).contains(&c)) != *negated))
            }
            Part::Many => cuts.any(|cut| !text[..cut].contains(&'/') && fits(behind, &text[cut..])),
            Part::All => cuts.any(|cut| fits(behind, &text[cut..])),
            Part::Folders => cuts.any(|cut| (cut == 0 || text[cut - 1] == '/') && fits(behind, &text[cut..])),
        }
    }

    #[test]
    fn every_short_pattern_fits_what_it_stands_for() {
        let kinds = [
            Part::Char('a'),
            Part::One,
            Part::Many,
            Part::All,
            Part::Folders,
            Part::Class { negated: true, ranges: vec![('a', 'a')] },
        ];
        let texts: Vec<Vec<char>> =
            (0..81_u32).map(|n| (0..4).map(|at| ['a', 'b', '/'][(n / 3_u32.pow(at)) as usize % 3]).collect()).collect();
        for n in (0..6_usize.pow(4)).step_by(5) {
            let parts: Vec<Part> = (0..4).map(|at| kinds[n / 6_usize.pow(at) % 6].clone()).collect();
            let automaton = Automaton::new(&parts, '/');
            for text in &texts {
                for end in 0..=text.len() {
                    let expected = (0..=end).rev().find(|cut| fits(&parts, &text[..*cut]));
                    assert_eq!(automaton.length(&text[..end], true), expected, "{parts:?} {:?}", &text[..end]);
                }
            }
        }
    }

    #[test]
    fn patterns_longer_than_a_word_keep_their_places() {
        let parts: Vec<Part> = (0..200).flat_map(|_| [Part::Many, Part::Char('a')]).chain([Part::Char('b')]).collect();
        let automaton = Automaton::new(&parts, '/');
        let text = |count: usize| -> Vec<char> { "xa".repeat(count).chars().chain(['b']).collect() };
        assert_eq!(automaton.length(&text(200), true), Some(401));
        assert_eq!(automaton.length(&text(199), true), None);
        assert!(automaton.cost() < 10);
    }
}
