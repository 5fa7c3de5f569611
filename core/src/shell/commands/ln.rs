//! `ln` and `link`.

use super::landing::landing;
use super::{has, only, options};
use crate::fs::{Errno, FsError, Kind, path};
use crate::shell::Shell;

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
                        super::realpath::relative(&real, path::parent(&place))
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
