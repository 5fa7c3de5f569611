//! What an engine's build cache goes by, for each builder. It is not what the simulation reuses
//! ([`super::cache`]): an engine may take a step from its cache after something changed that
//! changes the image, and may run one anew that comes out the same.
//!
//! Observed with Docker 20.10.24; `tests/fidelity/cache.rs` asks a real one.

use super::files::Copy;
use super::stage::Bench;
use super::{Work, cache, mounts, run};
use crate::dockerfile::{Instruction, Kind};
use crate::fs::{Tree, path};
use crate::image::Hasher;
use imbl::OrdMap;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Steps that are remembered before the oldest go.
const MAX_KNOWN: usize = 4_000;
/// Changed files that are named.
const MAX_NAMED: usize = 3;

/// Why a step is not taken from the cache.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rerun {
    /// An id with words in `data/words`: `rerun.files` and others.
    pub why: &'static str,
    /// Files, arguments; empty where the id says all.
    pub what: String,
}

/// What the engine's cache knows a step by.
#[derive(Clone, Debug)]
pub(super) struct Key {
    pub(super) digest: String,
    /// What goes in, each with the id of what is said when it changes; the parent last.
    parts: Vec<(&'static str, String)>,
    /// The files that COPY and ADD take.
    taken: Option<(Tree, Vec<String>)>,
}

/// An engine's cache: keys, and what each place of the Dockerfile was the last time. A clone is free.
#[derive(Clone, Debug, Default)]
pub(super) struct Known {
    digests: OrdMap<String, u64>,
    /// The steps of the build before, by stage and place.
    last: OrdMap<(usize, usize), Key>,
    /// Those of the build at work.
    now: OrdMap<(usize, usize), Key>,
    clock: u64,
}

impl Known {
    /// Another build begins.
    pub(super) fn begin(&mut self) {
        if !self.now.is_empty() {
            self.last = std::mem::take(&mut self.now);
        }
    }

    /// The step of the build before that this one was: the same instruction of the stage, else what stood in its place.
    fn counterpart(&self, place: (usize, usize), key: &Key) -> Option<&Key> {
        let same = |other: &&Key| other.parts.first() == key.parts.first();
        let in_place = self.last.get(&place);
        let stage = self.last.range((place.0, 0)..(place.0 + 1, 0)).map(|(_, other)| other);
        in_place.filter(same).or_else(|| stage.into_iter().find(same)).or(in_place)
    }

    /// Notes that the engine has a step from now on; why it has to run, if it was not there.
    pub(super) fn learn(&mut self, place: (usize, usize), key: Key) -> Option<Rerun> {
        self.clock += 1;
        let is_known = self.digests.insert(key.digest.clone(), self.clock).is_some();
        if self.digests.len() > MAX_KNOWN {
            let limit = self.clock.saturating_sub(MAX_KNOWN as u64 / 2);
            self.digests =
                self.digests.iter().filter(|(_, age)| **age > limit).map(|(key, age)| (key.clone(), *age)).collect();
        }
        let is_first = self.last.range((place.0, 0)..(place.0 + 1, 0)).next().is_none();
        let rerun = (!is_known).then(|| match self.counterpart(place, &key) {
            Some(last) => key.differs(last),
            None => Rerun { why: if is_first { FIRST } else { "rerun.new" }, what: String::new() },
        });
        self.now.insert(place, key);
        rerun
    }
}

/// No build of this stage came before: nobody needs to be told.
const FIRST: &str = "rerun.first";
static FORGOTTEN: (&str, String) = ("rerun.new", String::new());

impl Rerun {
    /// Whether the whole stage is built for the first time.
    pub fn is_first(&self) -> bool {
        self.why == FIRST
    }
}

impl Key {
    fn new(parent: &str, parts: Vec<(&'static str, String)>, taken: Option<(Tree, Vec<String>)>) -> Key {
        let mut parts = parts;
        parts.push(("rerun.parent", parent.to_string()));
        let digest = parts.iter().fold(Hasher::default(), |hasher, (id, part)| hasher.part(id).part(part)).finish();
        Key { digest, parts, taken }
    }

    fn differs(&self, last: &Key) -> Rerun {
        let part_of =
            |key: &Key, id: &str| key.parts.iter().find(|(known, _)| *known == id).map(|(_, part)| part.clone());
        let changed = self.parts.iter().find(|(id, part)| part_of(last, id).as_ref() != Some(part));
        // All as it was, and yet forgotten: the cache is bounded.
        let (why, part) = changed.unwrap_or(&FORGOTTEN);
        let what = match *why {
            "rerun.files" => self.changed_files(last),
            "rerun.arguments" => part.trim_end().to_string(),
            _ => String::new(),
        };
        Rerun { why, what }
    }

    /// The files that are not as they were, a few of them by name.
    fn changed_files(&self, last: &Key) -> String {
        let (Some((new, paths)), Some((old, _))) = (&self.taken, &last.taken) else { return String::new() };
        // Contexts are read anew for each build: what counts is what is in them.
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
        let more = names.len().saturating_sub(MAX_NAMED);
        let named = names.iter().take(MAX_NAMED).copied().collect::<Vec<_>>().join(", ");
        if more > 0 { format!("{named} + {more}") } else { named }
    }
}

/// What the engine's cache knows a step by; `None` for what it does not keep.
///
/// The classic builder keeps each instruction behind its parent, with the words it has once
/// variables are expanded. BuildKit keeps what touches files: RUN with its whole environment, COPY and
/// ADD with what they take, WORKDIR; a label or a port in between makes no difference to it.
pub(super) fn key(work: &mut Work, bench: &Bench, instruction: &Instruction, copied: Option<&Copy>) -> Option<Key> {
    let line = instruction.line;
    let expanded = |text: &str| bench.expand(text, line).unwrap_or_else(|_| text.to_string());
    let mut words = vec![instruction.keyword.to_ascii_uppercase()];
    words.extend(instruction.heredocs.iter().map(|document| document.content.to_string()));
    let mut parts = Vec::new();
    let mut taken = None;
    match &instruction.kind {
        Kind::Run(_) => {
            words.push(instruction.arguments.clone());
            for flag in instruction.flags.iter().filter(|flag| flag.name != "mount") {
                words.extend([flag.name.clone(), flag.value.clone().unwrap_or_default()]);
            }
            let mut mounts = Hasher::default();
            for mount in mounts::read(bench, instruction).unwrap_or_default() {
                mounts = mounts.part(&mount.kind).part(&mount.target).part(&mount.source);
                // What a mount brings counts by its content.
                if mount.kind == "bind"
                    && let Ok(tree) = work.source_tree(bench.index, mount.from.as_deref(), line, false)
                {
                    mounts = cache::digest(&tree, &path::join("/", &mount.source), mounts);
                }
            }
            parts.push(("rerun.mount", mounts.finish()));
            parts.push(("rerun.arguments", run::arguments(work, bench)));
            if !work.is_classic() {
                let config = &bench.image.config;
                parts.push(("rerun.environment", bench.environment().join("\n")));
                parts.push(("rerun.shell", config.shell().join("\n")));
                parts.push(("rerun.user", config.user.clone()));
                parts.push(("rerun.folder", config.working_dir.clone()));
            }
        }
        Kind::Copy { destination, .. } | Kind::Add { destination, .. } => {
            words.push(expanded(destination));
            let flags = instruction.flags.iter().filter(|flag| flag.name != "from");
            words.extend(flags.map(|flag| expanded(flag.value.as_deref().unwrap_or(""))));
            parts.push(("rerun.files", copied.map(|copy| copy.key.clone()).unwrap_or_default()));
            taken = copied.map(Copy::taken);
        }
        Kind::Workdir(_) => {
            words.push(expanded(&instruction.arguments));
            if !work.is_classic() {
                parts.push(("rerun.user", bench.image.config.user.clone()));
            }
        }
        _ if !work.is_classic() => return None,
        Kind::Env(_) | Kind::Label(_) | Kind::Arg(_) | Kind::User(_) | Kind::Expose(_) | Kind::Volume(_) => {
            words.push(expanded(&instruction.arguments));
        }
        _ => words.push(instruction.arguments.clone()),
    }
    parts.insert(0, ("rerun.instruction", words.join("\n")));
    Some(Key::new(&bench.engine_key, parts, taken))
}
