//! `shred`: overwrites a file.

use super::byte_sizes::zeros;
use crate::fs::Content;
use crate::shell::Shell;
use crate::shell::getopt::{has, only, options, with_long_values};

/// `shred [-u] FILE…`: whole blocks of chance; with `-u` the file goes.
pub(crate) fn shred(shell: &mut Shell, argv: &[String]) -> i32 {
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
