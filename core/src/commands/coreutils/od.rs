//! `od`: dumps bytes in octal and other formats.

use crate::commands::text_inputs::inputs;
use crate::shell::Shell;
use crate::shell::getopt::{has, only, options, value};

/// `0x10`, `16`, `2k`.
pub(crate) fn number(text: &str) -> Option<usize> {
    match text.strip_prefix("0x") {
        Some(hex) => usize::from_str_radix(hex, 16).ok(),
        None => text.parse().ok(),
    }
}

/// The characters of `od -c`.
pub(crate) fn character(byte: u8) -> String {
    match byte {
        0 => "\\0".into(),
        7 => "\\a".into(),
        8 => "\\b".into(),
        9 => "\\t".into(),
        10 => "\\n".into(),
        11 => "\\v".into(),
        12 => "\\f".into(),
        13 => "\\r".into(),
        32..=126 => char::from(byte).to_string(),
        other => format!("{other:03o}"),
    }
}

pub(crate) fn little(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |value, byte| value << 8 | u64::from(*byte))
}

pub(crate) fn od(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, names) = options(argv, "AjNtwS");
    only(
        shell,
        "od",
        &flags,
        &["A", "j", "N", "t", "w", "v", "b", "c", "d", "o", "x", "i", "address-radix", "format", "read-bytes"],
    );
    let (all, status) = inputs(shell, "od", &names);
    if all.is_empty() && status != 0 && !names.iter().any(|name| shell.fs.stat(&shell.cwd, name).is_ok()) {
        return status;
    }
    let bytes: Vec<u8> = all.into_iter().flat_map(|(_, bytes)| bytes).collect();
    let skip = value(&flags, &["j"]).and_then(number).unwrap_or(0).min(bytes.len());
    let bytes = bytes.get(skip..).unwrap_or(&[]);
    let most = value(&flags, &["N", "read-bytes"]).and_then(number).unwrap_or(bytes.len()).min(bytes.len());
    let bytes = bytes.get(..most).unwrap_or(&[]);
    let kind = match value(&flags, &["t", "format"]) {
        Some(kind) => kind.to_string(),
        None if has(&flags, &["c"]) => "c".into(),
        None if has(&flags, &["b"]) => "o1".into(),
        None if has(&flags, &["x"]) => "x2".into(),
        None if has(&flags, &["d"]) => "u2".into(),
        None if has(&flags, &["i"]) => "d4".into(),
        None => "o2".into(),
    };
    let letter = kind.chars().next().unwrap_or('o');
    let size: usize = match (letter, kind.get(1..2)) {
        ('c' | 'a', _) => 1,
        (_, Some("1" | "C")) => 1,
        (_, Some("2" | "S")) => 2,
        (_, Some("8" | "L")) => 8,
        (_, Some("4" | "I")) => 4,
        _ if kind.len() == 1 => 4,
        _ => {
            shell.gap("unmodelled-option", format!("od -t {kind}"));
            return 0;
        }
    };
    let bits = size * 8;
    let digits = match letter {
        'x' => size * 2,
        'o' => bits.div_ceil(3),
        'u' => (f64::from(bits as u32) * std::f64::consts::LOG10_2).ceil() as usize,
        'd' => (f64::from(bits as u32) * std::f64::consts::LOG10_2).ceil() as usize + 1,
        _ => 3,
    };
    let width = value(&flags, &["w"]).and_then(number).unwrap_or(16).max(1);
    let radix = value(&flags, &["A", "address-radix"]).unwrap_or("o").to_string();
    let address = |at: usize| match radix.as_str() {
        "n" => String::new(),
        "x" => format!("{at:06x}"),
        "d" => format!("{at:07}"),
        _ => format!("{at:07o}"),
    };
    let mut out = String::new();
    let mut last: Option<&[u8]> = None;
    let mut starred = false;
    for (row, line) in bytes.chunks(width).enumerate() {
        // Lines like the one before are one star.
        if last == Some(line) && line.len() == width && !has(&flags, &["v"]) {
            if !starred {
                out.push_str("*\n");
            }
            starred = true;
            continue;
        }
        (last, starred) = (Some(line), false);
        out.push_str(&address(skip + row * width));
        for group in line.chunks(size) {
            let value = little(group);
            let text = match letter {
                'c' => character(value as u8),
                'x' => format!("{value:0digits$x}"),
                'u' => value.to_string(),
                'd' => (((value << (64 - bits)) as i64) >> (64 - bits)).to_string(),
                'a' => {
                    shell.gap("unmodelled-option", "od -a");
                    return status;
                }
                _ => format!("{value:0digits$o}"),
            };
            out.push_str(&format!(" {text:>digits$}"));
        }
        out.push('\n');
    }
    if radix != "n" {
        out.push_str(&address(skip + bytes.len()));
        out.push('\n');
    }
    shell.out(out);
    status
}
