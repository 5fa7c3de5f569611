//! Files that are known by their weight alone: packages whose whole size is known and whose files are not listed.

use super::tree::{Kind, Node, Tree};
use crate::measure::Size;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What a directory holds beside the entries of the tree, by the name of what brought it.
#[derive(Clone, Debug, Default)]
pub struct Unlisted {
    parts: BTreeMap<Arc<str>, Part>,
    /// Nothing else is in the directory unlisted.
    pub(super) whole: bool,
}

#[derive(Clone, Debug)]
struct Part {
    size: Size,
    /// When it was last written, as a node's.
    tick: u64,
}

impl Unlisted {
    /// What brought files, and what they weigh, in bytes.
    pub fn parts(&self) -> impl Iterator<Item = (&Arc<str>, &Size)> {
        self.parts.iter().map(|(what, part)| (what, &part.size))
    }

    /// Whether nothing else is in the directory unlisted.
    pub fn is_whole(&self) -> bool {
        self.whole
    }

    pub(super) fn add(&mut self, what: Arc<str>, size: Size, tick: u64) {
        self.parts.insert(what, Part { size, tick });
    }

    pub(super) fn forget(&mut self, what: &str) {
        self.parts.remove(what);
    }

    /// All of it is written anew.
    pub(super) fn rewrite(&mut self, tick: u64) {
        self.parts.values_mut().for_each(|part| part.tick = tick);
    }

    /// What is not, or was written otherwise, in `old`: what a layer over `old` holds.
    pub(super) fn since(&self, old: Option<&Unlisted>) -> Vec<(Arc<str>, Size)> {
        let had = |what: &Arc<str>| old.and_then(|old| old.parts.get(what)).map(|part| part.tick);
        let is_new = |(what, part): &(&Arc<str>, &Part)| had(what) != Some(part.tick);
        self.parts.iter().filter(is_new).map(|(what, part)| (what.clone(), part.size.clone())).collect()
    }
}

impl Tree {
    /// Notes that a directory may hold more than is listed.
    pub(crate) fn set_partial(&mut self, directory: &str) {
        if let Some(node) = self.nodes.get_mut(directory).filter(|node| node.is_dir()) {
            node.kind = Kind::Dir { partial: true };
            if let Some(unlisted) = node.unlisted.as_mut().filter(|unlisted| unlisted.whole) {
                Arc::make_mut(unlisted).whole = false;
            }
        }
    }

    /// Notes that files of `what` are somewhere below a directory and weigh `size`, and are not listed.
    pub(crate) fn weigh(&mut self, directory: &str, what: &str, size: Size) {
        let tick = self.bump();
        if let Some(node) = self.nodes.get_mut(directory).filter(|node| node.is_dir()) {
            Arc::make_mut(node.unlisted.get_or_insert_default()).add(what.into(), size, tick);
            node.tick = tick;
        }
    }

    /// As [`Tree::weigh`], of a directory that holds nothing else unlisted.
    pub(crate) fn weigh_whole(&mut self, directory: &str, what: &str, size: Size) {
        self.weigh(directory, what, size);
        self.hold_weighed(directory);
    }

    /// Notes that names which are not listed may be in a directory, and that what they weigh is told: by it or by
    /// one above. Of one that held unknown files before, it is not.
    pub(crate) fn hold_weighed(&mut self, directory: &str) {
        if let Some(node) = self.nodes.get_mut(directory).filter(|node| node.is_dir()) {
            let whole = !node.holds_unknown();
            node.kind = Kind::Dir { partial: true };
            Arc::make_mut(node.unlisted.get_or_insert_default()).whole = whole;
        }
    }

    /// What was weighed is gone from a directory.
    pub(crate) fn unweigh(&mut self, directory: &str, what: &str) {
        if let Some(unlisted) = self.nodes.get_mut(directory).and_then(|node| node.unlisted.as_mut()) {
            Arc::make_mut(unlisted).forget(what);
        }
    }

    /// A directory's unlisted files are written to, all of them: they are copied up.
    pub(crate) fn rewrite_unlisted(&mut self, directory: &str) {
        let tick = self.bump();
        if let Some(unlisted) = self.nodes.get_mut(directory).and_then(|node| node.unlisted.as_mut()) {
            Arc::make_mut(unlisted).rewrite(tick);
        }
    }

    /// What a copied directory holds unlisted comes along, beside what is there.
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
