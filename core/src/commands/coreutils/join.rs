//! `join`.

use crate::commands::text_inputs::{inputs, lines, print_lines};
use crate::shell::Shell;
use crate::shell::getopt::{has, only, options, value};

/// Lines of two files that have a field in common.
pub(crate) fn join(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, names) = options(argv, "tjavo12e");
    only(shell, "join", &flags, &["t", "1", "2", "j", "a", "v", "nocheck-order"]);
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
