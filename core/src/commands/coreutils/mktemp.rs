//! `mktemp`.

use crate::shell::Shell;
use crate::shell::getopt::{has, only, options, value};

/// Names are drawn in order, not by chance: the same script gives the same layer.
pub(crate) fn mktemp(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, operands) = options(argv, "p");
    only(shell, "mktemp", &flags, &["d", "p", "t", "q", "u", "directory", "tmpdir", "suffix"]);
    let template = operands.first().cloned().unwrap_or_else(|| "tmp.XXXXXXXXXX".into());
    let place = match value(&flags, &["p", "tmpdir"]) {
        Some(folder) => format!("{folder}/{template}"),
        None if operands.is_empty() || has(&flags, &["t", "tmpdir"]) => {
            format!("{}/{template}", shell.var("TMPDIR").unwrap_or("/tmp"))
        }
        None => template,
    };
    // What stands behind the marks may be named for itself.
    let (place, suffix) = match (value(&flags, &["suffix"]), place.rfind('X')) {
        (Some(suffix), _) => (place, suffix.to_string()),
        (None, Some(last)) => {
            (place.get(..=last).unwrap_or("").to_string(), place.get(last + 1..).unwrap_or("").to_string())
        }
        (None, None) => (place, String::new()),
    };
    let marks = place.chars().rev().take_while(|c| *c == 'X').count();
    let stem = place.get(..place.len() - marks).unwrap_or(&place).to_string();
    let taken = |shell: &Shell, name: &str| shell.fs.lstat(&shell.cwd, name).is_ok();
    let name = (0..1_000_u32).map(|count| format!("{stem}{count:0>marks$}{suffix}")).find(|name| !taken(shell, name));
    let Some(name) = name else { return 1 };
    if has(&flags, &["u", "dry-run"]) {
        shell.out(format!("{name}\n"));
        return 0;
    }
    let (uid, gid) = (shell.user.uid, shell.user.gid);
    let made = shell.destination(&name).and_then(|place| match has(&flags, &["d", "directory"]) {
        true => shell.fs.mkdir(&place, 0o700, uid, gid),
        false => shell.fs.write(&place, crate::fs::Content::inline([]), 0o600, uid, gid),
    });
    match made {
        Ok(()) => {
            shell.out(format!("{name}\n"));
            0
        }
        Err(error) => shell.complain("mktemp", &name, &error),
    }
}
