//! The counts of `head` and `tail`: lines or bytes, from the start or from the end.

use crate::shell::Shell;
use std::ops::Range;

/// `-5` is `-n 5`.
pub(crate) fn counted(argv: &[String]) -> Vec<String> {
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

/// Prints of each file the lines, or bytes, that `part` takes of so many; several files with their names.
pub(crate) fn print_parts(
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
pub(crate) struct Amount {
    pub(crate) sign: Option<char>,
    pub(crate) count: usize,
}

impl Amount {
    /// `None` if it is no number, which was said.
    pub(crate) fn read(shell: &mut Shell, command: &str, text: &str, bytewise: bool) -> Option<Self> {
        let sign = text.chars().next().filter(|c| "+-".contains(*c));
        let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
        let count = super::byte_sizes::size(digits).and_then(|count| usize::try_from(count).ok());
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
