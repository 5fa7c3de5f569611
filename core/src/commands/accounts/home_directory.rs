//! The home directory of an account: made, filled from /etc/skel, and removed.

use super::passwd_and_group_files::is_there;
use crate::shell::Shell;

/// Copies the files of /etc/skel into a new home.
pub(crate) fn fill_home(shell: &mut Shell, home: &str, uid: u32, gid: u32) {
    if shell.fs.may_hide("/", "/etc/skel/.profile") {
        // A listing that is not complete is told.
        return shell.gap("partial-listing", "/etc/skel");
    }
    let found = shell.fs.walk("/etc/skel").filter(|(path, _)| &***path != "/etc/skel");
    let files: Vec<(String, crate::fs::Node)> =
        found.map(|(path, node)| (path.trim_start_matches("/etc/skel").to_string(), node.clone())).collect();
    for (name, node) in files {
        let place = format!("{home}{name}");
        match node.content().cloned() {
            Some(content) => {
                let _ = shell.fs.write(&place, content, node.mode, uid, gid);
            }
            None => {
                let _ = shell.fs.mkdir_all(&place, node.mode, uid, gid);
            }
        }
    }
}

/// Makes a home that is not there yet; returns whether it did.
pub(crate) fn make_home(shell: &mut Shell, home: &str, mode: u32, uid: u32, gid: u32) -> bool {
    if is_there(shell, home) {
        return false;
    }
    let Ok(place) = shell.destination(home) else { return false };
    let _ = shell.fs.mkdir_all(&place, 0o755, 0, 0);
    shell.fs.chmod(&place, mode);
    shell.fs.chown(&place, Some(uid), Some(gid));
    true
}

/// Removes a home and all that is in it.
pub(crate) fn remove_home(shell: &mut Shell, home: &str) {
    if let Ok((place, _)) = shell.fs.stat("/", home) {
        let _ = shell.fs.remove(&place);
    }
}
