//! `strings` of binutils.

use crate::commands::coreutils::od::number;
use crate::commands::text_inputs::joined;
use crate::shell::Shell;
use crate::shell::getopt::{only, options, value};

/// Runs of characters, four or more.
pub(crate) fn strings(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, names) = options(argv, "nt");
    only(shell, "strings", &flags, &["n", "a", "f"]);
    let least = value(&flags, &["n"]).and_then(number).unwrap_or(4);
    let (bytes, status) = joined(shell, "strings", &names);
    let runs = bytes.split(|byte| !(32..127).contains(byte) && *byte != b'\t').filter(|run| run.len() >= least);
    let text: Vec<u8> = runs.flat_map(|run| run.iter().copied().chain([b'\n'])).collect();
    shell.out(text);
    status
}
