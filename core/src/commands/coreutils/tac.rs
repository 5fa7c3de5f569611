//! `tac`: lines in reverse order.

use crate::commands::text_inputs::{joined, lines, print_lines};
use crate::shell::Shell;
use crate::shell::getopt::{only, options};

pub(crate) fn tac(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, names) = options(argv, "");
    only(shell, "tac", &flags, &[]);
    let (bytes, status) = joined(shell, "tac", &names);
    let mut all = lines(&bytes);
    all.reverse();
    print_lines(shell, &all);
    status
}
