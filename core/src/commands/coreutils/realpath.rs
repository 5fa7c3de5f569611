//! Paths with links resolved: `realpath`, `readlink`.

use crate::fs::{Kind, path};
use crate::shell::Shell;
use crate::shell::getopt::{has, only, options, value};

/// How much of a path has to be there.
#[derive(Clone, Copy, PartialEq, Eq)]
enum RequiredPart {
    All,
    AllButTheLast,
    Nothing,
}

/// A path without links, `.` and `..`; `None` where too little of it is there.
fn canonical(shell: &Shell, name: &str, required: RequiredPart) -> Option<String> {
    let resolved = shell.resolve(name).ok().filter(|_| !name.is_empty());
    match required {
        RequiredPart::All => resolved.filter(|place| shell.fs.get(place).is_some()),
        RequiredPart::AllButTheLast => resolved,
        RequiredPart::Nothing => Some(resolved.unwrap_or_else(|| {
            let whole = path::join(&shell.cwd, name);
            let mut rest = Vec::new();
            let mut folder = whole.as_str();
            // Links are followed as far as there is something.
            let there = loop {
                match shell.fs.resolve("/", folder, true) {
                    Ok(there) => break there,
                    Err(_) if folder == "/" => break folder.to_string(),
                    Err(_) => {
                        rest.push(path::file_name(folder));
                        folder = path::parent(folder);
                    }
                }
            };
            rest.iter().rev().fold(there, |place, name| path::join(&place, name))
        })),
    }
}

const MODES: [&str; 6] = ["e", "canonicalize-existing", "f", "canonicalize", "m", "canonicalize-missing"];

/// The mode that the last of the flags asks for.
fn mode(flags: &[(String, Option<String>)]) -> Option<RequiredPart> {
    let named = flags.iter().rev().find(|(name, _)| MODES.contains(&name.as_str()))?;
    Some(match named.0.as_str() {
        "e" | "canonicalize-existing" => RequiredPart::All,
        "m" | "canonicalize-missing" => RequiredPart::Nothing,
        _ => RequiredPart::AllButTheLast,
    })
}

pub(crate) fn realpath(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, names) = options(argv, "");
    let known = ["s", "q", "z", "relative-to", "no-symlinks", "strip", "quiet", "zero"];
    only(shell, "realpath", &flags, &[&known[..], &MODES].concat());
    if names.is_empty() {
        return missing_operand(shell, "realpath");
    }
    let mut status = 0;
    let end = if has(&flags, &["z", "zero"]) { "\0" } else { "\n" };
    for name in &names {
        let joined = path::join(&shell.cwd, name);
        let usual = match shell.dialect() == "ash" && !name.contains('/') {
            true => RequiredPart::All,
            false => RequiredPart::AllButTheLast,
        };
        let required = mode(&flags).unwrap_or(usual);
        let mut answer = canonical(shell, name, required);
        if has(&flags, &["s", "no-symlinks", "strip"]) {
            answer = answer.map(|_| joined.clone());
        }
        match answer {
            Some(place) => {
                let shown = match value(&flags, &["relative-to"]) {
                    Some(base) => relative(&place, &path::join(&shell.cwd, base)),
                    None => place,
                };
                shell.out(shown + end);
            }
            None if shell.fs.may_hide(&shell.cwd, name) => {
                shell.gap("unlisted-file", name);
                shell.out(joined + end);
            }
            None => {
                if !has(&flags, &["q", "quiet"]) {
                    shell.err(format!("realpath: {}: No such file or directory\n", quoted(name)));
                }
                status = 1;
            }
        }
    }
    status
}

/// An empty name would not be seen.
fn quoted(name: &str) -> &str {
    if name.is_empty() { "''" } else { name }
}

fn missing_operand(shell: &mut Shell, command: &str) -> i32 {
    match shell.dialect() {
        "ash" => shell.gap("unknown-output", command),
        _ => shell.err(format!("{command}: missing operand\nTry '{command} --help' for more information.\n")),
    }
    1
}

/// A path as seen from a folder.
pub(crate) fn relative(place: &str, base: &str) -> String {
    let parts = |path: &str| path.split('/').filter(|part| !part.is_empty()).map(str::to_string).collect::<Vec<_>>();
    let (place, base) = (parts(place), parts(base));
    let common = place.iter().zip(&base).take_while(|(a, b)| a == b).count();
    let up = std::iter::repeat_n("..", base.len() - common);
    let all: Vec<&str> = up.chain(place.iter().skip(common).map(String::as_str)).collect();
    if all.is_empty() { ".".into() } else { all.join("/") }
}

pub(crate) fn readlink(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, names) = options(argv, "");
    let known = ["n", "no-newline", "z", "zero", "q", "quiet", "s", "silent", "v", "verbose"];
    only(shell, "readlink", &flags, &[&known[..], &MODES].concat());
    let is_busybox = shell.dialect() == "ash";
    if names.is_empty() || is_busybox && names.len() > 1 {
        return missing_operand(shell, "readlink");
    }
    let mut end = if has(&flags, &["z", "zero"]) { "\0" } else { "\n" };
    if has(&flags, &["n", "no-newline"]) {
        if names.len() > 1 {
            shell.err("readlink: ignoring --no-newline with multiple arguments\n");
        } else {
            end = "";
        }
    }
    let mut status = 0;
    for name in &names {
        // busybox looks for what is not there by its folder only.
        let is_bare = is_busybox && !name.contains('/') && shell.fs.lstat(&shell.cwd, name).is_err();
        let answer = match mode(&flags) {
            Some(_) if is_bare => Err("No such file or directory"),
            Some(required) => canonical(shell, name, required).ok_or("No such file or directory"),
            None => match shell.fs.lstat(&shell.cwd, name).map(|(_, node)| node.kind.clone()) {
                Ok(Kind::Symlink(target)) => Ok(target.to_string()),
                Ok(_) => Err("Invalid argument"),
                Err(_) => Err("No such file or directory"),
            },
        };
        match answer {
            Ok(text) => shell.out(text + end),
            Err(_) if shell.fs.may_hide(&shell.cwd, name) => {
                shell.gap("unlisted-file", name);
                status = 1;
            }
            Err(why) => {
                if has(&flags, &["v", "verbose"]) {
                    let why = match (is_busybox, why) {
                        (true, "Invalid argument") => "cannot read link: not a symlink",
                        (true, _) => "cannot read link: No such file or directory",
                        (false, why) => why,
                    };
                    shell.err(format!("readlink: {}: {why}\n", quoted(name)));
                }
                status = 1;
            }
        }
    }
    status
}
