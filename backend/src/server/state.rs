//! The folder of a server's state: its journal, and the files that it keeps for a while.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

/// Where contexts and images are kept while they are needed. The name is our own, so that nothing else is removed
/// whatever folder an operator gives.
const TEMPORARY: &str = "stageplay-temporary";

/// One server has it at a time.
#[derive(Debug)]
pub(super) struct StateFolder {
    /// Held until it is closed, also by a process that is killed.
    _lock: File,
    temporary: PathBuf,
}

impl StateFolder {
    /// Takes a folder, removes the temporary files that an earlier server left in it, and lets this process
    /// keep its own there.
    ///
    /// # Errors
    /// It cannot be written, or another server has it.
    pub(super) fn take(folder: &Path) -> Result<Self, String> {
        let fail = |error: std::io::Error| {
            format!("cannot keep the server's state in {}: {error}; name another folder with --state", folder.display())
        };
        std::fs::create_dir_all(folder).map_err(fail)?;
        let lock = File::options().create(true).truncate(false).write(true).open(folder.join("lock")).map_err(fail)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(format!(
                    "another server keeps its state in {}; stop it, or name another folder with --state",
                    folder.display()
                ));
            }
            Err(TryLockError::Error(error)) => return Err(fail(error)),
        }
        let temporary = folder.join(TEMPORARY);
        match std::fs::remove_dir_all(&temporary) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(fail(error)),
            _ => std::fs::create_dir(&temporary).map_err(fail)?,
        }
        let temporary = std::path::absolute(&temporary).map_err(fail)?;
        // Set for the whole process, before the first file: a server is alone in it.
        tempfile::env::override_temp_dir(&temporary)
            .map_err(|other| format!("temporary files are kept in {} already", other.display()))?;
        Ok(StateFolder { _lock: lock, temporary })
    }

    /// Removes the temporary files of this server, when it ends.
    pub(super) fn clear(&self) {
        if let Err(error) = std::fs::remove_dir_all(&self.temporary) {
            tracing::warn!(%error, "temporary files stay until the next start");
        }
    }
}
