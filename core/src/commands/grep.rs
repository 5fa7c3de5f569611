//! grep and its old names.

use crate::commands::text_inputs::{ended_by, inputs, lines};
use crate::shell::Shell;
use crate::shell::getopt::{has, only, options, value, with_long_values};
use crate::shell::regex;

/// Options in words.
const LONG: [(&str, &str); 19] = [
    ("count", "c"),
    ("extended-regexp", "E"),
    ("file", "f"),
    ("files-with-matches", "l"),
    ("files-without-match", "L"),
    ("fixed-strings", "F"),
    ("ignore-case", "i"),
    ("invert-match", "v"),
    ("line-number", "n"),
    ("line-regexp", "x"),
    ("max-count", "m"),
    ("no-filename", "h"),
    ("no-messages", "s"),
    ("only-matching", "o"),
    ("perl-regexp", "P"),
    ("quiet", "q"),
    ("recursive", "r"),
    ("regexp", "e"),
    ("silent", "q"),
];

pub(crate) fn grep(shell: &mut Shell, argv: &[String]) -> i32 {
    let name = argv.first().map_or("grep", String::as_str).to_string();
    let argv = with_long_values(argv, &["regexp", "file", "max-count"]);
    let (mut flags, mut operands) = options(&argv, "eABCmf");
    for (flag, _) in &mut flags {
        if let Some((_, letter)) = LONG.iter().find(|(long, _)| long == flag) {
            *flag = (*letter).to_string();
        }
    }
    const KNOWN: [&str; 28] = [
        "Z", "z", "e", "E", "F", "v", "q", "c", "i", "o", "x", "w", "n", "h", "H", "l", "L", "s", "r", "R", "m", "f",
        "P", "A", "B", "C", "a", "color",
    ];
    only(shell, "grep", &flags, &KNOWN);
    let has_any = |names: &[&str]| has(&flags, names);
    let mut patterns: Vec<String> =
        flags.iter().filter(|(flag, _)| flag == "e").filter_map(|(_, value)| value.clone()).collect();
    let files: Vec<String> =
        flags.iter().filter(|(flag, _)| flag == "f").filter_map(|(_, value)| value.clone()).collect();
    for file in &files {
        let (read, status) = inputs(shell, "grep", std::slice::from_ref(file));
        if status != 0 {
            return 2;
        }
        patterns.extend(read.iter().flat_map(|(_, bytes)| lines(bytes)));
    }
    if patterns.is_empty() && files.is_empty() {
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
        let made = match (fixed, has_any(&["P"])) {
            (true, _) => regex::literal(&shell.effort, pattern, has_any(&["i"])),
            // Perl's expressions, as far as the library has them too.
            (_, true) => regex::plain(&shell.effort, pattern, has_any(&["i"])),
            _ => regex::compile(&shell.effort, pattern, extended, has_any(&["i"])),
        };
        match made {
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
    // `-s`: nothing is said of files that cannot be read.
    let quiet = has_any(&["s"]);
    let (all, status) = match quiet {
        // Folders without files are no question to standard input.
        _ if names.is_empty() && has_any(&["r", "R"]) => (Vec::new(), 0),
        true => shell.without_errors(|shell| inputs(shell, "grep", &names)),
        false => inputs(shell, "grep", &names),
    };
    let many = (names.len() > 1 || has_any(&["H", "r", "R"])) && !has_any(&["h"]);
    let number = |names: &[&str]| value(&flags, names).and_then(|text| text.parse::<usize>().ok());
    let most = number(&["m"]).unwrap_or(usize::MAX);
    let (after, before) = (number(&["A", "C"]).unwrap_or(0), number(&["B", "C"]).unwrap_or(0));
    let context = after + before > 0;
    let is_word = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    let fits = |line: &str, start: usize, end: usize| {
        let (head, tail) = (line.get(..start).unwrap_or(""), line.get(end..).unwrap_or(""));
        let alone = !is_word(head.chars().last()) && !is_word(tail.chars().next());
        (!whole || (head.is_empty() && tail.is_empty())) && (!has_any(&["w"]) || alone)
    };
    let end = if has_any(&["z"]) { '\0' } else { '\n' };
    let silent = has_any(&["q", "c", "l", "L"]);
    let mut any = false;
    let mut out = String::new();
    for (file, bytes) in all {
        // Behind a name `-Z` puts a zero byte.
        let ends = has_any(&["Z"]);
        let label = |mark: char| if many { format!("{file}{}", if ends { '\0' } else { mark }) } else { String::new() };
        let place =
            |index: usize, mark: char| if has_any(&["n"]) { format!("{}{mark}", index + 1) } else { String::new() };
        let all: Vec<String> = ended_by(end, &String::from_utf8_lossy(&bytes)).map(str::to_string).collect();
        let mut count = 0;
        // The line behind the last that was printed.
        let mut printed = 0;
        let mut open_until = 0;
        for (index, line) in all.iter().enumerate() {
            let found =
                compiled.iter().any(|regex| regex.find_iter(line).any(|found| fits(line, found.start(), found.end())));
            if found == has_any(&["v"]) || count >= most {
                if context && index < open_until && !silent {
                    out.push_str(&format!("{}{}{line}{end}", label('-'), place(index, '-')));
                    printed = index + 1;
                }
                continue;
            }
            count += 1;
            if silent {
                continue;
            }
            if has_any(&["o"]) && !has_any(&["v"]) {
                let parts = compiled.iter().flat_map(|regex| regex.find_iter(line)).filter(|part| !part.is_empty());
                for part in parts.filter(|part| fits(line, part.start(), part.end())) {
                    out.push_str(&format!("{}{}{}{end}", label(':'), place(index, ':'), part.as_str()));
                }
                continue;
            }
            let first = index.saturating_sub(before).max(printed);
            if context && printed > 0 && first > printed {
                out.push_str("--\n");
            }
            for (at, line) in all.iter().enumerate().take(index).skip(first) {
                out.push_str(&format!("{}{}{line}{end}", label('-'), place(at, '-')));
            }
            out.push_str(&format!("{}{}{line}{end}", label(':'), place(index, ':')));
            printed = index + 1;
            open_until = index + 1 + after;
        }
        // GNU's `-L` succeeds where a line was found, busybox's where a file was told.
        any |= (count > 0) != (has_any(&["L"]) && shell.dialect() == "ash");
        if has_any(&["c"]) {
            out.push_str(&format!("{}{count}\n", label(':')));
        } else if (has_any(&["l"]) && count > 0) || (has_any(&["L"]) && count == 0) {
            out.push_str(&format!("{file}{}", if ends { '\0' } else { '\n' }));
        }
    }
    if !has_any(&["q"]) {
        shell.out(out);
    }
    match (any, status) {
        (true, 0) => 0,
        (true, _) if has_any(&["q"]) => 0,
        (false, 0) => 1,
        _ => 2,
    }
}

/// The files below folders.
fn below(shell: &Shell, names: &[String]) -> Vec<String> {
    let mut found = Vec::new();
    for name in names {
        match shell.fs.stat(&shell.cwd, name).map(|(top, _)| top) {
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
