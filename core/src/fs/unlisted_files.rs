//! Unlisted files: packages of which the total size is known and the files are not.

use crate::measure::Size;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The unlisted files of a directory, by the name of their package.
#[derive(Clone, Debug, Default)]
pub struct Unlisted {
    packages: BTreeMap<Arc<str>, Package>,
    /// The directory holds no further unlisted files.
    pub(super) whole: bool,
}

#[derive(Clone, Debug)]
struct Package {
    size: Size,
    /// The number of the operation that last wrote the files, as the tick of a node.
    tick: u64,
}

impl Unlisted {
    /// The packages, and the total size of the files of each.
    pub fn parts(&self) -> impl Iterator<Item = (&Arc<str>, &Size)> {
        self.packages.iter().map(|(what, package)| (what, &package.size))
    }

    pub(super) fn size_of(&self, what: &str) -> Option<&Size> {
        self.packages.get(what).map(|package| &package.size)
    }

    /// Whether the directory holds no further unlisted files.
    pub fn is_whole(&self) -> bool {
        self.whole
    }

    pub(super) fn add(&mut self, what: Arc<str>, size: Size, tick: u64) {
        self.packages.insert(what, Package { size, tick });
    }

    pub(super) fn forget_all(&mut self) {
        self.packages.clear();
    }

    pub(super) fn forget(&mut self, what: &str) {
        self.packages.remove(what);
    }

    /// Marks all files as written.
    pub(super) fn rewrite(&mut self, tick: u64) {
        self.packages.values_mut().for_each(|package| package.tick = tick);
    }

    /// Marks the files of one package as written.
    pub(super) fn rewrite_one(&mut self, what: &str, tick: u64) {
        if let Some(package) = self.packages.get_mut(what) {
            package.tick = tick;
        }
    }

    /// The packages that a layer on top of `old` holds: those that are new or written since `old`.
    pub(super) fn since(&self, old: Option<&Unlisted>) -> Vec<(Arc<str>, Size)> {
        let had = |what: &Arc<str>| old.and_then(|old| old.packages.get(what)).map(|package| package.tick);
        let is_new = |(what, package): &(&Arc<str>, &Package)| had(what) != Some(package.tick);
        self.packages.iter().filter(is_new).map(|(what, package)| (what.clone(), package.size.clone())).collect()
    }
}
