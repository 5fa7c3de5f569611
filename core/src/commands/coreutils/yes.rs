//! `yes`, which prints until its reader ends.

use crate::commands::coreutils::seq::MAX_LINES;
use crate::shell::Shell;

pub(crate) fn yes(shell: &mut Shell, argv: &[String]) -> i32 {
    let line = if argv.len() > 1 { argv.get(1..).unwrap_or(&[]).join(" ") } else { "y".into() };
    // It ends when nobody reads any more.
    shell.out(format!("{line}\n").repeat(MAX_LINES.min((64 << 10) / (line.len() + 1))));
    0
}
