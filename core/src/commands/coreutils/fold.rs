//! `fold`.

use crate::commands::text_inputs::{joined, lines, print_lines};
use crate::shell::Shell;
use crate::shell::getopt::{only, options, value};

pub(crate) fn fold(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, names) = options(argv, "w");
    only(shell, "fold", &flags, &["w", "b"]);
    let width: usize = value(&flags, &["w"]).and_then(|text| text.parse().ok()).unwrap_or(80).max(1);
    let (bytes, status) = joined(shell, "fold", &names);
    let mut rows = Vec::new();
    for line in lines(&bytes) {
        let chars: Vec<char> = line.chars().collect();
        if chars.is_empty() {
            rows.push(String::new());
        }
        rows.extend(chars.chunks(width).map(|part| part.iter().collect::<String>()));
    }
    print_lines(shell, &rows);
    status
}
