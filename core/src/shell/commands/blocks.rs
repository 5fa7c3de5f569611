//! dd, truncate, split: files as bytes.

use super::streams::inputs;
use super::{has, only, options, value};
use crate::fs::Content;
use crate::shell::Shell;

/// Longest file of zeros that is held byte by byte.
const MAX_INLINE: u64 = 1 << 20;

/// `4k`, `1M`, `10`: binary multiples, as dd and truncate read them.
pub(super) fn size(text: &str) -> Option<u64> {
    let at = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let number: u64 = text.get(..at)?.parse().ok()?;
    let factor: u64 = match text.get(at..)? {
        "" | "c" => 1,
        "w" => 2,
        "b" => 512,
        "k" | "K" | "KiB" => 1 << 10,
        "kB" | "KB" => 1_000,
        "M" | "MiB" => 1 << 20,
        "MB" => 1_000_000,
        "G" | "GiB" => 1 << 30,
        "T" | "TiB" => 1 << 40,
        "GB" => 1_000_000_000,
        _ => return None,
    };
    number.checked_mul(factor)
}

pub(super) fn zeros(len: u64) -> Content {
    let inline = len.min(MAX_INLINE);
    Content::partial(vec![0; usize::try_from(inline).unwrap_or(0)], len)
}

pub(super) fn dd(shell: &mut Shell, argv: &[String]) -> i32 {
    let of = |name: &str| argv.iter().find_map(|word| word.strip_prefix(name)?.strip_prefix('='));
    let block = of("bs").and_then(size).unwrap_or(512);
    let count = of("count").and_then(size);
    let output = of("of").map(str::to_string);
    let most = count.and_then(|count| count.checked_mul(block));
    for word in argv.iter().skip(1) {
        if !["if=", "of=", "bs=", "count=", "status=", "conv="].iter().any(|known| word.starts_with(known)) {
            shell.gap("unmodelled-option", format!("dd {word}"));
        }
    }
    let content = match of("if") {
        Some("/dev/zero" | "/dev/urandom" | "/dev/random") => match most {
            Some(len) => zeros(len),
            None => {
                shell.gap("never-ends", "dd");
                return 1;
            }
        },
        Some(name) => {
            let name = name.to_string();
            match shell.fs.stat(&shell.cwd, &name) {
                Ok((_, node)) => node.content().cloned().unwrap_or_else(|| zeros(0)),
                Err(error) => return shell.complain("dd", &format!("failed to open '{name}'"), &error),
            }
        }
        None => Content::inline(std::mem::take(&mut shell.stdin)),
    };
    let content = match most.filter(|most| *most < content.len) {
        Some(most) => {
            let kept = usize::try_from(most).unwrap_or(usize::MAX).min(content.head().len());
            Content::partial(content.head().get(..kept).unwrap_or(&[]), most)
        }
        None => content,
    };
    let blocks = (content.len / block.max(1), u64::from(content.len % block.max(1) != 0));
    match output {
        Some(name) => {
            if let Err(error) = shell.put_file(&name, content) {
                return shell.complain("dd", &format!("failed to open '{name}'"), &error);
            }
        }
        None => {
            let bytes = content.bytes().map(<[u8]>::to_vec);
            shell.out(bytes.unwrap_or_default());
        }
    }
    shell.err(format!("{0}+{1} records in\n{0}+{1} records out\n", blocks.0, blocks.1));
    0
}

pub(super) fn truncate(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, names) = options(argv, "sr");
    only(shell, "truncate", &flags, &["s", "c", "size"]);
    let Some(len) = value(&flags, &["s", "size"]).and_then(size) else {
        shell.gap("unmodelled-option", "truncate with a relative size");
        return 0;
    };
    let mut status = 0;
    for name in &names {
        let (uid, gid, mode) = (shell.user.uid, shell.user.gid, shell.file_mode());
        let made = shell.destination(name).and_then(|place| {
            let old = shell.fs.get(&place).and_then(|node| node.content()).map(|content| content.head().to_vec());
            let mut head = old.unwrap_or_default();
            head.resize(usize::try_from(len.min(MAX_INLINE)).unwrap_or(0), 0);
            shell.fs.write(&place, Content::partial(head, len), mode, uid, gid)
        });
        if let Err(error) = made {
            status = shell.complain("truncate", &format!("cannot open '{name}' for writing"), &error);
        }
    }
    status
}

/// Pieces of a file: by lines or bytes, named `xaa`, `xab` …
pub(super) fn split(shell: &mut Shell, argv: &[String]) -> i32 {
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
