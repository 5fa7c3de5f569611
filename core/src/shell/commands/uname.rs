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

/// `getconf NAME`: what is the same on every 64-bit Linux.
pub(super) fn getconf(shell: &mut Shell, argv: &[String]) -> i32 {
    const KNOWN: [(&str, &str); 9] = [
        ("ARG_MAX", "2097152"),
        ("CLK_TCK", "100"),
        ("CHAR_BIT", "8"),
        ("INT_MAX", "2147483647"),
        ("LONG_BIT", "64"),
        ("NAME_MAX", "255"),
        ("PAGESIZE", "4096"),
        ("PAGE_SIZE", "4096"),
        ("PATH_MAX", "4096"),
    ];
    let name = argv.get(1).map_or("", String::as_str);
    match KNOWN.iter().find(|(known, _)| *known == name) {
        Some((_, value)) => shell.out(format!("{value}\n")),
        None => shell.gap("unknown-output", "getconf"),
    }
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
