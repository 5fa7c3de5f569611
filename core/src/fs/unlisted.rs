//! Files that are known by their weight alone: packages whose whole size is known and whose files are not listed.

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
