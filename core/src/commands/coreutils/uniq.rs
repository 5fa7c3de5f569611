//! `uniq`.

use crate::commands::text_inputs::{joined, lines, print_lines, write_to};
use crate::shell::Shell;
use crate::shell::getopt::{has, only, options, value};

pub(crate) fn uniq(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, names) = options(argv, "fsw");
    const KNOWN: &str = "c d u i D f s w count repeated unique ignore-case skip-fields skip-chars check-chars";
    only(shell, "uniq", &flags, &KNOWN.split(' ').collect::<Vec<_>>());
    let (bytes, status) = joined(shell, "uniq", names.get(..1).unwrap_or(&[]));
    let number = |names: &[&str]| value(&flags, names).and_then(|text| text.parse::<usize>().ok());
    // What of a line counts.
    let key = |line: &str| -> String {
        let mut rest = line;
        for _ in 0..number(&["f", "skip-fields"]).unwrap_or(0) {
            rest = rest.trim_start_matches([' ', '\t']).trim_start_matches(|c| ![' ', '\t'].contains(&c));
        }
        let counted = rest.chars().skip(number(&["s", "skip-chars"]).unwrap_or(0));
        let key: String = counted.take(number(&["w", "check-chars"]).unwrap_or(usize::MAX)).collect();
        if has(&flags, &["i", "ignore-case"]) { key.to_lowercase() } else { key }
    };
    let mut runs: Vec<Vec<String>> = Vec::new();
    for line in lines(&bytes) {
        match runs.last_mut() {
            Some(run) if run.first().is_some_and(|first| key(first) == key(&line)) => run.push(line),
            _ => runs.push(vec![line]),
        }
    }
    let (twice, once) = (has(&flags, &["d", "D", "repeated"]), has(&flags, &["u", "unique"]));
    runs.retain(|run| !(twice && run.len() < 2 || once && run.len() > 1));
    let counted = has(&flags, &["c", "count"]);
    let row = |run: Vec<String>| -> Vec<String> {
        let count = run.len();
        if has(&flags, &["D"]) {
            return run;
        }
        run.into_iter().take(1).map(|line| if counted { format!("{count:7} {line}") } else { line }).collect()
    };
    let out: Vec<String> = runs.into_iter().flat_map(row).collect();
    match names.get(1).filter(|name| *name != "-") {
        Some(name) => {
            let text: String = out.iter().map(|line| format!("{line}\n")).collect();
            status.max(write_to(shell, "uniq", name, text.into_bytes(), false))
        }
        None => {
            print_lines(shell, &out);
            status
        }
    }
}
