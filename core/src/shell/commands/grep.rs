//! grep and its old names.

use super::filters::lines;
use super::print::inputs;
use super::{has, only, options, regex, value};
use crate::shell::Shell;

pub(super) fn grep(shell: &mut Shell, argv: &[String]) -> i32 {
    let name = argv.first().map_or("grep", String::as_str).to_string();
    let (flags, mut operands) = options(argv, "eABCm");
    only(
        shell,
        "grep",
        &flags,
        &["e", "E", "F", "v", "q", "c", "i", "o", "x", "w", "n", "h", "H", "l", "s", "r", "R", "m", "quiet", "P"],
    );
    let has_any = |names: &[&str]| has(&flags, names);
    if has_any(&["P", "w", "A", "B", "C"]) {
        shell.gap("unmodelled-option", "grep -P, -w or context lines");
    }
    let mut patterns: Vec<String> =
        flags.iter().filter(|(flag, _)| flag == "e").filter_map(|(_, value)| value.clone()).collect();
    if patterns.is_empty() {
        if operands.is_empty() {
            shell.err("grep: no pattern\n");
            return 2;
        }
        patterns = operands.remove(0).split('\n').map(str::to_string).collect();
    }
    let extended = has_any(&["E"]) || name.ends_with("egrep");
    let fixed = has_any(&["F"]) || name.ends_with("fgrep");
    let whole = has_any(&["x"]);
    let mut compiled = Vec::new();
    for pattern in &patterns {
        let text = match (fixed, whole) {
            (true, _) => pattern
                .chars()
                .map(|c| if c.is_ascii_punctuation() { format!("\\{c}") } else { c.to_string() })
                .collect(),
            (false, _) => pattern.clone(),
        };
        match regex::compile(&text, extended, has_any(&["i"])) {
            Some(regex) => compiled.push(regex),
            None => {
                shell.gap("unmodelled-option", format!("grep: the expression {pattern}"));
                return 2;
            }
        }
    }
    let mut names = operands;
    if has_any(&["r", "R"]) {
        names = below(shell, &names);
    }
    let (all, status) = inputs(shell, "grep", &names);
    let many = (all.len() > 1 || has_any(&["H", "r", "R"])) && !has_any(&["h"]);
    let most = value(&flags, &["m"]).and_then(|text| text.parse().ok()).unwrap_or(usize::MAX);
    let mut any = false;
    let mut out = String::new();
    for (file, bytes) in all {
        let label = if many { format!("{file}:") } else { String::new() };
        let mut count = 0;
        for (index, line) in lines(&bytes).iter().enumerate() {
            let found = compiled.iter().find_map(|regex| {
                regex.find(line).filter(|found| !whole || found.start() == 0 && found.end() == line.len())
            });
            if found.is_some() == has_any(&["v"]) || count >= most {
                continue;
            }
            count += 1;
            if has_any(&["q", "quiet", "c", "l"]) {
                continue;
            }
            let number = if has_any(&["n"]) { format!("{}:", index + 1) } else { String::new() };
            if has_any(&["o"]) && !has_any(&["v"]) {
                for part in compiled.iter().flat_map(|regex| regex.find_iter(line)).filter(|part| !part.is_empty()) {
                    out.push_str(&format!("{label}{number}{}\n", part.as_str()));
                }
            } else {
                out.push_str(&format!("{label}{number}{line}\n"));
            }
        }
        any |= count > 0;
        if has_any(&["c"]) {
            out.push_str(&format!("{label}{count}\n"));
        } else if has_any(&["l"]) && count > 0 {
            out.push_str(&format!("{file}\n"));
        }
    }
    if !has_any(&["q", "quiet"]) {
        shell.out(out);
    }
    match (any, status) {
        (true, _) => 0,
        (false, 0) => 1,
        (false, _) => 2,
    }
}

/// The files below folders.
fn below(shell: &Shell, names: &[String]) -> Vec<String> {
    let mut found = Vec::new();
    for name in names {
        match shell.resolve(name) {
            Ok(top) => found.extend(
                shell
                    .fs
                    .walk(&top)
                    .filter(|(_, node)| node.content().is_some())
                    .map(|(path, _)| format!("{name}{}", path.get(top.len()..).unwrap_or(""))),
            ),
            Err(_) => found.push(name.clone()),
        }
    }
    found
}
