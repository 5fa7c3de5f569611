//! `ln` and `link`.

use super::destination::{is_refused, landing, shown_target};
use super::realpath::relative;
use crate::fs::{Errno, FsError, Kind, path};
use crate::shell::Shell;
use crate::shell::getopt::{has, only, options, value};

pub(crate) fn ln(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, mut names) = options(argv, "t");
    names.extend(value(&flags, &["t"]).map(str::to_string));
    only(shell, "ln", &flags, &["t", "s", "f", "n", "r", "v", "T", "P", "L", "symbolic", "force", "relative"]);
    let symbolic = has(&flags, &["s", "symbolic"]);
    let (sources, target) = match names.as_slice() {
        [] => {
            shell.err("ln: missing file operand\n");
            return 1;
        }
        [only] => (vec![only.clone()], ".".to_string()),
        [sources @ .., target] => (sources.to_vec(), target.clone()),
    };
    let several = sources.len() > 1;
    if several && is_refused(shell, "ln", &target, several) {
        return 1;
    }
    let mut status = 0;
    for source in &sources {
        let from = match symbolic {
            true => None,
            // Of a link another name is made, not of what it leads to.
            false => match linked(shell, source, has(&flags, &["L"])) {
                Ok(from) => Some(from),
                Err(_) if shell.fs.may_hide(&shell.cwd, source) => {
                    shell.gap("unlisted-file", source);
                    continue;
                }
                Err(error) => {
                    status = shell.complain("ln", &format!("failed to access '{source}'"), &error);
                    continue;
                }
            },
        };
        let is_link = shell.fs.lstat(&shell.cwd, &target).is_ok_and(|(_, node)| matches!(node.kind, Kind::Symlink(_)));
        let to_folder = shell.fs.stat(&shell.cwd, &target).is_ok_and(|(_, node)| node.is_dir());
        // A link that exists is itself the target, but one to a folder, which is entered.
        let itself = has(&flags, &["T"]) || is_link && (has(&flags, &["n"]) || !to_folder);
        let place = match itself {
            true => shell.fs.resolve(&shell.cwd, &target, false),
            false => landing(shell, source, &target, several),
        };
        let made = place.and_then(|place| {
            if shell.fs.get(&place).is_none_or(|old| !old.is_dir() && has(&flags, &["f", "force"])) {
                shell.removable(&place)?;
            }
            let old = shell.fs.get(&place).filter(|_| has(&flags, &["f", "force"]));
            match old.map(|node| node.is_dir()) {
                // No folder makes way for a link.
                Some(true) => return Err(FsError { errno: Errno::Eexist, path: place }),
                Some(false) => shell.fs.remove(&place)?,
                None => {}
            }
            if let Some(from) = &from {
                return shell.fs.link(from, &place);
            }
            let leads_to = match has(&flags, &["r", "relative"]) {
                true => {
                    let full = path::join(&shell.cwd, source);
                    let real = shell.fs.resolve("/", &full, true).unwrap_or(full);
                    relative(&real, path::parent(&place))
                }
                false => source.clone(),
            };
            shell.fs.symlink(&leads_to, &place, shell.user.uid, shell.user.gid)
        });
        let shown = if itself { target.clone() } else { shown_target(shell, source, &target) };
        if made.is_ok() && has(&flags, &["v"]) {
            shell.out(format!("'{shown}' {} '{source}'\n", if symbolic { "->" } else { "=>" }));
        }
        if let Err(error) = made {
            status = refused(shell, symbolic, source, &shown, error);
        }
    }
    status
}

/// Where a file is of which another name is to be made.
fn linked(shell: &Shell, source: &str, follow: bool) -> Result<String, FsError> {
    let from = shell.fs.resolve(&shell.cwd, source, follow)?;
    match shell.fs.get(&from) {
        Some(_) => Ok(from),
        None => Err(FsError { errno: Errno::Enoent, path: source.to_string() }),
    }
}

/// A link could not be made.
fn refused(shell: &mut Shell, symbolic: bool, source: &str, shown: &str, error: FsError) -> i32 {
    if !symbolic && error.errno == Errno::Eperm && shell.dialect() != "ash" {
        shell.err(format!("ln: {source}: hard link not allowed for directory\n"));
        return 1;
    }
    // There is no name that ends in a slash for what is no folder.
    let errno = if shown.ends_with('/') && error.errno == Errno::Enotdir { Errno::Enoent } else { error.errno };
    // The link is put into a folder that may be there.
    if symbolic && errno == Errno::Enoent && shell.fs.may_hide(&shell.cwd, &error.path) {
        shell.gap_of_untouched(&error.path);
        return 0;
    }
    let what = match (symbolic, errno) {
        (true, _) => format!("failed to create symbolic link '{shown}'"),
        (false, Errno::Eexist) => format!("failed to create hard link '{shown}'"),
        (false, _) => format!("failed to create hard link '{shown}' => '{source}'"),
    };
    shell.complain("ln", &what, &FsError { errno, ..error })
}

/// `link FILE NAME`: a hard link, and nothing else.
pub(crate) fn link(shell: &mut Shell, argv: &[String]) -> i32 {
    let (_, names) = options(argv, "");
    let [source, target] = names.as_slice() else {
        shell.err(if names.is_empty() { "link: missing operand\n" } else { "link: two names are needed\n" });
        return 1;
    };
    let made = linked(shell, source, false).and_then(|from| {
        let to = shell.destination(target)?;
        match shell.fs.get(&to) {
            Some(_) => Err(FsError { errno: Errno::Eexist, path: to }),
            None => shell.fs.link(&from, &to),
        }
    });
    let kind = if shell.dialect() == "ash" { "hardlink" } else { "link" };
    match made {
        Ok(()) => 0,
        Err(error) => shell.complain("link", &format!("cannot create {kind} '{target}' to '{source}'"), &error),
    }
}
