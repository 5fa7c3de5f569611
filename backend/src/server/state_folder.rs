//! The folder for a server's state: its lock file, its journal and its temporary files.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

/// The subfolder for contexts and images. No other program uses this name, so emptying it removes nothing else,
/// whatever folder an operator gives.
const TEMPORARY_FOLDER: &str = "stageplay-temporary";

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
    /// The folder cannot be written, or another server has locked it.
    pub(super) fn lock(folder: &Path) -> Result<Self, String> {
        let fail = |error: std::io::Error| {
            format!(
                "cannot keep the server's state in {}: {error}; choose another folder with --state",
                folder.display()
            )
        };
        std::fs::create_dir_all(folder).map_err(fail)?;
        let lock = File::options().create(true).truncate(false).write(true).open(folder.join("lock")).map_err(fail)?;
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
            _ => std::fs::create_dir(&temporary).map_err(fail)?,
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
