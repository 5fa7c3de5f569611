//! `nl`.

use crate::commands::text_inputs::{joined, lines, print_lines};
use crate::shell::Shell;
use crate::shell::getopt::{only, options, value};

/// Numbers lines: those that are not empty, or all.
pub(crate) fn nl(shell: &mut Shell, argv: &[String]) -> i32 {
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
