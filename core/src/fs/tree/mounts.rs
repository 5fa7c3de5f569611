//! Mount points while commands run.

use super::{Tree, default_filesystems};
use crate::fs::errno::{Errno, FsError};
use crate::fs::node::Kind;
use crate::fs::path;
use std::sync::Arc;

impl Tree {
    /// Replaces everything at and below `path` by that of `from`, as when a mount is removed.
    pub(crate) fn restore(&mut self, path: &str, from: &Tree) {
        let doomed: Vec<Arc<str>> = self.walk(path).map(|(key, _)| key.clone()).collect();
        for key in doomed {
            self.nodes.remove(&key);
        }
        for key in self.unknown_types(path) {
            self.unknown_types.remove(&key);
        }
        self.unknown_types.extend(from.unknown_types(path));
        for (key, node) in from.walk(path) {
            self.nodes.insert(key.clone(), node.clone());
        }
    }

    /// Mounts a node at `path`. Unless `hides`, an existing node stays. The parent directory is not written to.
    pub(crate) fn mount(&mut self, path: &str, kind: Kind, hides: bool) {
        let Ok(real) = self.resolve("/", path, true) else { return };
        if hides || self.get(&real).is_none() {
            let mode = if matches!(kind, Kind::File(_)) { 0o644 } else { 0o755 };
            self.put(&real, kind, mode, 0, 0);
        }
    }

    /// Declares a path as a mount point: it cannot be removed or replaced, and nothing below a read-only one can change.
    pub(crate) fn hold_mount(&mut self, path: &str, read_only: bool) {
        let mounts = self.mounts.iter().cloned();
        self.mounts = mounts.chain([(Arc::from(path), read_only)]).collect();
    }

    /// Ends all mount points.
    pub(crate) fn release_mounts(&mut self) {
        self.mounts = Arc::default();
    }

    /// Whether a path is a mount point.
    pub(crate) fn is_mount_point(&self, path: &str) -> bool {
        self.has_default_filesystems && default_filesystems::is_mount_point(path)
            || self.mounts.iter().any(|(mount, _)| **mount == *path)
    }

    /// Checks that the node at a path, its mode and its owner may change.
    ///
    /// # Errors
    /// `EROFS` on a read-only mount.
    pub(crate) fn writable(&self, path: &str) -> Result<(), FsError> {
        let mount =
            self.mounts.iter().filter(|(mount, _)| path::is_within(path, mount)).max_by_key(|(mount, _)| mount.len());
        match mount {
            None if self.has_default_filesystems && default_filesystems::is_read_only(path) => {
                Err(FsError { errno: Errno::Erofs, path: path.to_string() })
            }
            Some((_, true)) => Err(FsError { errno: Errno::Erofs, path: path.to_string() }),
            _ => Ok(()),
        }
    }

    /// As [`Tree::writable`], for a path that is removed.
    pub(super) fn removable(&self, path: &str) -> Result<(), FsError> {
        let holds_default = self.has_default_filesystems && default_filesystems::holds_mount_point(path);
        if holds_default || self.mounts.iter().any(|(mount, _)| path::is_within(mount, path)) {
            return Err(FsError { errno: Errno::Ebusy, path: path.to_string() });
        }
        self.writable(path)
    }
}
