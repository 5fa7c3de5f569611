//! Hard links, removal and renaming.

use super::Tree;
use crate::fs::node::{Kind, Node};
use crate::fs::{Errno, FsError, path};
use std::collections::BTreeMap;
use std::sync::Arc;

impl Tree {
    /// Makes a hard link. The linked file is copied up, as by overlayfs. Paths must be resolved.
    ///
    /// # Errors
    /// `ENOENT`, `EPERM` for a directory, `EEXIST`.
    pub fn link(&mut self, from: &str, to: &str) -> Result<(), FsError> {
        let fail = |errno, path: &str| FsError { errno, path: path.to_string() };
        let node = self.get(from).ok_or_else(|| fail(Errno::Enoent, from))?;
        if node.is_dir() {
            return Err(fail(Errno::Eperm, from));
        }
        if self.get(to).is_some() {
            return Err(fail(Errno::Eexist, to));
        }
        self.writable(to)?;
        self.need_dir(path::parent(to)).map_err(|e| fail(e.errno, to))?;
        let fresh = if node.ino < self.layer_start {
            self.next_ino += 1;
            Some(self.next_ino - 1)
        } else {
            None
        };
        self.update(from, |node| {
            node.nlink += 1;
            if let Some(ino) = fresh {
                node.ino = ino;
                node.nlink = 2;
            }
        });
        if let Some(node) = self.get(from).cloned() {
            self.nodes.insert(Arc::from(to), node);
        }
        self.touch_parent(to);
        Ok(())
    }

    /// Removes a path and everything below it. `path` must be resolved; the root stays.
    ///
    /// # Errors
    /// `ENOENT`.
    pub fn remove(&mut self, path: &str) -> Result<(), FsError> {
        if self.get(path).is_none() || path == "/" {
            return Err(FsError { errno: Errno::Enoent, path: path.to_string() });
        }
        self.removable(path)?;
        let doomed: Vec<Arc<str>> = self.walk(path).map(|(key, _)| key.clone()).collect();
        let gone: Vec<Node> = doomed.iter().filter_map(|key| self.nodes.remove(key)).collect();
        self.unlinked(gone.iter());
        for key in self.unknown_types(path) {
            self.unknown_types.remove(&key);
        }
        self.touch_parent(path);
        Ok(())
    }

    /// Reduces the link counts of files of which names were removed.
    fn unlinked<'n>(&mut self, nodes: impl Iterator<Item = &'n Node>) {
        let mut gone: BTreeMap<u64, u32> = BTreeMap::new();
        for node in nodes.filter(|node| node.nlink > 1 && !node.is_dir()) {
            *gone.entry(node.ino).or_default() += 1;
        }
        if gone.is_empty() {
            return;
        }
        let left: Vec<Arc<str>> =
            self.nodes.iter().filter(|(_, node)| gone.contains_key(&node.ino)).map(|(key, _)| key.clone()).collect();
        for key in left {
            if let Some(node) = self.nodes.get_mut(&key) {
                node.nlink = node.nlink.saturating_sub(gone.get(&node.ino).copied().unwrap_or(0)).max(1);
            }
        }
    }

    /// Whether a directory belongs to a lower layer. overlayfs does not rename it, so `mv` copies it.
    pub(crate) fn is_copied_by_mv(&self, path: &str) -> bool {
        self.get(path).is_some_and(|node| node.is_dir() && node.ino < self.layer_start)
    }

    /// Renames a path with everything below it, replacing what is at `to`. Paths must be resolved.
    ///
    /// # Errors
    /// `ENOENT`, or `EINVAL` for a move into itself.
    pub fn rename(&mut self, from: &str, to: &str) -> Result<(), FsError> {
        if from == to {
            return Ok(());
        }
        if path::is_within(to, from) {
            return Err(FsError { errno: Errno::Einval, path: to.to_string() });
        }
        let moved: Vec<(Arc<str>, Node)> = self.walk(from).map(|(key, node)| (key.clone(), node.clone())).collect();
        if moved.is_empty() {
            return Err(FsError { errno: Errno::Enoent, path: from.to_string() });
        }
        self.removable(from)?;
        self.writable(to)?;
        // overlayfs marks a directory of the upper layer as opaque if it is renamed into a merged directory
        // (`ovl_rename`; seen with Docker 20.10). A directory of a lower layer is copied by `mv`.
        let start = self.layer_start;
        let is_new = |node: &Node| node.ino >= start;
        let is_new_dir = moved.first().is_some_and(|(_, node)| node.is_dir() && is_new(node));
        let opaque = is_new_dir && self.get(path::parent(to)).is_some_and(|parent| !is_new(parent));
        if self.get(to).is_some() {
            self.remove(to)?;
        }
        for key in self.unknown_types(from) {
            self.unknown_types.remove(&key);
            self.unknown_types.insert(Arc::from(format!("{to}{}", key.get(from.len()..).unwrap_or(""))));
        }
        for (key, _) in &moved {
            self.nodes.remove(key);
        }
        self.unlinked(moved.iter().map(|(_, node)| node).filter(|node| !is_new(node)));
        self.touch_parent(from);
        // Files of a lower layer are copied. The copies are no longer hard links of the names left behind, but hard links
        // among the moved names stay.
        let mut copied: BTreeMap<u64, String> = BTreeMap::new();
        for (key, node) in moved {
            let rest = key.get(from.len()..).unwrap_or("");
            let place = format!("{to}{rest}");
            if node.nlink > 1 && !node.is_dir() && !is_new(&node) {
                if let Some(first) = copied.get(&node.ino).cloned() {
                    self.link(&first, &place)?;
                    continue;
                }
                copied.insert(node.ino, place.clone());
            }
            let kind = match &node.kind {
                Kind::Dir { .. } => Kind::Dir { partial: false },
                kind => kind.clone(),
            };
            self.put(&place, kind, node.mode, node.uid, node.gid);
            if is_new(&node)
                && !node.is_dir()
                && let Some(put) = self.nodes.get_mut(place.as_str())
            {
                (put.ino, put.nlink) = (node.ino, node.nlink);
            }
            self.bring_unlisted(&place, &node);
            self.set_modified(&place, node.modified);
        }
        if opaque {
            self.update(to, |node| node.opaque = true);
        }
        self.touch_parent(to);
        Ok(())
    }
}
