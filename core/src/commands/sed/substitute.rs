//! `s/…/…/`: what is found is replaced.

use crate::shell::regex::Regex;

/// A part of a replacement.
enum Piece {
    Text(String),
    Group(usize),
    /// The letter behind the backslash that changes capitals: U, L, u, l or E.
    Case(char),
}

/// One substitution.
pub(crate) struct Substitution {
    find: Regex,
    with: Vec<Piece>,
    /// Every find is replaced, not only one.
    all: bool,
    /// The find that is replaced, or the first of all.
    nth: usize,
    /// The line is printed where something was replaced.
    pub(crate) print: bool,
    /// Where the line goes, too, if something was replaced.
    pub(crate) file: Option<String>,
}

impl Substitution {
    pub(crate) fn new(find: Regex, with: &str, all: bool, nth: usize, print: bool, file: Option<String>) -> Self {
        Substitution { find, with: replacement(with), all, nth, print, file }
    }

    /// The text with what was found replaced.
    pub(crate) fn apply(&self, text: &str) -> String {
        self.replace(text).unwrap_or_else(|| text.to_string())
    }

    /// The text with what was found replaced; `None` if nothing was.
    pub(crate) fn replace(&self, text: &str) -> Option<String> {
        let mut out = String::new();
        let mut end = 0;
        let mut done = false;
        for (count, found) in self.find.captures_iter(text).enumerate() {
            let Some(whole) = found.get(0) else { continue };
            if count + 1 < self.nth || done && !self.all {
                continue;
            }
            done = true;
            out.push_str(text.get(end..whole.start()).unwrap_or(""));
            // GNU's `\U`, `\L` and `\E` for what follows, `\u` and `\l` for one letter of it.
            let (mut all_as, mut next_as) = ('E', 'E');
            for piece in &self.with {
                let text = match piece {
                    Piece::Text(text) => text.as_str(),
                    Piece::Group(group) => found.get(*group).map_or("", |group| group.as_str()),
                    Piece::Case(letter) => {
                        match letter {
                            'u' | 'l' => next_as = *letter,
                            _ => (all_as, next_as) = (*letter, 'E'),
                        }
                        continue;
                    }
                };
                let text = cased(text, all_as);
                let mut chars = text.chars();
                match (next_as, chars.next()) {
                    ('u', Some(first)) => out.extend(first.to_uppercase()),
                    ('l', Some(first)) => out.extend(first.to_lowercase()),
                    (_, Some(first)) => out.push(first),
                    (_, None) => continue,
                }
                next_as = 'E';
                out.push_str(chars.as_str());
            }
            end = whole.end();
        }
        out.push_str(text.get(end..).unwrap_or(""));
        done.then_some(out)
    }
}

fn replacement(text: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut plain = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        let group = match c {
            '&' => Some(0),
            '\\' => match chars.next() {
                Some(digit @ '0'..='9') => digit.to_digit(10).map(|digit| digit as usize),
                Some('n') => {
                    plain.push('\n');
                    None
                }
                Some(letter @ ('t' | 'r' | 'f' | 'v' | 'a')) => {
                    plain.push(match letter {
                        't' => '\t',
                        'r' => '\r',
                        'f' => '\x0c',
                        'v' => '\x0b',
                        _ => '\x07',
                    });
                    None
                }
                Some(letter @ ('U' | 'L' | 'u' | 'l' | 'E')) => {
                    pieces.push(Piece::Text(std::mem::take(&mut plain)));
                    pieces.push(Piece::Case(letter));
                    None
                }
                Some(other) => {
                    plain.push(other);
                    None
                }
                None => None,
            },
            c => {
                plain.push(c);
                None
            }
        };
        if let Some(group) = group {
            pieces.push(Piece::Text(std::mem::take(&mut plain)));
            pieces.push(Piece::Group(group));
        }
    }
    pieces.push(Piece::Text(plain));
    pieces
}

fn cased(text: &str, letter: char) -> String {
    match letter {
        'U' => text.to_uppercase(),
        'L' => text.to_lowercase(),
        _ => text.to_string(),
    }
}
