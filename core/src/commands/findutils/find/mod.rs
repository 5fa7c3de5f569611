//! `find`: paths that fit, and what is done with them.

mod evaluate;
mod parse_expression;
mod regex_type;
mod traverse;

use crate::fs::path;
use crate::shell::Shell;
use evaluate::FoundPath;
use parse_expression::{ParseError, Reader};
use regex_type::RegexType;
use traverse::{Links, collect};

/// Words of one command that `-exec … +` makes.
const MAX_ARGUMENTS: usize = 5_000;

pub(crate) fn find(shell: &mut Shell, argv: &[String]) -> i32 {
    let mut words = argv.get(1..).unwrap_or(&[]);
    let mut links = Links::Never;
    while let Some((word, rest)) = words.split_first() {
        links = match word.as_str() {
            "-L" => Links::All,
            "-H" => Links::Named,
            "-P" => Links::Never,
            _ => break,
        };
        words = rest;
    }
    let split = words.iter().position(|word| word.starts_with(['-', '(', '!'])).unwrap_or(words.len());
    let mut tops: Vec<String> = words.get(..split).unwrap_or(&[]).to_vec();
    if tops.is_empty() {
        tops.push(".".into());
    }
    let mut reader = Reader {
        shell,
        words: words.get(split..).unwrap_or(&[]).iter().peekable(),
        min: 0,
        max: usize::MAX,
        syntax: RegexType::Emacs,
        parse_error: None,
    };
    let read = reader.any(0).filter(|_| reader.words.peek().is_none());
    let (min, max, parse_error) = (reader.min, reader.max, reader.parse_error);
    if let Some(ParseError::NoSuchFile(name, error)) = parse_error {
        let what = if shell.dialect() == "ash" { name } else { format!("‘{name}’") };
        return shell.complain("find", &what, &error);
    }
    let Some(asked) = read else {
        return match parse_error {
            // busybox shows all its help beside it.
            Some(ParseError::Unknown(word)) if shell.dialect() != "ash" => {
                shell.err(format!("find: unknown predicate `{word}'\n"));
                1
            }
            Some(ParseError::MissingArgument(word)) => {
                shell.err(match shell.dialect() {
                    "ash" => format!("find: {word} requires an argument\n"),
                    _ => format!("find: missing argument to `{word}'\n"),
                });
                1
            }
            _ => {
                shell.gap("unmodelled-option", format!("find {}", words.join(" ")));
                0
            }
        };
    };
    let acts = asked.acts();
    let mut status = 0;
    let mut quits = false;
    let mut out = String::new();
    let mut gathered: Vec<(Vec<String>, Vec<String>)> = Vec::new();
    for top in &tops {
        let real = match shell.fs.lstat(&shell.cwd, top) {
            Ok((real, node)) => {
                if node.is_dir() && !shell.fs.is_listed(&real) {
                    shell.gap("partial-listing", top);
                }
                real
            }
            Err(_) if shell.fs.may_hide(&shell.cwd, top) => {
                shell.gap("unlisted-file", top);
                continue;
            }
            Err(error) => {
                let what = if shell.dialect() == "ash" { top.to_string() } else { format!("‘{top}’") };
                status = shell.complain("find", &what, &error);
                continue;
            }
        };
        let mut found = Vec::new();
        collect(&shell.fs, &real, top, 0, links, &mut Vec::new(), &mut found);
        if words.iter().any(|word| word == "-depth" || word == "-delete") {
            // What is in a folder comes before it.
            found.sort_by_key(|(key, ..)| format!("{key}/\u{10ffff}"));
        }
        let mut pruned: Vec<String> = Vec::new();
        for (key, shown, depth) in found {
            if depth < min || depth > max || pruned.iter().any(|above| path::is_within(&key, above)) {
                continue;
            }
            let follows = links == Links::All || links == Links::Named && depth == 0;
            let seen = shell.fs.stat("/", &key).ok().filter(|_| follows).map(|(_, node)| node);
            let Some(node) = seen.or_else(|| shell.fs.get(&key)).cloned().filter(|_| !quits) else { continue };
            let mut found_path = FoundPath {
                shell: &mut *shell,
                key: &key,
                shown: &shown,
                node: &node,
                out: &mut out,
                gathered: &mut gathered,
                pruned: &mut pruned,
                depth,
                top,
                quits: &mut quits,
            };
            if found_path.matches(&asked) && !acts {
                out.push_str(&format!("{shown}\n"));
            }
        }
    }
    // What was printed comes before what -exec … + prints at the end.
    shell.out(out);
    for (command, paths) in gathered {
        for piece in paths.chunks(MAX_ARGUMENTS) {
            let argv: Vec<String> = command.iter().cloned().chain(piece.iter().cloned()).collect();
            if shell.run_argv(&argv) != 0 {
                status = 1;
            }
        }
    }
    status
}
