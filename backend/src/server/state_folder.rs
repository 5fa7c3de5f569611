//! The folder for a server's state: its lock file, its journal and its temporary files.

use std::fs::{DirBuilder, File, TryLockError};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// The subfolder for contexts and images. No other program uses this name, so emptying it removes nothing else,
/// whatever folder an operator gives.
const TEMPORARY_FOLDER: &str = "stageplay-temporary";
/// What a server keeps in its folder.
const STATE_FILES: [&str; 5] = ["lock", "instance", "journal", "base-images", TEMPORARY_FOLDER];

/// Checks that a folder and what is in it belong to the user of this process or to root, that others cannot replace it,
/// and that nothing in it is a link. Another user who made it could put a journal there, and so name things of the engine to be removed, or links
/// to files that would be overwritten.
fn check_owner(folder: &Path) -> Result<(), String> {
    let user = rustix::process::geteuid().as_raw();
    let fail = |path: &Path, what: &str| Err(format!("{} {what}; choose another folder with --state", path.display()));
    let unreadable = |error: std::io::Error| format!("cannot read {}: {error}", folder.display());
    let is_own = |meta: &std::fs::Metadata| [0, user].contains(&meta.uid());
    let meta = std::fs::metadata(folder).map_err(unreadable)?;
    if !is_own(&meta) {
        return fail(folder, "belongs to another user");
    }
    // In a folder with the sticky bit, such as /tmp, others cannot rename or remove what the server made.
    if meta.mode() & 0o022 != 0 && meta.mode() & 0o1000 == 0 {
        return fail(folder, "may be written by other users (chmod go-w)");
    }
    for name in STATE_FILES {
        let path = folder.join(name);
        match std::fs::symlink_metadata(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(unreadable(error)),
            Ok(meta) if meta.is_symlink() => return fail(&path, "is a link"),
            Ok(meta) if !is_own(&meta) => return fail(&path, "belongs to another user"),
            Ok(_) => {}
        }
    }
    Ok(())
}

/// A state folder that this server has locked.
#[derive(Debug)]
pub(super) struct StateFolder {
    /// The operating system releases the lock when the process ends, also if it is killed.
    _lock: File,
    temporary: PathBuf,
}

impl StateFolder {
    /// Locks the folder, removes the temporary files of an earlier server, and makes this process keep its temporary
    /// files there.
    ///
    /// # Errors
    /// The folder cannot be written, something in it belongs to another user, or another server has locked it.
    pub(super) fn lock(folder: &Path) -> Result<Self, String> {
        let fail = |error: std::io::Error| {
            format!(
                "cannot keep the server's state in {}: {error}; choose another folder with --state",
                folder.display()
            )
        };
        // Nobody else needs to read what is kept there.
        DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(fail)?;
        check_owner(folder)?;
        let lock = File::options().create(true).truncate(false).write(true).mode(0o600).open(folder.join("lock"));
        let lock = lock.map_err(fail)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(format!(
                    "another server keeps its state in {}; stop it, or choose another folder with --state",
                    folder.display()
                ));
            }
            Err(TryLockError::Error(error)) => return Err(fail(error)),
        }
        let temporary = folder.join(TEMPORARY_FOLDER);
        match std::fs::remove_dir_all(&temporary) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(fail(error)),
            _ => DirBuilder::new().mode(0o700).create(&temporary).map_err(fail)?,
        }
        let temporary = std::path::absolute(&temporary).map_err(fail)?;
        // This applies to the whole process. A process runs one server, and it has no temporary file yet.
        tempfile::env::override_temp_dir(&temporary)
            .map_err(|other| format!("the folder for temporary files is already set to {}", other.display()))?;
        Ok(StateFolder { _lock: lock, temporary })
    }

    /// Removes the temporary files of this server. Called when the server ends.
    pub(super) fn remove_temporary_files(&self) {
        if let Err(error) = std::fs::remove_dir_all(&self.temporary) {
            tracing::warn!(%error, "cannot remove temporary files; the next start removes them");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::{PermissionsExt, symlink};

    #[test]
    fn a_folder_with_things_of_others_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(check_owner(folder.path()), Ok(()));
        for name in STATE_FILES {
            symlink("/nowhere", folder.path().join(name)).unwrap();
            assert!(check_owner(folder.path()).unwrap_err().contains(name), "{name}");
            std::fs::remove_file(folder.path().join(name)).unwrap();
        }
        std::fs::write(folder.path().join("journal"), "").unwrap();
        assert_eq!(check_owner(folder.path()), Ok(()));
        for (mode, is_refused) in [(0o777, true), (0o775, true), (0o1777, false), (0o755, false)] {
            std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(mode)).unwrap();
            let refused = check_owner(folder.path()).is_err_and(|error| error.contains("may be written"));
            assert_eq!(refused, is_refused, "{mode:o}");
        }
        // Only root may give a file away.
        if std::os::unix::fs::chown(folder.path().join("journal"), Some(12_345), None).is_ok() {
            assert!(check_owner(folder.path()).unwrap_err().contains("another user"));
            std::os::unix::fs::chown(folder.path().join("journal"), Some(0), None).unwrap();
            std::os::unix::fs::chown(folder.path(), Some(12_345), None).unwrap();
            assert!(check_owner(folder.path()).unwrap_err().contains("another user"));
        }
    }
}
