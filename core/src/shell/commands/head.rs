//! `head` and `tail`.

use super::printf::MAX_TEXT;
use super::streams::inputs;
use super::{has, only, options, value};
use crate::shell::Shell;

/// `-5` is `-n 5`.
pub(super) fn counted(argv: &[String]) -> Vec<String> {
    let number = |word: &String| {
        let digits = word.strip_prefix('-')?;
        (!digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit())).then(|| format!("-n{digits}"))
    };
    let takes = |before: Option<&String>| before.is_some_and(|word| word == "-n" || word == "-c");
    let before = std::iter::once(None).chain(argv.iter().map(Some));
    let word = |(word, before): (&String, Option<&String>)| {
        number(word).filter(|_| !takes(before)).unwrap_or_else(|| word.clone())
    };
    argv.iter().zip(before).map(word).collect()
}

pub(super) fn head(shell: &mut Shell, argv: &[String]) -> i32 {
    let argv = counted(argv);
    let (flags, names) = options(&argv, "nc");
    only(shell, "head", &flags, &["n", "c", "q", "lines", "bytes"]);
    let bytewise = value(&flags, &["c", "bytes"]).map(str::to_string);
    let wanted = bytewise.clone().or_else(|| value(&flags, &["n", "lines"]).map(str::to_string));
    let wanted = wanted.unwrap_or_else(|| "10".into());
    // A device without an end gives just what is asked for.
    if let ([device], Some(count)) = (names.as_slice(), bytewise.as_ref().and_then(|text| text.parse::<usize>().ok())) {
        match device.as_str() {
            "/dev/zero" => {
                shell.out(vec![0; count.min(MAX_TEXT)]);
                return 0;
            }
            "/dev/urandom" | "/dev/random" => {
                shell.gap("unknown-output", format!("head {device}"));
                return 0;
            }
            _ => {}
        }
    }
    let (all, status) = inputs(shell, "head", &names);
    let many = all.len() > 1 && !has(&flags, &["q"]);
    for (index, (name, bytes)) in all.into_iter().enumerate() {
        if many {
            shell.out(format!("{}==> {name} <==\n", if index > 0 { "\n" } else { "" }));
        }
        let pieces: Vec<&[u8]> = match bytewise {
            Some(_) => bytes.chunks(1).collect(),
            None => bytes.split_inclusive(|byte| *byte == b'\n').collect(),
        };
        let count = match wanted.strip_prefix('-') {
            Some(less) => pieces.len().saturating_sub(less.parse().unwrap_or(0)),
            None => wanted.parse().unwrap_or(10),
        };
        let kept = pieces.get(..count.min(pieces.len())).unwrap_or(&[]).concat();
        shell.out(kept);
    }
    status
}

pub(super) fn tail(shell: &mut Shell, argv: &[String]) -> i32 {
    let argv = super::head::counted(argv);
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
