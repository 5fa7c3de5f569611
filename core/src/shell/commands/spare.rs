//! fallocate and shred: room for a file, and a file that is written over.

use super::blocks::{size, zeros};
use super::{has, only, options, value, with_long_values};
use crate::fs::Content;
use crate::shell::Shell;

pub(super) fn fallocate(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, names) = options(&with_long_values(argv, &["length", "offset"]), "lo");
    only(shell, "fallocate", &flags, &["l", "length", "o", "offset", "x", "posix", "v"]);
    let Some(length) = value(&flags, &["l", "length"]) else {
        shell.err("fallocate: no length argument specified\n");
        return 1;
    };
    let (Some(length), Some(offset), Some(name)) =
        (size(length), size(value(&flags, &["o", "offset"]).unwrap_or("0")), names.first())
    else {
        shell.err("fallocate: invalid length value specified\n");
        return 1;
    };
    let wanted = offset.saturating_add(length);
    let known = shell.fs.stat(&shell.cwd, name).ok().map(|(_, node)| (node.mode, node.content().cloned()));
    let content = match known {
        Some((_, Some(content))) if content.len >= wanted => return 0,
        // What was there stays in front.
        Some((_, Some(content))) if content.len > 0 => Content::partial(content.head().to_vec(), wanted),
        _ => zeros(wanted),
    };
    match shell.put_file(name, content) {
        Ok(()) => 0,
        Err(error) => {
            shell.err(format!("fallocate: cannot open {name}: {}\n", error.errno.message()));
            1
        }
    }
}

/// `shred [-u] FILE…`: whole blocks of chance; with `-u` the file goes.
pub(super) fn shred(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, names) = options(&with_long_values(argv, &["iterations", "size", "remove"]), "ns");
    only(shell, "shred", &flags, &["u", "remove", "n", "iterations", "z", "zero", "f", "force", "v", "x", "exact"]);
    let mut status = 0;
    for name in &names {
        let Ok((place, node)) = shell.fs.stat(&shell.cwd, name).map(|(place, node)| (place, node.clone())) else {
            if shell.fs.may_hide(&shell.cwd, name) {
                shell.gap("unlisted-file", name);
                continue;
            }
            shell.err(format!("shred: {name}: failed to open for writing: No such file or directory\n"));
            status = 1;
            continue;
        };
        if has(&flags, &["u", "remove"]) {
            let _ = shell.fs.remove(&place);
            continue;
        }
        let len = node.content().map_or(0, |content| content.len);
        let len = if has(&flags, &["x", "exact"]) { len } else { len.div_ceil(4096) * 4096 };
        let content = match has(&flags, &["z", "zero"]) {
            true => zeros(len),
            false => Content::modelled([], len, "whole blocks of 4 KiB, by chance"),
        };
        let _ = shell.fs.write(&place, content, node.mode, node.uid, node.gid);
    }
    status
}
