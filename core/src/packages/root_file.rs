//! Files that a package manager writes as root.

use crate::fs::{Content, path};
use crate::shell::Shell;

/// Writes a file, and the folders above it that are missing.
pub(crate) fn write_root_file(shell: &mut Shell, place: &str, content: Content) {
    if let Ok(folder) = shell.fs.mkdir_all(path::parent(place), 0o755, 0, 0) {
        let _ = shell.fs.write(&path::join(&folder, path::file_name(place)), content, 0o644, 0, 0);
    }
}
