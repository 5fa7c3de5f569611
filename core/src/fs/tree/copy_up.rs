//! Copy-up: a node of a lower layer that is written to, in content or metadata, is copied into the upper layer.

use super::Tree;
use crate::fs::node::Node;
use crate::fs::path;
use std::sync::Arc;

impl Tree {
    /// Declares all nodes as parts of lower layers, so that later writes copy them up.
    #[must_use]
    pub(crate) fn seal(mut self) -> Self {
        self.layer_start = self.next_ino;
        self.dated = None;
        self
    }

    /// Counts an operation and returns its number.
    pub(in crate::fs) fn bump(&mut self) -> u64 {
        self.tick += 1;
        self.tick
    }

    /// Marks the parent directory of `path` as written to.
    pub(super) fn touch_parent(&mut self, path: &str) {
        let tick = self.bump();
        let now = self.now();
        if let Some(node) = self.nodes.get_mut(path::parent(path)) {
            node.tick = tick;
            node.modified = now;
        }
    }

    /// Changes a node and its hard links of this layer. A node of a lower layer is copied up.
    pub(super) fn update(&mut self, path: &str, change: impl Fn(&mut Node)) {
        let tick = self.bump();
        let Some(node) = self.nodes.get(path) else {
            return;
        };
        let (ino, nlink) = (node.ino, node.nlink);
        if nlink > 1 && ino >= self.layer_start {
            let names: Vec<Arc<str>> =
                self.nodes.iter().filter(|(_, other)| other.ino == ino).map(|(name, _)| name.clone()).collect();
            for name in names {
                if let Some(node) = self.nodes.get_mut(&name) {
                    change(node);
                    node.tick = tick;
                }
            }
        } else if let Some(node) = self.nodes.get_mut(path) {
            // A file that is copied up is no longer a hard link of its other names.
            if nlink > 1 && !node.is_dir() {
                (node.ino, node.nlink) = (self.next_ino, 1);
                self.next_ino += 1;
            }
            change(node);
            node.tick = tick;
        }
    }
}
