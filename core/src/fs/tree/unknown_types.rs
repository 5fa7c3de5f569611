//! Paths where something exists of which it is not known whether it is a file or a directory.

use super::symlink_resolution::MAX_SYMLINKS;
use super::{MAX_PATH, Tree};
use crate::fs::content::Content;
use crate::fs::node::{Kind, Node};
use crate::fs::path;
use crate::fs::unlisted_files::Unlisted;
use crate::measure::{Size, TypicalSize};
use std::ops::Bound;
use std::sync::Arc;

impl Tree {
    /// Notes that something of unknown type exists at a path (`DT_UNKNOWN` of readdir(3)), with unknown content.
    ///
    /// The path must be resolved, and its parent directory must exist. There is no node at the path, but
    /// [`Tree::may_hide`] is true for it and for everything below it. A directory that is there may then hold more
    /// files; a file that is there has unknown content.
    pub(crate) fn put_unknown_type(&mut self, path: &str, why: &str) {
        self.note_opened(path);
        match self.nodes.get_mut(path) {
            Some(node) if node.is_dir() => self.set_partial(path),
            Some(node) => node.kind = Kind::File(Content::unknown(why)),
            None => {
                self.unknown_types.insert(Arc::from(path));
                self.touch_parent(path);
            }
        }
    }

    /// As [`Tree::put_unknown_type`], with an estimate of the size of all that is there. Nothing is weighed if a file or
    /// directory is there already.
    ///
    /// Returns whether the size is recorded.
    pub(crate) fn put_weighed_unknown_type(&mut self, path: &str, why: &str, size: Size) -> bool {
        let is_new = self.nodes.get(path).is_none();
        self.put_unknown_type(path, why);
        if is_new {
            self.weigh(path::parent(path), path::file_name(path), size);
        }
        is_new
    }

    /// The size that is recorded for what is at a path of unknown type.
    pub(crate) fn weighed_unknown_type(&self, path: &str) -> Option<&Size> {
        self.weighed(path::parent(path), path::file_name(path)).filter(|_| self.is_unknown_type(path))
    }

    /// Copies up what is at an absolute path of unknown type, because it is written to. Returns false, and does nothing,
    /// where its size is not recorded.
    pub(crate) fn rewrite_unknown_type(&mut self, path: &str) -> bool {
        let place = self.resolve("/", path, true).unwrap_or_else(|_| path.to_string());
        if self.weighed_unknown_type(&place).is_none() {
            return false;
        }
        let tick = self.bump();
        if let Some(node) = self.nodes.get_mut(path::parent(&place)) {
            node.tick = tick;
            if let Some(unlisted) = node.unlisted.as_mut() {
                Arc::make_mut(unlisted).rewrite_one(path::file_name(&place), tick);
            }
        }
        true
    }

    /// Whether the size of what is at a path of unknown type is part of a size that is recorded.
    pub(in crate::fs) fn is_weighed_unknown_type(&self, path: &str) -> bool {
        let parent = self.get(path::parent(path)).and_then(Node::unlisted);
        self.weighed_unknown_type(path).is_some() || parent.is_some_and(Unlisted::is_whole)
    }

    /// Whether something of unknown type exists at a resolved path.
    pub(crate) fn is_unknown_type(&self, path: &str) -> bool {
        self.unknown_types.contains(path)
    }

    /// The paths of unknown type at or below a path, in byte order.
    pub(crate) fn unknown_types(&self, top: &str) -> Vec<Arc<str>> {
        let below = (Bound::Included(top), Bound::Unbounded);
        let found = self.unknown_types.range::<(Bound<&str>, Bound<&str>), str>(below);
        found.take_while(|key| key.starts_with(top)).filter(|key| path::is_within(key, top)).cloned().collect()
    }

    /// Whether the first part of an absolute path that is not listed may exist. Symbolic links are followed.
    pub(in crate::fs) fn leads_to_unlisted(&self, path: &str) -> bool {
        let parts = |path: &str| path.split('/').rev().filter(|part| !part.is_empty()).map(str::to_string).collect();
        let (mut at, mut links) = ("/".to_string(), 0);
        let mut rest: Vec<String> = parts(path);
        while let Some(part) = rest.pop() {
            let next = match part.as_str() {
                "." => continue,
                ".." => path::parent(&at).to_string(),
                part => path::join(&at, part),
            };
            let Some(Kind::Dir { partial }) = self.get(&at).map(|node| &node.kind) else { return false };
            match self.get(&next).map(|node| &node.kind) {
                None => return *partial || self.is_unknown_type(&next),
                Some(Kind::Symlink(target)) => {
                    links += 1;
                    if links > MAX_SYMLINKS || rest.len() > MAX_PATH {
                        return false;
                    }
                    if target.starts_with('/') {
                        at = "/".to_string();
                    }
                    rest.extend::<Vec<String>>(parts(target));
                }
                Some(_) => at = next,
            }
        }
        false
    }

    /// Whether all entries of the directory at a resolved path are listed.
    pub(crate) fn is_listed(&self, directory: &str) -> bool {
        !matches!(self.get(directory).map(|node| &node.kind), Some(Kind::Dir { partial: true }))
            && !self.unknown_types(directory).iter().any(|path| path::parent(path) == directory)
    }

    /// Notes that a directory and all directories below it may hold unlisted files, and that those files may have
    /// replaced the files that are there.
    ///
    /// `keeps` is asked for the path of each node below the directory: a node for which it is true stays as it is.
    /// `weighed`: the size of those files is recorded elsewhere, so the size of each directory stays as it is.
    pub(crate) fn overlay_unknown(
        &mut self,
        directory: &str,
        why: &str,
        weighed: bool,
        keeps: &mut dyn FnMut(&str, &Node) -> bool,
    ) {
        let mark = if weighed { Tree::hold_weighed } else { Tree::set_partial };
        mark(self, directory);
        let below = self.walk(directory).filter(|(key, _)| ***key != *directory);
        let touched: Vec<(Arc<str>, bool)> = below
            .filter(|(_, node)| node.is_dir() || node.content().is_some_and(Content::bytes_known))
            .filter(|(key, node)| !keeps(key, node))
            .map(|(key, node)| (key.clone(), node.is_dir()))
            .collect();
        for (key, is_dir) in touched {
            if is_dir {
                mark(self, &key);
            } else if let Some(node) = self.nodes.get_mut(&key) {
                // It stays as long as it is, or its place is taken by a file that is recorded with the unknown ones.
                let len = node.content().filter(|content| weighed && content.len_known).map(|content| content.len);
                let typical = len.map(|len| TypicalSize::by_input(0, len, len));
                node.kind = Kind::File(Content::unknown(why).estimated(typical.as_ref()));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_an_unknown_type_may_be_a_file_or_a_directory() {
        let mut tree = Tree::new();
        tree.mkdir("/opt", 0o755, 0, 0).unwrap();
        tree.put_unknown_type("/opt/app", "not in the context");
        tree.symlink("/opt", "/link", 0, 0).unwrap();
        tree.symlink("opt/app/bin", "/bin", 0, 0).unwrap();
        for hidden in ["/opt/app", "/opt/app/bin/server", "/link/app/server", "/bin", "/bin/server"] {
            assert!(tree.may_hide("/", hidden), "{hidden}");
        }
        assert!(!tree.may_hide("/", "/opt/apps") && !tree.may_hide("/", "/opt/b/app"));
        assert!(!tree.is_listed("/opt") && tree.is_listed("/"));
        tree.mkdir_all("/opt/app/sub", 0o755, 0, 0).unwrap();
        assert!(!tree.is_unknown_type("/opt/app") && tree.may_hide("/", "/opt/app/server"));
    }

    #[test]
    fn unlisted_files_may_replace_what_is_known() {
        let mut tree = Tree::new();
        tree.mkdir_all("/app/src", 0o755, 0, 0).unwrap();
        tree.mkdir_all("/app/node_modules", 0o755, 0, 0).unwrap();
        tree.write("/app/src/main.rs", Content::inline(*b"fn main() {}"), 0o644, 0, 0).unwrap();
        tree.overlay_unknown("/app", "not listed", false, &mut |key, _| key.contains("node_modules"));
        assert!(tree.may_hide("/", "/app/src/lib.rs") && !tree.may_hide("/", "/app/node_modules/x"));
        assert!(!tree.get("/app/src/main.rs").unwrap().content().unwrap().bytes_known());
    }
}
