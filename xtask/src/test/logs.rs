//! Where sections and the test programs that they run write what they print.

use crate::run::root;
use std::fs;
use std::path::PathBuf;

/// Lines at the end of a test program's output that are shown if its section did not end in time.
const LAST_LINES: usize = 60;

pub(super) fn folder() -> PathBuf {
    root().join("target/test-logs")
}

/// The file of what a section prints.
pub(super) fn of_section(id: &str) -> PathBuf {
    folder().join(format!("{id}.log"))
}

/// The file of what a test program prints. Programs have the names of the sections that run them; `arguments` tell two
/// runs of one section apart.
pub(super) fn of_program(name: &str, arguments: &[&str]) -> PathBuf {
    let part = arguments.concat().replace(|letter: char| !letter.is_ascii_alphanumeric(), "");
    folder().join(format!("{name}.{part}.output"))
}

/// The last lines that the test programs of a section printed, each under the name of its file.
pub(super) fn last_lines(id: &str) -> String {
    let entries = fs::read_dir(folder()).into_iter().flatten().flatten();
    let is_of_it = |name: &str| name.split('.').next() == Some(id) && name.ends_with(".output");
    let files = entries.filter(|entry| entry.file_name().to_str().is_some_and(is_of_it));
    let shown = files.map(|file| {
        let text = String::from_utf8_lossy(&fs::read(file.path()).unwrap_or_default()).into_owned();
        let lines: Vec<&str> = text.lines().collect();
        let last = lines[lines.len().saturating_sub(LAST_LINES)..].join("\n");
        format!("\nthe last lines of {}:\n{last}", file.path().display())
    });
    shown.collect()
}
