//! awk: POSIX's language, as Debian's mawk and busybox have it in common.

mod functions;
mod gawk_functions;
mod interpreter;
mod parser;
mod value;

use crate::fs::path;
use crate::shell::Shell;
use crate::shell::getopt::options;

pub(crate) fn awk(shell: &mut Shell, argv: &[String]) -> i32 {
    let is_gnu = is_gnu(shell, argv.first().map_or("awk", String::as_str));
    if is_gnu && argv.iter().any(|word| word == "--version" || word == "-V") {
        // Which one it is its package tells, its first words are always these.
        shell.out("GNU Awk\n");
        shell.gap("unknown-output", "gawk --version");
        return 0;
    }
    let argv = crate::shell::getopt::with_long_values(argv, &["file", "field-separator", "assign", "include"]);
    let (flags, mut operands) = options(&argv, if is_gnu { "Fvfi" } else { "Fvf" });
    let in_place = is_gnu
        && flags
            .iter()
            .any(|(flag, value)| ["i", "include"].contains(&flag.as_str()) && value.as_deref() == Some("inplace"));
    let mut program = String::new();
    let mut variables: Vec<(String, String)> = Vec::new();
    for (flag, value) in &flags {
        let value = value.as_deref().unwrap_or("");
        match flag.as_str() {
            // A lone `t` is a tabulator, by POSIX.
            "F" | "field-separator" => {
                variables.push(("FS".into(), if value == "t" { "\t".into() } else { parser::unescape(value) }))
            }
            "v" | "assign" => {
                let (name, value) = value.split_once('=').unwrap_or((value, ""));
                variables.push((name.into(), parser::unescape(value)));
            }
            "f" | "file" => match shell.read(value) {
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
            "i" | "include" if in_place => {}
            // They only narrow or widen what is taken.
            "posix" | "P" | "traditional" | "c" | "re-interval" | "r" if is_gnu => {}
            other => shell.gap("unmodelled-option", format!("awk -{other}")),
        }
    }
    if !flags.iter().any(|(flag, _)| flag == "f" || flag == "file") {
        if operands.is_empty() {
            shell.err("awk: no program\n");
            return 1;
        }
        program = operands.remove(0);
    }
    match parser::parse(&program) {
        Some(parsed) if in_place => {
            let mut status = 0;
            for name in operands {
                let text = shell.capture(|shell| {
                    status = interpreter::run(shell, &parsed, is_gnu, &variables, std::slice::from_ref(&name));
                });
                if status == 0 {
                    status = crate::commands::replace_file::replace_file(shell, &name, text);
                }
            }
            status
        }
        Some(parsed) => interpreter::run(shell, &parsed, is_gnu, &variables, &operands),
        None => {
            shell.gap("unmodelled-option", format!("awk: the program {program}"));
            0
        }
    }
}

/// Whether a name leads to gawk, itself or by the links of alternatives.
fn is_gnu(shell: &Shell, name: &str) -> bool {
    let place = if name.contains('/') { Some(name.to_string()) } else { shell.which(name).0 };
    let real = place.and_then(|place| shell.fs.resolve(&shell.cwd, &place, true).ok());
    real.is_some_and(|real| path::file_name(&real) == "gawk")
}

#[cfg(test)]
mod tests {
    use super::interpreter::run;
    use super::parser::parse;
    use crate::elf::Machine;
    use crate::exec::Credentials;
    use crate::fs::Tree;

    /// Hostile programs end, and soon.
    #[test]
    fn programs_without_an_end_end() {
        let programs = [
            "BEGIN { while (1) x++ }".to_string(),
            "BEGIN { for (;;) ; }".into(),
            "function f() { return f() } BEGIN { f() }".into(),
            "function f(x) { return f(x+1) + f(x+2) } BEGIN { print f(1) }".into(),
            "BEGIN { x = \"a\"; while (1) x = x x }".into(),
            "BEGIN { $100000000 = 1; NF = 1e18; print NF }".into(),
            format!("BEGIN {{ print {} }}", "(".repeat(30_000)),
            format!("BEGIN {{ print {} 1 }}", "a ".repeat(20_000)),
            format!("BEGIN {{ print {}1 }}", "-".repeat(30_000)),
            format!("BEGIN {{ print {}1 }}", "1+".repeat(20_000)),
            format!("BEGIN {{ {} }}", "if (1) ".repeat(9_000)),
            format!("BEGIN {{ x{} = 1 }}", " = x".repeat(9_000)),
            "BEGIN { printf \"%1000000000d%*d\", 1, 2000000000, 3 }".into(),
            "/(((((((((((a*)*)*)*)*)*)*)*)*)*)*b/".into(),
        ];
        for text in programs {
            let Some(program) = parse(&text) else { continue };
            let mut shell =
                crate::command_table::new_shell(Tree::new(), "/", &[], Credentials::default(), Machine::X86_64);
            shell.stdin = b"aaaaaaaaaaaaaaaaaaaaaaaaaaaa\n".to_vec();
            run(&mut shell, &program, true, &[], &[]);
        }
    }
}
