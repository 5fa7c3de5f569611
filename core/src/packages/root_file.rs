//! Files that a package manager writes as root.

use crate::fs::{Content, path};
use crate::shell::Shell;

/// Writes a file, and the folders above it that are missing. One that may be there unlisted may hold more.
pub(crate) fn write_root_file(shell: &mut Shell, place: &str, content: Content) {
    let unlisted = shell.fs.unlisted_folders(path::parent(place));
    if let Ok(folder) = shell.fs.mkdir_all(path::parent(place), 0o755, 0, 0) {
        unlisted.iter().for_each(|folder| shell.fs.set_partial(folder));
        let _ = shell.fs.write(&path::join(&folder, path::file_name(place)), content, 0o644, 0, 0);
    }
}
