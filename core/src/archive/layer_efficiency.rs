//! The analysis of the layer explorer: the changes of each layer, efficiency and wasted bytes.
//!
//! Efficiency and waste are defined as in dive (wagoodman/dive, `dive/filetree/efficiency.go`): for each path that is a
//! leaf of a layer, its sizes in all layers are added up; the smallest of them would suffice. A path in two or more layers
//! is waste, with all its sizes. A removed file counts with size 0, a removed directory with everything below it.

use super::{Archive, ArchiveError, EntryType, Limits};
use crate::fs::EntryKind;
use crate::image::Image;
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::ops::Bound;

/// One layer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LayerFacts {
    /// The instruction that made it.
    pub created_by: String,
    /// The bytes of its files.
    pub size: u64,
    /// Entries of its tar, `added + changed + removed`.
    pub entries: usize,
    /// The number of paths that no lower layer has.
    pub added: usize,
    /// The number of paths that a lower layer has.
    pub changed: usize,
    /// The number of whiteouts.
    pub removed: usize,
}

/// A path in two or more layers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wasted {
    /// Absolute.
    pub path: String,
    /// The sum of its sizes.
    pub bytes: u64,
    /// The indices of the layers that have it, from 0.
    pub layers: Vec<usize>,
}

/// The analysis of all layers.
#[derive(Clone, Debug, PartialEq)]
pub struct Analysis {
    /// From the lowest to the highest.
    pub layers: Vec<LayerFacts>,
    /// From 0 to 1: 1 if no path is in two layers.
    pub efficiency: f64,
    /// The sum of [`Analysis::wasted`].
    pub wasted_bytes: u64,
    /// The largest first.
    pub wasted: Vec<Wasted>,
}

impl Analysis {
    /// The wasted bytes relative to the bytes of all layers but the lowest, as in dive's threshold; `None` if these are 0.
    pub fn user_wasted(&self) -> Option<f64> {
        let user: u64 = self.layers.iter().skip(1).map(|layer| layer.size).sum();
        (user > 0).then(|| self.wasted_bytes as f64 / user as f64)
    }
}

/// The fields of an entry that the analysis needs.
struct Item {
    path: String,
    size: u64,
    is_dir: bool,
    is_whiteout: bool,
}

/// The merged layers so far, by path: size, and whether it is a directory.
type Stacked = BTreeMap<String, (u64, bool)>;

/// The sizes of a path in all layers.
struct Sum {
    total: u64,
    least: u64,
    layers: Vec<usize>,
}

/// Merges layers, one after the other.
#[derive(Default)]
struct Stacker {
    stacked: Stacked,
    sums: BTreeMap<String, Sum>,
    layers: Vec<LayerFacts>,
    items: Vec<Item>,
}

impl Stacker {
    fn begin(&mut self, created_by: &str) {
        self.layers.push(LayerFacts { created_by: created_by.to_string(), ..LayerFacts::default() });
    }

    fn add(&mut self, item: Item) {
        let Some(facts) = self.layers.last_mut() else { return };
        facts.entries += 1;
        facts.size += item.size;
        match (item.is_whiteout, self.stacked.contains_key(&item.path)) {
            (true, _) => facts.removed += 1,
            (false, true) => facts.changed += 1,
            (false, false) => facts.added += 1,
        }
        self.items.push(item);
    }

    /// An opaque whiteout, which dive ignores.
    fn add_opaque(&mut self) {
        if let Some(facts) = self.layers.last_mut() {
            facts.entries += 1;
            facts.removed += 1;
        }
    }

    fn end(&mut self) {
        let index = self.layers.len().saturating_sub(1);
        let mut items = std::mem::take(&mut self.items);
        // The last entry of a path counts.
        items.sort_by(|a, b| by_parts(&a.path, &b.path));
        items.reverse();
        items.dedup_by(|later, kept| later.path == kept.path && later.is_whiteout == kept.is_whiteout);
        items.reverse();
        for (at, item) in items.iter().enumerate() {
            let is_below = |next: &&Item| {
                let rest = next.path.strip_prefix(item.path.as_str());
                rest.is_some_and(|rest| rest.starts_with('/'))
            };
            if items.get(at + 1).filter(is_below).is_some() {
                continue;
            }
            let size = if item.is_whiteout { removed(&self.stacked, &item.path) } else { item.size };
            let new = || Sum { total: 0, least: u64::MAX, layers: Vec::new() };
            let sum = self.sums.entry(item.path.clone()).or_insert_with(new);
            sum.total = sum.total.saturating_add(size);
            sum.least = sum.least.min(size);
            sum.layers.push(index);
        }
        // Whiteouts hide paths of lower layers, not those of their own layer.
        for item in items.iter().filter(|item| item.is_whiteout) {
            hide(&mut self.stacked, &item.path);
        }
        for item in items.into_iter().filter(|item| !item.is_whiteout) {
            self.stacked.insert(item.path, (item.size, item.is_dir));
        }
    }

    fn finish(self) -> Analysis {
        let least: u64 = self.sums.values().map(|sum| sum.least).sum();
        let total: u64 = self.sums.values().map(|sum| sum.total).sum();
        let twice = self.sums.into_iter().filter(|(_, sum)| sum.layers.len() > 1);
        let mut wasted: Vec<Wasted> =
            twice.map(|(path, sum)| Wasted { path, bytes: sum.total, layers: sum.layers }).collect();
        wasted.sort_by(|a, b| b.bytes.cmp(&a.bytes).then_with(|| a.path.cmp(&b.path)));
        Analysis {
            layers: self.layers,
            efficiency: if total == 0 { 1.0 } else { least as f64 / total as f64 },
            wasted_bytes: wasted.iter().map(|one| one.bytes).sum(),
            wasted,
        }
    }
}

/// Analyses the layers of an archive.
///
/// # Errors
/// As [`Archive::entries`].
pub fn analyse(archive: &Archive) -> Result<Analysis, ArchiveError> {
    let mut limits = Limits::default();
    let mut stacker = Stacker::default();
    for file in &archive.layers {
        stacker.begin(&file.created_by);
        archive.entries(file, &mut limits, |entry| {
            let name = entry.path.rsplit('/').next().unwrap_or("");
            if name.starts_with(".wh..wh.") {
                stacker.add_opaque();
            } else if entry.path != "/" {
                let is_whiteout = name.starts_with(".wh.");
                let path = if is_whiteout { without_mark(&entry.path) } else { entry.path };
                stacker.add(Item { path, size: entry.size, is_dir: entry.kind == EntryType::Dir, is_whiteout });
            }
            Ok(())
        })?;
        stacker.end();
    }
    Ok(stacker.finish())
}

/// Analyses the layers of an image. Layers without listed entries, such as those of catalogue images, count as empty.
pub fn analyse_image(image: &Image) -> Analysis {
    let mut stacker = Stacker::default();
    for layer in &image.layers {
        stacker.begin(&layer.created_by);
        for entry in &layer.entries {
            stacker.add(Item {
                path: entry.path.to_string(),
                size: if entry.kind == EntryKind::File { entry.size.at_least() } else { 0 },
                is_dir: matches!(entry.kind, EntryKind::Dir | EntryKind::OpaqueDir),
                is_whiteout: entry.kind == EntryKind::Whiteout,
            });
            if entry.kind == EntryKind::OpaqueDir {
                stacker.add_opaque();
            }
        }
        stacker.end();
    }
    stacker.finish()
}

/// The path that a whiteout hides.
fn without_mark(path: &str) -> String {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    format!("{folder}/{}", name.strip_prefix(".wh.").unwrap_or(name))
}

/// Compares paths so that the entries of a directory follow it.
fn by_parts(one: &str, other: &str) -> Ordering {
    let key = |byte: u8| if byte == b'/' { 0 } else { byte };
    one.bytes().map(key).cmp(other.bytes().map(key))
}

/// The bytes that a removed path held: of a directory everything below it, of a file 0.
fn removed(stacked: &Stacked, path: &str) -> u64 {
    if !stacked.get(path).is_some_and(|(_, is_dir)| *is_dir) {
        return 0;
    }
    below(stacked, path).map(|(_, (size, _))| *size).sum()
}

fn below<'s>(stacked: &'s Stacked, path: &str) -> impl Iterator<Item = (&'s String, &'s (u64, bool))> + use<'s> {
    let prefix = format!("{path}/");
    let range = stacked.range::<str, _>((Bound::Included(prefix.as_str()), Bound::Unbounded));
    range.take_while(move |(key, _)| key.starts_with(&prefix))
}

fn hide(stacked: &mut Stacked, path: &str) {
    let doomed: Vec<String> = below(stacked, path).map(|(key, _)| key.clone()).collect();
    for key in doomed {
        stacked.remove(&key);
    }
    stacked.remove(path);
}
