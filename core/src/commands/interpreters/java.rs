//! `java -jar FILE`. The launcher looks for the file before it makes a virtual machine (OpenJDK 17 asked;
//! `src/java.base/share/native/libjli/java.c`).

use super::{Message, MissingFile, full, is_missing};
use crate::shell::Shell;

/// Options whose value is the next word.
const VALUES: [&str; 13] = [
    "-cp",
    "-classpath",
    "--class-path",
    "-p",
    "--module-path",
    "--upgrade-module-path",
    "--add-modules",
    "--add-reads",
    "--add-exports",
    "--add-opens",
    "--limit-modules",
    "--patch-module",
    "--enable-native-access",
];

/// The position of the archive that `-jar` names.
pub(super) fn jar(argv: &[String]) -> Option<usize> {
    /// Options that need no value, or have it attached.
    const STARTS: [&str; 10] =
        ["-X", "-D", "-javaagent:", "-agentlib:", "-agentpath:", "-verbose", "-ea", "-da", "-server", "-showversion"];
    let mut at = 1;
    loop {
        let word = argv.get(at)?.as_str();
        if word == "-jar" {
            return argv.get(at + 1).filter(|word| !word.starts_with(['-', '@']) && !word.is_empty()).map(|_| at + 1);
        }
        at += match word {
            _ if VALUES.contains(&word) => 2,
            "--enable-preview" | "-client" | "-esa" | "-dsa" => 1,
            _ if word.starts_with("--") && word.contains('=') => 1,
            _ if STARTS.iter().any(|start| word.starts_with(start)) => 1,
            _ => return None,
        };
    }
}

pub(super) fn missing_file(shell: &Shell, argv: &[String]) -> Option<MissingFile> {
    let word = argv.get(jar(argv)?)?;
    if !is_missing(shell, word) {
        return None;
    }
    let message = Message::Stderr(format!("Error: Unable to access jarfile {word}\n"));
    // The launcher first repeats the options that this variable holds.
    let message = shell.var("JDK_JAVA_OPTIONS").is_none().then_some(message);
    Some(MissingFile { path: full(shell, word), message, status: 1 })
}
