//! Commands that look: ls, stat, file, ldd, which, readlink.

use super::{has, only, options, value};
use crate::elf::{self, Elf};
use crate::exec::{NoAnswer, Start, System};
use crate::fs::{Kind, Node, Special};
use crate::shell::Shell;

/// `drwxr-xr-x`, as ls and stat print a mode.
fn mode_text(node: &Node) -> String {
    let kind = match node.kind {
        Kind::Dir { .. } => 'd',
        Kind::Symlink(_) => 'l',
        Kind::Special(Special::CharDevice) => 'c',
        Kind::Special(Special::BlockDevice) => 'b',
        Kind::Special(Special::Fifo) => 'p',
        Kind::File(_) => '-',
    };
    let mut text = String::from(kind);
    for (shift, special, letter) in [(6, 0o4000, 's'), (3, 0o2000, 's'), (0, 0o1000, 't')] {
        let bits = node.mode >> shift;
        text.push(if bits & 4 != 0 { 'r' } else { '-' });
        text.push(if bits & 2 != 0 { 'w' } else { '-' });
        text.push(match (bits & 1 != 0, node.mode & special != 0) {
            (true, true) => letter,
            (false, true) => letter.to_ascii_uppercase(),
            (true, false) => 'x',
            (false, false) => '-',
        });
    }
    text
}

pub(super) fn ls(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, mut names) = options(argv, "");
    const KNOWN: [&str; 16] =
        ["l", "a", "A", "1", "h", "d", "color", "F", "p", "R", "r", "s", "n", "all", "almost-all", "recursive"];
    only(shell, "ls", &flags, &KNOWN);
    if names.is_empty() {
        names.push(".".into());
    }
    let mut status = 0;
    let (mut files, mut folders) = (Vec::new(), Vec::new());
    for name in &names {
        // A link that is named is followed to a folder, but not by `-l` and `-d`.
        let kept = has(&flags, &["l", "d"]) && !name.ends_with('/');
        let found = if kept { shell.fs.lstat(&shell.cwd, name) } else { shell.fs.stat(&shell.cwd, name) };
        match found.map(|(real, node)| (real, node.clone())) {
            Ok((real, node)) if node.is_dir() && !has(&flags, &["d"]) => folders.push((name.clone(), real)),
            Ok((_, node)) => files.push((name.clone(), node)),
            Err(_) if shell.fs.may_hide(&shell.cwd, name) => shell.gap("unlisted-file", name),
            Err(error) => {
                shell.complain("ls", &format!("cannot access '{name}'"), &error);
                status = if shell.dialect() == "ash" { 1 } else { 2 };
            }
        }
    }
    let titled = names.len() > 1 || has(&flags, &["R", "recursive"]);
    let mut first = files.is_empty();
    rows(shell, &flags, files);
    let backwards = has(&flags, &["r"]);
    folders.sort_by(|a, b| if backwards { b.0.cmp(&a.0) } else { a.0.cmp(&b.0) });
    folders.reverse();
    while let Some((name, real)) = folders.pop() {
        if shell.steps_left == 0 {
            return status;
        }
        shell.steps_left -= 1;
        let Some(node) = shell.fs.get(&real).cloned() else { continue };
        if matches!(node.kind, Kind::Dir { partial: true }) {
            shell.gap("partial-listing", &name);
        }
        if titled {
            shell.out(format!("{}{name}:\n", if first { "" } else { "\n" }));
        }
        first = false;
        let children = shell.fs.children(&real);
        let mut inside: Vec<(String, Node)> =
            children.into_iter().map(|(name, node)| (name.to_string(), node.clone())).collect();
        if has(&flags, &["a", "all"]) {
            let parent = shell.fs.get(crate::fs::path::parent(&real)).cloned().unwrap_or_else(|| node.clone());
            inside.extend([(".".to_string(), node), ("..".to_string(), parent)]);
        } else if !has(&flags, &["A", "almost-all"]) {
            inside.retain(|(name, _)| !name.starts_with('.'));
        }
        if has(&flags, &["R", "recursive"]) {
            let below = inside.iter().filter(|(name, node)| node.is_dir() && name != "." && name != "..");
            let below = below.map(|(child, _)| (format!("{name}/{child}"), crate::fs::path::join(&real, child)));
            let mut below: Vec<(String, String)> = below.collect();
            below.reverse();
            folders.extend(below);
        }
        if has(&flags, &["l", "s"]) {
            let total: u64 = inside.iter().map(|(_, node)| blocks(node)).sum();
            shell.out(format!("total {total}\n"));
        }
        rows(shell, &flags, inside);
    }
    status
}

/// Prints entries in order.
fn rows(shell: &mut Shell, flags: &[(String, Option<String>)], mut entries: Vec<(String, Node)>) {
    entries.sort_by(|a, b| a.0.cmp(&b.0));
    if has(flags, &["r"]) {
        entries.reverse();
    }
    let long = has(flags, &["l", "n"]);
    if long && !entries.is_empty() {
        shell.gap("no-clock", "ls -l");
    }
    for (name, node) in entries {
        let mark = match node.kind {
            Kind::Dir { .. } if has(flags, &["F", "p"]) => "/",
            Kind::Symlink(_) if has(flags, &["F"]) && !long => "@",
            Kind::File(_) if has(flags, &["F"]) && node.mode & 0o111 != 0 => "*",
            _ => "",
        };
        let size = if has(flags, &["s"]) { format!("{} ", blocks(&node)) } else { String::new() };
        let line = if long { long_row(shell, &name, &node, flags) } else { name };
        shell.out(format!("{size}{line}{mark}\n"));
    }
}

/// Kibibytes on a disk with blocks of 4 KiB.
fn blocks(node: &Node) -> u64 {
    match &node.kind {
        Kind::File(content) => content.len.div_ceil(4096) * 4,
        Kind::Dir { .. } => 4,
        _ => 0,
    }
}

/// A row of `ls -l`. There is no clock: the epoch stands for each date.
fn long_row(shell: &Shell, name: &str, node: &Node, flags: &[(String, Option<String>)]) -> String {
    let (size, arrow) = match &node.kind {
        Kind::File(content) if !content.len_known => ("?".to_string(), String::new()),
        Kind::File(content) if has(flags, &["h"]) => (binary_size(content.len), String::new()),
        Kind::File(content) => (content.len.to_string(), String::new()),
        Kind::Dir { .. } => ("4096".to_string(), String::new()),
        Kind::Special(_) => ("0".to_string(), String::new()),
        Kind::Symlink(target) => (target.len().to_string(), format!(" -> {target}")),
    };
    let named = |file: &str, id: u32| match has(flags, &["n"]) {
        true => id.to_string(),
        false => name_of(shell, file, id).unwrap_or_else(|| id.to_string()),
    };
    let (user, group) = (named("/etc/passwd", node.uid), named("/etc/group", node.gid));
    format!("{} {} {user} {group} {size} Jan  1  1970 {name}{arrow}", mode_text(node), node.links())
}

/// A size as `ls -h` has it: `6`, `1.5K`, `12M`.
fn binary_size(bytes: u64) -> String {
    let mut unit = 0;
    let mut size = bytes as f64;
    while size >= 1024.0 && unit < 4 {
        size /= 1024.0;
        unit += 1;
    }
    let letter = ["", "K", "M", "G", "T"].get(unit).copied().unwrap_or("");
    // One digit behind the point below ten; what is cut off counts up.
    match unit {
        0 => bytes.to_string(),
        _ if size < 9.95 => format!("{:.1}{letter}", (size * 10.0).ceil() / 10.0),
        _ => format!("{}{letter}", size.ceil()),
    }
}

/// The name that passwd or group gives an id.
pub(super) fn name_of(shell: &Shell, file: &str, id: u32) -> Option<String> {
    let text = shell.read(file).ok().flatten()?;
    let text = String::from_utf8_lossy(&text).into_owned();
    let id = id.to_string();
    let line = text.lines().find(|line| line.split(':').nth(2) == Some(&id))?;
    line.split(':').next().map(str::to_string)
}

pub(super) fn stat(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, names) = options(argv, "c");
    only(shell, "stat", &flags, &["c", "format", "L"]);
    let format = value(&flags, &["c", "format"]).unwrap_or("%n %s %a").to_string();
    let letters = format.split('%').skip(1).filter_map(|part| part.chars().next());
    if let Some(letter) = letters.into_iter().find(|letter| !"nsaughfAUGFN%".contains(*letter)) {
        shell.gap("unknown-output", format!("stat %{letter}"));
    }
    let mut status = 0;
    for name in &names {
        let found = match has(&flags, &["L"]) {
            true => shell.fs.stat(&shell.cwd, name),
            false => shell.fs.lstat(&shell.cwd, name),
        };
        match found.map(|(place, node)| (place, node.clone())) {
            Ok((place, node)) => {
                let size = match &node.kind {
                    Kind::File(content) => content.len,
                    Kind::Symlink(target) => target.len() as u64,
                    // As on a disk with blocks of 4 KiB.
                    Kind::Dir { .. } => 4096,
                    Kind::Special(_) => 0,
                };
                // A folder is named by the one above, by itself and by each folder in it.
                let links = match node.is_dir() {
                    true => 2 + shell.fs.children(&place).iter().filter(|(_, child)| child.is_dir()).count() as u32,
                    false => node.links(),
                };
                let name_in = |file: &str, id| name_of(shell, file, id).unwrap_or_else(|| "UNKNOWN".into());
                let text = format
                    .replace("%n", name)
                    .replace("%h", &links.to_string())
                    .replace("%f", &format!("{:x}", kind_bits(&node) | node.mode))
                    .replace("%U", &name_in("/etc/passwd", node.uid))
                    .replace("%G", &name_in("/etc/group", node.gid))
                    .replace("%F", kind_text(&node))
                    .replace("%s", &size.to_string())
                    .replace("%a", &format!("{:o}", node.mode))
                    .replace("%u", &node.uid.to_string())
                    .replace("%g", &node.gid.to_string())
                    .replace("%A", &mode_text(&node));
                shell.out(text + "\n");
            }
            Err(error) => {
                let verb = if shell.dialect() == "ash" { "stat" } else { "statx" };
                status = shell.complain("stat", &format!("cannot {verb} '{name}'"), &error);
            }
        }
    }
    status
}

/// The bits of `st_mode` that tell the kind of a file.
fn kind_bits(node: &Node) -> u32 {
    match node.kind {
        Kind::Dir { .. } => 0o040_000,
        Kind::Symlink(_) => 0o120_000,
        Kind::File(_) => 0o100_000,
        Kind::Special(Special::CharDevice) => 0o020_000,
        Kind::Special(Special::BlockDevice) => 0o060_000,
        Kind::Special(Special::Fifo) => 0o010_000,
    }
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

/// What stat calls a kind of file.
fn kind_text(node: &Node) -> &'static str {
    match &node.kind {
        Kind::Dir { .. } => "directory",
        Kind::Symlink(_) => "symbolic link",
        Kind::File(content) if content.len == 0 && content.len_known => "regular empty file",
        Kind::File(_) => "regular file",
        Kind::Special(Special::CharDevice) => "character special file",
        Kind::Special(Special::BlockDevice) => "block special file",
        Kind::Special(Special::Fifo) => "fifo",
    }
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
