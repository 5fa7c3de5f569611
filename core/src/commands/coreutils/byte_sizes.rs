//! Sizes with a unit (`4K`, `1MB`), as coreutils read them, and files of zero bytes.

use crate::fs::Content;

/// Longest file of zeros that is held byte by byte.
pub(crate) const MAX_INLINE: u64 = 1 << 20;

/// `4k`, `1M`, `10`: binary multiples, as dd and truncate read them.
pub(crate) fn size(text: &str) -> Option<u64> {
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

pub(crate) fn zeros(len: u64) -> Content {
    let inline = len.min(MAX_INLINE);
    Content::partial(vec![0; usize::try_from(inline).unwrap_or(0)], len)
}
