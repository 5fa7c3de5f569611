//! `head` and `tail`.

use super::printf::MAX_TEXT;
use super::streams::inputs;
use super::{has, only, options, value};
use crate::shell::Shell;
use std::ops::Range;

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
    let Some(wanted) = Amount::read(shell, "head", &wanted, bytewise.is_some()) else { return 1 };
    let (all, status) = inputs(shell, "head", &names);
    print_parts(shell, all, has(&flags, &["q"]), bytewise.is_some(), |count| match wanted.sign {
        Some('-') => 0..count.saturating_sub(wanted.count),
        _ => 0..wanted.count.min(count),
    });
    status
}

pub(super) fn tail(shell: &mut Shell, argv: &[String]) -> i32 {
    let argv = counted(argv);
    let (flags, names) = options(&argv, "nc");
    only(shell, "tail", &flags, &["n", "c", "f", "q", "lines", "bytes"]);
    if has(&flags, &["f"]) {
        shell.gap("never-ends", "tail -f");
    }
    let bytewise = value(&flags, &["c", "bytes"]);
    let wanted = bytewise.or_else(|| value(&flags, &["n", "lines"])).unwrap_or("10");
    let Some(wanted) = Amount::read(shell, "tail", wanted, bytewise.is_some()) else { return 1 };
    let (all, status) = inputs(shell, "tail", &names);
    if all.is_empty() && shell.dialect() == "ash" && !names.iter().any(|name| shell.fs.stat(&shell.cwd, name).is_ok()) {
        shell.err("tail: no files\n");
    }
    print_parts(shell, all, has(&flags, &["q"]), bytewise.is_some(), |count| match wanted.sign {
        Some('+') => wanted.count.saturating_sub(1)..count,
        _ => count.saturating_sub(wanted.count)..count,
    });
    status
}

/// Prints of each file the lines, or bytes, that `part` takes of so many; several files with their names.
fn print_parts(
    shell: &mut Shell,
    all: Vec<(String, Vec<u8>)>,
    quiet: bool,
    bytewise: bool,
    part: impl Fn(usize) -> Range<usize>,
) {
    let many = all.len() > 1 && !quiet;
    for (index, (name, bytes)) in all.into_iter().enumerate() {
        if many {
            shell.out(format!("{}==> {name} <==\n", if index > 0 { "\n" } else { "" }));
        }
        let pieces: Vec<&[u8]> = match bytewise {
            true => bytes.chunks(1).collect(),
            false => bytes.split_inclusive(|byte| *byte == b'\n').collect(),
        };
        let kept = pieces.get(part(pieces.len())).unwrap_or(&[]).concat();
        shell.out(kept);
    }
}

/// How much is wanted: `10`, `-3`, `+2`, `1K`.
struct Amount {
    sign: Option<char>,
    count: usize,
}

impl Amount {
    /// `None` if it is no number, which was said.
    fn read(shell: &mut Shell, command: &str, text: &str, bytewise: bool) -> Option<Self> {
        let sign = text.chars().next().filter(|c| "+-".contains(*c));
        let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
        let count = super::blocks::size(digits).and_then(|count| usize::try_from(count).ok());
        if count.is_none() {
            let of = if bytewise { "bytes" } else { "lines" };
            shell.err(match shell.dialect() {
                "ash" => format!("{command}: invalid number '{digits}'\n"),
                _ => format!("{command}: invalid number of {of}: '{digits}'\n"),
            });
        }
        Some(Amount { sign, count: count? })
    }
}
