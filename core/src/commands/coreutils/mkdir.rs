//! `mkdir`.

use super::chmod::wanted_mode;
use crate::fs::{Errno, FsError, path};
use crate::shell::Shell;
use crate::shell::getopt::{has, only, options};

pub(crate) fn mkdir(shell: &mut Shell, argv: &[String]) -> i32 {
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
            allowed.and_then(|()| shell.make_folders(&full, usual, uid, gid)).map(|real| {
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
pub(crate) fn lacking(shell: &Shell, name: &str) -> Vec<String> {
    let name = name.trim_end_matches('/');
    let ends = name.match_indices('/').map(|(at, _)| at).filter(|at| *at > 0).chain([name.len()]);
    let parts = ends.filter_map(|at| name.get(..at)).filter(|part| !part.is_empty() && !part.ends_with('/'));
    parts.filter(|part| shell.fs.stat(&shell.cwd, part).is_err()).map(str::to_string).collect()
}
