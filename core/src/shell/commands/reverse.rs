//! `tac` turns the order of lines around, `rev` that of letters.

use super::streams::{joined, lines, print_lines};
use super::{only, options};
use crate::shell::Shell;

pub(super) fn tac(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, names) = options(argv, "");
    only(shell, "tac", &flags, &[]);
    let (bytes, status) = joined(shell, "tac", &names);
    let mut all = lines(&bytes);
    all.reverse();
    print_lines(shell, &all);
    status
}

pub(super) fn rev(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, names) = options(argv, "");
    only(shell, "rev", &flags, &[]);
    let (bytes, status) = joined(shell, "rev", &names);
    let all: Vec<String> = lines(&bytes).iter().map(|line| line.chars().rev().collect()).collect();
    print_lines(shell, &all);
    status
}
