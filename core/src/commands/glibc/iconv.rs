//! iconv: text from one encoding into another.

use crate::commands::text_inputs::joined;
use crate::fs::Content;
use crate::shell::Shell;
use crate::shell::getopt::{has, only, options, value, with_long_values};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Encoding {
    Ascii,
    Latin1,
    Utf8,
    Utf16 { big: bool, mark: bool },
}

impl Encoding {
    /// By its name, in the spellings that are usual.
    fn named(name: &str) -> Option<Encoding> {
        let plain: String = name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
        Some(match plain.as_str() {
            "ascii" | "usascii" | "ansix341968" | "646" => Encoding::Ascii,
            "latin1" | "iso88591" | "l1" => Encoding::Latin1,
            "utf8" => Encoding::Utf8,
            "utf16" | "ucs2" => Encoding::Utf16 { big: false, mark: true },
            "utf16le" | "ucs2le" => Encoding::Utf16 { big: false, mark: false },
            "utf16be" | "ucs2be" => Encoding::Utf16 { big: true, mark: false },
            _ => return None,
        })
    }

    /// The text, and where it stops making sense.
    fn read(self, bytes: &[u8]) -> (String, Option<usize>) {
        match self {
            Encoding::Utf8 => match std::str::from_utf8(bytes) {
                Ok(text) => (text.to_string(), None),
                Err(error) => {
                    let end = error.valid_up_to();
                    (String::from_utf8_lossy(bytes.get(..end).unwrap_or(&[])).into_owned(), Some(end))
                }
            },
            Encoding::Ascii => {
                let end = bytes.iter().position(|byte| !byte.is_ascii());
                let known = bytes.get(..end.unwrap_or(bytes.len())).unwrap_or(&[]);
                (String::from_utf8_lossy(known).into_owned(), end)
            }
            Encoding::Latin1 => (bytes.iter().map(|byte| char::from(*byte)).collect(), None),
            Encoding::Utf16 { big, mark } => {
                let has_mark = mark && (bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]));
                let big = if has_mark { bytes.first() == Some(&0xfe) } else { big };
                let units =
                    bytes.get(if has_mark { 2 } else { 0 }..).unwrap_or(&[]).chunks_exact(2).map(|pair| match pair {
                        [one, two] if big => u16::from_be_bytes([*one, *two]),
                        [one, two] => u16::from_le_bytes([*one, *two]),
                        _ => 0,
                    });
                (char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect(), None)
            }
        }
    }

    /// A character's bytes; `None` where the encoding has none for it.
    fn write(self, c: char, out: &mut Vec<u8>) -> Option<()> {
        match self {
            Encoding::Utf8 => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
            Encoding::Ascii => out.push(u8::try_from(u32::from(c)).ok().filter(u8::is_ascii)?),
            Encoding::Latin1 => out.push(u8::try_from(u32::from(c)).ok()?),
            Encoding::Utf16 { big, .. } => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    out.extend(if big { unit.to_be_bytes() } else { unit.to_le_bytes() });
                }
            }
        }
        Some(())
    }
}

pub(crate) fn iconv(shell: &mut Shell, argv: &[String]) -> i32 {
    let argv = with_long_values(argv, &["from-code", "to-code", "output"]);
    let (flags, names) = options(&argv, "fto");
    only(shell, "iconv", &flags, &["f", "from-code", "t", "to-code", "o", "output", "c", "s", "silent"]);
    let asked = |names: [&str; 2]| value(&flags, &names).unwrap_or("utf-8").to_string();
    let (from, to) = (asked(["f", "from-code"]), asked(["t", "to-code"]));
    let (plain, after) = to.split_once("//").unwrap_or((&to, ""));
    let (Some(from), Some(into)) = (Encoding::named(&from), Encoding::named(plain)) else {
        shell.gap("unmodelled-option", format!("iconv from {from} to {to}"));
        return 0;
    };
    let absent = |name: &&String| {
        *name != "-" && shell.fs.stat(&shell.cwd, name).is_err() && !shell.fs.may_hide(&shell.cwd, name)
    };
    if let Some(name) = names.iter().find(absent) {
        shell.err(format!("iconv: cannot open input file `{name}': No such file or directory\n"));
        return 1;
    }
    let (bytes, mut status) = joined(shell, "iconv", &names);
    let leaves_out = has(&flags, &["c"]) || after.eq_ignore_ascii_case("ignore");
    let (text, stop) = match (leaves_out, from) {
        (true, Encoding::Utf8) => (bytes.utf8_chunks().map(|chunk| chunk.valid()).collect(), None),
        _ => from.read(&bytes),
    };
    let mut out = if into == (Encoding::Utf16 { big: false, mark: true }) { vec![0xff, 0xfe] } else { Vec::new() };
    let mut wrong = stop;
    for (at, c) in text.char_indices() {
        if into.write(c, &mut out).is_some() || leaves_out {
            continue;
        }
        if after.eq_ignore_ascii_case("translit") {
            // What it is written as is a matter of the locale.
            shell.gap("unknown-output", "iconv //TRANSLIT");
            out.push(b'?');
            continue;
        }
        wrong = Some(at);
        break;
    }
    match value(&flags, &["o", "output"]) {
        Some(name) => {
            if let Err(error) = shell.put_file(name, Content::inline(out)) {
                return shell.complain("iconv", name, &error);
            }
        }
        None => shell.out(out),
    }
    if let Some(at) = wrong.filter(|_| !leaves_out) {
        shell.err(format!("iconv: illegal input sequence at position {at}\n"));
        status = 1;
    }
    status
}
