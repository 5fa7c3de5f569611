//! `file`: what a file is, from its first bytes.

use crate::elf::{self, Elf};
use crate::fs::Node;
use crate::shell::Shell;
use crate::shell::getopt::{has, only, options};

/// `file`: format, class, machine, how it is linked, its interpreter.
pub(crate) fn file(shell: &mut Shell, argv: &[String]) -> i32 {
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
