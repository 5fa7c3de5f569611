//! The image's C library, as linkers see it.

use crate::elf::{self, Machine};
use crate::fs::Content;
use crate::shell::Shell;

/// Where linkers look for libraries by themselves.
const FOLDERS: [&str; 7] = [
    "/usr/local/lib",
    "/lib/x86_64-linux-gnu",
    "/usr/lib/x86_64-linux-gnu",
    "/lib64",
    "/usr/lib64",
    "/lib",
    "/usr/lib",
];

/// A library that `-l` names.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Library {
    /// A shared one, by its soname.
    Shared(String),
    /// An archive: what is used of it is in the program.
    Archive,
    /// It may be there unlisted.
    Hidden,
    Missing,
}

/// glibc's loader on a machine.
pub(super) fn glibc_loader(machine: Machine) -> &'static str {
    if machine == Machine::Aarch64 { "/lib/ld-linux-aarch64.so.1" } else { "/lib64/ld-linux-x86-64.so.2" }
}

/// The machine's name in paths and triples.
pub(super) fn arch(machine: Machine) -> &'static str {
    if machine == Machine::Aarch64 { "aarch64" } else { "x86_64" }
}

/// musl's loader, if the image's C library is musl.
pub(super) fn musl_loader(shell: &Shell) -> Option<String> {
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

/// Whether the image's glibc defines a version of symbols.
pub(super) fn defines(shell: &Shell, version: &str) -> bool {
    let elf = glibc(shell).and_then(|content| elf::read(content).ok());
    elf.is_some_and(|elf| elf.defined_versions.iter().any(|defined| defined == version))
}

/// Looks for `lib{name}.so` or `.a` in `folders` and the usual ones.
pub(super) fn library(shell: &Shell, name: &str, folders: &[String]) -> Library {
    let folders = || folders.iter().map(String::as_str).chain(FOLDERS);
    let places: Vec<String> = folders().map(|folder| format!("{folder}/lib{name}.so")).collect();
    let found = places.iter().find_map(|place| {
        let (_, node) = shell.fs.stat(&shell.cwd, place).ok()?;
        let soname = node.content().and_then(|content| elf::read(content).ok()).and_then(|elf| elf.soname);
        Some(soname.unwrap_or_else(|| format!("lib{name}.so")))
    });
    let is_archive = |folder: &str| shell.fs.stat(&shell.cwd, &format!("{folder}/lib{name}.a")).is_ok();
    match found {
        Some(soname) => Library::Shared(soname),
        None if folders().any(is_archive) => Library::Archive,
        None if places.iter().any(|place| shell.fs.may_hide(&shell.cwd, place)) => Library::Hidden,
        None => Library::Missing,
    }
}
