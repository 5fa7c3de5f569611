//! A node of the tree: a file, directory, link, device or pipe with its metadata.

use super::content::Content;
use super::modification_time::Time;
use super::unlisted_files::Unlisted;
use std::sync::Arc;

/// The type of a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A directory. `partial` when it may hold files that the catalogue does not list.
    Dir {
        /// Whether unlisted files may exist in it.
        partial: bool,
    },
    /// A regular file.
    File(Content),
    /// A symbolic link and its target, as written.
    Symlink(Arc<str>),
    /// A device or a pipe.
    Special(Special),
}

/// A special file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are POSIX's")]
pub enum Special {
    CharDevice,
    BlockDevice,
    Fifo,
}

/// One file, directory or link. Two nodes with one `ino` are hard links of each other.
#[derive(Clone, Debug)]
pub struct Node {
    /// The type, with the content of a file or the target of a link.
    pub kind: Kind,
    /// Permission bits, including setuid, setgid and sticky (`0o7777`).
    pub mode: u32,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// The time of the last write to its content.
    pub modified: Time,
    /// The inode number: equal for hard links, new when a path is removed and made again.
    pub(super) ino: u64,
    /// The number of the operation of this tree that last wrote to it. A node with a new tick is in the upper layer
    /// (copy-up), even if nothing else differs.
    pub(super) tick: u64,
    pub(super) nlink: u32,
    /// A directory that overlayfs marks as opaque because it was renamed, although its path did not exist before.
    pub(super) opaque: bool,
    /// Of a directory: unlisted files of known size.
    pub(super) unlisted: Option<Arc<Unlisted>>,
}

impl PartialEq for Node {
    fn eq(&self, other: &Self) -> bool {
        self.ino == other.ino && self.tick == other.tick
    }
}

impl Node {
    /// A node outside of a [`Tree`](super::Tree). Nodes with the same `ino` are hard links of each other.
    pub fn detached(kind: Kind, mode: u32, uid: u32, gid: u32, ino: u64) -> Self {
        Node { kind, mode, uid, gid, modified: Time::Past, ino, tick: 0, nlink: 1, opaque: false, unlisted: None }
    }

    /// The number of hard links.
    pub(crate) fn links(&self) -> u32 {
        self.nlink
    }

    /// The inode number.
    pub(crate) fn ino(&self) -> u64 {
        self.ino
    }

    /// Whether it is a directory.
    pub fn is_dir(&self) -> bool {
        matches!(self.kind, Kind::Dir { .. })
    }

    /// Of a directory: unlisted files of known size.
    pub fn unlisted(&self) -> Option<&Unlisted> {
        self.unlisted.as_deref()
    }

    /// Whether it is a directory that may hold files of unknown size.
    pub fn holds_unknown(&self) -> bool {
        let whole = self.unlisted.as_ref().is_some_and(|unlisted| unlisted.whole);
        matches!(self.kind, Kind::Dir { partial: true }) && !whole
    }

    /// The content of a regular file.
    pub fn content(&self) -> Option<&Content> {
        match &self.kind {
            Kind::File(content) => Some(content),
            _ => None,
        }
    }

    /// Whether user `uid` of group `gid` has the permission `bit`: 4 read, 2 write, 1 execute.
    ///
    /// Root may read and write everything and execute what has any execute bit
    /// (capabilities(7), CAP_DAC_OVERRIDE).
    pub fn allows(&self, uid: u32, gid: u32, bit: u32) -> bool {
        if uid == 0 {
            return bit != 1 || self.is_dir() || self.mode & 0o111 != 0;
        }
        let shift = if uid == self.uid {
            6
        } else if gid == self.gid {
            3
        } else {
            0
        };
        self.mode >> shift & bit != 0
    }
}
