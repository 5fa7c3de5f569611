//! `unexpand`: spaces become tabs.

use crate::commands::text_inputs::{joined, lines, print_lines};
use crate::shell::Shell;
use crate::shell::getopt::{has, only, options, value};

/// Spaces at the start of lines to tabs.
pub(crate) fn unexpand(shell: &mut Shell, argv: &[String]) -> i32 {
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
