//! `mv`.

use super::destination::{is_refused, landing, shown_target};
use crate::fs::{Errno, FsError, Tree, path};
use crate::shell::Shell;
use crate::shell::getopt::{has, only, options, value};
use crate::shell::unpacked_folders::has_version;

pub(crate) fn mv(shell: &mut Shell, argv: &[String]) -> i32 {
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
    let whole = has(&flags, &["T", "no-target-directory"]);
    for name in &names {
        let from = match shell.fs.lstat(&shell.cwd, name) {
            Ok((from, _)) => from,
            Err(error) => {
                if shell.fs.may_hide(&shell.cwd, name) {
                    if !move_unpacked(shell, name, &target, names.len() > 1) {
                        shell.gap("unlisted-file", name);
                    }
                } else {
                    let verb = if shell.dialect() == "ash" { "move" } else { "stat" };
                    status = shell.complain("mv", &format!("cannot {verb} '{name}'"), &error);
                }
                continue;
            }
        };
        if !whole && is_refused(shell, "mv", &target, names.len() > 1) {
            return 1;
        }
        let place = match whole {
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
        if moved.is_ok() && has(&flags, &["v", "verbose"]) {
            let shown = shown_target(shell, name, &target);
            shell.out(match shell.dialect() {
                "ash" => format!("'{name}' -> '{shown}'\n"),
                _ => format!("renamed '{name}' -> '{shown}'\n"),
            });
        }
        if let Err(error) = moved {
            let shown = shown_target(shell, name, &target);
            let copies = shell.fs.is_copied_by_mv(&from);
            // GNU's has sentences of its own for some.
            let own = match (shell.dialect(), error.errno) {
                ("ash", Errno::Enotempty) if copies => Some(format!("can't remove '{shown}': Is a directory")),
                (_, Errno::Enotempty) if copies => Some(format!(
                    "inter-device move failed: '{name}' to '{shown}'; unable to remove target: Directory not empty"
                )),
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

/// Moves something unlisted out of the folder that an archive was unpacked into. Returns whether its size is known there.
fn move_unpacked(shell: &mut Shell, name: &str, target: &str, several: bool) -> bool {
    let parent = path::join(&shell.cwd, name);
    let has_parent = shell.fs.stat("/", path::parent(&parent)).is_ok();
    if has_parent && has_version(path::file_name(&parent)) && shell.enter_unpacked(name) {
        let from = shell.fs.resolve(&shell.cwd, name, false);
        let to = landing(shell, name, target, several);
        return from.and_then(|from| shell.fs.rename(&from, &to?)).is_ok();
    }
    let Some(size) = shell.take_unpacked(name, true) else { return false };
    let Ok(place) = landing(shell, name, target, several) else { return false };
    shell.put_unpacked(&place, name, size);
    shell.gap("unlisted-files", name);
    true
}
