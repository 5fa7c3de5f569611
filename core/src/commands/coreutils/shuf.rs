//! `shuf`: a random permutation, which no simulation can tell.

use crate::commands::text_inputs::{joined, lines, print_lines};
use crate::shell::Shell;
use crate::shell::getopt::{has, only, options, value};

/// Chance decides the order; how many lines there are is certain.
pub(crate) fn shuf(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, operands) = options(argv, "nio");
    only(shell, "shuf", &flags, &["n", "i", "e", "o", "z", "head-count", "input-range", "echo", "output"]);
    let range = value(&flags, &["i", "input-range"]).and_then(|range| {
        let (low, high) = range.split_once('-')?;
        Some((low.parse::<u64>().ok()?, high.parse::<u64>().ok()?))
    });
    let (mut all, mut status) = (Vec::new(), 0);
    match range {
        Some((low, high)) => all.extend((low..=high).take(100_000).map(|number| number.to_string())),
        None if has(&flags, &["e", "echo"]) => all = operands,
        None => {
            let (bytes, code) = joined(shell, "shuf", &operands);
            (all, status) = (lines(&bytes), code);
        }
    }
    if all.len() > 1 {
        shell.gap("unknown-output", "shuf");
    }
    let most = value(&flags, &["n", "head-count"]).and_then(|text| text.parse().ok()).unwrap_or(usize::MAX);
    all.truncate(most);
    match value(&flags, &["o", "output"]) {
        Some(file) => {
            let text: String = all.iter().map(|line| format!("{line}\n")).collect();
            crate::commands::text_inputs::write_to(shell, "shuf", file, text.into_bytes(), false)
        }
        None => {
            print_lines(shell, &all);
            status
        }
    }
}
