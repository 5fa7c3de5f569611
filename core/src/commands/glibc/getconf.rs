//! `getconf`.

use crate::shell::Shell;

/// `getconf NAME`: what is the same on every 64-bit Linux.
pub(crate) fn getconf(shell: &mut Shell, argv: &[String]) -> i32 {
    const KNOWN: [(&str, &str); 9] = [
        ("ARG_MAX", "2097152"),
        ("CLK_TCK", "100"),
        ("CHAR_BIT", "8"),
        ("INT_MAX", "2147483647"),
        ("LONG_BIT", "64"),
        ("NAME_MAX", "255"),
        ("PAGESIZE", "4096"),
        ("PAGE_SIZE", "4096"),
        ("PATH_MAX", "4096"),
    ];
    let name = argv.get(1).map_or("", String::as_str);
    match KNOWN.iter().find(|(known, _)| *known == name) {
        Some((_, value)) => shell.out(format!("{value}\n")),
        None => shell.gap("unknown-output", "getconf"),
    }
    0
}
