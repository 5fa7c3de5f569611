//! `read`.

use crate::shell::Shell;
use crate::shell::builtins::export_readonly::{illegal_option, refuse};
use crate::shell::language::Language;

pub(crate) fn read(shell: &mut Shell, argv: &[String]) -> i32 {
    let known = if shell.language() == Language::Dash { "rp" } else { "rpnstud" };
    if let Some(status) = illegal_option(shell, argv, known) {
        return status;
    }
    let (flags, mut names) = crate::shell::getopt::options(argv, "apdntu");
    crate::shell::getopt::only(shell, "read", &flags, &["a", "d", "r", "p", "s"]);
    let raw = crate::shell::getopt::has(&flags, &["r"]);
    // `-d ''` reads to the end.
    let end = crate::shell::getopt::value(&flags, &["d"]).map_or('\n', |text| text.chars().next().unwrap_or('\0'));
    let array = crate::shell::getopt::value(&flags, &["a"]).map(str::to_string);
    if let Some(array) = &array {
        names = vec![array.clone()];
    }
    let input = std::mem::take(&mut shell.stdin);
    let text = String::from_utf8_lossy(&input).into_owned();
    // Characters of the line, and whether a backslash stood before.
    let mut line: Vec<(char, bool)> = Vec::new();
    let (mut used, mut ended) = (0, false);
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        used += c.len_utf8();
        match c {
            c if c == end => {
                ended = true;
                break;
            }
            '\\' if !raw => {
                if let Some(next) = chars.next() {
                    used += next.len_utf8();
                    // A line that ends with a backslash goes on.
                    if next != '\n' {
                        line.push((next, true));
                    }
                }
            }
            c => line.push((c, false)),
        }
    }
    shell.stdin = text.get(used..).unwrap_or("").as_bytes().to_vec();
    let ifs = shell.ifs();
    let separates = |(c, exec_files): &(char, bool)| !exec_files && ifs.contains(*c);
    let blank = |one: &(char, bool)| separates(one) && matches!(one.0, ' ' | '\t' | '\n');
    let plain = |part: &[(char, bool)]| part.iter().map(|(c, _)| c).collect::<String>();
    let mut rest: &[(char, bool)] = &line;
    let trim_start = |mut part: &'_ [(char, bool)]| -> usize {
        let whole = part.len();
        while let Some((_, more)) = part.split_first().filter(|(first, _)| blank(first)) {
            part = more;
        }
        whole - part.len()
    };
    rest = rest.get(trim_start(rest)..).unwrap_or(&[]);
    let names: Vec<String> = if names.is_empty() { vec!["REPLY".into()] } else { names };
    if let Some(array) = array {
        let parts = crate::shell::word_splitting::split(&plain(rest), &ifs);
        if let Err(text) = shell.set_array(&array, parts) {
            return refuse(shell, text);
        }
        return i32::from(!ended);
    }
    for (index, name) in names.iter().enumerate() {
        let value = if index + 1 == names.len() {
            let mut end = rest.len();
            while end > 0 && rest.get(end - 1).is_some_and(&blank) {
                end -= 1;
            }
            // One separator at the very end closes the last field.
            let last = rest.get(..end).unwrap_or(&[]);
            match last.split_last() {
                Some((one, before)) if separates(one) && !before.iter().any(&separates) => before,
                _ => last,
            }
        } else {
            let end = rest.iter().position(&separates).unwrap_or(rest.len());
            let value = rest.get(..end).unwrap_or(&[]);
            let mut at = end + trim_start(rest.get(end..).unwrap_or(&[]));
            if rest.get(at).is_some_and(|one| separates(one) && !blank(one)) {
                at += 1;
                at += trim_start(rest.get(at..).unwrap_or(&[]));
            }
            rest = rest.get(at..).unwrap_or(&[]);
            value
        };
        let set = shell.assign_var(name, plain(value), false);
        if let Err(text) = set {
            return refuse(shell, text);
        }
    }
    i32::from(!ended)
}
