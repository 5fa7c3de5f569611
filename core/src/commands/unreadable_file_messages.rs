//! The error messages and exit codes of commands for unreadable inputs.
//!
//! Seen with coreutils 9.1, sed 4.9, mawk 1.3.4, gzip 1.12 and bzip2 1.0.8 of Debian 12, and with
//! busybox 1.35; each has sentences of its own.

use crate::fs::{Errno, FsError};
use crate::shell::Shell;

/// Reports an unreadable file in the command's wording; returns the exit code.
pub(crate) fn unreadable(shell: &mut Shell, command: &str, name: &str, error: &FsError) -> i32 {
    let is_dir = error.errno == Errno::Eisdir;
    let (words, code) = match shell.dialect() {
        "ash" => busybox(command, name, error.errno, is_dir),
        _ => gnu(command, name, error.errno, is_dir),
    };
    if let Some(words) = words {
        shell.err(words + "\n");
    }
    code
}

fn gnu(command: &str, name: &str, errno: Errno, is_dir: bool) -> (Option<String>, i32) {
    let message = errno.message();
    let usual = || format!("{command}: {name}: {message}");
    let words = match (command, is_dir) {
        ("head" | "tail", false) => format!("{command}: cannot open '{name}' for reading: {message}"),
        ("head" | "tail", true) => format!("{command}: error reading '{name}': {message}"),
        ("sort", false) => format!("sort: cannot read: {name}: {message}"),
        ("sort", true) => format!("sort: read failed: {name}: {message}"),
        ("uniq", true) => format!("uniq: error reading '{name}'"),
        ("sed", false) => format!("sed: can't read {name}: {message}"),
        ("sed", true) => format!("sed: read error on {name}: {message}"),
        ("awk", false) => format!("awk: cannot open {name} ({message})"),
        ("awk", true) => format!("awk: read error ({message})"),
        ("tac", false) => format!("tac: failed to open '{name}' for reading: {message}"),
        ("tac", true) => format!("tac: {name}: read error: {}", Errno::Einval.message()),
        ("rev", false) => format!("rev: cannot open {name}: {message}"),
        ("rev", true) => format!("rev: {name}: 0: {message}"),
        ("split", false) => format!("split: cannot open '{name}' for reading: {message}"),
        ("xargs", _) => format!("xargs: Cannot open input file '{name}': {message}"),
        ("strings", false) => format!("strings: '{name}': No such file"),
        ("strings", true) => format!("strings: Warning: '{name}' is a directory"),
        ("base64" | "shuf", true) => format!("{command}: read error: {message}"),
        ("gzip" | "gunzip" | "zcat", true) => format!("gzip: {name} is a directory -- ignored"),
        // What is to be unpacked is looked for with its ending, too.
        ("gunzip" | "zcat", false) => format!("gzip: {}.gz: {message}", name.trim_end_matches(".gz")),
        ("zstd" | "unzstd" | "zstdcat", true) => format!("zstd: {name} is a directory -- ignored "),
        ("zstd" | "unzstd" | "zstdcat", false) => format!("zstd: can't stat {name} : {message} -- ignored "),
        ("bzip2" | "bunzip2" | "bzcat", true) => format!("{command}: Input file {name} is a directory."),
        ("bzip2" | "bunzip2" | "bzcat", false) => format!("{command}: Can't open input file {name}: {message}."),
        _ => usual(),
    };
    let code = match (command, is_dir) {
        ("sed", true) => 4,
        ("sort" | "sed" | "awk" | "xxd" | "cmp" | "grep", _) | ("gzip" | "gunzip" | "zcat", true) => 2,
        _ => 1,
    };
    (Some(words), code)
}

fn busybox(command: &str, name: &str, errno: Errno, is_dir: bool) -> (Option<String>, i32) {
    let message = errno.message();
    let sums = command.ends_with("sum") && command != "cksum";
    let words = match (command, is_dir) {
        // What comes of reading a folder is nothing.
        ("sort" | "sed" | "rev" | "nl" | "cut" | "paste" | "strings" | "shuf" | "grep", true) => return (None, 0),
        ("cat" | "tail" | "base64", true) => format!("{command}: read error: {message}"),
        ("head" | "fold" | "expand" | "unexpand", true) => format!("{command}: {name}: {}", Errno::Eio.message()),
        ("uniq", true) => format!("uniq: {name}: I/O error"),
        ("awk", true) => format!("awk: cmd. line:1: {message}"),
        (_, true) if sums => format!("{command}: can't read '{name}': {message}"),
        ("cat" | "tail" | "uniq" | "dos2unix" | "unix2dos" | "xargs", false) => {
            format!("{command}: can't open '{name}': {message}")
        }
        (_, false) if sums => format!("{command}: can't open '{name}': {message}"),
        ("split", false) => format!("split: cannot open '{name}' for reading: {message}"),
        _ => format!("{command}: {name}: {message}"),
    };
    let code = match command {
        "sort" | "cmp" | "grep" => 2,
        _ => 1,
    };
    (Some(words), code)
}
