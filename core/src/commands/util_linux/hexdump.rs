//! `hexdump`.

use crate::commands::coreutils::od::little;
use crate::commands::coreutils::od::number;
use crate::commands::text_inputs::joined;
use crate::shell::Shell;
use crate::shell::getopt::{has, only, options, value};

/// What a byte is in the column of characters.
pub(crate) fn shown(byte: u8) -> char {
    if (32..127).contains(&byte) { char::from(byte) } else { '.' }
}

pub(crate) fn hexdump(shell: &mut Shell, argv: &[String]) -> i32 {
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
