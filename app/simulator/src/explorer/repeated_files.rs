//! What an image holds more than once: the bytes that one layer in place of all would save, and dive's figures.

use super::image_files::{FileType, of_image};
use stageplay_core::archive::analyse_image;
use stageplay_core::fs::EntryKind;
use stageplay_core::image::Image;
use stageplay_core::measure::Bounds;
use stageplay_protocol::RepeatedFiles;
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

/// The most entries of all layers that are analysed.
const MAX_ENTRIES: usize = 20_000;
/// The most files that are listed.
const MAX_FILES: usize = 50;

/// The files that an image holds more than once.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Repeated {
    pub(crate) view: RepeatedFiles,
    /// Of each layer: the bytes of its files that a later layer replaces or removes.
    pub(crate) by_layer: Vec<u64>,
}

/// The copy of a path that the layers so far end with.
#[derive(Clone, Copy)]
struct Copy {
    layer: Option<usize>,
    bytes: u64,
    is_known: bool,
}

impl Copy {
    /// Of a size that is not known, what is known of it counts.
    fn of(layer: Option<usize>, size: Bounds) -> Copy {
        let is_known = size.is_known();
        Copy { layer, bytes: if is_known { size.best } else { size.known }, is_known }
    }
}

#[derive(Default)]
struct Layers {
    live: BTreeMap<Arc<str>, Copy>,
    /// The bytes of each path that a later layer replaced or removed.
    lost: BTreeMap<Arc<str>, u64>,
    by_layer: Vec<u64>,
    is_lower_bound: bool,
}

impl Layers {
    fn lose(&mut self, path: &Arc<str>) {
        let Some(copy) = self.live.remove(path) else { return };
        if copy.bytes > 0 {
            let lost = self.lost.entry(path.clone()).or_default();
            *lost = lost.saturating_add(copy.bytes);
        }
        self.is_lower_bound |= !copy.is_known;
        if let Some(sum) = copy.layer.and_then(|layer| self.by_layer.get_mut(layer)) {
            *sum = sum.saturating_add(copy.bytes);
        }
    }

    fn lose_below(&mut self, directory: &str, layer: usize) {
        let prefix = format!("{directory}/");
        let below = self.live.range::<str, _>((Bound::Excluded(prefix.as_str()), Bound::Unbounded));
        let below = below.take_while(|(path, _)| path.starts_with(&prefix));
        // What the layer itself adds there stays.
        let gone: Vec<Arc<str>> =
            below.filter(|(_, copy)| copy.layer != Some(layer)).map(|(path, _)| path.clone()).collect();
        gone.iter().for_each(|path| self.lose(path));
    }
}

/// What an image holds more than once; `None` if it has too many entries. Files of a base image count if they are known.
pub(crate) fn repeated_files(image: &Image, base: Option<&Image>) -> Option<Repeated> {
    if image.layers.iter().map(|layer| layer.entries.len()).sum::<usize>() > MAX_ENTRIES {
        return None;
    }
    let mut layers = Layers { by_layer: vec![0; image.layers.len()], ..Layers::default() };
    for (path, fact) in base.map(of_image).unwrap_or_default() {
        if fact.kind == FileType::File {
            layers.live.insert(path, Copy::of(None, fact.size));
        }
    }
    let below = base.map_or(0, |base| base.layers.len());
    let mut holders: BTreeMap<Arc<str>, Vec<usize>> = BTreeMap::new();
    for (index, layer) in image.layers.iter().enumerate().skip(below) {
        for entry in &layer.entries {
            layers.lose(&entry.path);
            if entry.kind != EntryKind::Dir {
                layers.lose_below(&entry.path, index);
            }
            if entry.kind == EntryKind::File {
                layers.live.insert(entry.path.clone(), Copy::of(Some(index), entry.size.bounds()));
            }
            holders.entry(entry.path.clone()).or_default().push(index);
        }
    }
    let mut files: Vec<(String, u64, Vec<usize>)> = Vec::new();
    for (path, bytes) in &layers.lost {
        files.push((path.to_string(), *bytes, holders.get(path).cloned().unwrap_or_default()));
    }
    files.sort_by_key(|(_, bytes, _)| Reverse(*bytes));
    files.truncate(MAX_FILES);
    let of_dive = analyse_image(image);
    Some(Repeated {
        view: RepeatedFiles {
            reclaimable: layers.lost.values().fold(0, |sum, bytes| sum.saturating_add(*bytes)),
            is_lower_bound: layers.is_lower_bound,
            files,
            dive_wasted: of_dive.wasted_bytes,
            dive_efficiency: of_dive.efficiency,
        },
        by_layer: layers.by_layer,
    })
}
