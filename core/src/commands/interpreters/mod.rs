//! Interpreters of languages. What their programs do is not modelled; what is known is whether the main file exists,
//! and what the interpreter says and returns if it does not.

mod bun;
mod deno;
mod dotnet;
mod java;
mod main_file;
mod node;
mod options;
mod perl;
mod php;
mod python;
mod ruby;

use crate::fs::path;
use crate::shell::{Shell, is_question};

pub(crate) use main_file::unknown_main_file;

/// A main file that is known not to exist.
pub(crate) struct MissingFile {
    /// Its full path.
    path: String,
    /// What the interpreter prints; `None` if releases differ in it.
    message: Option<Message>,
    /// The interpreter's exit code.
    status: i32,
}

/// What an interpreter prints.
enum Message {
    Stdout(String),
    Stderr(String),
    /// Its first lines; a stack trace that depends on the release follows.
    Beginning(String),
}

/// The question that an interpreter's command answers: the words with the interpreter's name in front.
type Check = fn(&Shell, &[String]) -> Option<MissingFile>;

/// Interpreters by name.
const INTERPRETERS: [(&str, Check); 12] = [
    ("bun", bun::missing_file),
    ("deno", deno::missing_file),
    ("dotnet", dotnet::missing_file),
    ("java", java::missing_file),
    ("node", node::missing_file),
    ("nodejs", node::missing_file),
    ("perl", perl::missing_file),
    ("php", php::missing_file),
    ("pypy3", python::missing_file),
    ("python", python::missing_file),
    ("python3", python::missing_file),
    ("ruby", ruby::missing_file),
];

/// The main file of a command, if the command is an interpreter's and the file is known not to exist.
fn missing_file(shell: &Shell, argv: &[String]) -> Option<MissingFile> {
    let name = path::file_name(argv.first()?);
    let plain = plain_name(name);
    let (_, check) = INTERPRETERS.iter().find(|(known, _)| *known == name || *known == plain)?;
    check(shell, argv)
}

/// The name without a release: `python3.12` is `python3`, `php8.2` is `php`.
pub(crate) fn plain_name(name: &str) -> &str {
    match name.strip_prefix("python3.") {
        Some(minor) if minor.bytes().all(|byte| byte.is_ascii_digit()) => "python3",
        _ => name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.'),
    }
}

/// Whether a command is an interpreter's whose main file is known not to exist.
pub(crate) fn lacks_main_file(shell: &Shell, argv: &[String]) -> bool {
    missing_file(shell, argv).is_some()
}

/// Whether nothing but the main file is modelled of a program.
pub(crate) fn is_interpreter(name: &str) -> bool {
    ["java", "node", "nodejs", "perl", "php", "ruby"].contains(&name)
}

/// Fails as the interpreter does if the main file is known not to exist.
pub(crate) fn fail_without_main_file(shell: &mut Shell, argv: &[String]) -> Option<i32> {
    let missing = missing_file(shell, argv)?;
    let program = path::file_name(argv.first().map_or("", String::as_str)).to_string();
    match missing.message {
        Some(Message::Stdout(text)) => shell.out(text),
        Some(Message::Stderr(text)) => shell.err(text),
        Some(Message::Beginning(text)) => {
            shell.err(text);
            shell.gap("unknown-log", program.clone());
        }
        None => shell.gap("unknown-log", program.clone()),
    }
    Some(shell.fails_without_main_file(&program, missing.path, missing.status))
}

/// The model of an interpreter.
pub(crate) fn interpreter(shell: &mut Shell, argv: &[String]) -> i32 {
    if let Some(status) = fail_without_main_file(shell, argv) {
        return status;
    }
    if is_question(argv) {
        shell.gap("unknown-output", argv.join(" "));
    } else if !ends_without_input(shell, argv) {
        shell.gap("unmodelled-command", path::file_name(argv.first().map_or("", String::as_str)));
    }
    0
}

/// Whether an interpreter has no words and reads a program from standard input, which is empty: node and python end
/// with exit code 0 then, without a word (node 20, Python 3.6 to 3.13 asked).
pub(crate) fn ends_without_input(shell: &Shell, argv: &[String]) -> bool {
    let [name] = argv else { return false };
    let plain = plain_name(path::file_name(name));
    ["node", "nodejs", "python", "python3"].contains(&plain) && shell.has_empty_input()
}

/// Whether a file, or whatever stands at a path, is known not to exist.
fn is_missing(shell: &Shell, place: &str) -> bool {
    shell.fs.stat(&shell.cwd, place).is_err_and(|error| error.errno == crate::fs::Errno::Enoent)
        && !shell.fs.may_hide(&shell.cwd, place)
}

/// The full path of a word.
fn full(shell: &Shell, word: &str) -> String {
    path::join(&shell.cwd, word)
}
