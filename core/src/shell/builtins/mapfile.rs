//! bash's `mapfile` and `readarray`.

use crate::shell::Shell;
use crate::shell::getopt::{has, only, options, value};

/// `mapfile` and `readarray`: reads lines into an array.
pub(crate) fn mapfile(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, names) = options(argv, "dnOsu");
    only(shell, "mapfile", &flags, &["t", "d", "n", "s"]);
    let end = value(&flags, &["d"]).map_or('\n', |text| text.chars().next().unwrap_or('\0'));
    let number = |letter: &str| value(&flags, &[letter]).and_then(|text| text.parse::<usize>().ok());
    let most = number("n").filter(|most| *most > 0).unwrap_or(usize::MAX);
    let text = String::from_utf8_lossy(&std::mem::take(&mut shell.stdin)).into_owned();
    let lines = text.split_inclusive(end).skip(number("s").unwrap_or(0)).take(most);
    let exec_files =
        |line: &str| if has(&flags, &["t"]) { line.trim_end_matches(end).to_string() } else { line.to_string() };
    let lines = lines.map(exec_files).collect();
    match shell.set_array(names.first().map_or("MAPFILE", String::as_str), lines) {
        Ok(()) => 0,
        Err(text) => {
            shell.err(text + "\n");
            1
        }
    }
}
