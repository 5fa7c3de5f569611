//! `mkdir` and `rmdir`.

use super::ownership::wanted_mode;
use super::{has, only, options};
use crate::fs::{Errno, FsError, Kind, path};
use crate::shell::Shell;

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
        // The folders that are made on the way, of which GNU's tells, too.
        let mut missing: Vec<String> = Vec::new();
        let made = if parents {
            let full = path::join(&shell.cwd, name);
            let existed = shell.fs.stat("/", &full).is_ok();
            if has(&flags, &["v"]) {
                missing.extend(lacking(shell, name));
            }
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
                _ if parents => missing.iter().map(|name| format!("mkdir: created directory '{name}'\n")).collect(),
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

/// The folders of a path that are not there yet.
pub(super) fn lacking(shell: &Shell, name: &str) -> Vec<String> {
    let name = name.trim_end_matches('/');
    let ends = name.match_indices('/').map(|(at, _)| at).filter(|at| *at > 0).chain([name.len()]);
    let parts = ends.filter_map(|at| name.get(..at)).filter(|part| !part.is_empty() && !part.ends_with('/'));
    parts.filter(|part| shell.fs.stat(&shell.cwd, part).is_err()).map(str::to_string).collect()
}

pub(super) fn rmdir(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, names) = options(argv, "");
    only(shell, "rmdir", &flags, &["p", "parents", "v", "ignore-fail-on-non-empty"]);
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
        let name = if name.is_empty() { "/" } else { name };
        if has(&flags, &["v"]) {
            shell.out(format!("rmdir: removing directory, '{name}'\n"));
        }
        let result = shell.fs.lstat(&shell.cwd, name).and_then(|(place, node)| {
            let fail = |errno| Err(FsError { errno, path: name.to_string() });
            if place == "/" {
                return fail(Errno::Ebusy);
            }
            shell.removable(&place)?;
            match node.kind {
                _ if name == "." || name.ends_with("/.") => fail(Errno::Einval),
                Kind::Dir { partial: true } => fail(Errno::Enotempty),
                Kind::Dir { .. } if shell.fs.children(&place).is_empty() => Ok(place),
                Kind::Dir { .. } => fail(Errno::Enotempty),
                _ => fail(Errno::Enotdir),
            }
        });
        if let Err(error) = result.and_then(|place| shell.fs.remove(&place)) {
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
