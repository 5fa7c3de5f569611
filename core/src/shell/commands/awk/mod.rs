//! awk: POSIX's language, as Debian's mawk and busybox have it in common.

mod functions;
mod parse;
mod run;
mod value;

use super::options;
use crate::shell::Shell;

pub(super) fn awk(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, mut operands) = options(argv, "Fvf");
    let mut program = String::new();
    let mut variables: Vec<(String, String)> = Vec::new();
    for (flag, value) in &flags {
        let value = value.as_deref().unwrap_or("");
        match flag.as_str() {
            // A lone `t` is a tabulator, by POSIX.
            "F" => variables.push(("FS".into(), if value == "t" { "\t".into() } else { parse::unescape(value) })),
            "v" => {
                let (name, value) = value.split_once('=').unwrap_or((value, ""));
                variables.push((name.into(), parse::unescape(value)));
            }
            "f" => match shell.read(value) {
                Ok(Some(bytes)) => program.push_str(&(String::from_utf8_lossy(&bytes) + "\n")),
                Ok(None) => {
                    shell.gap("unknown-content", value);
                    return 0;
                }
                Err(_) => {
                    shell.err(format!("awk: cannot open {value} (No such file or directory)\n"));
                    return 2;
                }
            },
            other => shell.gap("unmodelled-option", format!("awk -{other}")),
        }
    }
    if !flags.iter().any(|(flag, _)| flag == "f") {
        if operands.is_empty() {
            shell.err("awk: no program\n");
            return 1;
        }
        program = operands.remove(0);
    }
    match parse::parse(&program) {
        Some(parsed) => run::run(shell, &parsed, &variables, &operands),
        None => {
            shell.gap("unmodelled-option", format!("awk: the program {program}"));
            0
        }
    }
}
