//! `cat`.

use crate::commands::text_inputs::inputs;
use crate::shell::Shell;
use crate::shell::getopt::{has, only, options};

/// What cannot be seen, in signs: `^M`, `M-C`. Tabs stay.
pub(crate) fn visible(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        let low = byte & 0x7f;
        if byte != low {
            out.push_str("M-");
        }
        match low {
            b'\t' if byte == low => out.push('\t'),
            0..32 => out.extend(['^', char::from(low + 64)]),
            127 => out.push_str("^?"),
            _ => out.push(char::from(low)),
        }
    }
    out
}

pub(crate) fn cat(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, names) = options(argv, "");
    const LONG: [(&str, &str); 7] = [
        ("show-nonprinting", "v"),
        ("number", "n"),
        ("number-nonblank", "b"),
        ("squeeze-blank", "s"),
        ("show-ends", "E"),
        ("show-tabs", "T"),
        ("show-all", "A"),
    ];
    let known = ["u", "n", "b", "s", "E", "T", "A", "v", "e", "t"].into_iter().chain(LONG.map(|(long, _)| long));
    only(shell, "cat", &flags, &known.collect::<Vec<_>>());
    let set = |letters: &[&str]| {
        has(&flags, letters) || LONG.iter().any(|(long, short)| letters.contains(short) && has(&flags, &[long]))
    };
    let (all, status) = inputs(shell, "cat", &names);
    if flags.iter().all(|(flag, _)| flag == "u") {
        for (_, bytes) in all {
            shell.out(bytes);
        }
        return status;
    }
    let bytes: Vec<u8> = all.into_iter().flat_map(|(_, bytes)| bytes).collect();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let (mut number, mut was_empty) = (0, false);
    for line in text.split_inclusive('\n') {
        let (body, end) = line.strip_suffix('\n').map_or((line, ""), |body| (body, "\n"));
        let is_empty = body.is_empty();
        if is_empty && std::mem::replace(&mut was_empty, is_empty) && set(&["s"]) {
            continue;
        }
        was_empty = is_empty;
        let counts = set(&["b"]) && !is_empty || set(&["n"]) && !set(&["b"]);
        number += usize::from(counts);
        let start = if counts { format!("{number:>6}\t") } else { String::new() };
        let body = if set(&["v", "A", "e", "t"]) { visible(body) } else { body.to_string() };
        let body = if set(&["T", "A", "t"]) { body.replace('\t', "^I") } else { body };
        let mark = if set(&["E", "A", "e"]) && !end.is_empty() { "$" } else { "" };
        shell.out(format!("{start}{body}{mark}{end}"));
    }
    status
}
