//! Lines beside lines: paste, comm, nl, fold.

use super::filters::{joined, lines, print_lines};
use super::print::{inputs, unescape};
use super::{has, only, options, value};
use crate::shell::Shell;

pub(super) fn paste(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, names) = options(argv, "d");
    only(shell, "paste", &flags, &["d", "s"]);
    let marks: Vec<char> = unescape(value(&flags, &["d"]).unwrap_or("\t")).chars().collect();
    let mark = |at: usize| marks.get(at % marks.len().max(1)).map(char::to_string).unwrap_or_default();
    let (all, status) = inputs(shell, "paste", &names);
    let mut columns: Vec<Vec<String>> = all.iter().map(|(_, bytes)| lines(bytes)).collect();
    // Standard input that is named several times is read in turn.
    let dashes: Vec<usize> = all.iter().enumerate().filter(|(_, (name, _))| name == "-").map(|(at, _)| at).collect();
    if let ([first, _, ..], false) = (dashes.as_slice(), has(&flags, &["s"])) {
        let whole = columns.get_mut(*first).map(std::mem::take).unwrap_or_default();
        for (turn, line) in whole.into_iter().enumerate() {
            let column = dashes.get(turn % dashes.len()).and_then(|at| columns.get_mut(*at));
            column.into_iter().for_each(|column| column.push(line.clone()));
        }
    }
    let join = |parts: Vec<&str>| {
        let mut row = String::new();
        for (at, part) in parts.into_iter().enumerate() {
            if at > 0 {
                row.push_str(&mark(at - 1));
            }
            row.push_str(part);
        }
        row
    };
    let rows: Vec<String> = if has(&flags, &["s"]) {
        columns.iter().map(|column| join(column.iter().map(String::as_str).collect())).collect()
    } else {
        let most = columns.iter().map(Vec::len).max().unwrap_or(0);
        let part = |column: &Vec<String>, at: usize| column.get(at).cloned().unwrap_or_default();
        let row = |at| columns.iter().map(|column| part(column, at)).collect::<Vec<_>>();
        (0..most).map(|at| join(row(at).iter().map(String::as_str).collect())).collect()
    };
    print_lines(shell, &rows);
    status
}

/// Lines of two sorted files: of the first, of the second, of both.
pub(super) fn comm(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, names) = options(argv, "");
    only(shell, "comm", &flags, &["1", "2", "3"]);
    let (all, status) = inputs(shell, "comm", &names);
    let [(_, first), (_, second)] = all.as_slice() else { return status.max(1) };
    let (first, second) = (lines(first), lines(second));
    let (mut a, mut b) = (first.iter().peekable(), second.iter().peekable());
    let mut rows = Vec::new();
    loop {
        let (column, line) = match (a.peek(), b.peek()) {
            (None, None) => break,
            (Some(x), Some(y)) if x == y => {
                b.next();
                (3, a.next())
            }
            (Some(x), Some(y)) if x > y => (2, b.next()),
            (Some(_), _) => (1, a.next()),
            (None, Some(_)) => (2, b.next()),
        };
        if has(&flags, &[&column.to_string()]) {
            continue;
        }
        let tabs = (1..column).filter(|before| !has(&flags, &[&before.to_string()])).count();
        rows.push("\t".repeat(tabs) + line.map_or("", String::as_str));
    }
    print_lines(shell, &rows);
    status
}

/// Numbers lines: those that are not empty, or all.
pub(super) fn nl(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, names) = options(argv, "bwsvinhfl");
    only(shell, "nl", &flags, &["b", "w", "s", "v", "i"]);
    let every = value(&flags, &["b"]) == Some("a");
    let width: usize = value(&flags, &["w"]).and_then(|text| text.parse().ok()).unwrap_or(6).min(100);
    let mark = value(&flags, &["s"]).unwrap_or("\t").to_string();
    let mut number: i64 = value(&flags, &["v"]).and_then(|text| text.parse().ok()).unwrap_or(1);
    let step: i64 = value(&flags, &["i"]).and_then(|text| text.parse().ok()).unwrap_or(1);
    let (bytes, status) = joined(shell, "nl", &names);
    let mut rows = Vec::new();
    for line in lines(&bytes) {
        if every || !line.is_empty() {
            rows.push(format!("{number:width$}{mark}{line}"));
            number = number.saturating_add(step);
        } else {
            rows.push(" ".repeat(width + mark.len()) + &line);
        }
    }
    print_lines(shell, &rows);
    status
}

pub(super) fn fold(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, names) = options(argv, "w");
    only(shell, "fold", &flags, &["w", "b"]);
    let width: usize = value(&flags, &["w"]).and_then(|text| text.parse().ok()).unwrap_or(80).max(1);
    let (bytes, status) = joined(shell, "fold", &names);
    let mut rows = Vec::new();
    for line in lines(&bytes) {
        let chars: Vec<char> = line.chars().collect();
        if chars.is_empty() {
            rows.push(String::new());
        }
        rows.extend(chars.chunks(width).map(|part| part.iter().collect::<String>()));
    }
    print_lines(shell, &rows);
    status
}

/// Tabs to spaces.
pub(super) fn expand(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, names) = options(argv, "t");
    only(shell, "expand", &flags, &["t", "i"]);
    let stop: usize = value(&flags, &["t"]).and_then(|text| text.parse().ok()).unwrap_or(8).clamp(1, 1000);
    let (bytes, status) = joined(shell, "expand", &names);
    let rows = lines(&bytes).into_iter().map(|line| {
        let mut out = String::new();
        let mut initial = true;
        for c in line.chars() {
            initial &= c == ' ' || c == '\t';
            match c {
                '\t' if initial || !has(&flags, &["i"]) => {
                    let room = stop - out.chars().count() % stop;
                    out.push_str(&" ".repeat(room));
                }
                c => out.push(c),
            }
        }
        out
    });
    let rows: Vec<String> = rows.collect();
    print_lines(shell, &rows);
    status
}

/// Spaces at the start of lines to tabs.
pub(super) fn unexpand(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, names) = options(argv, "t");
    only(shell, "unexpand", &flags, &["t", "first-only"]);
    let stop: usize = value(&flags, &["t"]).and_then(|text| text.parse().ok()).unwrap_or(8).clamp(1, 1000);
    if has(&flags, &["t"]) {
        // With -t all blanks count, not only the first.
        shell.gap("unmodelled-option", "unexpand -t");
    }
    let (bytes, status) = joined(shell, "unexpand", &names);
    let rows = lines(&bytes).into_iter().map(|line| {
        let rest = line.trim_start_matches([' ', '\t']);
        let blanks = line.get(..line.len() - rest.len()).unwrap_or("");
        let column = blanks.chars().fold(0, |at, c| if c == '\t' { at - at % stop + stop } else { at + 1 });
        format!("{}{}{rest}", "\t".repeat(column / stop), " ".repeat(column % stop))
    });
    let rows: Vec<String> = rows.collect();
    print_lines(shell, &rows);
    status
}

/// Lines of two files that have a field in common.
pub(super) fn join(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, names) = options(argv, "tjavo12e");
    only(shell, "join", &flags, &["t", "1", "2", "j", "a", "v"]);
    let (all, status) = inputs(shell, "join", &names);
    let [(_, first), (_, second)] = all.as_slice() else { return status.max(1) };
    let mark = value(&flags, &["t"]).and_then(|text| text.chars().next());
    let parts = |line: &String| -> Vec<String> {
        match mark {
            Some(mark) => line.split(mark).map(str::to_string).collect(),
            None => line.split_whitespace().map(str::to_string).collect(),
        }
    };
    let index =
        |names: &[&str]| value(&flags, names).and_then(|text| text.parse::<usize>().ok()).unwrap_or(1).max(1) - 1;
    let (at_first, at_second) = (index(&["1", "j"]), index(&["2", "j"]));
    let first: Vec<Vec<String>> = lines(first).iter().map(parts).collect();
    let second: Vec<Vec<String>> = lines(second).iter().map(parts).collect();
    let key = |row: &Vec<String>, at: usize| row.get(at).cloned().unwrap_or_default();
    let between = mark.unwrap_or(' ').to_string();
    let others = |row: &Vec<String>, at: usize| -> Vec<String> {
        row.iter().enumerate().filter(|(index, _)| *index != at).map(|(_, text)| text.clone()).collect()
    };
    let asked =
        |flag: &str, number: &str| flags.iter().any(|(name, value)| name == flag && value.as_deref() == Some(number));
    let mut rows = Vec::new();
    for row in &first {
        let partners: Vec<&Vec<String>> =
            second.iter().filter(|other| key(other, at_second) == key(row, at_first)).collect();
        if partners.is_empty() && (asked("a", "1") || asked("v", "1")) {
            rows.push([vec![key(row, at_first)], others(row, at_first)].concat().join(&between));
        }
        for other in partners.into_iter().filter(|_| !has(&flags, &["v"])) {
            rows.push(
                [vec![key(row, at_first)], others(row, at_first), others(other, at_second)].concat().join(&between),
            );
        }
    }
    for row in second.iter().filter(|_| asked("a", "2") || asked("v", "2")) {
        if !first.iter().any(|other| key(other, at_first) == key(row, at_second)) {
            rows.push([vec![key(row, at_second)], others(row, at_second)].concat().join(&between));
        }
    }
    print_lines(shell, &rows);
    status
}
