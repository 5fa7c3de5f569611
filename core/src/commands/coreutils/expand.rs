//! `expand`: tabs become spaces.

use crate::commands::text_inputs::{joined, lines, print_lines};
use crate::shell::Shell;
use crate::shell::getopt::{has, only, options, value};

/// Tabs to spaces.
pub(crate) fn expand(shell: &mut Shell, argv: &[String]) -> i32 {
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
