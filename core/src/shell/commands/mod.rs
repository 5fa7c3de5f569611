//! Models of commands: what each does to the file system and what it prints.
//!
//! To add one: a function in a file here, and a row in one of the two tables.

mod files;
mod inspect;
pub(crate) mod ownership;
mod print;
mod shell_builtins;
mod test;

use super::Shell;

/// A model: gets the words with the command's name first, returns the exit code.
pub(super) type Model = fn(&mut Shell, &[String]) -> i32;

/// Commands that a shell has built in: they need no file.
const BUILTINS: &[(&str, Model)] = &[
    (":", shell_builtins::succeed),
    (".", shell_builtins::source),
    ("[", test::test),
    ("cd", shell_builtins::cd),
    ("command", shell_builtins::command),
    ("echo", print::echo),
    ("eval", shell_builtins::eval),
    ("exec", shell_builtins::succeed),
    ("export", shell_builtins::export),
    ("false", shell_builtins::fail),
    ("printf", print::printf),
    ("pwd", print::pwd),
    ("read", shell_builtins::read),
    ("readonly", shell_builtins::export),
    ("local", shell_builtins::local),
    ("set", shell_builtins::set),
    ("shift", shell_builtins::shift),
    ("source", shell_builtins::source),
    ("test", test::test),
    ("trap", shell_builtins::trap),
    ("true", shell_builtins::succeed),
    ("type", inspect::type_),
    ("umask", shell_builtins::succeed),
    ("unset", shell_builtins::unset),
    ("wait", shell_builtins::succeed),
];

/// Programs: they run only where a file of that name can be executed.
const PROGRAMS: &[(&str, Model)] = &[
    ("[", test::test),
    ("ash", shell_builtins::sh),
    ("basename", print::basename),
    ("bash", shell_builtins::sh),
    ("cat", print::cat),
    ("chgrp", ownership::chgrp),
    ("chmod", ownership::chmod),
    ("chown", ownership::chown),
    ("cp", files::cp),
    ("dash", shell_builtins::sh),
    ("dirname", print::dirname),
    ("echo", print::echo),
    ("env", shell_builtins::env),
    ("false", shell_builtins::fail),
    ("file", inspect::file),
    ("go", super::toolchain::go),
    ("head", print::head),
    ("hostname", print::hostname),
    ("id", print::id),
    ("ldd", inspect::ldd),
    ("ln", files::ln),
    ("ls", inspect::ls),
    ("mkdir", files::mkdir),
    ("mv", files::mv),
    ("printenv", shell_builtins::env),
    ("printf", print::printf),
    ("pwd", print::pwd),
    ("readlink", inspect::readlink),
    ("rm", files::rm),
    ("rmdir", files::rmdir),
    ("sh", shell_builtins::sh),
    ("sleep", shell_builtins::succeed),
    ("stat", inspect::stat),
    ("test", test::test),
    ("touch", files::touch),
    ("true", shell_builtins::succeed),
    ("uname", print::uname),
    ("wc", print::wc),
    ("which", inspect::which),
    ("whoami", print::whoami),
];

fn find(table: &'static [(&str, Model)], name: &str) -> Option<Model> {
    table.binary_search_by_key(&name, |(known, _)| *known).ok().and_then(|at| table.get(at)).map(|(_, model)| *model)
}

pub(super) fn builtin(name: &str) -> Option<Model> {
    // A few rows stand out of order for their reading; the table is short.
    BUILTINS.iter().find(|(known, _)| *known == name).map(|(_, model)| *model)
}

pub(super) fn program(name: &str) -> Option<Model> {
    find(PROGRAMS, name)
}

/// Splits options from operands. Single letters in `with_value` take the next word.
pub(super) fn options(argv: &[String], with_value: &str) -> (Vec<(String, Option<String>)>, Vec<String>) {
    let mut options = Vec::new();
    let mut operands = Vec::new();
    let mut words = argv.iter().skip(1);
    while let Some(word) = words.next() {
        if word == "--" {
            operands.extend(words.by_ref().cloned());
        } else if let Some(long) = word.strip_prefix("--") {
            let (name, value) =
                long.split_once('=').map_or((long, None), |(name, value)| (name, Some(value.to_string())));
            options.push((name.to_string(), value));
        } else if let Some(letters) = word.strip_prefix('-').filter(|letters| !letters.is_empty()) {
            let mut letters = letters.chars();
            while let Some(letter) = letters.next() {
                if with_value.contains(letter) {
                    let rest = letters.as_str();
                    let value = if rest.is_empty() { words.next().cloned() } else { Some(rest.to_string()) };
                    options.push((letter.to_string(), value));
                    break;
                }
                options.push((letter.to_string(), None));
            }
        } else {
            operands.push(word.clone());
        }
    }
    (options, operands)
}

pub(super) fn has(options: &[(String, Option<String>)], names: &[&str]) -> bool {
    options.iter().any(|(name, _)| names.contains(&name.as_str()))
}

pub(super) fn value<'a>(options: &'a [(String, Option<String>)], names: &[&str]) -> Option<&'a str> {
    options.iter().rev().find(|(name, _)| names.contains(&name.as_str())).and_then(|(_, value)| value.as_deref())
}

/// Says that an option is not modelled, if one is not in `known`.
pub(super) fn only(shell: &mut Shell, command: &str, options: &[(String, Option<String>)], known: &[&str]) {
    for (name, _) in options {
        if !known.contains(&name.as_str()) {
            let dashes = if name.chars().count() > 1 { "--" } else { "-" };
            shell.gap("unmodelled-option", format!("{command} {dashes}{name}"));
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn programs_are_sorted_for_look_up() {
        assert!(super::PROGRAMS.is_sorted_by_key(|(name, _)| *name));
    }
}
