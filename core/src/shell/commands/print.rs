//! Commands that print: echo, printf, cat, head, wc, pwd, basename, dirname, id, uname …

use super::{has, only, options, value};
use crate::fs::path;
use crate::shell::Shell;

pub(super) fn echo(shell: &mut Shell, argv: &[String]) -> i32 {
    let mut words = argv.get(1..).unwrap_or(&[]);
    let (mut newline, mut escapes) = (true, shell.dialect() == "dash");
    while let Some((first, rest)) = words.split_first() {
        match first.as_str() {
            "-n" => newline = false,
            "-e" if shell.dialect() != "dash" => escapes = true,
            "-ne" | "-en" if shell.dialect() != "dash" => (newline, escapes) = (false, true),
            _ => break,
        }
        words = rest;
    }
    let mut text = words.join(" ");
    if escapes {
        text = unescape(&text);
    }
    if newline {
        text.push('\n');
    }
    shell.out(text);
    0
}

/// `\n`, `\t` and the like, as echo and printf read them.
pub(super) fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        match chars.next() {
            Some('n') => out.push('\n'),
            Some('t') => out.push('\t'),
            Some('r') => out.push('\r'),
            Some('a') => out.push('\u{7}'),
            Some('0') => {
                let mut code = 0u32;
                for _ in 0..3 {
                    match chars.peek().and_then(|c| c.to_digit(8)) {
                        Some(digit) => {
                            code = code * 8 + digit;
                            chars.next();
                        }
                        None => break,
                    }
                }
                out.extend(char::from_u32(code & 255));
            }
            Some('\\') => out.push('\\'),
            Some(other) => out.extend(['\\', other]),
            None => out.push('\\'),
        }
    }
    out
}

pub(super) fn printf(shell: &mut Shell, argv: &[String]) -> i32 {
    let Some(format) = argv.get(1) else {
        shell.err("printf: usage: printf format [arguments]\n");
        return 2;
    };
    let mut arguments = argv.iter().skip(2);
    let format = unescape(format);
    let mut text = String::new();
    loop {
        let before = arguments.len();
        let mut chars = format.chars().peekable();
        while let Some(c) = chars.next() {
            if c != '%' {
                text.push(c);
                continue;
            }
            let mut spec = String::new();
            while let Some(c) = chars.peek().copied().filter(|c| c.is_ascii_digit() || "-0.+ #".contains(*c)) {
                spec.push(c);
                chars.next();
            }
            let kind = chars.next().unwrap_or('%');
            if kind == '%' {
                text.push('%');
                continue;
            }
            let argument = arguments.next().cloned().unwrap_or_default();
            let piece = match kind {
                'd' | 'i' | 'u' => argument.trim().parse::<i64>().unwrap_or(0).to_string(),
                'x' => format!("{:x}", argument.trim().parse::<i64>().unwrap_or(0)),
                'o' => format!("{:o}", argument.trim().parse::<i64>().unwrap_or(0)),
                'c' => argument.chars().take(1).collect(),
                'b' => unescape(&argument),
                _ => argument,
            };
            let width: usize =
                spec.trim_start_matches(['-', '0', '+', ' ', '#']).split('.').next().unwrap_or("").parse().unwrap_or(0);
            let width = width.min(1000);
            if spec.starts_with('-') {
                text.push_str(&format!("{piece:<width$}"));
            } else if spec.starts_with('0') {
                text.push_str(&format!("{piece:0>width$}"));
            } else {
                text.push_str(&format!("{piece:>width$}"));
            }
        }
        // The format is used again while arguments are left.
        if arguments.len() == 0 || arguments.len() == before {
            break;
        }
    }
    shell.out(text);
    0
}

/// What the named files hold, or standard input; files that cannot be read are complained about.
pub(super) fn inputs(shell: &mut Shell, command: &str, names: &[String]) -> (Vec<(String, Vec<u8>)>, i32) {
    let mut status = 0;
    let mut all = Vec::new();
    if names.is_empty() {
        return (vec![("-".into(), std::mem::take(&mut shell.stdin))], 0);
    }
    for name in names {
        if name == "-" {
            all.push((name.clone(), std::mem::take(&mut shell.stdin)));
            continue;
        }
        match shell.read(name) {
            Ok(Some(bytes)) => all.push((name.clone(), bytes)),
            Ok(None) => shell.gap("unknown-content", name),
            Err(_) if shell.fs.may_hide(&shell.cwd, name) => shell.gap("unlisted-file", name),
            Err(error) => status = shell.complain(command, name, &error),
        }
    }
    (all, status)
}

pub(super) fn cat(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, names) = options(argv, "");
    only(shell, "cat", &flags, &["u"]);
    let (all, status) = inputs(shell, "cat", &names);
    for (_, bytes) in all {
        shell.out(bytes);
    }
    status
}

pub(super) fn head(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, names) = options(argv, "nc");
    only(shell, "head", &flags, &["n", "c"]);
    let count = |name: &str| value(&flags, &[name]).and_then(|text| text.parse::<usize>().ok());
    let (all, status) = inputs(shell, "head", &names);
    for (_, bytes) in all {
        let kept = match count("c") {
            Some(n) => bytes.get(..n.min(bytes.len())).unwrap_or(&[]).to_vec(),
            None => {
                bytes.split_inclusive(|byte| *byte == b'\n').take(count("n").unwrap_or(10)).flatten().copied().collect()
            }
        };
        shell.out(kept);
    }
    status
}

pub(super) fn wc(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, names) = options(argv, "");
    only(shell, "wc", &flags, &["l", "w", "c"]);
    let (all, status) = inputs(shell, "wc", &names);
    for (name, bytes) in all {
        let text = String::from_utf8_lossy(&bytes);
        let counts = [("l", text.matches('\n').count()), ("w", text.split_whitespace().count()), ("c", bytes.len())];
        let shown: Vec<String> = counts
            .iter()
            .filter(|(flag, _)| flags.is_empty() || has(&flags, &[flag]))
            .map(|(_, count)| count.to_string())
            .collect();
        let label = if name == "-" { String::new() } else { format!(" {name}") };
        shell.out(format!("{}{label}\n", shown.join(" ")));
    }
    status
}

pub(super) fn pwd(shell: &mut Shell, _: &[String]) -> i32 {
    let text = format!("{}\n", shell.cwd);
    shell.out(text);
    0
}

pub(super) fn basename(shell: &mut Shell, argv: &[String]) -> i32 {
    let name = argv.get(1).map_or("", String::as_str).trim_end_matches('/');
    let base = path::file_name(name);
    let base =
        argv.get(2).and_then(|suffix| base.strip_suffix(suffix.as_str())).filter(|b| !b.is_empty()).unwrap_or(base);
    shell.out(format!("{base}\n"));
    0
}

pub(super) fn dirname(shell: &mut Shell, argv: &[String]) -> i32 {
    let name = argv.get(1).map_or("", String::as_str).trim_end_matches('/');
    let parent = if name.contains('/') { path::parent(name) } else { "." };
    shell.out(format!("{parent}\n"));
    0
}

fn user_name(shell: &Shell) -> String {
    let uid = shell.user.uid;
    let passwd = shell.read("/etc/passwd").ok().flatten().unwrap_or_default();
    let text = String::from_utf8_lossy(&passwd).into_owned();
    text.lines()
        .find(|line| line.split(':').nth(2) == Some(&uid.to_string()))
        .and_then(|line| line.split(':').next())
        .unwrap_or("")
        .to_string()
}

pub(super) fn whoami(shell: &mut Shell, _: &[String]) -> i32 {
    let name = user_name(shell);
    if name.is_empty() {
        let uid = shell.user.uid;
        shell.err(format!("whoami: cannot find name for user ID {uid}\n"));
        return 1;
    }
    shell.out(format!("{name}\n"));
    0
}

pub(super) fn id(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, _) = options(argv, "");
    only(shell, "id", &flags, &["u", "g", "n"]);
    let (uid, gid) = (shell.user.uid, shell.user.gid);
    let name = user_name(shell);
    let text = match (has(&flags, &["u"]), has(&flags, &["g"]), has(&flags, &["n"])) {
        (true, _, true) => name,
        (true, _, false) => uid.to_string(),
        (_, true, _) => gid.to_string(),
        _ => format!("uid={uid}({name}) gid={gid}({name}) groups={gid}({name})"),
    };
    shell.out(format!("{text}\n"));
    0
}

pub(super) fn uname(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, _) = options(argv, "");
    let machine = if shell.machine == crate::elf::Machine::Aarch64 { "aarch64" } else { "x86_64" };
    if has(&flags, &["a", "r", "v"]) {
        shell.gap("unmodelled-option", "uname: the kernel's release");
    }
    let text = if has(&flags, &["m", "p"]) { machine } else { "Linux" };
    shell.out(format!("{text}\n"));
    0
}

pub(super) fn hostname(shell: &mut Shell, _: &[String]) -> i32 {
    let name = shell.var("HOSTNAME").unwrap_or("localhost").to_string();
    shell.out(format!("{name}\n"));
    0
}
