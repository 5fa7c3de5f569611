//! `comm`.

use crate::commands::text_inputs::{inputs, lines, print_lines};
use crate::shell::Shell;
use crate::shell::getopt::{has, only, options};

/// Lines of two sorted files: of the first, of the second, of both.
pub(crate) fn comm(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, names) = options(argv, "");
    only(shell, "comm", &flags, &["1", "2", "3", "nocheck-order"]);
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
