//! The build cache: what a step made, by what went into it.

use super::Step;
use super::engine_cache::{Key, Known, Rerun};
use crate::fs::{Kind, Node, Tree};
use crate::image::{Hasher, Image, Layer};
use crate::shell::{Gap, Stream};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Results kept before the oldest go.
const MAX_ENTRIES: usize = 2_000;

/// What one step made.
#[derive(Clone, Debug)]
pub(super) struct Made {
    pub(super) image: Image,
    pub(super) layer: Option<Arc<Layer>>,
    pub(super) output: Vec<(Stream, Vec<u8>)>,
    pub(super) commands: Arc<[Vec<String>]>,
    pub(super) gaps: Vec<Gap>,
    pub(super) created_by: String,
    /// Its number among all results made: the oldest go first.
    age: u64,
}

/// Results of steps by their keys. An edit re-simulates from the first changed step.
#[derive(Clone, Debug, Default)]
pub struct Cache {
    steps: BTreeMap<String, Arc<Made>>,
    /// What an engine would have in its own cache.
    known: Known,
    clock: u64,
}

impl Cache {
    /// An empty cache.
    pub fn new() -> Self {
        Self::default()
    }

    /// Notes that an engine has a step in its cache from now on; why it has to run, if it was not there.
    pub(super) fn learn(&mut self, place: (usize, usize), key: Key) -> Option<Rerun> {
        self.known.learn(place, key)
    }

    /// Another build begins.
    pub(super) fn begin(&mut self) {
        self.known.begin();
    }

    /// Builds that are only tried: an engine does not have them in its cache afterwards.
    pub fn trying<T>(&mut self, work: impl FnOnce(&mut Cache) -> T) -> T {
        let known = self.known.clone();
        let result = work(self);
        self.known = known;
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

    pub(super) fn get(&self, key: &str) -> Option<Arc<Made>> {
        self.steps.get(key).cloned()
    }

    pub(super) fn put(&mut self, key: String, image: &Image, layer: Option<Arc<Layer>>, gaps: &[Gap], record: &Step) {
        self.clock += 1;
        let made = Made {
            image: image.clone(),
            layer,
            output: record.output.clone(),
            commands: record.commands.clone(),
            gaps: gaps.to_vec(),
            created_by: record.created_by.clone(),
            age: self.clock,
        };
        self.steps.insert(key, Arc::new(made));
        if self.steps.len() > MAX_ENTRIES {
            let limit = self.clock.saturating_sub(MAX_ENTRIES as u64 / 2);
            self.steps.retain(|_, made| made.age > limit);
        }
    }
}

/// Adds everything at and below a path: names, kinds, modes, owners, contents.
pub(super) fn digest(tree: &Tree, top: &str, hasher: Hasher) -> Hasher {
    tree.walk(top)
        .fold(hasher, |hasher, (key, node)| digest_node(node, hasher.part(key.get(top.len()..).unwrap_or(""))))
}

/// Adds one node: kind, mode, owner, content.
pub(super) fn digest_node(node: &Node, hasher: Hasher) -> Hasher {
    let hasher = hasher.number(u64::from(node.mode)).number(u64::from(node.uid)).number(u64::from(node.gid));
    match &node.kind {
        Kind::Dir { .. } => hasher.part("dir"),
        Kind::Special(kind) => hasher.part(format!("{kind:?}")),
        Kind::Symlink(target) => hasher.part("link").part(target.as_bytes()),
        Kind::File(content) => {
            let mut hasher = hasher.part("file");
            content.identify(|part| hasher = std::mem::take(&mut hasher).part(part));
            hasher
        }
    }
}
