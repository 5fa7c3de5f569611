//! `ldd`.

use crate::exec::{NoAnswer, Start, System};
use crate::shell::Shell;
use crate::shell::getopt::options;

/// `ldd`: what the system's own loader would map for a program.
/// A loader called by its name: `--list PROGRAM` is what ldd does, otherwise it starts the program.
pub(crate) fn loader(shell: &mut Shell, argv: &[String]) -> i32 {
    let mut words = argv.get(1..).unwrap_or(&[]);
    let mut lists = false;
    while let Some((word, rest)) = words.split_first().filter(|(word, _)| word.starts_with("--")) {
        words = rest;
        match word.as_str() {
            "--" => break,
            "--list" => lists = true,
            "--verify" => return 0,
            "--library-path" | "--preload" | "--argv0" | "--inhibit-rpath" | "--audit" => {
                words = words.get(1..).unwrap_or(&[]);
                shell.gap("unmodelled-option", format!("the loader's {word}"));
            }
            other => shell.gap("unmodelled-option", format!("the loader's {other}")),
        }
    }
    match words.first() {
        Some(program) if lists => ldd(shell, &["ldd".to_string(), program.clone()]),
        Some(_) => shell.call(words),
        None => 1,
    }
}

pub(crate) fn ldd(shell: &mut Shell, argv: &[String]) -> i32 {
    let (_, names) = options(argv, "");
    let (fs, env) = (shell.fs.clone(), shell.environment());
    let system = System::new(&fs, shell.machine);
    let mut status = 0;
    for name in &names {
        let who = shell.user.clone();
        let start =
            Start { cwd: &shell.cwd.clone(), path: name, argv: std::slice::from_ref(name), env: &env, who: &who };
        match system.ldd(start) {
            Ok(printed) => {
                if names.len() > 1 {
                    shell.out(format!("{name}:\n"));
                }
                shell.out(&printed.stdout);
                shell.err(&printed.stderr);
                status = printed.code.max(status);
            }
            Err(NoAnswer::Unlisted(library)) => shell.gap("unlisted-file", library),
            Err(NoAnswer::NoLoader) => {
                shell.err("\tnot a dynamic executable\n");
                status = 1;
            }
        }
    }
    status
}
