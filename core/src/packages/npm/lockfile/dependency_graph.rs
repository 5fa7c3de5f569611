//! The dependency graph of a lockfile: what yarn.lock and pnpm-lock.yaml have in common.

use std::collections::{BTreeMap, BTreeSet};

/// A package of a lockfile, and its dependencies.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct LockEntry {
    pub(crate) name: String,
    pub(crate) version: String,
    /// The keys of the entries that it depends on.
    pub(crate) needs: Vec<String>,
    /// The keys of its optional dependencies, among them builds for other systems.
    pub(crate) optional: Vec<String>,
    /// Whether it is for another system than Linux, another processor than x86-64 or another C library than the
    /// image's.
    pub(crate) foreign: bool,
}

/// The versions that a lockfile locks.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct LockedVersions {
    /// Name and version of each package.
    pub(crate) packages: Vec<(String, String)>,
    /// Builds for other systems, which yarn fetches nevertheless.
    pub(crate) foreign: Vec<(String, String)>,
    /// Dependencies of package.json that the lockfile does not have.
    pub(crate) unlocked: Vec<String>,
}

/// Splits `name@range` into name and range.
pub(crate) fn split_key(key: &str) -> Option<(&str, &str)> {
    let at = key.get(1..)?.find('@')? + 1;
    Some((key.get(..at)?, key.get(at + 1..)?))
}

pub(crate) fn unquoted(word: &str) -> &str {
    let word = word.trim();
    word.strip_prefix(['"', '\'']).and_then(|word| word.strip_suffix(['"', '\''])).unwrap_or(word)
}

/// Collects all packages that are reachable from these keys, each once.
pub(crate) fn collect_reachable(
    entries: &[LockEntry],
    by_key: &BTreeMap<String, usize>,
    tops: Vec<String>,
    pinned: &mut LockedVersions,
) {
    let mut seen: BTreeSet<usize> = BTreeSet::new();
    let mut open: Vec<String> = tops;
    while let Some(key) = open.pop() {
        // Keys of pnpm's older files have a slash where newer ones have an at sign.
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
