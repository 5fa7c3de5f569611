//! The folder for a server's state: its lock file, its journal and its temporary files.

use super::path_owners::{Owners, WRITABLE, refused};
use std::fs::{DirBuilder, File, TryLockError};
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// The subfolder for contexts and images. No other program uses this name, so emptying it removes nothing else,
/// whatever folder an operator gives.
const TEMPORARY_FOLDER: &str = "stageplay-temporary";
/// What a server keeps in its folder.
const STATE_FILES: [&str; 5] = ["lock", "instance", "journal", "base-images", TEMPORARY_FOLDER];

/// Checks that what is in a folder belongs to the user of this process or to root, and that it is what a server keeps
/// there: no links, pipes or devices. Another user who made it could put a journal there, and so name things of the
/// engine to be removed, or links to files that would be overwritten.
fn check_content(folder: &Path) -> Result<(), String> {
    for name in STATE_FILES {
        let path = folder.join(name);
        let is_folder = name == "base-images" || name == TEMPORARY_FOLDER;
        let what = match std::fs::symlink_metadata(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            Err(error) => return Err(format!("cannot read {}: {error}", path.display())),
            Ok(meta) if meta.is_symlink() => "is a link",
            Ok(meta) if !Owners::of_process().include(&meta) => "belongs to another user",
            Ok(meta) if is_folder && !meta.is_dir() => "is not a folder",
            Ok(meta) if !is_folder && !meta.is_file() => "is not a regular file",
            Ok(meta) if is_folder && Owners::of_process().others_may_write(&path, &meta) => WRITABLE,
            Ok(_) => continue,
        };
        return Err(refused(&path, what));
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
    /// files there. If no other user can reach the folder (`is_private`), it does not matter who may write to the
    /// folders on the way to it.
    ///
    /// # Errors
    /// The folder cannot be written, another user could replace it or something in it, or another server has locked it.
    pub(super) fn lock(folder: &Path, is_private: bool) -> Result<Self, String> {
        let fail = |error: std::io::Error| {
            format!(
                "cannot keep the server's state in {}: {error}; choose another folder with --state",
                folder.display()
            )
        };
        let check_path = || if is_private { Ok(()) } else { Owners::of_process().check_path(folder) };
        check_path()?;
        // Nobody else needs to read what is kept there.
        DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(fail)?;
        // Somebody may have made a part of it in the meantime.
        check_path()?;
        check_content(folder)?;
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

    /// Whether the folder for temporary files is still there.
    pub(super) fn is_there(&self) -> bool {
        self.temporary.is_dir()
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
    use std::os::unix::fs::{PermissionsExt, chown, symlink};

    #[test]
    fn a_folder_with_things_of_others_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(check_content(folder.path()), Ok(()));
        for name in STATE_FILES {
            let path = folder.path().join(name);
            symlink("/nowhere", &path).unwrap();
            let error = check_content(folder.path()).unwrap_err();
            assert!(error.contains(name) && error.contains("is a link"), "{error}");
            std::fs::remove_file(&path).unwrap();
            // Opening a pipe would wait for its other end.
            rustix::fs::mkfifoat(rustix::fs::CWD, &path, 0o600.into()).unwrap();
            let error = check_content(folder.path()).unwrap_err();
            assert!(error.contains(name) && error.contains("is not a"), "{error}");
            std::fs::remove_file(&path).unwrap();
        }
        let images = folder.path().join("base-images");
        std::fs::create_dir(&images).unwrap();
        std::fs::set_permissions(&images, std::fs::Permissions::from_mode(0o777)).unwrap();
        assert!(check_content(folder.path()).unwrap_err().contains("may be written"));
        std::fs::set_permissions(&images, std::fs::Permissions::from_mode(0o755)).unwrap();
        std::fs::write(folder.path().join("journal"), "").unwrap();
        assert_eq!(check_content(folder.path()), Ok(()));
        // Only root may give a file away.
        if chown(folder.path().join("journal"), Some(12_345), None).is_ok() {
            assert!(check_content(folder.path()).unwrap_err().contains("another user"));
        }
    }
}
