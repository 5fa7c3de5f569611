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
    let columns: Vec<Vec<String>> = all.iter().map(|(_, bytes)| lines(bytes)).collect();
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
