//! Options and operands of a command line, as getopt reads them.

use super::Shell;

/// Splits a command line into options and operands. The letters in `with_value` take the next word.
pub(crate) fn options(argv: &[String], with_value: &str) -> (Vec<(String, Option<String>)>, Vec<String>) {
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

/// Rewrites `--name value` as `--name=value`, for long options that take a value.
pub(crate) fn with_long_values(argv: &[String], names: &[&str]) -> Vec<String> {
    let mut words = argv.iter().peekable();
    let mut all = Vec::new();
    while let Some(word) = words.next() {
        let takes = word.strip_prefix("--").is_some_and(|name| names.contains(&name));
        match words.next_if(|_| takes) {
            Some(value) => all.push(format!("{word}={value}")),
            None => all.push(word.clone()),
        }
    }
    all
}

pub(crate) fn has(options: &[(String, Option<String>)], names: &[&str]) -> bool {
    options.iter().any(|(name, _)| names.contains(&name.as_str()))
}

pub(crate) fn value<'a>(options: &'a [(String, Option<String>)], names: &[&str]) -> Option<&'a str> {
    options.iter().rev().find(|(name, _)| names.contains(&name.as_str())).and_then(|(_, value)| value.as_deref())
}

/// Reports the options that are not in `known` as not modelled.
pub(crate) fn only(shell: &mut Shell, command: &str, options: &[(String, Option<String>)], known: &[&str]) {
    for (name, _) in options {
        if !known.contains(&name.as_str()) {
            let dashes = if name.chars().count() > 1 { "--" } else { "-" };
            shell.gap("unmodelled-option", format!("{command} {dashes}{name}"));
        }
    }
}
