//! Bytes for people to read: od, hexdump, xxd, strings, cksum.

use super::streams::{inputs, joined};
use super::{has, only, options, value};
use crate::shell::Shell;

/// `0x10`, `16`, `2k`.
fn number(text: &str) -> Option<usize> {
    match text.strip_prefix("0x") {
        Some(hex) => usize::from_str_radix(hex, 16).ok(),
        None => text.parse().ok(),
    }
}

/// The characters of `od -c`.
fn character(byte: u8) -> String {
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

fn little(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |value, byte| value << 8 | u64::from(*byte))
}

pub(super) fn od(shell: &mut Shell, argv: &[String]) -> i32 {
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

/// What a byte is in the column of characters.
fn shown(byte: u8) -> char {
    if (32..127).contains(&byte) { char::from(byte) } else { '.' }
}

pub(super) fn hexdump(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, names) = options(argv, "nsefL");
    only(shell, "hexdump", &flags, &["C", "n", "v"]);
    let (bytes, status) = joined(shell, "hexdump", &names);
    let most = value(&flags, &["n"]).and_then(number).unwrap_or(bytes.len()).min(bytes.len());
    let bytes = bytes.get(..most).unwrap_or(&[]);
    let canonical = has(&flags, &["C"]);
    let mut out = String::new();
    let (mut last, mut starred): (Option<&[u8]>, bool) = (None, false);
    for (row, line) in bytes.chunks(16).enumerate() {
        if last == Some(line) && line.len() == 16 && !has(&flags, &["v"]) {
            if !starred {
                out.push_str("*\n");
            }
            starred = true;
            continue;
        }
        (last, starred) = (Some(line), false);
        if canonical {
            let mut hex = String::new();
            for at in 0..16 {
                hex.push_str(&line.get(at).map_or("   ".into(), |byte| format!(" {byte:02x}")));
                if at == 7 {
                    hex.push(' ');
                }
            }
            out.push_str(&format!(
                "{:08x} {hex}  |{}|\n",
                row * 16,
                line.iter().map(|byte| shown(*byte)).collect::<String>()
            ));
        } else {
            let words: String = line.chunks(2).map(|pair| format!(" {:04x}", little(pair))).collect();
            out.push_str(&format!("{:07x}{words:<40}\n", row * 16));
        }
    }
    if !bytes.is_empty() {
        out.push_str(&if canonical { format!("{:08x}\n", bytes.len()) } else { format!("{:07x}\n", bytes.len()) });
    }
    shell.out(out);
    status
}

pub(super) fn xxd(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, names) = options(argv, "clsgo");
    only(shell, "xxd", &flags, &["p", "ps", "r", "l", "s", "c", "u"]);
    let (bytes, status) = joined(shell, "xxd", names.get(..1).unwrap_or(&[]));
    if has(&flags, &["r"]) {
        let digits: Vec<char> = String::from_utf8_lossy(&bytes).chars().filter(char::is_ascii_hexdigit).collect();
        let pairs = digits.chunks(2).filter_map(|pair| u8::from_str_radix(&pair.iter().collect::<String>(), 16).ok());
        let bytes: Vec<u8> = pairs.collect();
        if !has(&flags, &["p", "ps"]) {
            shell.gap("unmodelled-option", "xxd -r");
        }
        shell.out(bytes);
        return status;
    }
    let skip = value(&flags, &["s"]).and_then(number).unwrap_or(0).min(bytes.len());
    let bytes = bytes.get(skip..).unwrap_or(&[]);
    let most = value(&flags, &["l"]).and_then(number).unwrap_or(bytes.len()).min(bytes.len());
    let bytes = bytes.get(..most).unwrap_or(&[]);
    let plain = has(&flags, &["p", "ps"]);
    let width = value(&flags, &["c"]).and_then(number).unwrap_or(if plain { 30 } else { 16 }).max(1);
    let mut out = String::new();
    for (row, line) in bytes.chunks(width).enumerate() {
        if plain {
            out.extend(line.iter().map(|byte| format!("{byte:02x}")));
            out.push('\n');
            continue;
        }
        let words: Vec<String> =
            line.chunks(2).map(|pair| pair.iter().map(|byte| format!("{byte:02x}")).collect()).collect();
        let room = width.div_ceil(2) * 5;
        let hex = words.join(" ") + " ";
        let text: String = line.iter().map(|byte| shown(*byte)).collect();
        out.push_str(&format!("{:08x}: {hex:<room$} {text}\n", skip + row * width));
    }
    shell.out(out);
    status
}

/// Runs of characters, four or more.
pub(super) fn strings(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, names) = options(argv, "nt");
    only(shell, "strings", &flags, &["n", "a", "f"]);
    let least = value(&flags, &["n"]).and_then(number).unwrap_or(4);
    let (bytes, status) = joined(shell, "strings", &names);
    let runs = bytes.split(|byte| !(32..127).contains(byte) && *byte != b'\t').filter(|run| run.len() >= least);
    let text: Vec<u8> = runs.flat_map(|run| run.iter().copied().chain([b'\n'])).collect();
    shell.out(text);
    status
}

/// The sum of POSIX: a CRC over the bytes and their count.
pub(super) fn cksum(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, names) = options(argv, "a");
    only(shell, "cksum", &flags, &[]);
    let (all, status) = inputs(shell, "cksum", &names);
    for (name, bytes) in all {
        let mut crc: u32 = 0;
        let mut feed = |byte: u8| {
            crc ^= u32::from(byte) << 24;
            for _ in 0..8 {
                crc = if crc & 1 << 31 != 0 { crc << 1 ^ 0x04c1_1db7 } else { crc << 1 };
            }
        };
        bytes.iter().for_each(|byte| feed(*byte));
        let mut count = bytes.len();
        while count > 0 {
            feed((count & 255) as u8);
            count >>= 8;
        }
        let name = if names.is_empty() { String::new() } else { format!(" {name}") };
        shell.out(format!("{} {}{name}\n", !crc, bytes.len()));
    }
    status
}
