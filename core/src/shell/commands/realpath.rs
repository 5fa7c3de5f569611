//! Paths with links resolved: `realpath`, `readlink`.

use super::{has, only, options, value};
use crate::fs::{Kind, path};
use crate::shell::Shell;

pub(super) fn realpath(shell: &mut Shell, argv: &[String]) -> i32 {
    let argv = super::with_long_values(argv, &["relative-to", "relative-base"]);
    let (flags, names) = options(&argv, "");
    only(
        shell,
        "realpath",
        &flags,
        &[
            "e",
            "m",
            "s",
            "q",
            "L",
            "P",
            "z",
            "relative-to",
            "canonicalize-existing",
            "canonicalize-missing",
            "no-symlinks",
            "strip",
            "quiet",
        ],
    );
    let mut status = 0;
    for name in &names {
        let joined = path::join(&shell.cwd, name);
        let there = shell.fs.stat(&shell.cwd, name).is_ok();
        let answer = if has(&flags, &["m", "canonicalize-missing"]) {
            Some(shell.resolve(name).unwrap_or_else(|_| joined.clone()))
        } else if has(&flags, &["s", "no-symlinks", "strip"]) {
            there.then(|| joined.clone())
        } else if has(&flags, &["e", "canonicalize-existing"]) || shell.dialect() == "ash" && !name.contains('/') {
            shell.resolve(name).ok().filter(|_| there)
        } else {
            // The last part need not be there.
            shell.resolve(name).ok()
        };
        match answer {
            Some(place) => {
                let shown = match value(&flags, &["relative-to"]) {
                    Some(base) => relative(&place, &path::join(&shell.cwd, base)),
                    None => place,
                };
                shell.out(shown + "\n");
            }
            None if shell.fs.may_hide(&shell.cwd, name) => {
                shell.gap("unlisted-file", name);
                shell.out(joined + "\n");
            }
            None => {
                if !has(&flags, &["q", "quiet"]) {
                    shell.err(format!("realpath: {name}: No such file or directory\n"));
                }
                status = 1;
            }
        }
    }
    status
}

/// A path as seen from a folder.
pub(in crate::shell) fn relative(place: &str, base: &str) -> String {
    let parts = |path: &str| path.split('/').filter(|part| !part.is_empty()).map(str::to_string).collect::<Vec<_>>();
    let (place, base) = (parts(place), parts(base));
    let common = place.iter().zip(&base).take_while(|(a, b)| a == b).count();
    let up = std::iter::repeat_n("..", base.len() - common);
    let all: Vec<&str> = up.chain(place.iter().skip(common).map(String::as_str)).collect();
    if all.is_empty() { ".".into() } else { all.join("/") }
}

pub(super) fn readlink(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, names) = options(argv, "");
    only(shell, "readlink", &flags, &["f", "e"]);
    let Some(name) = names.first() else { return 1 };
    let answer = if has(&flags, &["f", "e"]) {
        shell.resolve(name).ok()
    } else {
        match shell.fs.lstat(&shell.cwd, name).map(|(_, node)| node.kind.clone()) {
            Ok(Kind::Symlink(target)) => Some(target.to_string()),
            _ => None,
        }
    };
    let status = i32::from(answer.is_none());
    shell.out(answer.map(|text| text + "\n").unwrap_or_default());
    status
}
