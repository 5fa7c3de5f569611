//! Rust sources without a compiler: their length, the standard modules that they use, and the file with `main`.

use std::collections::BTreeSet;

/// The sources of one program.
#[derive(Debug, Default)]
pub(crate) struct Source {
    /// Length of all files together.
    pub(crate) bytes: u64,
    /// Modules of the standard library, by their first name.
    pub(crate) modules: BTreeSet<String>,
    /// The file with `main`, without comments; `None` if it is not at hand.
    pub(super) main: Option<String>,
}

impl Source {
    /// Reads the files of a program, the one with `main` first; `None` stands for one that is not known.
    pub(crate) fn read(files: impl IntoIterator<Item = Option<Vec<u8>>>) -> Source {
        let mut source = Source::default();
        for (index, file) in files.into_iter().enumerate() {
            let Some(bytes) = file else {
                source.bytes = u64::MAX;
                continue;
            };
            source.bytes = source.bytes.saturating_add(bytes.len() as u64);
            let code = without_comments(&String::from_utf8_lossy(&bytes));
            modules(&code, &mut source.modules);
            if index == 0 {
                source.main = Some(code);
            }
        }
        source
    }
}

/// Names behind `std::`, also those of a group.
fn modules(code: &str, found: &mut BTreeSet<String>) {
    let name = |text: &str| text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    for (at, _) in code.match_indices("std::") {
        let rest = code.get(at + 5..).unwrap_or("").trim_start();
        match rest.strip_prefix('{') {
            None => {
                found.insert(name(rest));
            }
            Some(group) => {
                let mut depth = 0;
                let mut first = true;
                for (at, c) in group.char_indices() {
                    match c {
                        '{' => depth += 1,
                        '}' if depth == 0 => break,
                        '}' => depth -= 1,
                        ',' if depth == 0 => first = true,
                        c if first && depth == 0 && c.is_alphabetic() => {
                            found.insert(name(group.get(at..).unwrap_or("")));
                            first = false;
                        }
                        _ => {}
                    }
                }
            }
        }
    }
}

/// Line and block comments taken out, outside of literals.
fn without_comments(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    let mut quoted = false;
    while let Some(c) = chars.next() {
        match (c, chars.peek()) {
            ('\\', Some(_)) if quoted => {
                out.push(c);
                out.extend(chars.next());
            }
            ('"', _) => {
                quoted = !quoted;
                out.push(c);
            }
            ('/', Some('/')) if !quoted => while chars.next_if(|c| *c != '\n').is_some() {},
            ('/', Some('*')) if !quoted => {
                let mut last = ' ';
                for c in chars.by_ref() {
                    if last == '*' && c == '/' {
                        break;
                    }
                    last = c;
                }
                out.push(' ');
            }
            (c, _) => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Source {
        Source::read([Some(text.as_bytes().to_vec())])
    }

    #[test]
    fn modules_of_the_standard_library_are_found() {
        let found = read(
            "use std::{collections::{HashMap, BTreeMap}, fs, io::{self, Read}};\nfn f() { std::thread::spawn(|| {}); }",
        )
        .modules;
        assert_eq!(found.iter().map(String::as_str).collect::<Vec<_>>(), ["collections", "fs", "io", "thread"]);
    }
}
