//! Sizes of unlisted files in directories of a tree.

use super::Tree;
use crate::fs::node::{Kind, Node};
use crate::measure::{Size, TypicalSize};
use std::sync::Arc;

impl Tree {
    /// Notes that a directory may hold files that are not listed.
    pub(crate) fn set_partial(&mut self, directory: &str) {
        self.note_opened(directory);
        if let Some(node) = self.nodes.get_mut(directory).filter(|node| node.is_dir()) {
            node.kind = Kind::Dir { partial: true };
            if let Some(unlisted) = node.unlisted.as_mut().filter(|unlisted| unlisted.whole) {
                Arc::make_mut(unlisted).whole = false;
            }
        }
    }

    /// Notes that all entries of a directory are listed.
    pub(crate) fn set_listed(&mut self, directory: &str) {
        if let Some(node) = self.nodes.get_mut(directory).filter(|node| node.is_dir()) {
            node.kind = Kind::Dir { partial: false };
        }
    }

    /// Notes that unlisted files of `what`, such as a package, of total `size` are somewhere below a directory.
    pub(crate) fn weigh(&mut self, directory: &str, what: &str, size: Size) {
        let tick = self.bump();
        if let Some(node) = self.nodes.get_mut(directory).filter(|node| node.is_dir()) {
            Arc::make_mut(node.unlisted.get_or_insert_default()).add(what.into(), size, tick);
            node.tick = tick;
        }
    }

    /// The total size of the unlisted files of `what` in a directory, if there are any.
    pub(crate) fn weighed(&self, directory: &str, what: &str) -> Option<&Size> {
        self.nodes.get(directory)?.unlisted()?.size_of(what)
    }

    /// As [`Tree::weigh`], for a directory that holds no other unlisted files.
    pub(crate) fn weigh_whole(&mut self, directory: &str, what: &str, size: Size) {
        self.weigh(directory, what, size);
        self.hold_weighed(directory);
    }

    /// Notes that a directory may hold unlisted files whose size is recorded in it or in a directory above. If it already
    /// held files of unknown size, its size stays unknown.
    pub(crate) fn hold_weighed(&mut self, directory: &str) {
        self.note_opened(directory);
        if let Some(node) = self.nodes.get_mut(directory).filter(|node| node.is_dir()) {
            let whole = !node.holds_unknown();
            node.kind = Kind::Dir { partial: true };
            Arc::make_mut(node.unlisted.get_or_insert_default()).whole = whole;
        }
    }

    /// Notes that everything below a directory of which no size is known, unlisted files and files of unknown length, has
    /// the total size `rest`.
    pub(crate) fn weigh_rest(&mut self, directory: &str, what: &str, rest: Size) {
        let is_open = |node: &Node| match &node.kind {
            Kind::Dir { partial } => *partial,
            Kind::File(content) => !content.len_known,
            _ => false,
        };
        let below = self.walk(directory).filter(|(_, node)| is_open(node));
        let open: Vec<String> = below.map(|(key, _)| key.to_string()).collect();
        for key in open {
            let Some(node) = self.nodes.get_mut(key.as_str()) else { continue };
            match &node.kind {
                Kind::File(content) => {
                    node.kind = Kind::File(content.clone().estimated(Some(&TypicalSize::default())));
                }
                _ => Arc::make_mut(node.unlisted.get_or_insert_default()).whole = true,
            }
        }
        self.weigh(directory, what, rest);
    }

    /// Notes that a directory may hold unlisted links, which have no size, and no other unlisted files.
    pub(crate) fn hold_links(&mut self, directory: &str) {
        if let Some(node) = self.nodes.get_mut(directory).filter(|node| node.is_dir()) {
            node.kind = Kind::Dir { partial: true };
            Arc::make_mut(node.unlisted.get_or_insert_default()).whole = true;
        }
    }

    /// Removes the unlisted files of `what` from a directory.
    pub(crate) fn unweigh(&mut self, directory: &str, what: &str) {
        if let Some(unlisted) = self.nodes.get_mut(directory).and_then(|node| node.unlisted.as_mut()) {
            Arc::make_mut(unlisted).forget(what);
        }
    }

    /// Removes the unlisted files of `what` from a directory, and returns their size.
    pub(crate) fn take_unlisted(&mut self, directory: &str, what: &str) -> Option<Size> {
        let size = self.weighed(directory, what)?.clone();
        self.unweigh(directory, what);
        Some(size)
    }

    /// Removes the unlisted files whose size is recorded in a directory, but not from those below it.
    pub(crate) fn remove_unlisted(&mut self, directory: &str) {
        if let Some(unlisted) = self.nodes.get_mut(directory).and_then(|node| node.unlisted.as_mut()) {
            Arc::make_mut(unlisted).forget_all();
        }
    }

    /// Copies up all unlisted files of a directory, because they are written to.
    pub(crate) fn rewrite_unlisted(&mut self, directory: &str) {
        let tick = self.bump();
        if let Some(unlisted) = self.nodes.get_mut(directory).and_then(|node| node.unlisted.as_mut()) {
            Arc::make_mut(unlisted).rewrite(tick);
        }
    }

    /// Adds the unlisted files of a copied directory to those of the target directory.
    pub(crate) fn bring_unlisted(&mut self, directory: &str, from: &Node) {
        for (what, size) in from.unlisted().iter().flat_map(|unlisted| unlisted.parts()) {
            self.weigh(directory, what, size.clone());
        }
        match from.kind {
            Kind::Dir { partial: true } if from.holds_unknown() => self.set_partial(directory),
            Kind::Dir { partial: true } => self.hold_weighed(directory),
            _ => {}
        }
    }
}
