//! `split`: cuts a file into pieces.

use crate::commands::coreutils::byte_sizes::size;
use crate::commands::text_inputs::inputs;
use crate::fs::Content;
use crate::shell::Shell;
use crate::shell::getopt::{has, only, options, value};

/// Pieces of a file: by lines or bytes, named `xaa`, `xab` …
pub(crate) fn split(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, names) = options(argv, "lban");
    only(shell, "split", &flags, &["l", "b", "a", "d", "n"]);
    let (all, status) = inputs(shell, "split", names.get(..1).unwrap_or(&[]));
    let Some((_, bytes)) = all.into_iter().next() else { return status };
    let prefix = names.get(1).map_or("x", String::as_str).to_string();
    let width = value(&flags, &["a"]).and_then(|text| text.parse::<u32>().ok()).unwrap_or(2).clamp(1, 9);
    let parts = value(&flags, &["n"]).map(str::to_string);
    let parts = match parts.as_deref().map(str::parse::<usize>) {
        Some(Ok(parts)) if parts > 0 => Some(parts),
        Some(_) => {
            shell.gap("unmodelled-option", format!("split -n {}", parts.unwrap_or_default()));
            return 1;
        }
        None => None,
    };
    let pieces: Vec<Vec<u8>> = match value(&flags, &["b"]) {
        // The last piece gets what is left over.
        _ if parts.is_some() => {
            let (parts, each) = (parts.unwrap_or(1), bytes.len() / parts.unwrap_or(1));
            let cut = |index: usize| {
                bytes.get(index * each..if index + 1 == parts { bytes.len() } else { (index + 1) * each })
            };
            (0..parts.min(10_000)).map(|index| cut(index).unwrap_or(&[]).to_vec()).collect()
        }
        Some(text) => {
            let Some(each) = size(text).filter(|each| *each > 0) else { return 1 };
            bytes.chunks(usize::try_from(each).unwrap_or(usize::MAX)).map(<[u8]>::to_vec).collect()
        }
        None => {
            let each = value(&flags, &["l"]).and_then(|text| text.parse::<usize>().ok()).unwrap_or(1000).max(1);
            let lines: Vec<&[u8]> = bytes.split_inclusive(|byte| *byte == b'\n').collect();
            lines.chunks(each).map(|lines| lines.concat()).collect()
        }
    };
    let base: u32 = if has(&flags, &["d"]) { 10 } else { 26 };
    for (index, piece) in (0_u32..).zip(pieces) {
        let mut name = String::new();
        let mut rest = index;
        for _ in 0..width {
            let digit = rest % base;
            let letter = if base == 10 { b'0' } else { b'a' } + digit as u8;
            name.insert(0, char::from(letter));
            rest /= base;
        }
        if rest > 0 {
            shell.err("split: output file suffixes exhausted\n");
            return 1;
        }
        if let Err(error) = shell.put_file(&format!("{prefix}{name}"), Content::inline(piece)) {
            return shell.complain("split", &prefix, &error);
        }
    }
    status
}
