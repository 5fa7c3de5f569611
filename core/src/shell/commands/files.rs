//! mkdir, rmdir, rm, mv, ln, link, mknod, install.

use super::{has, only, options, value};
use crate::fs::{Content, Errno, FsError, Kind, Special, Tree, path};
use crate::shell::Shell;

/// The mode that `-m` asks for, applied to `old`.
fn wanted_mode(shell: &Shell, flags: &[(String, Option<String>)], old: u32, is_dir: bool) -> Option<u32> {
    super::ownership::parse_mode(value(flags, &["m", "mode"])?, old, is_dir, shell.umask)
}

pub(super) fn mkdir(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, names) = options(argv, "m");
    only(shell, "mkdir", &flags, &["p", "parents", "m", "mode", "v"]);
    let parents = has(&flags, &["p", "parents"]);
    let usual = shell.folder_mode();
    let wanted = wanted_mode(shell, &flags, 0o777, true);
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
            // What is there already counts, links followed; the rest is made below it.
            let mut above = full.as_str();
            while shell.fs.stat("/", above).is_err() && above != "/" {
                above = path::parent(above);
            }
            let allowed = match shell.fs.stat("/", above) {
                Ok((place, node)) if above != full && node.is_dir() => shell.may_write(&path::join(&place, "new")),
                _ => Ok(()),
            };
            allowed.and_then(|()| shell.fs.mkdir_all(&full, usual, uid, gid)).map(|real| {
                if !existed && mode != usual {
                    shell.fs.chmod(&real, mode);
                }
            })
        } else {
            shell.destination(name).and_then(|place| shell.fs.mkdir(&place, mode, uid, gid))
        };
        let made = made.map(|_| ());
        match made {
            Ok(_) if has(&flags, &["v"]) => shell.out(match shell.dialect() {
                "ash" => format!("created directory: '{name}'\n"),
                _ => format!("mkdir: created directory '{name}'\n"),
            }),
            Ok(_) => {}
            Err(error) => {
                // A file in the place itself is another mishap than one above it.
                let is_there = shell.fs.stat(&shell.cwd, name).is_ok_and(|(_, node)| !node.is_dir());
                let error = if is_there { FsError { errno: Errno::Eexist, ..error } } else { error };
                status = shell.complain("mkdir", &format!("cannot create directory ‘{name}’"), &error);
            }
        }
    }
    status
}

pub(super) fn rmdir(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, names) = options(argv, "");
    only(shell, "rmdir", &flags, &["p", "parents", "ignore-fail-on-non-empty"]);
    let parents = has(&flags, &["p", "parents"]);
    let mut status = 0;
    // `-p a/b` means a/b, then a.
    let above = |name: &String| -> Vec<String> {
        let name = name.trim_end_matches('/');
        let ends = name.match_indices('/').map(|(at, _)| at).filter(|at| parents && *at > 0);
        let mut all: Vec<String> = ends.filter_map(|at| name.get(..at)).map(str::to_string).collect();
        all.push(name.to_string());
        all.reverse();
        all
    };
    for name in &names.iter().flat_map(above).collect::<Vec<_>>() {
        let result = shell.fs.lstat(&shell.cwd, name).and_then(|(place, node)| {
            let fail = |errno| Err(FsError { errno, path: name.clone() });
            match node.kind {
                Kind::Dir { partial: true } => fail(Errno::Enotempty),
                Kind::Dir { .. } if shell.fs.children(&place).is_empty() => Ok(place),
                Kind::Dir { .. } => fail(Errno::Enotempty),
                _ => fail(Errno::Enotdir),
            }
        });
        let allowed = result.and_then(|place| shell.removable(&place).map(|()| place));
        if let Err(error) = allowed.and_then(|place| shell.fs.remove(&place)) {
            if error.errno == Errno::Enotempty && has(&flags, &["ignore-fail-on-non-empty"]) {
                continue;
            }
            let what = match shell.dialect() {
                "ash" => format!("'{name}'"),
                _ => format!("failed to remove '{name}'"),
            };
            status = shell.complain("rmdir", &what, &error);
        }
    }
    status
}

pub(super) fn rm(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, names) = options(argv, "");
    only(shell, "rm", &flags, &["r", "R", "f", "v", "i", "d", "recursive", "force", "dir"]);
    let recursive = has(&flags, &["r", "R", "recursive"]);
    let force = has(&flags, &["f", "force"]);
    let mut status = 0;
    for name in &names {
        match shell.fs.lstat(&shell.cwd, name) {
            Ok((place, node))
                if node.is_dir()
                    && !(recursive || has(&flags, &["d", "dir"]) && shell.fs.children(&place).is_empty()) =>
            {
                let error = FsError { errno: Errno::Eisdir, path: name.clone() };
                status = match shell.dialect() {
                    "ash" => {
                        shell.err(format!("rm: '{name}' is a directory\n"));
                        1
                    }
                    _ => shell.complain("rm", &format!("cannot remove '{name}'"), &error),
                };
            }
            Ok(_) if [".", ".."].contains(&name.trim_end_matches('/').rsplit('/').next().unwrap_or("")) => {
                shell.err(match shell.dialect() {
                    "ash" => "rm: can't remove '.' or '..'\n".to_string(),
                    _ => format!("rm: refusing to remove '.' or '..' directory: skipping '{name}'\n"),
                });
                status = 1;
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
    if let Err(error) = shell.removable(place) {
        return shell.complain("rm", &format!("cannot remove '{shown}'"), &error);
    }
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

/// Where a copy, a move or a link of `source` to `target` ends up.
pub(super) fn landing(shell: &mut Shell, source: &str, target: &str, into: bool) -> Result<String, FsError> {
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

/// Where a file goes, as messages tell it: into a folder under its own name.
pub(super) fn shown_target(shell: &Shell, name: &str, target: &str) -> String {
    match shell.fs.stat(&shell.cwd, target).is_ok_and(|(_, node)| node.is_dir()) {
        true => format!("{}/{}", target.trim_end_matches('/'), path::file_name(name.trim_end_matches('/'))),
        false => target.to_string(),
    }
}

/// What rename(2) refuses: a folder over a file, a file over a folder, a folder over one that is not empty.
fn replaceable(fs: &Tree, from: &str, to: &str) -> Result<(), FsError> {
    let is_dir = fs.get(from).is_some_and(|node| node.is_dir());
    let errno = match fs.get(to).filter(|_| from != to) {
        Some(node) if node.is_dir() && !is_dir => Errno::Eisdir,
        Some(node) if !node.is_dir() && is_dir => Errno::Enotdir,
        Some(node) if node.is_dir() && !fs.children(to).is_empty() => Errno::Enotempty,
        _ => return Ok(()),
    };
    Err(FsError { errno, path: to.to_string() })
}

pub(super) fn mv(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, mut names) = options(argv, "t");
    only(
        shell,
        "mv",
        &flags,
        &["f", "n", "v", "t", "T", "u", "i", "no-clobber", "force", "update", "verbose", "no-target-directory"],
    );
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
                    let verb = if shell.dialect() == "ash" { "move" } else { "stat" };
                    status = shell.complain("mv", &format!("cannot {verb} '{name}'"), &error);
                }
                continue;
            }
        };
        let place = match has(&flags, &["T", "no-target-directory"]) {
            true => shell.destination(&target),
            false => landing(shell, name, &target, names.len() > 1),
        };
        let keeps = has(&flags, &["n", "no-clobber"]);
        let updates = has(&flags, &["u", "update"]);
        if shell.dialect() != "ash" && !keeps && place.as_ref().is_ok_and(|to| *to == from) {
            shell.err(format!("mv: '{name}' and '{}' are the same file\n", shown_target(shell, name, &target)));
            status = 1;
            continue;
        }
        let moved = place.and_then(|to| match shell.fs.get(&to) {
            Some(_) if keeps => Ok(()),
            Some(old) if updates && shell.fs.get(&from).is_some_and(|new| new.modified <= old.modified) => Ok(()),
            _ => replaceable(&shell.fs, &from, &to)
                .and_then(|()| shell.removable(&from))
                .and_then(|()| shell.fs.rename(&from, &to)),
        });
        if let Err(error) = moved {
            let shown = shown_target(shell, name, &target);
            // GNU's has sentences of its own for some.
            let own = match (shell.dialect(), error.errno) {
                ("ash", _) => None,
                (_, Errno::Einval) => Some(format!("cannot move '{name}' to a subdirectory of itself, '{shown}'")),
                (_, Errno::Eisdir) => Some(format!("cannot overwrite directory '{shown}' with non-directory")),
                (_, Errno::Enotdir) => {
                    Some(format!("cannot overwrite non-directory '{shown}' with directory '{name}'"))
                }
                _ => None,
            };
            status = match own {
                Some(words) => {
                    shell.err(format!("mv: {words}\n"));
                    1
                }
                None => shell.complain("mv", &format!("cannot move '{name}' to '{shown}'"), &error),
            };
        }
    }
    status
}

pub(super) fn ln(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, names) = options(argv, "");
    only(shell, "ln", &flags, &["s", "f", "n", "r", "v", "T", "P", "L", "symbolic", "force", "relative"]);
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
        let landed = match has(&flags, &["T"]) {
            true => shell.fs.resolve(&shell.cwd, &target, false),
            false => landing(shell, source, &target, sources.len() > 1),
        };
        let place = match landed {
            // A link that exists is itself the target, but one to a folder, which is entered.
            _ if is_link(shell) && (has(&flags, &["n", "T"]) || !leads_to_folder(shell)) => {
                shell.fs.resolve(&shell.cwd, &target, false)
            }
            place => place,
        };
        let made = place.and_then(|place| {
            let old = shell.fs.get(&place).filter(|_| has(&flags, &["f", "force"]));
            match old.map(|node| node.is_dir()) {
                // No folder makes way for a link.
                Some(true) => return Err(FsError { errno: Errno::Eexist, path: place }),
                Some(false) => shell.fs.remove(&place)?,
                None => {}
            }
            if symbolic {
                let (uid, gid) = (shell.user.uid, shell.user.gid);
                let target = match has(&flags, &["r", "relative"]) {
                    true => {
                        let full = path::join(&shell.cwd, source);
                        let real = shell.fs.resolve("/", &full, true).unwrap_or(full);
                        super::paths::relative(&real, path::parent(&place))
                    }
                    false => source.clone(),
                };
                shell.fs.symlink(&target, &place, uid, gid)
            } else {
                // Of a link another name is made, not of what it leads to.
                let from = shell.fs.resolve(&shell.cwd, source, has(&flags, &["L"]));
                let from = from.ok().filter(|from| shell.fs.get(from).is_some());
                match from {
                    Some(from) => shell.fs.link(&from, &place),
                    None => Err(FsError { errno: Errno::Enoent, path: String::new() }),
                }
            }
        });
        if let Err(error) = made {
            // Of a hard link what it leads to may be what is missing.
            if !symbolic && error.path.is_empty() {
                status = shell.complain("ln", &format!("failed to access '{source}'"), &error);
                continue;
            }
            let kind = if symbolic { "symbolic" } else { "hard" };
            if !symbolic && error.errno == Errno::Eperm && shell.dialect() != "ash" {
                shell.err(format!("ln: {source}: hard link not allowed for directory\n"));
                status = 1;
                continue;
            }
            status = shell.complain("ln", &format!("failed to create {kind} link '{target}'"), &error);
        }
    }
    status
}

/// `link FILE NAME`: a hard link, and nothing else.
pub(super) fn link(shell: &mut Shell, argv: &[String]) -> i32 {
    let (_, names) = options(argv, "");
    let [source, target] = names.as_slice() else {
        shell.err(if names.is_empty() { "link: missing operand\n" } else { "link: two names are needed\n" });
        return 1;
    };
    let made = shell.resolve(source).and_then(|from| {
        let to = shell.destination(target)?;
        shell.fs.link(&from, &to)
    });
    match made {
        Ok(()) => 0,
        Err(error) => shell.complain("link", &format!("cannot create link '{target}' to '{source}'"), &error),
    }
}

/// `mknod [-m MODE] NAME b|c MAJOR MINOR` and `mknod NAME p`: which device it is weighs nothing.
pub(super) fn mknod(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, words) = options(argv, "m");
    only(shell, "mknod", &flags, &["m", "mode"]);
    let kind = match words.get(1..).unwrap_or(&[]).iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["p"] => Special::Fifo,
        ["c" | "u", _, _] => Special::CharDevice,
        ["b", _, _] => Special::BlockDevice,
        _ => {
            shell.err("mknod: missing operand\n");
            return 1;
        }
    };
    let wanted = wanted_mode(shell, &flags, 0o666, false);
    let (mode, uid, gid) = (wanted.unwrap_or(shell.file_mode()), shell.user.uid, shell.user.gid);
    let Some(name) = words.first() else { return 1 };
    let made = match uid {
        0 => shell.destination(name).and_then(|place| shell.fs.special(kind, &place, mode, uid, gid)),
        _ => Err(FsError { errno: Errno::Eperm, path: name.clone() }),
    };
    made.map_or_else(|error| shell.complain("mknod", name, &error), |()| 0)
}

pub(super) fn mkfifo(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, names) = options(argv, "m");
    only(shell, "mkfifo", &flags, &["m", "mode"]);
    let wanted = wanted_mode(shell, &flags, 0o666, false);
    let mode = wanted.unwrap_or(shell.file_mode());
    let (uid, gid) = (shell.user.uid, shell.user.gid);
    let mut status = 0;
    for name in &names {
        let made = shell.destination(name).and_then(|place| shell.fs.special(Special::Fifo, &place, mode, uid, gid));
        if let Err(error) = made {
            let what = if shell.dialect() == "ash" { name.clone() } else { format!("cannot create fifo ‘{name}’") };
            status = shell.complain("mkfifo", &what, &error);
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
        &[
            "m",
            "mode",
            "d",
            "D",
            "o",
            "g",
            "c",
            "s",
            "v",
            "p",
            "t",
            "owner",
            "group",
            "directory",
            "verbose",
            "preserve-timestamps",
        ],
    );
    let id = |shell: &Shell, file: &str, name: Option<&str>| {
        name.and_then(|name| super::ownership::id(&shell.fs, file, name))
    };
    let owner = id(shell, "/etc/passwd", value(&flags, &["o", "owner"])).unwrap_or(shell.user.uid);
    let group = id(shell, "/etc/group", value(&flags, &["g", "group"])).unwrap_or(shell.user.gid);
    let mode = wanted_mode(shell, &flags, 0, true).unwrap_or(0o755);
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
        let mut modified = None;
        let content = match shell.fs.stat(&shell.cwd, name) {
            _ if name == "/dev/null" => Content::inline([]),
            Ok((_, node)) => {
                modified = Some(node.modified).filter(|_| has(&flags, &["p", "preserve-timestamps"]));
                node.content().cloned().unwrap_or_else(|| Content::inline([]))
            }
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
            shell.fs.write(&to, content, mode, owner, group)?;
            if let Some(modified) = modified {
                shell.fs.set_modified(&to, modified);
            }
            Ok(())
        });
        if let Err(error) = made {
            status = shell.complain("install", &format!("cannot create regular file '{target}'"), &error);
        }
    }
    status
}
