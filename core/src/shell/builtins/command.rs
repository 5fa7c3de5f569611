//! `command`, and what a name refers to: a keyword, an alias, a function, a builtin or a file.

use crate::shell::Shell;
use crate::shell::interpret::SPECIAL_BUILTINS;
use crate::shell::language::Language;

/// The keywords of the grammar.
pub(crate) const KEYWORDS: [&str; 16] =
    ["!", "{", "}", "case", "do", "done", "elif", "else", "esac", "fi", "for", "if", "in", "then", "until", "while"];

/// Further keywords of bash.
pub(crate) const BASH_KEYWORDS: [&str; 6] = ["[[", "]]", "coproc", "function", "select", "time"];

/// What a name refers to, in the order of a shell's look-up.
pub(crate) enum CommandKind {
    Keyword,
    Function,
    Builtin,
    /// A program at this path.
    File(String),
    Nothing,
}

pub(crate) fn meaning(shell: &mut Shell, name: &str) -> CommandKind {
    let bash = shell.language() == Language::Bash;
    if KEYWORDS.contains(&name) || bash && BASH_KEYWORDS.contains(&name) {
        return CommandKind::Keyword;
    }
    if shell.functions.contains_key(name) {
        return CommandKind::Function;
    }
    if shell.has_builtin(name) {
        return CommandKind::Builtin;
    }
    // Of a path dash and busybox only ask whether it is there.
    if name.contains('/') && !bash {
        let there = shell.fs.stat(&shell.cwd, name).is_ok();
        return if there { CommandKind::File(name.to_string()) } else { CommandKind::Nothing };
    }
    match file(shell, name) {
        Some(place) => CommandKind::File(place),
        None => CommandKind::Nothing,
    }
}

/// The exit status for a name that refers to nothing.
pub(crate) fn unknown(shell: &Shell) -> i32 {
    if shell.language() == Language::Bash { 1 } else { 127 }
}

/// Whether there is no program of this name for a command that starts others (`env`, `xargs`). Such a command reports
/// that itself.
pub(crate) fn is_missing(shell: &Shell, name: &str) -> bool {
    !name.contains('/') && !shell.has_builtin(name) && shell.which(name) == (None, false)
}

/// The path of the program that a name or a path refers to.
pub(crate) fn file(shell: &mut Shell, name: &str) -> Option<String> {
    if name.contains('/') {
        let (_, node) = shell.fs.stat(&shell.cwd, name).ok()?;
        return (!node.is_dir() && shell.user.may(node, 1)).then(|| name.to_string());
    }
    let (place, hidden) = shell.which(name);
    if hidden && place.is_none() {
        shell.gap("unlisted-file", name);
    }
    place
}

/// Prints what a name refers to, as `type` and `command -V` do. Returns whether it refers to anything.
pub(crate) fn explain(shell: &mut Shell, asked: &str, name: &str) -> bool {
    let language = shell.language();
    let text = match meaning(shell, name) {
        CommandKind::Keyword => format!("{name} is a shell keyword\n"),
        CommandKind::Function if language == Language::Dash => format!("{name} is a shell function\n"),
        CommandKind::Function => {
            if language == Language::Bash {
                shell.gap("unknown-output", format!("{asked}: the function's text"));
            }
            format!("{name} is a function\n")
        }
        CommandKind::Builtin if language != Language::Bash && SPECIAL_BUILTINS.contains(&name) => {
            format!("{name} is a special shell builtin\n")
        }
        CommandKind::Builtin => format!("{name} is a shell builtin\n"),
        CommandKind::File(place) => format!("{name} is {place}\n"),
        CommandKind::Nothing => {
            // bash says it as an error.
            if language == Language::Bash {
                let text = format!("{}: {asked}: {name}: not found\n", shell.message_prefix());
                shell.err(text);
            } else {
                shell.out(format!("{name}: not found\n"));
            }
            return false;
        }
    };
    shell.out(text);
    true
}

/// bash's `builtin` runs a builtin without looking for functions.
pub(crate) fn builtin(shell: &mut Shell, argv: &[String]) -> i32 {
    let words = argv.get(1..).unwrap_or(&[]);
    match words.first() {
        Some(name) if !shell.has_builtin(name) => {
            let text = format!("{}: builtin: {name}: not a shell builtin\n", shell.message_prefix());
            shell.err(text);
            1
        }
        Some(_) => shell.call(words),
        None => 0,
    }
}

/// `command` runs a command without looking for functions; `-v` and `-V` print what a name refers to. Only bash
/// accepts several names.
pub(crate) fn command(shell: &mut Shell, argv: &[String]) -> i32 {
    let bash = shell.language() == Language::Bash;
    let Some((flag, rest)) = argv.get(1..).and_then(|words| words.split_first()) else { return 0 };
    match flag.as_str() {
        "-v" | "-V" => {
            let mut any = false;
            for name in rest.iter().take(if bash { rest.len() } else { 1 }) {
                any |= match flag.as_str() {
                    "-V" => explain(shell, "command", name),
                    _ => {
                        let text = match meaning(shell, name) {
                            CommandKind::Nothing => continue,
                            CommandKind::File(place) => place,
                            _ => name.clone(),
                        };
                        shell.out(text + "\n");
                        true
                    }
                };
            }
            if any { 0 } else { unknown(shell) }
        }
        "-p" | "--" => shell.call(rest),
        _ => shell.call(argv.get(1..).unwrap_or(&[])),
    }
}
