//! The root file system in which a program starts.

use crate::fs::{Doubt, Kind, Node, Tree};
use std::borrow::Cow;

/// A root file system: a simulated tree or, outside of core, a directory on disk.
pub trait Root {
    /// `lstat` of an absolute path whose parent directories are no links.
    fn node(&self, path: &str) -> Option<Cow<'_, Node>>;

    /// Whether an unlisted file may exist at the path.
    fn may_hide(&self, _path: &str) -> bool {
        false
    }

    /// Whether all files are listed.
    fn is_listed_in_full(&self) -> bool {
        true
    }

    /// Whether the path is on a mount with `noexec`.
    fn is_noexec(&self, _path: &str) -> bool {
        false
    }
}

impl Root for Tree {
    fn node(&self, path: &str) -> Option<Cow<'_, Node>> {
        self.get(path).map(Cow::Borrowed)
    }

    fn may_hide(&self, path: &str) -> bool {
        Tree::may_hide(self, "/", path)
    }

    fn is_listed_in_full(&self) -> bool {
        let is_partial = self.get("/").is_some_and(|root| matches!(root.kind, Kind::Dir { partial: true }));
        !is_partial && self.doubt() == Doubt::None
    }
}
