//! `paste`.

use crate::commands::text_inputs::{inputs, lines, print_lines};
use crate::shell::Shell;
use crate::shell::escapes::unescape;
use crate::shell::getopt::{has, only, options, value};

pub(crate) fn paste(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, names) = options(argv, "d");
    only(shell, "paste", &flags, &["d", "s"]);
    let marks: Vec<char> = unescape(value(&flags, &["d"]).unwrap_or("\t")).chars().collect();
    let mark = |at: usize| marks.get(at % marks.len().max(1)).map(char::to_string).unwrap_or_default();
    let (all, status) = inputs(shell, "paste", &names);
    let mut columns: Vec<Vec<String>> = all.iter().map(|(_, bytes)| lines(bytes)).collect();
    // Standard input that is named several times is read in turn.
    let dashes: Vec<usize> = all.iter().enumerate().filter(|(_, (name, _))| name == "-").map(|(at, _)| at).collect();
    if let ([first, _, ..], false) = (dashes.as_slice(), has(&flags, &["s"])) {
        let whole = columns.get_mut(*first).map(std::mem::take).unwrap_or_default();
        for (turn, line) in whole.into_iter().enumerate() {
            let column = dashes.get(turn % dashes.len()).and_then(|at| columns.get_mut(*at));
            column.into_iter().for_each(|column| column.push(line.clone()));
        }
    }
    let join = |parts: Vec<&str>| {
        let mut row = String::new();
        for (at, part) in parts.into_iter().enumerate() {
            if at > 0 {
                row.push_str(&mark(at - 1));
            }
            row.push_str(part);
        }
        row
    };
    let rows: Vec<String> = if has(&flags, &["s"]) {
        columns.iter().map(|column| join(column.iter().map(String::as_str).collect())).collect()
    } else {
        let most = columns.iter().map(Vec::len).max().unwrap_or(0);
        let part = |column: &Vec<String>, at: usize| column.get(at).cloned().unwrap_or_default();
        let row = |at| columns.iter().map(|column| part(column, at)).collect::<Vec<_>>();
        (0..most).map(|at| join(row(at).iter().map(String::as_str).collect())).collect()
    };
    print_lines(shell, &rows);
    status
}
