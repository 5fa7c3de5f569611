//! `tr`.

use crate::shell::Shell;
use crate::shell::escapes::unescape;
use crate::shell::getopt::{has, only, options};

/// A set of `tr`: ranges, classes, escapes.
fn set(text: &str) -> Vec<char> {
    const CLASSES: [(&str, &str); 6] = [
        ("[:lower:]", "a-z"),
        ("[:upper:]", "A-Z"),
        ("[:digit:]", "0-9"),
        ("[:alpha:]", "A-Za-z"),
        ("[:alnum:]", "0-9A-Za-z"),
        ("[:space:]", "\t\n\u{b}\u{c}\r "),
    ];
    let text = CLASSES.iter().fold(unescape(text), |text, (class, range)| text.replace(class, range));
    let chars: Vec<char> = text.chars().collect();
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(first) = chars.get(at) {
        match (chars.get(at + 1), chars.get(at + 2)) {
            (Some('-'), Some(last)) if first <= last && u32::from(*last) - u32::from(*first) < 1024 => {
                out.extend(*first..=*last);
                at += 3;
            }
            _ => {
                out.push(*first);
                at += 1;
            }
        }
    }
    out
}

pub(crate) fn tr(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, sets) = options(argv, "");
    only(shell, "tr", &flags, &["d", "s", "c", "C"]);
    let text = String::from_utf8_lossy(&std::mem::take(&mut shell.stdin)).into_owned();
    let from = set(sets.first().map_or("", String::as_str));
    let to = set(sets.get(1).map_or("", String::as_str));
    let complement = has(&flags, &["c", "C"]);
    let hit = |c: char| from.contains(&c) != complement;
    let mut out = String::new();
    let squeezed = if sets.len() > 1 { to.clone() } else { from.clone() };
    for c in text.chars() {
        let new = if !hit(c) {
            c
        } else if has(&flags, &["d"]) {
            continue;
        } else if to.is_empty() {
            c
        } else {
            let at = from.iter().position(|one| *one == c).unwrap_or(usize::MAX);
            to.get(at).or(to.last()).copied().unwrap_or(c)
        };
        let again =
            out.ends_with(new) && has(&flags, &["s"]) && (squeezed.contains(&new) != (complement && sets.len() < 2));
        if !again {
            out.push(new);
        }
    }
    shell.out(out);
    0
}
