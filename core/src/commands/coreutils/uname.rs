//! `uname` and `arch`.

use crate::shell::Shell;
use crate::shell::getopt::{has, options};

pub(crate) fn uname(shell: &mut Shell, argv: &[String]) -> i32 {
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
pub(crate) fn arch(shell: &mut Shell, _: &[String]) -> i32 {
    uname(shell, &["uname".into(), "-m".into()])
}
