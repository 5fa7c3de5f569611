//! `df`, `du`, `free`, `ps` and others whose output is the state of the machine, which a simulation does not have.

use crate::shell::Shell;

/// Commands that tell of the machine: they change nothing, and what they print is not known here.
pub(crate) fn machine(shell: &mut Shell, argv: &[String]) -> i32 {
    let name = crate::fs::path::file_name(argv.first().map_or("", String::as_str)).to_string();
    if name == "nproc" {
        shell.out("1\n");
    }
    shell.gap("unknown-output", name);
    0
}
