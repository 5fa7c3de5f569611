//! `cut`.

use crate::commands::text_inputs::{joined, lines, print_lines};
use crate::shell::Shell;
use crate::shell::getopt::{has, only, options, value};

/// `1,3-5,7-` as ranges from 1.
fn ranges(text: &str) -> Vec<(usize, usize)> {
    let range = |part: &str| match part.split_once('-') {
        Some((from, to)) => Some((from.parse().unwrap_or(1), to.parse().unwrap_or(usize::MAX))),
        None => part.parse().ok().map(|at| (at, at)),
    };
    text.split(',').filter_map(range).collect()
}

pub(crate) fn cut(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, names) = options(argv, "dfcb");
    only(shell, "cut", &flags, &["d", "f", "c", "b", "s"]);
    let (bytes, status) = joined(shell, "cut", &names);
    let separator = value(&flags, &["d"]).and_then(|text| text.chars().next()).unwrap_or('\t');
    let wanted = |list: &[(usize, usize)], at: usize| list.iter().any(|(from, to)| (*from..=*to).contains(&at));
    let mut out = Vec::new();
    for line in lines(&bytes) {
        if let Some(list) = value(&flags, &["c", "b"]).map(ranges) {
            out.push(line.chars().enumerate().filter(|(at, _)| wanted(&list, at + 1)).map(|(_, c)| c).collect());
            continue;
        }
        let list = value(&flags, &["f"]).map(ranges).unwrap_or_default();
        if !line.contains(separator) {
            if !has(&flags, &["s"]) {
                out.push(line);
            }
            continue;
        }
        let parts = line.split(separator).enumerate().filter(|(at, _)| wanted(&list, at + 1));
        out.push(parts.map(|(_, part)| part).collect::<Vec<_>>().join(&separator.to_string()));
    }
    print_lines(shell, &out);
    status
}
