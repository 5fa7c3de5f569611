//! `rev`: reverses the characters of each line.

use crate::commands::text_inputs::{joined, lines, print_lines};
use crate::shell::Shell;
use crate::shell::getopt::{only, options};

pub(crate) fn rev(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, names) = options(argv, "");
    only(shell, "rev", &flags, &[]);
    let (bytes, status) = joined(shell, "rev", &names);
    let all: Vec<String> = lines(&bytes).iter().map(|line| line.chars().rev().collect()).collect();
    print_lines(shell, &all);
    status
}
