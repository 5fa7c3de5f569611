//! `df`, `du`, `free`, `ps` and others whose output is the state of the machine, which a simulation does not have.

use crate::shell::Shell;

/// Commands that print the state of the machine. They change nothing, and their output is not known.
pub(crate) fn machine(shell: &mut Shell, argv: &[String]) -> i32 {
    let name = crate::fs::path::file_name(argv.first().map_or("", String::as_str)).to_string();
    shell.gap("unknown-output", name);
    0
}
