//! Why a step is not taken from the build cache.

use super::build_cache_key::BuildCacheKey;
use crate::fs::Tree;
use std::collections::BTreeSet;
use std::sync::Arc;

/// The most changed files that are listed by name.
const MAX_LISTED_FILES: usize = 3;

/// Why a step is not taken from the cache.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rerun {
    /// A message id of `data/words`: `rerun.files` and others.
    pub why: &'static str,
    /// The changed files or arguments; empty for an id without parameter.
    pub what: String,
}

/// The reason of a stage that is built for the first time; it is not shown.
pub(super) const FIRST: &str = "rerun.first";
static EVICTED: (&str, String) = ("rerun.new", String::new());

impl Rerun {
    /// Whether the whole stage is built for the first time.
    pub fn is_first(&self) -> bool {
        self.why == FIRST
    }
}

impl BuildCacheKey {
    /// Why the step of this key is not the step of an earlier one.
    pub(super) fn changed_since(&self, last: &BuildCacheKey) -> Rerun {
        let part_of = |key: &BuildCacheKey, id: &str| {
            key.parts.iter().find(|(known, _)| *known == id).map(|(_, part)| part.clone())
        };
        let changed = self.parts.iter().find(|(id, part)| part_of(last, id).as_ref() != Some(part));
        // Nothing changed, but the bounded cache has dropped the step.
        let (why, part) = changed.unwrap_or(&EVICTED);
        let what = match *why {
            "rerun.files" => self.changed_files(last),
            "rerun.arguments" => part.trim_end().to_string(),
            _ => String::new(),
        };
        Rerun { why, what }
    }

    /// The names of the first files that differ, and the number of further ones.
    fn changed_files(&self, last: &BuildCacheKey) -> String {
        let (Some((new, paths)), Some((old, _))) = (&self.copied_files, &last.copied_files) else {
            return String::new();
        };
        // Each build reads the context again, so nodes are compared by value.
        let files = |tree: &Tree| -> BTreeSet<Arc<str>> {
            let below = paths.iter().flat_map(|top| tree.walk(top));
            below.filter(|(_, node)| !node.is_dir()).map(|(place, _)| place.clone()).collect()
        };
        let is_same = |place: &str| match (old.get(place), new.get(place)) {
            (Some(one), Some(two)) => {
                (one.mode, one.uid, one.gid) == (two.mode, two.uid, two.gid) && one.kind == two.kind
            }
            _ => false,
        };
        let all: BTreeSet<Arc<str>> = files(old).union(&files(new)).cloned().collect();
        let names: Vec<&str> =
            all.iter().filter(|place| !is_same(place)).map(|place| place.trim_start_matches('/')).collect();
        let more = names.len().saturating_sub(MAX_LISTED_FILES);
        let named = names.iter().take(MAX_LISTED_FILES).copied().collect::<Vec<_>>().join(", ");
        if more > 0 { format!("{named} + {more}") } else { named }
    }
}
