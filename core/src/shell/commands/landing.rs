//! Where a copy, a move or a link ends up.

use crate::fs::{Errno, FsError, path};
use crate::shell::Shell;

/// Where a copy, a move or a link of `source` to `target` ends up.
pub(super) fn landing(shell: &mut Shell, source: &str, target: &str, into: bool) -> Result<String, FsError> {
    if into && shell.fs.stat(&shell.cwd, target).is_err() {
        // Only a folder that may be there can be meant.
        shell.destination(&format!("{}/-", target.trim_end_matches('/')))?;
    }
    let place = shell.destination(target)?;
    let is_dir = shell.fs.get(&place).is_some_and(|node| node.is_dir());
    if into && !is_dir {
        let errno = if shell.fs.get(&place).is_some() { Errno::Enotdir } else { Errno::Enoent };
        return Err(FsError { errno, path: target.to_string() });
    }
    if is_dir {
        let name = path::file_name(source.trim_end_matches('/'));
        return Ok(path::join(&place, name));
    }
    Ok(place)
}

/// Where a file goes, as messages tell it: into a folder under its own name.
pub(super) fn shown_target(shell: &Shell, name: &str, target: &str) -> String {
    match shell.fs.stat(&shell.cwd, target).is_ok_and(|(_, node)| node.is_dir()) {
        true => format!("{}/{}", target.trim_end_matches('/'), path::file_name(name.trim_end_matches('/'))),
        false => target.to_string(),
    }
}
