//! Which C library the image has: glibc or musl, and where.

use crate::elf::Machine;
use crate::fs::Content;
use crate::shell::Shell;

/// glibc's loader on a machine.
pub(crate) fn glibc_loader(machine: Machine) -> &'static str {
    if machine == Machine::Aarch64 { "/lib/ld-linux-aarch64.so.1" } else { "/lib64/ld-linux-x86-64.so.2" }
}

/// The machine's name in paths and triples.
pub(crate) fn arch(machine: Machine) -> &'static str {
    if machine == Machine::Aarch64 { "aarch64" } else { "x86_64" }
}

/// musl's loader, if the image's C library is musl.
pub(crate) fn musl_loader(shell: &Shell) -> Option<String> {
    let loader = format!("/lib/ld-musl-{}.so.1", arch(shell.machine));
    let is_there = |place: &str| shell.fs.stat("/", place).is_ok();
    (is_there(&loader) && !is_there(glibc_loader(shell.machine))).then_some(loader)
}

/// Whether the image's C library is musl.
pub(crate) fn is_musl(shell: &Shell) -> bool {
    musl_loader(shell).is_some()
}

/// The image's libc.so.6.
pub(crate) fn glibc(shell: &Shell) -> Option<&Content> {
    let folders = ["/lib/x86_64-linux-gnu", "/lib/aarch64-linux-gnu", "/usr/lib64", "/lib64"];
    let node = folders.iter().find_map(|folder| shell.fs.stat("/", &format!("{folder}/libc.so.6")).ok())?.1;
    node.content()
}
