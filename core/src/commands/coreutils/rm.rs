//! `rm`.

use crate::fs::{Errno, FsError, path};
use crate::shell::Shell;
use crate::shell::getopt::{has, only, options};

pub(crate) fn rm(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, names) = options(argv, "");
    only(shell, "rm", &flags, &["r", "R", "f", "v", "i", "d", "recursive", "force", "dir"]);
    let recursive = has(&flags, &["r", "R", "recursive"]);
    let force = has(&flags, &["f", "force"]);
    let mut status = 0;
    for name in &names {
        if recursive && shell.fs.may_hide(&shell.cwd, name) {
            shell.enter_unpacked(name);
        }
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
                let gone = if has(&flags, &["v"]) { removal_messages(shell, &place, name) } else { String::new() };
                let failed = remove(shell, &place, name);
                if failed == 0 {
                    shell.out(gone);
                }
                status = status.max(failed);
            }
            Err(_) if shell.fs.may_hide(&shell.cwd, name) => {
                // It may exist in the base image: then a whiteout would be made, which weighs nothing.
                shell.gap("unlisted-removal", name);
            }
            Err(_) if force => {}
            Err(error) => status = shell.complain("rm", &format!("cannot remove '{name}'"), &error),
        }
    }
    if recursive && status == 0 {
        // The shell cannot say which files there are that are not listed.
        for folder in std::mem::take(&mut shell.swept_folders) {
            if let Ok(real) = shell.fs.resolve("/", &folder, true) {
                shell.fs.remove_unlisted(&real);
            }
        }
    }
    status
}

/// What GNU's and busybox' tell of a removal: the innermost first.
pub(crate) fn removal_messages(shell: &Shell, place: &str, shown: &str) -> String {
    if shell.fs.get(place).is_none_or(|node| !node.is_dir()) {
        return format!("removed '{shown}'\n");
    }
    let names: Vec<String> = shell.fs.children(place).iter().map(|(name, _)| (*name).to_string()).collect();
    let below = names.iter().map(|name| {
        removal_messages(shell, &path::join(place, name), &format!("{}/{name}", shown.trim_end_matches('/')))
    });
    let word = if shell.dialect() == "ash" { "removed directory:" } else { "removed directory" };
    below.collect::<String>() + &format!("{word} '{shown}'\n")
}

/// Removes what can be removed; of a folder with mounts in it the rest.
pub(crate) fn remove(shell: &mut Shell, place: &str, shown: &str) -> i32 {
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
