//! `xxd`.

use crate::commands::coreutils::od::number;
use crate::commands::text_inputs::joined;
use crate::commands::util_linux::hexdump::shown;
use crate::shell::Shell;
use crate::shell::getopt::{has, only, options, value};

pub(crate) fn xxd(shell: &mut Shell, argv: &[String]) -> i32 {
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
