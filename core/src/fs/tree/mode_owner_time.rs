//! Changes of a file's mode, owner and time: chmod(2), chown(2), utimensat(2).

use super::Tree;
use crate::fs::modification_time::Time;

impl Tree {
    /// Sets permission bits. The file is copied up even if they stay the same.
    pub fn chmod(&mut self, path: &str, mode: u32) {
        self.update(path, |node| node.mode = mode & 0o7777);
    }

    /// Sets owner and group. The file is copied up even if they stay the same.
    pub fn chown(&mut self, path: &str, uid: Option<u32>, gid: Option<u32>) {
        self.update(path, |node| {
            node.uid = uid.unwrap_or(node.uid);
            node.gid = gid.unwrap_or(node.gid);
            // A file whose owner changes loses its setuid and setgid bits (chown(2)).
            if !node.is_dir() {
                node.mode &= if node.mode & 0o010 != 0 { !0o6000 } else { !0o4000 };
            }
        });
    }

    /// Sets the modification time to that of this operation.
    pub fn touch(&mut self, path: &str) {
        self.bump();
        self.set_modified(path, self.now());
    }

    /// Sets the modification time. The file is copied up even if the time stays the same.
    pub fn set_modified(&mut self, path: &str, time: Time) {
        self.update(path, |node| node.modified = time);
    }
}
