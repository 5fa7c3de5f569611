//! Where a copy, a move or a link ends up.

use crate::fs::{Errno, FsError, path};
use crate::shell::Shell;

/// Where a copy, a move or a link of `source` to `target` ends up.
///
/// # Errors
/// `target` is to be a folder (`into`, or a slash at its end behind what is none) and is not.
pub(crate) fn landing(shell: &mut Shell, source: &str, target: &str, into: bool) -> Result<String, FsError> {
    let is_folder = |shell: &Shell| shell.fs.stat(&shell.cwd, source).is_ok_and(|(_, node)| node.is_dir());
    let may_be_there = target.ends_with('/') && !is_folder(shell) && shell.fs.may_hide(&shell.cwd, target);
    if (into || may_be_there) && shell.fs.stat(&shell.cwd, target).is_err() {
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
    if target.ends_with('/') && !is_folder(shell) {
        return Err(FsError { errno: Errno::Enotdir, path: target.to_string() });
    }
    Ok(place)
}

/// Where a file goes, as messages tell it: into a folder under its own name.
pub(crate) fn shown_target(shell: &Shell, name: &str, target: &str) -> String {
    match shell.fs.stat(&shell.cwd, target).is_ok_and(|(_, node)| node.is_dir()) {
        true => inside(name, target),
        false => target.to_string(),
    }
}

/// A file's name in a folder.
pub(crate) fn inside(name: &str, folder: &str) -> String {
    format!("{}/{}", folder.trim_end_matches('/'), path::file_name(name.trim_end_matches('/')))
}

/// Whether a command does not even begin, for what is wrong with its target: it said so. GNU's cp, mv and ln
/// want a folder for several sources; cp and mv of either kind want to know what is there.
pub(crate) fn is_refused(shell: &mut Shell, command: &str, target: &str, several: bool) -> bool {
    let busybox = shell.dialect() == "ash";
    let (is_there, errno) = match shell.fs.stat(&shell.cwd, target) {
        Ok((_, node)) if node.is_dir() => return false,
        Ok(_) => (true, Errno::Enotdir),
        Err(_) if shell.fs.may_hide(&shell.cwd, target) => return false,
        Err(error) => (false, error.errno),
    };
    let words = match (several, errno) {
        (true, _) if !busybox => format!("target '{target}': {}", errno.message()),
        _ if is_there || errno == Errno::Enoent || command == "ln" => return false,
        (_, Errno::Enotdir) if busybox => format!("can't stat '{target}': Path has non-directory component"),
        _ if busybox => format!("can't stat '{target}': {}", errno.message()),
        _ => format!("cannot stat '{target}': {}", errno.message()),
    };
    shell.err(format!("{command}: {words}\n"));
    true
}
