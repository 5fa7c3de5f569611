//! The dependency graph of a lockfile: what yarn.lock and pnpm-lock.yaml have in common.

use std::collections::{BTreeMap, BTreeSet};

/// A package of a lock file, and what it needs.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct LockEntry {
    pub(crate) name: String,
    pub(crate) version: String,
    /// Keys of other entries.
    pub(crate) needs: Vec<String>,
    /// The same of what it can do without: another system's builds among them.
    pub(crate) optional: Vec<String>,
    /// Another system than Linux, processor than x86-64 or C library than ours.
    pub(crate) foreign: bool,
}

/// What a lock file lockfile.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct LockedVersions {
    /// Name and version of each package.
    pub(crate) packages: Vec<(String, String)>,
    /// Builds for other systems: yarn fetches them nevertheless.
    pub(crate) foreign: Vec<(String, String)>,
    /// What package.json asks for and the file does not have.
    pub(crate) unlocked: Vec<String>,
}

/// Name and range in `name@range`.
pub(crate) fn split_key(key: &str) -> Option<(&str, &str)> {
    let at = key.get(1..)?.find('@')? + 1;
    Some((key.get(..at)?, key.get(at + 1..)?))
}

pub(crate) fn unquoted(word: &str) -> &str {
    let word = word.trim();
    word.strip_prefix(['"', '\'']).and_then(|word| word.strip_suffix(['"', '\''])).unwrap_or(word)
}

/// All that the entries under these keys lead to, each once.
pub(crate) fn collect_reachable(
    entries: &[LockEntry],
    by_key: &BTreeMap<String, usize>,
    tops: Vec<String>,
    pinned: &mut LockedVersions,
) {
    let mut seen: BTreeSet<usize> = BTreeSet::new();
    let mut open: Vec<String> = tops;
    while let Some(key) = open.pop() {
        // A key of pnpm's old files has a slash where newer ones have an at sign.
        let old = || by_key.get(&split_key(&key).map(|(name, version)| format!("{name}/{version}"))?);
        let Some(at) = by_key.get(&key).or_else(old) else { continue };
        let Some(entry) = entries.get(*at) else { continue };
        if seen.insert(*at) && !entry.foreign {
            open.extend(entry.needs.iter().chain(&entry.optional).cloned());
        }
    }
    let all: BTreeSet<(bool, String, String)> = seen
        .into_iter()
        .filter_map(|at| entries.get(at))
        .map(|entry| (entry.foreign, entry.name.clone(), entry.version.clone()))
        .collect();
    for (foreign, name, version) in all {
        if foreign { &mut pinned.foreign } else { &mut pinned.packages }.push((name, version));
    }
}
