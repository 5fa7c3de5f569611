//! The user and the groups of a process.

use crate::fs::Node;
use std::sync::Arc;

/// The user and the groups of a process.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Credentials {
    /// User id.
    pub uid: u32,
    /// Group id.
    pub gid: u32,
    /// Supplementary groups.
    pub groups: Arc<[u32]>,
}

impl Credentials {
    /// A user with one group and no supplementary groups.
    pub fn new(uid: u32, gid: u32) -> Self {
        Credentials { uid, gid, groups: Arc::from([]) }
    }

    /// Whether the process has the permission `bit` on a node: 4 read, 2 write, 1 execute.
    pub fn may(&self, node: &Node, bit: u32) -> bool {
        let gid = if self.groups.contains(&node.gid) { node.gid } else { self.gid };
        node.allows(self.uid, gid, bit)
    }

    /// The same credentials with the primary group also among the supplementary groups.
    pub(crate) fn with_primary_group(mut self) -> Self {
        if !self.groups.contains(&self.gid) {
            self.groups = std::iter::once(self.gid).chain(self.groups.iter().copied()).collect();
        }
        self
    }
}
