//! Which files of the context ADD takes by name: those that it unpacks if they are archives.

use crate::fs::{glob_matches, path};
use std::collections::{BTreeMap, BTreeSet};

/// What ADD takes from the context that the engine gets, as patterns of paths.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AddedFiles {
    /// Paths without wildcards.
    paths: BTreeSet<String>,
    /// The parts of paths with wildcards, by their number.
    patterns: BTreeMap<usize, BTreeSet<Vec<String>>>,
    /// A pattern has a class of characters, which builders read in different ways: any file may be meant.
    any: bool,
}

impl AddedFiles {
    /// Adds a pattern.
    pub(super) fn insert(&mut self, pattern: &str) {
        let pattern = path::join("/", pattern);
        // Go reads a class over a slash, and an escaped slash as a slash: such a pattern may match any file.
        self.any |= pattern.contains(['[', '\\']);
        if pattern.contains(['*', '?', '\\']) {
            let parts: Vec<String> = pattern.split('/').map(str::to_string).collect();
            self.patterns.entry(parts.len()).or_default().insert(parts);
        } else {
            self.paths.insert(pattern);
        }
    }

    /// Whether ADD takes nothing from the context.
    pub fn is_empty(&self) -> bool {
        self.paths.is_empty() && self.patterns.is_empty()
    }

    /// Whether one of the patterns matches a file. `links`: the context holds links, behind which any file may be
    /// meant. The time does not grow with the number of patterns without wildcards. Their number with wildcards times
    /// that of files is bounded where they are written.
    pub(super) fn may_match(&self, file: &str, links: bool) -> bool {
        if self.is_empty() {
            return false;
        }
        if links || self.any {
            return true;
        }
        let file = path::join("/", file);
        if self.paths.contains(&file) {
            return true;
        }
        let names: Vec<&str> = file.split('/').collect();
        let fits = |parts: &Vec<String>| parts.iter().zip(&names).all(|(part, name)| glob_matches(part, name));
        self.patterns.get(&names.len()).is_some_and(|patterns| patterns.iter().any(fits))
    }
}

impl FromIterator<String> for AddedFiles {
    fn from_iter<I: IntoIterator<Item = String>>(patterns: I) -> Self {
        let mut added = AddedFiles::default();
        patterns.into_iter().for_each(|pattern| added.insert(&pattern));
        added
    }
}
