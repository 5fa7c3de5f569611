//! mkdir, rmdir, rm, cp, mv, ln, touch.

use super::{has, only, options, value};
use crate::fs::{Content, Errno, FsError, Kind, Special, Tree, path};
use crate::shell::Shell;

pub(super) fn mkdir(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, names) = options(argv, "m");
    only(shell, "mkdir", &flags, &["p", "parents", "m", "mode", "v"]);
    let parents = has(&flags, &["p", "parents"]);
    let usual = shell.folder_mode();
    let wanted = value(&flags, &["m", "mode"]).and_then(|text| super::ownership::parse_mode(text, 0o777, true));
    let mode = wanted.unwrap_or(usual);
    let (uid, gid) = (shell.user.uid, shell.user.gid);
    let mut status = 0;
    if names.is_empty() {
        shell.err("mkdir: missing operand\n");
        return 1;
    }
    for name in &names {
        let made = if parents {
            let full = path::join(&shell.cwd, name);
            let existed = shell.fs.stat("/", &full).is_ok();
            shell.fs.mkdir_all(&full, usual, uid, gid).map(|real| {
                if !existed && mode != usual {
                    shell.fs.chmod(&real, mode);
                }
            })
        } else {
            shell.destination(name).and_then(|place| shell.fs.mkdir(&place, mode, uid, gid))
        };
        if let Err(error) = made {
            status = shell.complain("mkdir", &format!("cannot create directory ‘{name}’"), &error);
        }
    }
    status
}

pub(super) fn rmdir(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, names) = options(argv, "");
    only(shell, "rmdir", &flags, &[]);
    let mut status = 0;
    for name in &names {
        let result = shell.fs.lstat(&shell.cwd, name).and_then(|(place, node)| {
            let fail = |errno| Err(FsError { errno, path: name.clone() });
            match node.kind {
                Kind::Dir { partial: true } => fail(Errno::Enotempty),
                Kind::Dir { .. } if shell.fs.children(&place).is_empty() => Ok(place),
                Kind::Dir { .. } => fail(Errno::Enotempty),
                _ => fail(Errno::Enotdir),
            }
        });
        if let Err(error) = result.and_then(|place| shell.fs.remove(&place)) {
            status = shell.complain("rmdir", &format!("failed to remove '{name}'"), &error);
        }
    }
    status
}

pub(super) fn rm(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, names) = options(argv, "");
    only(shell, "rm", &flags, &["r", "R", "f", "v", "i", "recursive", "force"]);
    let recursive = has(&flags, &["r", "R", "recursive"]);
    let force = has(&flags, &["f", "force"]);
    let mut status = 0;
    for name in &names {
        match shell.fs.lstat(&shell.cwd, name) {
            Ok((_, node)) if node.is_dir() && !recursive => {
                let error = FsError { errno: Errno::Eisdir, path: name.clone() };
                status = shell.complain("rm", &format!("cannot remove '{name}'"), &error);
            }
            Ok((place, node)) => {
                if node.holds_unknown() {
                    shell.gap("unlisted-removal", name);
                }
                status = status.max(remove(shell, &place, name));
            }
            Err(_) if shell.fs.may_hide(&shell.cwd, name) => {
                // It may exist in the base image: then a whiteout would be made, which weighs nothing.
                shell.gap("unlisted-removal", name);
            }
            Err(_) if force => {}
            Err(error) => status = shell.complain("rm", &format!("cannot remove '{name}'"), &error),
        }
    }
    status
}

/// Removes what can be removed; of a folder with mounts in it the rest.
fn remove(shell: &mut Shell, place: &str, shown: &str) -> i32 {
    let Err(error) = shell.fs.remove(place) else { return 0 };
    let below: Vec<String> = shell.fs.children(place).iter().map(|(name, _)| (*name).to_string()).collect();
    if below.is_empty() {
        return shell.complain("rm", &format!("cannot remove '{shown}'"), &error);
    }
    for name in below {
        remove(shell, &path::join(place, &name), &format!("{}/{name}", shown.trim_end_matches('/')));
    }
    1
}

pub(super) fn touch(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, names) = options(argv, "dtr");
    only(shell, "touch", &flags, &["c", "a", "m", "d", "t", "r"]);
    let mut status = 0;
    for name in &names {
        let place = match shell.destination(name) {
            Ok(place) => place,
            Err(error) => {
                status = shell.complain("touch", &format!("cannot touch '{name}'"), &error);
                continue;
            }
        };
        if shell.fs.get(&place).is_some() {
            match shell.fs.writable(&place) {
                Ok(()) => shell.fs.touch(&place),
                Err(error) => status = shell.complain("touch", &format!("cannot touch '{name}'"), &error),
            }
        } else if !has(&flags, &["c"]) {
            let (uid, gid, mode) = (shell.user.uid, shell.user.gid, shell.file_mode());
            if let Err(error) = shell.fs.write(&place, Content::inline([]), mode, uid, gid) {
                status = shell.complain("touch", &format!("cannot touch '{name}'"), &error);
            }
        }
    }
    status
}

/// Where a copy, a move or a link of `source` to `target` ends up.
fn landing(shell: &mut Shell, source: &str, target: &str, into: bool) -> Result<String, FsError> {
    if into && shell.fs.stat(&shell.cwd, target).is_err() {
        // Only a folder that may be there can be meant.
        shell.destination(&format!("{}/-", target.trim_end_matches('/')))?;
    }
    let place = shell.destination(target)?;
    let is_dir = shell.fs.get(&place).is_some_and(|node| node.is_dir());
    if into && !is_dir {
        let errno = if shell.fs.get(&place).is_some() { Errno::Enotdir } else { Errno::Enoent };
        return Err(FsError { errno, path: target.to_string() });
    }
    if is_dir {
        let name = path::file_name(source.trim_end_matches('/'));
        return Ok(path::join(&place, name));
    }
    Ok(place)
}

/// Copies one node with what is below it.
fn copy(
    fs: &mut Tree,
    from: &str,
    to: &str,
    (keep, follow, busybox): (bool, bool, bool),
    (uid, gid): (u32, u32),
) -> Result<(), FsError> {
    let nodes: Vec<(String, crate::fs::Node)> =
        fs.walk(from).map(|(key, node)| (key.to_string(), node.clone())).collect();
    if path::is_within(to, from) && nodes.len() > 1 {
        return Err(FsError { errno: Errno::Einval, path: to.to_string() });
    }
    for (key, node) in nodes {
        let place = format!("{to}{}", key.get(from.len()..).unwrap_or(""));
        let (owner, group) = if keep { (node.uid, node.gid) } else { (uid, gid) };
        match &node.kind {
            Kind::Dir { .. } => {
                if !fs.get(&place).is_some_and(|old| old.is_dir()) {
                    fs.mkdir(&place, node.mode, owner, group)?;
                }
                fs.bring_unlisted(&place, &node);
            }
            Kind::Special(kind) => fs.special(*kind, &place, node.mode, owner, group)?,
            Kind::Symlink(target) if !follow => {
                if fs.get(&place).is_some() {
                    fs.remove(&place)?;
                }
                fs.symlink(target, &place, owner, group)?;
            }
            Kind::Symlink(_) => {
                let (_, target) = fs.stat("/", &key)?;
                if let Some(content) = target.content().cloned() {
                    let mode = target.mode;
                    fs.write(&place, content, mode, owner, group)?;
                }
            }
            Kind::File(content) => {
                fs.write(&place, content.clone(), node.mode, owner, group)?;
                if keep {
                    fs.chown(&place, Some(owner), Some(group));
                    // busybox changes the owner last, which takes setuid away.
                    let lent = if busybox && node.mode & 0o010 != 0 {
                        0o6000
                    } else if busybox {
                        0o4000
                    } else {
                        0
                    };
                    fs.chmod(&place, node.mode & !lent);
                }
            }
        }
    }
    Ok(())
}

pub(super) fn cp(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, mut names) = options(argv, "t");
    only(
        shell,
        "cp",
        &flags,
        &["r", "R", "a", "p", "f", "v", "d", "P", "L", "t", "n", "recursive", "archive", "no-clobber"],
    );
    let recursive = has(&flags, &["r", "R", "a", "recursive", "archive"]);
    let keep = has(&flags, &["a", "p", "archive"]);
    let follow = !has(&flags, &["a", "d", "P", "archive"]) && (!recursive || has(&flags, &["L"]));
    let busybox = shell.dialect() == "ash";
    let target = value(&flags, &["t"]).map(str::to_string).or_else(|| names.pop());
    let (Some(target), false) = (target, names.is_empty()) else {
        shell.err("cp: missing file operand\n");
        return 1;
    };
    let mut status = 0;
    for name in &names {
        let found = if follow { shell.fs.stat(&shell.cwd, name) } else { shell.fs.lstat(&shell.cwd, name) };
        let (from, is_dir) = match found {
            Ok((from, node)) => (from, node.is_dir()),
            Err(_) if shell.fs.may_hide(&shell.cwd, name) => {
                shell.gap("unlisted-file", name);
                continue;
            }
            Err(error) => {
                status = shell.complain("cp", &format!("cannot stat '{name}'"), &error);
                continue;
            }
        };
        if is_dir && !recursive {
            shell.err(format!("cp: -r not specified; omitting directory '{name}'\n"));
            status = 1;
            continue;
        }
        let owner = (shell.user.uid, shell.user.gid);
        let copied = landing(shell, if name == "." { "" } else { name }, &target, names.len() > 1).and_then(|to| {
            match shell.fs.get(&to) {
                Some(_) if has(&flags, &["n", "no-clobber"]) => Ok(()),
                _ => copy(&mut shell.fs, &from, &to, (keep, follow, busybox), owner),
            }
        });
        if let Err(error) = copied {
            status = shell.complain("cp", &format!("cannot create regular file '{target}'"), &error);
        }
    }
    status
}

pub(super) fn mv(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, mut names) = options(argv, "t");
    only(shell, "mv", &flags, &["f", "n", "v", "t", "T", "no-clobber", "force"]);
    let target = value(&flags, &["t"]).map(str::to_string).or_else(|| names.pop());
    let (Some(target), false) = (target, names.is_empty()) else {
        shell.err("mv: missing file operand\n");
        return 1;
    };
    let mut status = 0;
    for name in &names {
        let from = match shell.fs.lstat(&shell.cwd, name) {
            Ok((from, _)) => from,
            Err(error) => {
                if shell.fs.may_hide(&shell.cwd, name) {
                    shell.gap("unlisted-file", name);
                } else {
                    status = shell.complain("mv", &format!("cannot stat '{name}'"), &error);
                }
                continue;
            }
        };
        let place = landing(shell, name, &target, names.len() > 1);
        let keeps = has(&flags, &["n", "no-clobber"]);
        let moved = place.and_then(|to| match shell.fs.get(&to) {
            Some(_) if keeps => Ok(()),
            _ => shell.fs.rename(&from, &to),
        });
        if let Err(error) = moved {
            status = shell.complain("mv", &format!("cannot move '{name}' to '{target}'"), &error);
        }
    }
    status
}

pub(super) fn ln(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, names) = options(argv, "");
    only(shell, "ln", &flags, &["s", "f", "n", "v", "T", "symbolic", "force"]);
    let symbolic = has(&flags, &["s", "symbolic"]);
    let (sources, target) = match names.as_slice() {
        [] => {
            shell.err("ln: missing file operand\n");
            return 1;
        }
        [only] => (vec![only.clone()], ".".to_string()),
        [sources @ .., target] => (sources.to_vec(), target.clone()),
    };
    let mut status = 0;
    let is_link = |shell: &Shell| {
        let found = shell.fs.lstat(&shell.cwd, &target);
        found.is_ok_and(|(_, node)| matches!(node.kind, Kind::Symlink(_)))
    };
    let leads_to_folder = |shell: &Shell| shell.fs.stat(&shell.cwd, &target).is_ok_and(|(_, node)| node.is_dir());
    for source in &sources {
        let place = match landing(shell, source, &target, sources.len() > 1) {
            // A link that exists is itself the target, but one to a folder, which is entered.
            _ if is_link(shell) && (has(&flags, &["n", "T"]) || !leads_to_folder(shell)) => {
                shell.fs.resolve(&shell.cwd, &target, false)
            }
            place => place,
        };
        let made = place.and_then(|place| {
            if has(&flags, &["f", "force"]) && shell.fs.get(&place).is_some() {
                shell.fs.remove(&place)?;
            }
            if symbolic {
                let (uid, gid) = (shell.user.uid, shell.user.gid);
                shell.fs.symlink(source, &place, uid, gid)
            } else {
                let from = shell.resolve(source)?;
                shell.fs.link(&from, &place)
            }
        });
        if let Err(error) = made {
            let kind = if symbolic { "symbolic" } else { "hard" };
            status = shell.complain("ln", &format!("failed to create {kind} link '{target}'"), &error);
        }
    }
    status
}

pub(super) fn mkfifo(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, names) = options(argv, "m");
    only(shell, "mkfifo", &flags, &["m", "mode"]);
    let wanted = value(&flags, &["m", "mode"]).and_then(|text| super::ownership::parse_mode(text, 0o666, false));
    let mode = wanted.unwrap_or(shell.file_mode());
    let (uid, gid) = (shell.user.uid, shell.user.gid);
    let mut status = 0;
    for name in &names {
        let made = shell.destination(name).and_then(|place| shell.fs.special(Special::Fifo, &place, mode, uid, gid));
        if let Err(error) = made {
            status = shell.complain("mkfifo", name, &error);
        }
    }
    status
}

pub(super) fn install(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, mut names) = options(argv, "mogt");
    only(
        shell,
        "install",
        &flags,
        &["m", "mode", "d", "D", "o", "g", "c", "s", "v", "p", "t", "owner", "group", "directory", "verbose"],
    );
    let id = |shell: &Shell, file: &str, name: Option<&str>| {
        name.and_then(|name| super::ownership::id(&shell.fs, file, name))
    };
    let owner = id(shell, "/etc/passwd", value(&flags, &["o", "owner"])).unwrap_or(shell.user.uid);
    let group = id(shell, "/etc/group", value(&flags, &["g", "group"])).unwrap_or(shell.user.gid);
    let mode =
        value(&flags, &["m", "mode"]).and_then(|text| super::ownership::parse_mode(text, 0, true)).unwrap_or(0o755);
    let mut status = 0;
    if has(&flags, &["d", "directory"]) {
        for name in &names {
            let full = path::join(&shell.cwd, name);
            match shell.fs.mkdir_all(&full, 0o755, shell.user.uid, shell.user.gid) {
                Ok(place) => {
                    shell.fs.chmod(&place, mode);
                    shell.fs.chown(&place, Some(owner), Some(group));
                }
                Err(error) => status = shell.complain("install", &format!("cannot create directory '{name}'"), &error),
            }
        }
        return status;
    }
    let target = value(&flags, &["t"]).map(str::to_string).or_else(|| names.pop());
    let (Some(target), false) = (target, names.is_empty()) else {
        shell.err("install: missing file operand\n");
        return 1;
    };
    if has(&flags, &["D"]) {
        let full = path::join(&shell.cwd, &target);
        let folder = if has(&flags, &["t"]) { full.as_str() } else { path::parent(&full) };
        let _ = shell.fs.mkdir_all(folder, 0o755, shell.user.uid, shell.user.gid);
    }
    for name in &names {
        let content = match shell.fs.stat(&shell.cwd, name) {
            _ if name == "/dev/null" => Content::inline([]),
            Ok((_, node)) => node.content().cloned().unwrap_or_else(|| Content::inline([])),
            Err(_) if shell.fs.may_hide(&shell.cwd, name) => {
                shell.gap("unlisted-file", name);
                continue;
            }
            Err(error) => {
                status = shell.complain("install", &format!("cannot stat '{name}'"), &error);
                continue;
            }
        };
        let made = landing(shell, name, &target, names.len() > 1).and_then(|to| {
            if shell.fs.get(&to).is_some() {
                shell.fs.remove(&to)?;
            }
            shell.fs.write(&to, content, mode, owner, group)
        });
        if let Err(error) = made {
            status = shell.complain("install", &format!("cannot create regular file '{target}'"), &error);
        }
    }
    status
}
