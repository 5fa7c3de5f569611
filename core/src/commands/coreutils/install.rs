//! `install`.

use super::chmod::wanted_mode;
use super::cp::{content_of_device, copy_unpacked};
use super::destination::{landing, shown_target};
use super::mkdir::lacking;
use crate::fs::{Content, path};
use crate::shell::Shell;
use crate::shell::getopt::{has, only, options, value};

pub(crate) fn install(shell: &mut Shell, argv: &[String]) -> i32 {
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
            "T",
        ],
    );
    let id = |shell: &Shell, file: &str, name: Option<&str>| {
        name.and_then(|name| crate::exec::id_of_name(&shell.fs, file, name))
    };
    let owner = id(shell, "/etc/passwd", value(&flags, &["o", "owner"])).unwrap_or(shell.user.uid);
    let group = id(shell, "/etc/group", value(&flags, &["g", "group"])).unwrap_or(shell.user.gid);
    let mode = wanted_mode(shell, &flags, 0, true).unwrap_or(0o755);
    let mut status = 0;
    let talks = has(&flags, &["v", "verbose"]);
    if has(&flags, &["d", "directory"]) {
        for name in &names {
            let full = path::join(&shell.cwd, name);
            if talks {
                told_folders(shell, name);
            }
            match shell.make_folders(&full, 0o755, shell.user.uid, shell.user.gid) {
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
        if talks {
            let shown = if has(&flags, &["t"]) {
                target.as_str()
            } else {
                target.rsplit_once('/').map_or("", |(above, _)| above)
            };
            told_folders(shell, shown);
        }
        let _ = shell.make_folders(folder, 0o755, shell.user.uid, shell.user.gid);
    }
    for name in &names {
        let mut modified = None;
        let device = content_of_device(shell, name);
        let content = match shell.fs.stat(&shell.cwd, name) {
            _ if device.is_some() => device.unwrap_or_else(|| Content::inline([])),
            Ok((_, node)) => {
                modified = Some(node.modified).filter(|_| has(&flags, &["p", "preserve-timestamps"]));
                node.content().cloned().unwrap_or_else(|| Content::inline([]))
            }
            Err(_) if shell.fs.may_hide(&shell.cwd, name) => {
                copy_unpacked(shell, name, &target, names.len() > 1);
                continue;
            }
            Err(error) => {
                status = shell.complain("install", &format!("cannot stat '{name}'"), &error);
                continue;
            }
        };
        let place = match has(&flags, &["T"]) {
            true => shell.fs.resolve(&shell.cwd, &target, true),
            false => landing(shell, name, &target, names.len() > 1),
        };
        let shown = shown_target(shell, name, &target);
        let made = place.and_then(|to| {
            if shell.fs.get(&to).is_some() {
                shell.fs.remove(&to)?;
            }
            shell.fs.write(&to, content, mode, owner, group)?;
            if let Some(modified) = modified {
                shell.fs.set_modified(&to, modified);
            }
            Ok(())
        });
        match made {
            Ok(()) if talks => shell.out(format!("'{name}' -> '{shown}'\n")),
            Ok(()) => {}
            Err(error) => {
                status = shell.complain("install", &format!("cannot create regular file '{target}'"), &error);
            }
        }
    }
    status
}

/// Tells of the folders that a path still lacks, the outermost first.
fn told_folders(shell: &mut Shell, name: &str) {
    if shell.dialect() == "ash" {
        return;
    }
    for part in lacking(shell, name) {
        shell.out(format!("install: creating directory '{part}'\n"));
    }
}
