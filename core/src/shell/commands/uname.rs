//! On which machine it runs: `uname`, `arch`, `hostname`.

use super::{has, options};
use crate::shell::Shell;

pub(super) fn uname(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, _) = options(argv, "");
    let machine = if shell.machine == crate::elf::Machine::Aarch64 { "aarch64" } else { "x86_64" };
    if has(&flags, &["a", "r", "v"]) {
        shell.gap("unmodelled-option", "uname: the kernel's release");
    }
    let text = if has(&flags, &["m", "p"]) { machine } else { "Linux" };
    shell.out(format!("{text}\n"));
    0
}

/// `arch`, which is `uname -m`.
pub(super) fn arch(shell: &mut Shell, _: &[String]) -> i32 {
    uname(shell, &["uname".into(), "-m".into()])
}

pub(super) fn hostname(shell: &mut Shell, _: &[String]) -> i32 {
    let name = shell.hostname.clone().or_else(|| shell.var("HOSTNAME").map(str::to_string));
    if name.is_none() {
        shell.gap("unknown-output", "hostname");
    }
    shell.out(format!("{}\n", name.unwrap_or_else(|| "localhost".into())));
    0
}

/// Commands that tell of the machine: they change nothing, and what they print is not known here.
pub(super) fn machine(shell: &mut Shell, argv: &[String]) -> i32 {
    let name = crate::fs::path::file_name(argv.first().map_or("", String::as_str)).to_string();
    if name == "nproc" {
        shell.out("1\n");
    }
    shell.gap("unknown-output", name);
    0
}
