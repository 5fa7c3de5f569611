//! A model of an engine's build cache: which steps it has, and why a step has to run.

use super::build_cache_key::BuildCacheKey;
use super::cache_miss_reason::{FIRST, Rerun};
use imbl::OrdMap;

/// The most steps that are kept; beyond it the older half is dropped.
const MAX_STEPS: usize = 4_000;
/// An engine's build cache: the digests of the cached steps, and the key of each step of the previous build. A clone
/// shares its data.
#[derive(Clone, Debug, Default)]
pub(super) struct BuildCache {
    digests: OrdMap<String, u64>,
    /// The keys of the previous build, by stage and position.
    last: OrdMap<(usize, usize), BuildCacheKey>,
    /// The keys of the current build.
    now: OrdMap<(usize, usize), BuildCacheKey>,
    clock: u64,
}

impl BuildCache {
    /// Begins another build.
    pub(super) fn begin(&mut self) {
        if !self.now.is_empty() {
            self.last = std::mem::take(&mut self.now);
        }
    }

    /// The step of the previous build to compare with: the same instruction of the stage, else the one at the same
    /// position.
    fn counterpart(&self, place: (usize, usize), key: &BuildCacheKey) -> Option<&BuildCacheKey> {
        let same = |other: &&BuildCacheKey| other.parts.first() == key.parts.first();
        let in_place = self.last.get(&place);
        let stage = self.last.range((place.0, 0)..(place.0 + 1, 0)).map(|(_, other)| other);
        in_place.filter(same).or_else(|| stage.into_iter().find(same)).or(in_place)
    }

    /// Adds a step to the cache. Returns why it has to run, if it was not in the cache before.
    pub(super) fn record(&mut self, place: (usize, usize), key: BuildCacheKey) -> Option<Rerun> {
        self.clock += 1;
        let is_known = self.digests.insert(key.digest.clone(), self.clock).is_some();
        if self.digests.len() > MAX_STEPS {
            let limit = self.clock.saturating_sub(MAX_STEPS as u64 / 2);
            self.digests =
                self.digests.iter().filter(|(_, age)| **age > limit).map(|(key, age)| (key.clone(), *age)).collect();
        }
        let is_first = self.last.range((place.0, 0)..(place.0 + 1, 0)).next().is_none();
        let rerun = (!is_known).then(|| match self.counterpart(place, &key) {
            Some(last) => key.changed_since(last),
            None => Rerun { why: if is_first { FIRST } else { "rerun.new" }, what: String::new() },
        });
        self.now.insert(place, key);
        rerun
    }
}
