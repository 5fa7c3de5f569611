//! Searches the image for the libraries that a linker is asked for.

use crate::commands::c_library::glibc;
use crate::elf::{self};
use crate::shell::Shell;

/// The default search path of linkers.
pub(crate) const FOLDERS: [&str; 7] = [
    "/usr/local/lib",
    "/lib/x86_64-linux-gnu",
    "/usr/lib/x86_64-linux-gnu",
    "/lib64",
    "/usr/lib64",
    "/lib",
    "/usr/lib",
];

/// Libraries that are part of today's C libraries or of the compiler.
pub(crate) const OWN: [&str; 10] = ["c", "m", "pthread", "dl", "rt", "util", "stdc++", "gcc_s", "resolv", "crypt"];

/// The result of a search for `-lNAME`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Library {
    /// A shared library, by its soname.
    Shared(String),
    /// A static archive, which is linked into the program.
    Archive,
    /// It may exist unlisted.
    Hidden,
    Missing,
}

/// Whether the image's glibc defines a version of symbols.
pub(crate) fn defines(shell: &Shell, version: &str) -> bool {
    let elf = glibc(shell).and_then(|content| elf::read(content).ok());
    elf.is_some_and(|elf| elf.defined_versions.iter().any(|defined| defined == version))
}

/// Looks for `lib{name}.so` or `.a` in `folders` and the usual ones.
pub(crate) fn library(shell: &Shell, name: &str, folders: &[String]) -> Library {
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
