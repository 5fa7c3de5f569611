//! sort: keys, and the orders that they are compared in.

use crate::commands::text_inputs::{joined, lines, print_lines, write_to};
use crate::shell::Shell;
use crate::shell::getopt::{has, only, options, value};
use std::cmp::Ordering;

/// Letters that say how a key is compared.
#[derive(Clone, Default)]
struct Order {
    numeric: bool,
    human: bool,
    version: bool,
    fold: bool,
    blanks: bool,
    dictionary: bool,
    reverse: bool,
}

impl Order {
    fn of(letters: &str) -> Self {
        let has = |letter| letters.contains(letter);
        Order {
            numeric: has('n') || has('g'),
            human: has('h'),
            version: has('V'),
            fold: has('f'),
            blanks: has('b'),
            dictionary: has('d'),
            reverse: has('r'),
        }
    }

    fn compare(&self, a: &str, b: &str) -> Ordering {
        let order = if self.numeric {
            number(a).total_cmp(&number(b))
        } else if self.human {
            human(a).partial_cmp(&human(b)).unwrap_or(Ordering::Equal)
        } else if self.version {
            version(a, b)
        } else {
            self.shown(a).cmp(&self.shown(b))
        };
        if self.reverse { order.reverse() } else { order }
    }

    fn shown(&self, text: &str) -> String {
        let text = if self.blanks { text.trim_start() } else { text };
        let kept = text.chars().filter(|c| !self.dictionary || c.is_alphanumeric() || c.is_whitespace());
        if self.fold { kept.flat_map(char::to_uppercase).collect() } else { kept.collect() }
    }
}

/// `-k FIELD[.CHARACTER][LETTERS][,FIELD[.CHARACTER][LETTERS]]`, from 1.
struct Key {
    from: (usize, usize),
    to: Option<(usize, usize)>,
    order: Order,
}

impl Key {
    fn read(text: &str, default: &Order) -> Option<Self> {
        let position = |text: &str| -> Option<((usize, usize), String)> {
            let end = text.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(text.len());
            let (numbers, letters) = text.split_at(end);
            let (field, character) = numbers.split_once('.').unwrap_or((numbers, "0"));
            Some(((field.parse().ok()?, character.parse().ok()?), letters.to_string()))
        };
        let (first, last) = text.split_once(',').map_or((text, None), |(first, last)| (first, Some(last)));
        let (from, mut letters) = position(first)?;
        let to = match last.map(position) {
            None => None,
            Some(found) => {
                let (to, more) = found?;
                letters.push_str(&more);
                Some(to)
            }
        };
        let order = if letters.is_empty() { default.clone() } else { Order::of(&letters) };
        Some(Key { from, to, order })
    }

    /// The part of a line that the key names.
    fn of<'l>(&self, line: &'l str, separator: Option<char>) -> &'l str {
        let fields = fields(line, separator);
        let at = |field: usize, character: usize, end: bool| -> usize {
            let Some((start, stop)) = fields.get(field.saturating_sub(1)).copied() else { return line.len() };
            if end && character == 0 {
                return stop;
            }
            let skip = if end { character } else { character.saturating_sub(1) };
            let rest = line.get(start..).unwrap_or("");
            start + rest.char_indices().nth(skip).map_or(rest.len(), |(at, _)| at)
        };
        let from = at(self.from.0, self.from.1, false);
        let to = self.to.map_or(line.len(), |(field, character)| at(field, character, true));
        line.get(from..to.max(from)).unwrap_or("")
    }
}

/// Where fields start and end. Without a separator the blanks before a field belong to it.
fn fields(line: &str, separator: Option<char>) -> Vec<(usize, usize)> {
    let mut all = Vec::new();
    let mut start = 0;
    match separator {
        Some(separator) => {
            for (at, found) in line.match_indices(separator) {
                all.push((start, at));
                start = at + found.len();
            }
            all.push((start, line.len()));
        }
        None => {
            let mut in_word = false;
            for (at, c) in line.char_indices() {
                let blank = c == ' ' || c == '\t';
                if blank && in_word {
                    all.push((start, at));
                    start = at;
                }
                in_word = !blank;
            }
            all.push((start, line.len()));
        }
    }
    all
}

fn number(text: &str) -> f64 {
    let text = text.trim_start();
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.' && c != '-').unwrap_or(text.len());
    text.get(..end).and_then(|text| text.parse().ok()).unwrap_or(0.0)
}

/// A size such as `2K`: first the unit, then the number.
fn human(text: &str) -> (usize, f64) {
    let text = text.trim();
    let unit = text.chars().find(|c| c.is_ascii_alphabetic()).and_then(|c| "KMGTPE".find(c.to_ascii_uppercase()));
    (unit.map_or(0, |at| at + 1), number(text))
}

/// Runs of digits as numbers, all else as text.
fn version(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a, b);
    loop {
        let run = |text: &str, digits: bool| text.find(|c: char| c.is_ascii_digit() != digits).unwrap_or(text.len());
        for digits in [false, true] {
            let (x, rest_a) = a.split_at(run(a, digits));
            let (y, rest_b) = b.split_at(run(b, digits));
            let order = match digits {
                true => {
                    let (x, y) = (x.trim_start_matches('0'), y.trim_start_matches('0'));
                    x.len().cmp(&y.len()).then_with(|| x.cmp(y))
                }
                false => x.cmp(y),
            };
            if order != Ordering::Equal {
                return order;
            }
            (a, b) = (rest_a, rest_b);
        }
        if a.is_empty() || b.is_empty() {
            return a.len().cmp(&b.len());
        }
    }
}

/// `sort -c`: the first line that is not in order is told.
fn checked(
    shell: &mut Shell,
    flags: &[(String, Option<String>)],
    names: &[String],
    all: &[String],
    is_wrong: impl Fn(&String, &String) -> bool,
) -> i32 {
    let wrong = all.iter().zip(all.iter().skip(1)).position(|(a, b)| is_wrong(a, b));
    let Some(at) = wrong else { return 0 };
    if !has(flags, &["C"]) {
        let name = names.first().map_or("-", String::as_str);
        let line = all.get(at + 1).map_or("", String::as_str);
        shell.err(match shell.dialect() {
            "ash" => format!("Check line {}\n", at + 1),
            _ => format!("sort: {name}:{}: disorder: {line}\n", at + 2),
        });
    }
    1
}

pub(crate) fn sort(shell: &mut Shell, argv: &[String]) -> i32 {
    const LONG: [(&str, &str); 7] = [
        ("numeric-sort", "n"),
        ("reverse", "r"),
        ("unique", "u"),
        ("version-sort", "V"),
        ("human-numeric-sort", "h"),
        ("ignore-case", "f"),
        ("stable", "s"),
    ];
    let (mut flags, names) = options(argv, "ktoST");
    for (flag, _) in &mut flags {
        if let Some((_, short)) = LONG.iter().find(|(long, _)| long == flag) {
            *flag = (*short).to_string();
        }
    }
    let known =
        ["u", "r", "n", "g", "k", "t", "o", "f", "h", "V", "b", "d", "s", "c", "C", "key", "field-separator", "check"];
    only(shell, "sort", &flags, &known);
    let letters: String = flags.iter().filter(|(flag, _)| flag.len() == 1).map(|(flag, _)| flag.as_str()).collect();
    let letters = letters.replace(['k', 't', 'o'], "");
    let default = Order::of(&letters);
    let separator = value(&flags, &["t", "field-separator"]).map(crate::shell::escapes::unescape);
    let separator = separator.and_then(|text| text.chars().next());
    let texts = flags.iter().filter(|(flag, _)| flag == "k" || flag == "key").filter_map(|(_, text)| text.as_deref());
    let mut keys = Vec::new();
    for text in texts {
        match Key::read(text, &default) {
            Some(key) => keys.push(key),
            None => shell.gap("unmodelled-option", format!("sort -k {text}")),
        }
    }
    let (bytes, status) = joined(shell, "sort", &names);
    let mut all = lines(&bytes);
    let by_keys = |a: &String, b: &String| {
        if keys.is_empty() {
            return default.compare(a, b);
        }
        let orders = keys.iter().map(|key| key.order.compare(key.of(a, separator), key.of(b, separator)));
        orders.fold(Ordering::Equal, Ordering::then)
    };
    let unique = has(&flags, &["u"]);
    let stable = unique || has(&flags, &["s"]);
    let in_order = |a: &String, b: &String| {
        let last = if default.reverse { b.cmp(a) } else { a.cmp(b) };
        by_keys(a, b).then(if stable { Ordering::Equal } else { last })
    };
    if has(&flags, &["c", "C", "check"]) {
        return checked(shell, &flags, &names, &all, |a, b| {
            let order = in_order(a, b);
            order.is_gt() || unique && order.is_eq()
        });
    }
    all.sort_by(in_order);
    if unique {
        all.dedup_by(|a, b| by_keys(a, b) == Ordering::Equal);
    }
    match value(&flags, &["o"]).map(str::to_string) {
        Some(name) => {
            let text: String = all.iter().map(|line| format!("{line}\n")).collect();
            write_to(shell, "sort", &name, text.into_bytes(), false).max(status)
        }
        None => {
            print_lines(shell, &all);
            status
        }
    }
}
