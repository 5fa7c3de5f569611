//! Which files of the context ADD takes by name: those that it unpacks if they are archives.

use crate::fs::{glob_matches, path};
use std::collections::BTreeMap;

/// What ADD takes from the context that the engine gets, as patterns of paths, each with how often it stands in the
/// Dockerfile.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AddedFiles {
    /// Paths without wildcards.
    paths: BTreeMap<String, u64>,
    /// The parts of paths with wildcards, by their number.
    patterns: BTreeMap<usize, BTreeMap<Vec<String>, u64>>,
    /// Patterns with a class of characters or an escape, which builders read in different ways: any file may be meant.
    any: u64,
}

impl AddedFiles {
    /// Adds a pattern.
    pub(super) fn insert(&mut self, pattern: &str) {
        let pattern = path::join("/", pattern);
        // Go reads a class over a slash, and an escaped slash as a slash: such a pattern may match any file.
        if pattern.contains(['[', '\\']) {
            self.any += 1;
        } else if pattern.contains(['*', '?']) {
            let parts: Vec<String> = pattern.split('/').map(str::to_string).collect();
            *self.patterns.entry(parts.len()).or_default().entry(parts).or_default() += 1;
        } else {
            *self.paths.entry(pattern).or_default() += 1;
        }
    }

    /// Whether ADD takes nothing from the context.
    pub fn is_empty(&self) -> bool {
        self.paths.is_empty() && self.patterns.is_empty() && self.any == 0
    }

    /// How many sources of ADD may mean a file, which is given by its path in the context that the engine gets. The time
    /// does not grow with the number of patterns without wildcards. Their number with wildcards times that of files is
    /// bounded where they are written.
    pub fn uses(&self, file: &str) -> u64 {
        let file = path::join("/", file);
        let names: Vec<&str> = file.split('/').collect();
        let fits = |parts: &[String]| parts.iter().zip(&names).all(|(part, name)| glob_matches(part, name));
        let patterns = self.patterns.get(&names.len()).into_iter().flatten();
        let by_pattern: u64 = patterns.filter(|(parts, _)| fits(parts)).map(|(_, count)| count).sum();
        self.any + self.paths.get(&file).copied().unwrap_or(0) + by_pattern
    }
}

impl FromIterator<String> for AddedFiles {
    fn from_iter<I: IntoIterator<Item = String>>(patterns: I) -> Self {
        let mut added = AddedFiles::default();
        patterns.into_iter().for_each(|pattern| added.insert(&pattern));
        added
    }
}
