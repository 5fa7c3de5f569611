//! Text from files or standard input, line by line: uniq, cut, tr, tail, tac, rev, tee, base64.

use super::print::{inputs, unescape};
use super::{has, only, options, value, with_long_values};
use crate::fs::Content;
use crate::shell::Shell;
use base64ct::{Base64, Base64Unpadded, Encoding as _};

/// Lines without their ends.
pub(super) fn lines(bytes: &[u8]) -> Vec<String> {
    ended_by('\n', &String::from_utf8_lossy(bytes)).map(str::to_string).collect()
}

/// The pieces of a text without their ends; only the last one may lack its own. A carriage return is a
/// letter like others.
pub(super) fn ended_by(end: char, text: &str) -> impl Iterator<Item = &str> {
    let pieces = text.strip_suffix(end).unwrap_or(text).split(end);
    pieces.take(if text.is_empty() { 0 } else { usize::MAX })
}

/// All inputs as one text.
pub(super) fn joined(shell: &mut Shell, command: &str, names: &[String]) -> (Vec<u8>, i32) {
    let (all, status) = inputs(shell, command, names);
    (all.into_iter().flat_map(|(_, bytes)| bytes).collect(), status)
}

pub(super) fn print_lines(shell: &mut Shell, lines: &[String]) {
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    shell.out(text);
}

/// Writes a file as a redirection does.
pub(super) fn write_to(shell: &mut Shell, command: &str, name: &str, bytes: Vec<u8>, append: bool) -> i32 {
    if name == "/dev/null" {
        return 0;
    }
    let old = shell.fs.stat(&shell.cwd, name).ok().and_then(|(_, node)| node.content()).filter(|_| append);
    let content = match old {
        Some(old) => old.with(&bytes),
        None => Content::inline(bytes),
    };
    match shell.put_file(name, content) {
        Ok(()) => 0,
        Err(error) => shell.complain(command, name, &error),
    }
}

pub(super) fn uniq(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, names) = options(&with_long_values(argv, &["skip-fields", "skip-chars", "check-chars"]), "fsw");
    const KNOWN: &str = "c d u i D f s w count repeated unique ignore-case skip-fields skip-chars check-chars";
    only(shell, "uniq", &flags, &KNOWN.split(' ').collect::<Vec<_>>());
    let (bytes, status) = joined(shell, "uniq", names.get(..1).unwrap_or(&[]));
    let number = |names: &[&str]| value(&flags, names).and_then(|text| text.parse::<usize>().ok());
    // What of a line counts.
    let key = |line: &str| -> String {
        let mut rest = line;
        for _ in 0..number(&["f", "skip-fields"]).unwrap_or(0) {
            rest = rest.trim_start_matches([' ', '\t']).trim_start_matches(|c| ![' ', '\t'].contains(&c));
        }
        let counted = rest.chars().skip(number(&["s", "skip-chars"]).unwrap_or(0));
        let key: String = counted.take(number(&["w", "check-chars"]).unwrap_or(usize::MAX)).collect();
        if has(&flags, &["i", "ignore-case"]) { key.to_lowercase() } else { key }
    };
    let mut runs: Vec<Vec<String>> = Vec::new();
    for line in lines(&bytes) {
        match runs.last_mut() {
            Some(run) if run.first().is_some_and(|first| key(first) == key(&line)) => run.push(line),
            _ => runs.push(vec![line]),
        }
    }
    let (twice, once) = (has(&flags, &["d", "D", "repeated"]), has(&flags, &["u", "unique"]));
    runs.retain(|run| !(twice && run.len() < 2 || once && run.len() > 1));
    let counted = has(&flags, &["c", "count"]);
    let row = |run: Vec<String>| -> Vec<String> {
        let count = run.len();
        if has(&flags, &["D"]) {
            return run;
        }
        run.into_iter().take(1).map(|line| if counted { format!("{count:7} {line}") } else { line }).collect()
    };
    let out: Vec<String> = runs.into_iter().flat_map(row).collect();
    match names.get(1).filter(|name| *name != "-") {
        Some(name) => {
            let text: String = out.iter().map(|line| format!("{line}\n")).collect();
            status.max(write_to(shell, "uniq", name, text.into_bytes(), false))
        }
        None => {
            print_lines(shell, &out);
            status
        }
    }
}

/// `1,3-5,7-` as ranges from 1.
fn ranges(text: &str) -> Vec<(usize, usize)> {
    let range = |part: &str| match part.split_once('-') {
        Some((from, to)) => Some((from.parse().unwrap_or(1), to.parse().unwrap_or(usize::MAX))),
        None => part.parse().ok().map(|at| (at, at)),
    };
    text.split(',').filter_map(range).collect()
}

pub(super) fn cut(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, names) = options(argv, "dfcb");
    only(shell, "cut", &flags, &["d", "f", "c", "b", "s"]);
    let (bytes, status) = joined(shell, "cut", &names);
    let separator = value(&flags, &["d"]).and_then(|text| text.chars().next()).unwrap_or('\t');
    let wanted = |list: &[(usize, usize)], at: usize| list.iter().any(|(from, to)| (*from..=*to).contains(&at));
    let mut out = Vec::new();
    for line in lines(&bytes) {
        if let Some(list) = value(&flags, &["c", "b"]).map(ranges) {
            out.push(line.chars().enumerate().filter(|(at, _)| wanted(&list, at + 1)).map(|(_, c)| c).collect());
            continue;
        }
        let list = value(&flags, &["f"]).map(ranges).unwrap_or_default();
        if !line.contains(separator) {
            if !has(&flags, &["s"]) {
                out.push(line);
            }
            continue;
        }
        let parts = line.split(separator).enumerate().filter(|(at, _)| wanted(&list, at + 1));
        out.push(parts.map(|(_, part)| part).collect::<Vec<_>>().join(&separator.to_string()));
    }
    print_lines(shell, &out);
    status
}

/// A set of `tr`: ranges, classes, escapes.
fn set(text: &str) -> Vec<char> {
    const CLASSES: [(&str, &str); 6] = [
        ("[:lower:]", "a-z"),
        ("[:upper:]", "A-Z"),
        ("[:digit:]", "0-9"),
        ("[:alpha:]", "A-Za-z"),
        ("[:alnum:]", "0-9A-Za-z"),
        ("[:space:]", "\t\n\u{b}\u{c}\r "),
    ];
    let text = CLASSES.iter().fold(unescape(text), |text, (class, range)| text.replace(class, range));
    let chars: Vec<char> = text.chars().collect();
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(first) = chars.get(at) {
        match (chars.get(at + 1), chars.get(at + 2)) {
            (Some('-'), Some(last)) if first <= last && u32::from(*last) - u32::from(*first) < 1024 => {
                out.extend(*first..=*last);
                at += 3;
            }
            _ => {
                out.push(*first);
                at += 1;
            }
        }
    }
    out
}

pub(super) fn tr(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, sets) = options(argv, "");
    only(shell, "tr", &flags, &["d", "s", "c", "C"]);
    let text = String::from_utf8_lossy(&std::mem::take(&mut shell.stdin)).into_owned();
    let from = set(sets.first().map_or("", String::as_str));
    let to = set(sets.get(1).map_or("", String::as_str));
    let complement = has(&flags, &["c", "C"]);
    let hit = |c: char| from.contains(&c) != complement;
    let mut out = String::new();
    let squeezed = if sets.len() > 1 { to.clone() } else { from.clone() };
    for c in text.chars() {
        let new = if !hit(c) {
            c
        } else if has(&flags, &["d"]) {
            continue;
        } else if to.is_empty() {
            c
        } else {
            let at = from.iter().position(|one| *one == c).unwrap_or(usize::MAX);
            to.get(at).or(to.last()).copied().unwrap_or(c)
        };
        let again =
            out.ends_with(new) && has(&flags, &["s"]) && (squeezed.contains(&new) != (complement && sets.len() < 2));
        if !again {
            out.push(new);
        }
    }
    shell.out(out);
    0
}

pub(super) fn tail(shell: &mut Shell, argv: &[String]) -> i32 {
    let argv = super::print::counted(argv);
    let (flags, names) = options(&argv, "nc");
    only(shell, "tail", &flags, &["n", "c", "f", "q", "lines", "bytes"]);
    if has(&flags, &["f"]) {
        shell.gap("never-ends", "tail -f");
    }
    let (all, status) = inputs(shell, "tail", &names);
    let many = all.len() > 1 && !has(&flags, &["q"]);
    for (index, (name, bytes)) in all.into_iter().enumerate() {
        if many {
            shell.out(format!("{}==> {name} <==\n", if index > 0 { "\n" } else { "" }));
        }
        let bytewise = value(&flags, &["c", "bytes"]);
        let pieces: Vec<&[u8]> = match bytewise {
            Some(_) => bytes.chunks(1).collect(),
            None => bytes.split_inclusive(|byte| *byte == b'\n').collect(),
        };
        let wanted = bytewise.or_else(|| value(&flags, &["n", "lines"])).unwrap_or("10");
        let from = match wanted.strip_prefix('+') {
            Some(first) => first.parse::<usize>().unwrap_or(1).saturating_sub(1),
            None => pieces.len().saturating_sub(wanted.trim_start_matches('-').parse().unwrap_or(10)),
        };
        let kept = pieces.get(from..).unwrap_or(&[]).concat();
        shell.out(kept);
    }
    status
}

pub(super) fn tac(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, names) = options(argv, "");
    only(shell, "tac", &flags, &[]);
    let (bytes, status) = joined(shell, "tac", &names);
    let mut all = lines(&bytes);
    all.reverse();
    print_lines(shell, &all);
    status
}

pub(super) fn rev(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, names) = options(argv, "");
    only(shell, "rev", &flags, &[]);
    let (bytes, status) = joined(shell, "rev", &names);
    let all: Vec<String> = lines(&bytes).iter().map(|line| line.chars().rev().collect()).collect();
    print_lines(shell, &all);
    status
}

pub(super) fn tee(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, names) = options(argv, "");
    only(shell, "tee", &flags, &["a", "i"]);
    let bytes = std::mem::take(&mut shell.stdin);
    let mut status = 0;
    for name in &names {
        status = write_to(shell, "tee", name, bytes.clone(), has(&flags, &["a"])).max(status);
    }
    shell.out(bytes);
    status
}

pub(super) fn base64(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, names) = options(argv, "w");
    only(shell, "base64", &flags, &["d", "decode", "w", "D"]);
    let (bytes, status) = joined(shell, "base64", &names);
    if has(&flags, &["d", "decode", "D"]) {
        let text = String::from_utf8_lossy(&bytes);
        let digits: String = text.chars().filter(|c| !c.is_ascii_whitespace() && *c != '=').collect();
        return match Base64Unpadded::decode_vec(&digits) {
            Ok(bytes) => {
                shell.out(bytes);
                status
            }
            Err(_) => {
                shell.err("base64: invalid input\n");
                1
            }
        };
    }
    let text = Base64::encode_string(&bytes);
    let width = value(&flags, &["w"]).and_then(|text| text.parse().ok()).unwrap_or(76_usize);
    let wrapped: String = match width {
        0 => text,
        width => text.as_bytes().chunks(width).map(|line| format!("{}\n", String::from_utf8_lossy(line))).collect(),
    };
    shell.out(wrapped);
    status
}

/// `$NAME` and `${NAME}` by the environment; with a format only the names that it holds.
pub(super) fn envsubst(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, formats) = options(argv, "");
    only(shell, "envsubst", &flags, &[]);
    let text = String::from_utf8_lossy(&std::mem::take(&mut shell.stdin)).into_owned();
    let wanted: Option<Vec<String>> =
        formats.first().map(|format| references(format).into_iter().map(|(_, name)| name).collect());
    let exported: std::collections::BTreeMap<String, String> = shell
        .environment()
        .iter()
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (name.into(), value.into()))
        .collect();
    let (mut out, mut at) = (String::new(), 0);
    for (range, name) in references(&text) {
        out.push_str(text.get(at..range.start).unwrap_or(""));
        at = range.end;
        match wanted.as_ref().is_none_or(|wanted| wanted.contains(&name)) {
            true => out.push_str(exported.get(&name).map_or("", String::as_str)),
            false => out.push_str(text.get(range).unwrap_or("")),
        }
    }
    out.push_str(text.get(at..).unwrap_or(""));
    shell.out(out);
    0
}

/// Where a text refers to variables, and to which.
fn references(text: &str) -> Vec<(std::ops::Range<usize>, String)> {
    let mut all = Vec::new();
    let mut from = 0;
    while let Some(start) = text.get(from..).and_then(|rest| rest.find('$')).map(|at| from + at) {
        from = start + 1;
        let rest = text.get(start + 1..).unwrap_or("");
        let (braced, rest) = rest.strip_prefix('{').map_or((false, rest), |rest| (true, rest));
        let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len());
        let name = rest.get(..end).unwrap_or("");
        let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
        if !is_name || braced && !rest.get(end..).unwrap_or("").starts_with('}') {
            continue;
        }
        let length = 1 + end + if braced { 2 } else { 0 };
        all.push((start..start + length, name.to_string()));
        from = start + length;
    }
    all
}
