//! The files that `chmod`, `chown` and `chgrp` change: operands, and with `-R` what is below them.

use crate::fs::{Kind, Node, path};
use crate::shell::Shell;
use crate::shell::getopt::value;

/// The paths of an operand: itself, and with `-R` everything below it. Symbolic links are skipped, or changed
/// themselves.
pub(crate) fn targets(
    shell: &mut Shell,
    command: &str,
    name: &str,
    recursive: bool,
    links: bool,
) -> Result<Vec<String>, i32> {
    let found = if links { shell.fs.lstat(&shell.cwd, name) } else { shell.fs.stat(&shell.cwd, name) };
    match found.map(|(real, node)| (real, node.holds_unknown())) {
        Ok((real, holds_unknown)) => {
            if recursive && holds_unknown {
                shell.gap("unlisted-file", name);
            }
            let is_link = shell.fs.lstat(&shell.cwd, name).is_ok_and(|(_, node)| matches!(node.kind, Kind::Symlink(_)));
            // busybox goes into no folder that a link leads to.
            if !recursive || is_link && shell.dialect() == "ash" {
                return Ok(vec![real]);
            }
            let paths: Vec<String> = shell
                .fs
                .walk(&real)
                .filter(|(_, node)| links || !matches!(node.kind, Kind::Symlink(_)))
                .map(|(key, _)| key.to_string())
                .collect();
            paths.iter().for_each(|place| shell.fs.rewrite_unlisted(place));
            Ok(paths)
        }
        // It is there, and copied up as a whole.
        Err(_) if shell.fs.rewrite_unknown_type(&path::join(&shell.cwd, name)) => Ok(Vec::new()),
        Err(_) if shell.fs.may_hide(&shell.cwd, name) => {
            shell.gap_of_rewritten(name);
            Ok(Vec::new())
        }
        Err(error) => Err(shell.complain(command, &format!("cannot access '{name}'"), &error)),
    }
}

/// The file of `--reference`, from which mode or owner is taken.
pub(crate) fn reference(
    shell: &mut Shell,
    command: &str,
    flags: &[(String, Option<String>)],
) -> Result<Option<Node>, i32> {
    let Some(name) = value(flags, &["reference"]) else { return Ok(None) };
    match shell.fs.stat(&shell.cwd, name).map(|(_, node)| node.clone()) {
        Ok(node) => Ok(Some(node)),
        Err(error) => Err(shell.complain(command, &format!("failed to get attributes of '{name}'"), &error)),
    }
}
