//! chmod, chown, chgrp.

use super::{has, only, options, value};
use crate::exec::Credentials;
use crate::fs::{Doubt, Kind, Node, path};
use crate::shell::Shell;

/// The paths an operand stands for: itself, and with `-R` everything below it. Links are passed over,
/// or meant themselves.
fn targets(shell: &mut Shell, command: &str, name: &str, recursive: bool, links: bool) -> Result<Vec<String>, i32> {
    let found = if links { shell.fs.lstat(&shell.cwd, name) } else { shell.fs.stat(&shell.cwd, name) };
    match found {
        Ok((real, node)) => {
            if recursive && node.holds_unknown() {
                shell.gap("unlisted-file", name);
            }
            let is_link = shell.fs.lstat(&shell.cwd, name).is_ok_and(|(_, node)| matches!(node.kind, Kind::Symlink(_)));
            // busybox goes into no folder that a link leads to.
            if !recursive || is_link && shell.dialect() == "ash" {
                return Ok(vec![real]);
            }
            let paths: Vec<String> = shell
                .fs
                .walk(&real)
                .filter(|(_, node)| links || !matches!(node.kind, Kind::Symlink(_)))
                .map(|(key, _)| key.to_string())
                .collect();
            paths.iter().for_each(|place| shell.fs.rewrite_unlisted(place));
            Ok(paths)
        }
        Err(_) if shell.fs.may_hide(&shell.cwd, name) => {
            shell.gap("unlisted-file", name);
            Ok(Vec::new())
        }
        Err(error) => Err(shell.complain(command, &format!("cannot access '{name}'"), &error)),
    }
}

/// The file of `--reference`, from which mode or owner is taken.
fn reference(shell: &mut Shell, command: &str, flags: &[(String, Option<String>)]) -> Result<Option<Node>, i32> {
    let Some(name) = value(flags, &["reference"]) else { return Ok(None) };
    match shell.fs.stat(&shell.cwd, name).map(|(_, node)| node.clone()) {
        Ok(node) => Ok(Some(node)),
        Err(error) => Err(shell.complain(command, &format!("failed to get attributes of '{name}'"), &error)),
    }
}

pub(super) fn chmod(shell: &mut Shell, argv: &[String]) -> i32 {
    // A mode may look like an option: `chmod -x f`.
    let is_mode = |word: &str| word.chars().skip(1).all(|c| "rwxXst,+=-".contains(c)) && !word.starts_with("--");
    let words: Vec<String> = argv
        .iter()
        .enumerate()
        .map(|(i, word)| {
            if i > 0 && word.starts_with('-') && is_mode(word) && word.len() > 1 {
                format!("a{word}")
            } else {
                word.clone()
            }
        })
        .collect();
    let (flags, names) = options(&words, "");
    only(shell, "chmod", &flags, &["R", "v", "f", "c", "recursive", "reference"]);
    let (talks, on_change) = (has(&flags, &["v"]), has(&flags, &["c"]));
    let mut names = names;
    match reference(shell, "chmod", &flags) {
        Ok(Some(node)) => names.insert(0, format!("{:o}", node.mode)),
        Ok(None) => {}
        Err(status) => return status,
    }
    let Some((mode, names)) = names.split_first().filter(|(_, names)| !names.is_empty()) else {
        shell.err("chmod: missing operand\n");
        return 1;
    };
    let mut status = 0;
    for name in names {
        match targets(shell, "chmod", name, has(&flags, &["R", "recursive"]), false) {
            Ok(paths) => {
                for place in paths {
                    let Some(node) = shell.fs.get(&place) else {
                        continue;
                    };
                    let Some(new) = parse_mode(mode, node.mode, node.is_dir(), shell.umask) else {
                        shell.err(match shell.dialect() {
                            "ash" => format!("chmod: invalid mode '{mode}'\n"),
                            _ => format!("chmod: invalid mode: ‘{mode}’\nTry 'chmod --help' for more information.\n"),
                        });
                        return 1;
                    };
                    if shell.user.uid != 0 && shell.user.uid != node.uid {
                        shell.err(format!("chmod: changing permissions of '{name}': Operation not permitted\n"));
                        status = 1;
                        continue;
                    }
                    if let Err(error) = shell.fs.writable(&place) {
                        status = shell.complain("chmod", &format!("changing permissions of '{name}'"), &error);
                        continue;
                    }
                    let (old, before) = (node.mode, letters(node));
                    shell.fs.chmod(&place, new);
                    if (talks || on_change && old != new) && shell.dialect() != "ash" {
                        let shown = shown_below(shell, name, &place);
                        let after = shell.fs.get(&place).map(letters).unwrap_or_default();
                        shell.out(match old == new {
                            true => format!("mode of '{shown}' retained as {new:04o} ({after})\n"),
                            false => {
                                format!("mode of '{shown}' changed from {old:04o} ({before}) to {new:04o} ({after})\n")
                            }
                        });
                    }
                }
            }
            Err(code) => status = code,
        }
    }
    status
}

/// `rwxr-xr-x`.
fn letters(node: &Node) -> String {
    super::stat::mode_text(node).get(1..).unwrap_or("").to_string()
}

/// A path below an operand, as the operand names it.
fn shown_below(shell: &Shell, name: &str, place: &str) -> String {
    let top = shell.fs.resolve(&shell.cwd, name, true).unwrap_or_default();
    format!("{name}{}", place.strip_prefix(&top).unwrap_or(""))
}

/// Octal or symbolic mode (chmod(1)) applied to `old`. What the umask holds back is not set where no letter
/// tells whose bits are meant.
pub(crate) fn parse_mode(text: &str, old: u32, is_dir: bool, umask: u32) -> Option<u32> {
    if text.starts_with(|c: char| c.is_ascii_digit()) {
        return u32::from_str_radix(text, 8).ok().filter(|mode| *mode <= 0o7777);
    }
    let mut mode = old;
    for clause in text.split(',') {
        let at = clause.find(['+', '-', '='])?;
        let (who, rest) = clause.split_at(at);
        let all = who.is_empty();
        let mut mask = 0;
        for c in who.chars() {
            mask |= match c {
                'u' => 0o4700,
                'g' => 0o2070,
                'o' => 0o1007,
                'a' => 0o7777,
                _ => return None,
            };
        }
        if all {
            mask = 0o7777 & !umask;
        }
        let mut operator = '+';
        let mut bits = 0;
        let mut seen = false;
        let apply = |mode: &mut u32, operator: char, bits: u32| match operator {
            '+' => *mode |= bits & mask,
            '-' => *mode &= !(bits & mask),
            // Without a letter all bits go, and the umask's are not set.
            _ => *mode = *mode & !(if all { 0o7777 } else { mask }) | bits & mask,
        };
        for c in rest.chars() {
            bits |= match c {
                '+' | '-' | '=' => {
                    if seen {
                        apply(&mut mode, operator, bits);
                    }
                    (operator, bits, seen) = (c, 0, true);
                    continue;
                }
                'r' => 0o444,
                'w' => 0o222,
                'x' => 0o111,
                'X' => {
                    if is_dir || old & 0o111 != 0 {
                        0o111
                    } else {
                        0
                    }
                }
                's' => 0o6000,
                't' => 0o1000,
                'u' => mode >> 6 & 7 | (mode >> 6 & 7) << 3 | (mode >> 6 & 7) << 6,
                'g' => mode >> 3 & 7 | (mode >> 3 & 7) << 3 | (mode >> 3 & 7) << 6,
                'o' => mode & 7 | (mode & 7) << 3 | (mode & 7) << 6,
                _ => return None,
            };
        }
        apply(&mut mode, operator, bits);
    }
    Some(mode)
}

/// The id of a user or group: a number, or a name from /etc/passwd or /etc/group.
pub(crate) fn id(fs: &crate::fs::Tree, file: &str, name: &str) -> Option<u32> {
    if let Ok(number) = name.parse() {
        return Some(number);
    }
    let (_, node) = fs.stat("/", file).ok()?;
    let text = String::from_utf8_lossy(node.content()?.bytes()?).into_owned();
    text.lines().find_map(|line| {
        let mut fields = line.split(':');
        (fields.next() == Some(name)).then(|| fields.nth(1).and_then(|id| id.parse().ok())).flatten()
    })
}

fn change_owner(shell: &mut Shell, argv: &[String], group_only: bool) -> i32 {
    let command = path::file_name(argv.first().map_or("chown", String::as_str)).to_string();
    let (flags, names) = options(argv, "");
    only(shell, &command, &flags, &["R", "v", "f", "c", "h", "recursive", "no-dereference", "reference"]);
    if has(&flags, &["v", "c"]) {
        shell.gap("unknown-output", format!("{command} -v"));
    }
    let mut names = names;
    match reference(shell, &command, &flags) {
        Ok(Some(node)) if group_only => names.insert(0, node.gid.to_string()),
        Ok(Some(node)) => names.insert(0, format!("{}:{}", node.uid, node.gid)),
        Ok(None) => {}
        Err(status) => return status,
    }
    let Some((owner, names)) = names.split_first().filter(|(_, names)| !names.is_empty()) else {
        shell.err(format!("{command}: missing operand\n"));
        return 1;
    };
    let (user, group) = if group_only {
        ("", Some(owner.as_str()))
    } else {
        // A dot stands for the colon, where no user is called like that.
        let dot = || owner.split_once('.').filter(|_| id(&shell.fs, "/etc/passwd", owner).is_none());
        let parts = owner.split_once(':').or_else(dot);
        // GNU's is told off since 9.1.
        if !owner.contains(':') && parts.is_some() && shell.dialect() != "ash" {
            shell.err(format!("{command}: warning: '.' should be ':': ‘{owner}’\n"));
        }
        parts.map_or((owner.as_str(), None), |(user, group)| (user, Some(group)))
    };
    // `user:` means the user's own group, too.
    let own_group = group.is_some_and(str::is_empty).then(|| Credentials::of(&shell.fs, user).ok()).flatten();
    let mut ids = [None, None];
    for (slot, file, name, word) in [(0, "/etc/passwd", user, "user"), (1, "/etc/group", group.unwrap_or(""), "group")]
    {
        if name.is_empty() {
            continue;
        }
        match id(&shell.fs, file, name) {
            Some(number) => {
                if let Some(place) = ids.get_mut(slot) {
                    *place = Some(number);
                }
            }
            // A step that is not modelled may have made the name.
            None if shell.fs.doubt() != Doubt::None => shell.gap("unlisted-user", name),
            None => {
                shell.err(match shell.dialect() {
                    "ash" => format!("{command}: unknown {word} {name}\n"),
                    _ => format!("{command}: invalid {word}: ‘{owner}’\n"),
                });
                return 1;
            }
        }
    }
    if let [_, group @ None] = &mut ids {
        *group = own_group.map(|who| who.gid);
    }
    let mut status = 0;
    for name in names {
        // What is met on the way down is changed itself, be it a link.
        let recursive = has(&flags, &["R", "recursive"]);
        let links = recursive || has(&flags, &["h", "no-dereference"]);
        match targets(shell, &command, name, recursive, links) {
            Ok(_) if shell.user.uid != 0 => {
                shell.err(format!("{command}: changing ownership of '{name}': Operation not permitted\n"));
                status = 1;
            }
            Ok(paths) => {
                for place in paths {
                    if let Err(error) = shell.fs.writable(&place) {
                        status = shell.complain(&command, &format!("changing ownership of '{name}'"), &error);
                        continue;
                    }
                    shell.fs.chown(&place, ids[0], ids[1]);
                }
            }
            Err(code) => status = code,
        }
    }
    status
}

pub(super) fn chown(shell: &mut Shell, argv: &[String]) -> i32 {
    change_owner(shell, argv, false)
}

pub(super) fn chgrp(shell: &mut Shell, argv: &[String]) -> i32 {
    change_owner(shell, argv, true)
}

/// The mode that `-m` asks for, applied to `old`.
pub(super) fn wanted_mode(shell: &Shell, flags: &[(String, Option<String>)], old: u32, is_dir: bool) -> Option<u32> {
    parse_mode(value(flags, &["m", "mode"])?, old, is_dir, shell.umask)
}

#[cfg(test)]
mod tests {
    use super::parse_mode;

    #[test]
    fn modes_are_octal_or_symbolic() {
        for (text, old, expected) in [
            ("755", 0o644, 0o755),
            ("+x", 0o644, 0o755),
            ("u+x", 0o644, 0o744),
            ("a-w", 0o666, 0o444),
            ("go=", 0o777, 0o700),
            ("u=rw,go=r", 0o777, 0o644),
            ("u+s", 0o755, 0o4755),
            ("+X", 0o644, 0o644),
            ("g=u", 0o740, 0o770),
        ] {
            assert_eq!(parse_mode(text, old, false, 0o022), Some(expected), "{text}");
        }
        assert_eq!(parse_mode("z+x", 0, false, 0o022), None);
        assert_eq!(parse_mode("99", 0, false, 0o022), None);
    }
}
