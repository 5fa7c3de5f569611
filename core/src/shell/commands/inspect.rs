//! Commands that look: file, ldd, which, readlink.

use super::{has, only, options};
use crate::elf::{self, Elf};
use crate::exec::{NoAnswer, Start, System};
use crate::fs::{Kind, Node};
use crate::shell::Shell;

/// The name that passwd or group gives an id.
pub(super) fn name_of(shell: &Shell, file: &str, id: u32) -> Option<String> {
    let text = shell.read(file).ok().flatten()?;
    let text = String::from_utf8_lossy(&text).into_owned();
    let id = id.to_string();
    let line = text.lines().find(|line| line.split(':').nth(2) == Some(&id))?;
    line.split(':').next().map(str::to_string)
}

/// Commands that tell of the machine: they change nothing, and what they print is not known here.
pub(super) fn machine(shell: &mut Shell, argv: &[String]) -> i32 {
    let name = crate::fs::path::file_name(argv.first().map_or("", String::as_str)).to_string();
    if name == "nproc" {
        shell.out("1\n");
    }
    shell.gap("unknown-output", name);
    0
}

pub(super) fn readlink(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, names) = options(argv, "");
    only(shell, "readlink", &flags, &["f", "e"]);
    let Some(name) = names.first() else { return 1 };
    let answer = if has(&flags, &["f", "e"]) {
        shell.resolve(name).ok()
    } else {
        match shell.fs.lstat(&shell.cwd, name).map(|(_, node)| node.kind.clone()) {
            Ok(Kind::Symlink(target)) => Some(target.to_string()),
            _ => None,
        }
    };
    let status = i32::from(answer.is_none());
    shell.out(answer.map(|text| text + "\n").unwrap_or_default());
    status
}

/// `file`: format, class, machine, how it is linked, its interpreter.
pub(super) fn file(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, names) = options(argv, "");
    only(shell, "file", &flags, &["b", "L"]);
    for name in &names {
        let text = match shell.fs.stat(&shell.cwd, name).map(|(_, node)| node.clone()) {
            Err(_) => format!("cannot open `{name}' (No such file or directory)"),
            Ok(node) => describe(&node),
        };
        shell.out(if has(&flags, &["b"]) { format!("{text}\n") } else { format!("{name}: {text}\n") });
    }
    0
}

fn describe(node: &Node) -> String {
    let Some(content) = node.content() else {
        return "directory".into();
    };
    if elf::is_elf(&content.read_at(0, 4)) {
        return match elf::read(content) {
            Ok(elf) => describe_elf(&elf),
            Err(_) => "ELF (malformed)".into(),
        };
    }
    if content.len == 0 && content.len_known {
        return "empty".into();
    }
    match content.bytes().map(std::str::from_utf8) {
        Some(Ok(text)) if text.starts_with("#!") => {
            let first = text.lines().next().unwrap_or("").trim_start_matches("#!").trim();
            format!("a {first} script, ASCII text executable")
        }
        Some(Ok(text)) if text.is_ascii() => "ASCII text".into(),
        Some(Ok(_)) => "Unicode text, UTF-8 text".into(),
        _ => "data".into(),
    }
}

fn describe_elf(elf: &Elf) -> String {
    let class = if elf.is_64 { "64-bit" } else { "32-bit" };
    let kind = match (elf.is_dyn(), &elf.interpreter) {
        (true, None) if elf.soname.is_some() => "shared object",
        (true, _) => "pie executable",
        (false, _) => "executable",
    };
    let linked = match &elf.interpreter {
        Some(interpreter) => format!("dynamically linked, interpreter {interpreter}"),
        None if elf.is_dyn() && !elf.needed.is_empty() => "dynamically linked".into(),
        None => "statically linked".into(),
    };
    format!("ELF {class} LSB {kind}, {}, version 1 (SYSV), {linked}", elf.machine.name())
}

/// `ldd`: what the system's own loader would map for a program.
/// A loader called by its name: `--list PROGRAM` is what ldd does, otherwise it starts the program.
pub(in crate::shell) fn loader(shell: &mut Shell, argv: &[String]) -> i32 {
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

pub(super) fn ldd(shell: &mut Shell, argv: &[String]) -> i32 {
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
