//! The layer explorer's model: what each layer does, and what of it is wasted.
//!
//! Efficiency and waste are dive's (wagoodman/dive, `dive/filetree/efficiency.go`): for every path
//! that is a leaf of a layer, the sizes it has in all layers are added up; the smallest of them is
//! what would have done. A path that is in two layers or more is waste, with all its sizes. A
//! removed file counts as one of size 0, a removed folder with all that was below it.

use super::{Archive, ArchiveError, EntryType, Listed};
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::ops::Bound;

/// One layer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LayerFacts {
    /// The instruction that made it.
    pub created_by: String,
    /// What its files hold, in bytes.
    pub size: u64,
    /// Entries of its tar, `added + changed + removed`.
    pub entries: usize,
    /// Paths that no lower layer has.
    pub added: usize,
    /// Paths that a lower layer has.
    pub changed: usize,
    /// Whiteouts.
    pub removed: usize,
}

/// A path that is in two layers or more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wasted {
    /// Absolute.
    pub path: String,
    /// All its sizes together.
    pub bytes: u64,
    /// Indexes of the layers that have it, from 0.
    pub layers: Vec<usize>,
}

/// What an archive's layers come to.
#[derive(Clone, Debug, PartialEq)]
pub struct Analysis {
    /// From the lowest to the highest.
    pub layers: Vec<LayerFacts>,
    /// From 0 to 1: 1 if nothing is there twice.
    pub efficiency: f64,
    /// What [`Analysis::wasted`] adds up to.
    pub wasted_bytes: u64,
    /// The largest first.
    pub wasted: Vec<Wasted>,
}

impl Analysis {
    /// Wasted bytes in relation to those of all layers but the lowest, as dive's threshold has it;
    /// `None` where those are none.
    pub fn user_wasted(&self) -> Option<f64> {
        let user: u64 = self.layers.iter().skip(1).map(|layer| layer.size).sum();
        (user > 0).then(|| self.wasted_bytes as f64 / user as f64)
    }
}

/// An entry as far as the analysis needs it.
struct Item {
    path: String,
    size: u64,
    is_dir: bool,
    is_whiteout: bool,
}

/// What the layers so far add up to, by path: size, and whether it is a folder.
type Stacked = BTreeMap<String, (u64, bool)>;

/// A path over all layers.
struct Sum {
    total: u64,
    least: u64,
    layers: Vec<usize>,
}

/// Reads all layers and adds up.
///
/// # Errors
/// As [`Archive::entries`].
pub fn analyse(archive: &Archive) -> Result<Analysis, ArchiveError> {
    let mut limits = Listed::default();
    let mut stacked = Stacked::new();
    let mut sums: BTreeMap<String, Sum> = BTreeMap::new();
    let mut layers = Vec::new();
    for (index, file) in archive.layers.iter().enumerate() {
        let mut facts =
            LayerFacts { created_by: file.created_by.clone(), size: 0, entries: 0, added: 0, changed: 0, removed: 0 };
        let mut items: Vec<Item> = Vec::new();
        archive.entries(file, &mut limits, |entry| {
            let name = entry.path.rsplit('/').next().unwrap_or("");
            if entry.path == "/" {
                return Ok(());
            }
            facts.entries += 1;
            facts.size += entry.size;
            if name.starts_with(".wh..wh.") {
                facts.removed += 1;
                return Ok(());
            }
            let is_whiteout = name.starts_with(".wh.");
            let path = if is_whiteout { without_mark(&entry.path) } else { entry.path };
            match (is_whiteout, stacked.contains_key(&path)) {
                (true, _) => facts.removed += 1,
                (false, true) => facts.changed += 1,
                (false, false) => facts.added += 1,
            }
            items.push(Item { path, size: entry.size, is_dir: entry.kind == EntryType::Dir, is_whiteout });
            Ok(())
        })?;
        // The last entry of a path counts.
        items.sort_by(|a, b| by_parts(&a.path, &b.path));
        items.reverse();
        items.dedup_by(|later, kept| later.path == kept.path && later.is_whiteout == kept.is_whiteout);
        items.reverse();
        for (at, item) in items.iter().enumerate() {
            let below = |next: &&Item| {
                next.path.starts_with(&item.path)
                    && next.path.get(item.path.len()..).is_some_and(|rest| rest.starts_with('/'))
            };
            if items.get(at + 1).filter(below).is_some() {
                continue;
            }
            let size = if item.is_whiteout { removed(&stacked, &item.path) } else { item.size };
            let sum = sums.entry(item.path.clone()).or_insert(Sum { total: 0, least: u64::MAX, layers: Vec::new() });
            sum.total = sum.total.saturating_add(size);
            sum.least = sum.least.min(size);
            sum.layers.push(index);
        }
        // Whiteouts hide what is below them, not what their own layer brings.
        for item in items.iter().filter(|item| item.is_whiteout) {
            hide(&mut stacked, &item.path);
        }
        for item in items.into_iter().filter(|item| !item.is_whiteout) {
            stacked.insert(item.path, (item.size, item.is_dir));
        }
        layers.push(facts);
    }
    let least: u64 = sums.values().map(|sum| sum.least).sum();
    let total: u64 = sums.values().map(|sum| sum.total).sum();
    let twice = sums.into_iter().filter(|(_, sum)| sum.layers.len() > 1);
    let mut wasted: Vec<Wasted> =
        twice.map(|(path, sum)| Wasted { path, bytes: sum.total, layers: sum.layers }).collect();
    wasted.sort_by(|a, b| b.bytes.cmp(&a.bytes).then_with(|| a.path.cmp(&b.path)));
    Ok(Analysis {
        layers,
        efficiency: if total == 0 { 1.0 } else { least as f64 / total as f64 },
        wasted_bytes: wasted.iter().map(|one| one.bytes).sum(),
        wasted,
    })
}

/// The path that a whiteout hides.
fn without_mark(path: &str) -> String {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    format!("{folder}/{}", name.strip_prefix(".wh.").unwrap_or(name))
}

/// By path, what is below a folder right behind it.
fn by_parts(one: &str, other: &str) -> Ordering {
    let key = |byte: u8| if byte == b'/' { 0 } else { byte };
    one.bytes().map(key).cmp(other.bytes().map(key))
}

/// What a removed path held: of a folder all that is below it, of a file nothing.
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
