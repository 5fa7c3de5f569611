//! The lock files of dpkg.

use crate::fs::Content;
use crate::packages::root_file::write_root_file;
use crate::shell::Shell;

/// Writes dpkg's lock files, and touches the folder of its pending updates.
pub(crate) fn write_lock_files(shell: &mut Shell) {
    for (place, mode) in [("lock", 0o640), ("lock-frontend", 0o640), ("triggers/Lock", 0o600)] {
        let place = format!("/var/lib/dpkg/{place}");
        write_root_file(shell, &place, Content::inline([]));
        shell.fs.chmod(&place, mode);
    }
    shell.fs.touch("/var/lib/dpkg/updates");
}
