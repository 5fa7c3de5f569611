//! Models of commands: what each does to the file system and what it prints.
//!
//! To add one: a function in a file here, and a row in one of the two tables.

mod awk;
mod blocks;
mod columns;
mod digest;
mod files;
mod filters;
mod find;
mod grep;
mod inspect;
mod numbers;
pub(crate) mod ownership;
mod pack;
mod print;
mod regex;
mod sed;
mod shell_builtins;
mod sort;
mod test;
mod users;

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
    ("declare", shell_builtins::local),
    ("echo", print::echo),
    ("eval", shell_builtins::eval),
    ("exec", shell_builtins::succeed),
    ("export", shell_builtins::export),
    ("false", shell_builtins::fail),
    ("getopts", shell_builtins::getopts),
    ("let", shell_builtins::let_),
    ("local", shell_builtins::local),
    ("printf", print::printf),
    ("pwd", print::pwd),
    ("read", shell_builtins::read),
    ("readonly", shell_builtins::export),
    ("set", shell_builtins::set),
    ("shift", shell_builtins::shift),
    ("source", shell_builtins::source),
    ("test", test::test),
    ("trap", shell_builtins::trap),
    ("true", shell_builtins::succeed),
    ("type", inspect::type_),
    ("typeset", shell_builtins::local),
    ("umask", shell_builtins::umask),
    ("unset", shell_builtins::unset),
    ("wait", shell_builtins::succeed),
];

/// Programs: they run only where a file of that name can be executed.
const PROGRAMS: &[(&str, Model)] = &[
    ("[", test::test),
    ("addgroup", users::groupadd),
    ("adduser", users::useradd),
    ("apk", super::packages::apk),
    ("apt", super::packages::apt),
    ("apt-get", super::packages::apt),
    ("ash", shell_builtins::sh),
    ("awk", awk::awk),
    ("base64", filters::base64),
    ("basename", print::basename),
    ("bash", shell_builtins::sh),
    ("c++", super::toolchain::gcc),
    ("cat", print::cat),
    ("cc", super::toolchain::gcc),
    ("chgrp", ownership::chgrp),
    ("chmod", ownership::chmod),
    ("chown", ownership::chown),
    ("cmp", blocks::compare),
    ("comm", columns::comm),
    ("cp", files::cp),
    ("cut", filters::cut),
    ("dash", shell_builtins::sh),
    ("date", numbers::date),
    ("dd", blocks::dd),
    ("df", inspect::machine),
    ("diff", blocks::compare),
    ("dirname", print::dirname),
    ("dmesg", inspect::machine),
    ("du", inspect::machine),
    ("echo", print::echo),
    ("egrep", grep::grep),
    ("env", shell_builtins::env),
    ("expr", numbers::expr),
    ("false", shell_builtins::fail),
    ("fgrep", grep::grep),
    ("file", inspect::file),
    ("find", find::find),
    ("fold", columns::fold),
    ("free", inspect::machine),
    ("g++", super::toolchain::gcc),
    ("gawk", awk::awk),
    ("gcc", super::toolchain::gcc),
    ("getconf", inspect::machine),
    ("go", super::toolchain::go),
    ("grep", grep::grep),
    ("groupadd", users::groupadd),
    ("gunzip", pack::gzip),
    ("gzip", pack::gzip),
    ("head", print::head),
    ("hostname", print::hostname),
    ("id", print::id),
    ("ifconfig", inspect::machine),
    ("install", files::install),
    ("ip", inspect::machine),
    ("ldd", inspect::ldd),
    ("ln", files::ln),
    ("locale", inspect::machine),
    ("ls", inspect::ls),
    ("lsblk", inspect::machine),
    ("lscpu", inspect::machine),
    ("mawk", awk::awk),
    ("md5sum", digest::sum),
    ("mkdir", files::mkdir),
    ("mkfifo", files::mkfifo),
    ("mktemp", numbers::mktemp),
    ("mv", files::mv),
    ("netstat", inspect::machine),
    ("nl", columns::nl),
    ("nproc", inspect::machine),
    ("paste", columns::paste),
    ("printenv", shell_builtins::env),
    ("printf", print::printf),
    ("ps", inspect::machine),
    ("pwd", print::pwd),
    ("readlink", inspect::readlink),
    ("rev", filters::rev),
    ("rm", files::rm),
    ("rmdir", files::rmdir),
    ("sed", sed::sed),
    ("seq", numbers::seq),
    ("sh", shell_builtins::sh),
    ("sha1sum", digest::sum),
    ("sha256sum", digest::sum),
    ("sha512sum", digest::sum),
    ("sleep", shell_builtins::succeed),
    ("sort", sort::sort),
    ("ss", inspect::machine),
    ("stat", inspect::stat),
    ("strip", super::toolchain::strip),
    ("tac", filters::tac),
    ("tail", filters::tail),
    ("tar", pack::tar),
    ("tee", filters::tee),
    ("test", test::test),
    ("top", inspect::machine),
    ("touch", files::touch),
    ("tr", filters::tr),
    ("true", shell_builtins::succeed),
    ("truncate", blocks::truncate),
    ("uname", print::uname),
    ("uniq", filters::uniq),
    ("uptime", inspect::machine),
    ("useradd", users::useradd),
    ("wc", print::wc),
    ("which", inspect::which),
    ("who", inspect::machine),
    ("whoami", print::whoami),
    ("xargs", find::xargs),
    ("yes", numbers::yes),
    ("zcat", pack::gzip),
];

/// An extended regular expression, as `[[ … =~ … ]]` has it.
pub(super) fn regular_expression(text: &str) -> Option<regex_lite::Regex> {
    regex::compile(text, true, false)
}

pub(in crate::shell) use print::unescape;

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

/// The names of all commands that have a model, each once, in order.
pub(super) fn names() -> Vec<&'static str> {
    let mut names: Vec<&str> = BUILTINS.iter().chain(PROGRAMS).map(|(name, _)| *name).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// Splits options from operands. Single letters in `with_value` take the next word.
pub(in crate::shell) fn options(argv: &[String], with_value: &str) -> (Vec<(String, Option<String>)>, Vec<String>) {
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

pub(in crate::shell) fn has(options: &[(String, Option<String>)], names: &[&str]) -> bool {
    options.iter().any(|(name, _)| names.contains(&name.as_str()))
}

pub(in crate::shell) fn value<'a>(options: &'a [(String, Option<String>)], names: &[&str]) -> Option<&'a str> {
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
