//! `xargs`: a command with words from elsewhere.

use crate::shell::Shell;
use crate::shell::getopt::{has, only, options, value};

/// Words of one command.
const MAX_ARGUMENTS: usize = 5_000;

/// Words of xargs' input: quotes and backslashes keep blanks.
fn quoted_words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (Some(mark), c) if c == mark => quote = None,
            (Some(_), c) => word.get_or_insert_default().push(c),
            (None, '"' | '\'') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, '\\') => word.get_or_insert_default().extend(chars.next()),
            (None, c) if c.is_whitespace() => words.extend(word.take()),
            (None, c) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}

pub(crate) fn xargs(shell: &mut Shell, argv: &[String]) -> i32 {
    // Options end where the command begins: its own options are not xargs'.
    let takes = "nIPLsda";
    let mut end = 1;
    while let Some(word) = argv.get(end).filter(|word| word.starts_with('-') && word.len() > 1) {
        let last = word.chars().last().unwrap_or(' ');
        let takes_next = takes.contains(last) && word.chars().count() == 2;
        end += if takes_next { 2 } else { 1 };
    }
    let (flags, _) = options(argv.get(..end).unwrap_or(argv), takes);
    only(shell, "xargs", &flags, &["n", "I", "r", "0", "P", "t", "L", "no-run-if-empty", "null", "d", "a"]);
    let mut command: Vec<String> = argv.get(end..).unwrap_or(&[]).to_vec();
    if command.is_empty() {
        command.push("echo".into());
    }
    let input = match value(&flags, &["a"]) {
        None => std::mem::take(&mut shell.stdin),
        Some(name) => match crate::commands::text_inputs::inputs(shell, "xargs", &[name.to_string()]) {
            (all, status) if all.is_empty() => return status,
            (all, _) => all.into_iter().flat_map(|(_, bytes)| bytes).collect(),
        },
    };
    let text = String::from_utf8_lossy(&input).into_owned();
    let mark = value(&flags, &["I"]).map(str::to_string);
    let words: Vec<String> = match (has(&flags, &["0", "null"]), &mark, value(&flags, &["d"])) {
        (true, ..) => text.split('\0').filter(|word| !word.is_empty()).map(str::to_string).collect(),
        (_, _, Some(end)) => {
            let end = crate::shell::escapes::unescape(end);
            text.trim_end_matches(&*end).split(&*end).map(str::to_string).collect()
        }
        (_, Some(_), _) => {
            text.lines().map(|line| line.trim_start().to_string()).filter(|line| !line.is_empty()).collect()
        }
        _ => quoted_words(&text),
    };
    if words.is_empty()
        && (has(&flags, &["r", "no-run-if-empty"]) || mark.is_some() || shell.dialect() == "ash" && has(&flags, &["r"]))
    {
        return 0;
    }
    let most = value(&flags, &["n"]).and_then(|text| text.parse().ok()).unwrap_or(MAX_ARGUMENTS).max(1);
    let calls: Vec<Vec<String>> = match &mark {
        Some(mark) => {
            words.iter().map(|word| command.iter().map(|part| part.replace(mark.as_str(), word)).collect()).collect()
        }
        None if words.is_empty() => vec![command],
        None => words.chunks(most).map(|piece| command.iter().chain(piece).cloned().collect()).collect(),
    };
    let mut status = 0;
    for argv in calls {
        if has(&flags, &["t"]) {
            shell.err(format!("{}\n", argv.join(" ")));
        }
        let name = argv.first().map_or("", String::as_str);
        if crate::shell::builtins::command::is_missing(shell, name) {
            shell.err(format!("xargs: {name}: No such file or directory\n"));
            return 127;
        }
        match shell.run_argv(&argv) {
            0 => {}
            code @ (126 | 127) => return code,
            // What a command ends with to stop it.
            255 => {
                shell.err(format!("xargs: {name}: exited with status 255; aborting\n"));
                return 124;
            }
            _ => status = 123,
        }
    }
    status
}
