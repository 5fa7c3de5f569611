//! The simulation's own cache: the result of each step, by the digest of everything that it depends on.

use super::Step;
use super::build_cache::BuildCache;
use super::build_cache_key::BuildCacheKey;
use super::cache_miss_reason::Rerun;
use crate::image::{Image, Layer};
use crate::shell::{Gap, Stream};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The most results that are kept; beyond it the older half is dropped.
const MAX_ENTRIES: usize = 2_000;

/// The result of one step.
#[derive(Clone, Debug)]
pub(super) struct StepResult {
    pub(super) image: Image,
    pub(super) layer: Option<Arc<Layer>>,
    pub(super) output: Vec<(Stream, Vec<u8>)>,
    pub(super) exit_code: Option<i32>,
    pub(super) commands: Arc<[Vec<String>]>,
    pub(super) gaps: Vec<Gap>,
    pub(super) created_by: String,
    /// The number of results made before it.
    age: u64,
}

/// Results of steps by their keys. An edit re-simulates from the first changed step.
#[derive(Clone, Debug, Default)]
pub struct Cache {
    steps: BTreeMap<String, Arc<StepResult>>,
    /// The steps that an engine would have in its build cache.
    build_cache: BuildCache,
    clock: u64,
}

impl Cache {
    /// An empty cache.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a step to the engine's build cache. Returns why the engine has to run it, if it was not there before.
    pub(super) fn record(&mut self, place: (usize, usize), key: BuildCacheKey) -> Option<Rerun> {
        self.build_cache.record(place, key)
    }

    /// Begins another build.
    pub(super) fn begin(&mut self) {
        self.build_cache.begin();
    }

    /// Runs builds that are only tried: the engine's build cache is the same afterwards, results are kept.
    pub fn without_recording<T>(&mut self, work: impl FnOnce(&mut Cache) -> T) -> T {
        let build_cache = self.build_cache.clone();
        let result = work(self);
        self.build_cache = build_cache;
        result
    }

    /// The number of results kept.
    pub fn len(&self) -> usize {
        self.steps.len()
    }

    /// Whether nothing is kept.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    pub(super) fn get(&self, key: &str) -> Option<Arc<StepResult>> {
        self.steps.get(key).cloned()
    }

    pub(super) fn put(&mut self, key: String, image: &Image, layer: Option<Arc<Layer>>, gaps: &[Gap], record: &Step) {
        self.clock += 1;
        let result = StepResult {
            image: image.clone(),
            layer,
            output: record.output.clone(),
            exit_code: record.exit_code,
            commands: record.commands.clone(),
            gaps: gaps.to_vec(),
            created_by: record.created_by.clone(),
            age: self.clock,
        };
        self.steps.insert(key, Arc::new(result));
        if self.steps.len() > MAX_ENTRIES {
            let limit = self.clock.saturating_sub(MAX_ENTRIES as u64 / 2);
            self.steps.retain(|_, result| result.age > limit);
        }
    }
}
