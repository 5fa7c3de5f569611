//! What an image holds more than once: the bytes that one layer in place of all would save, and dive's figures.

use super::image_files::{FileType, of_image};
use stageplay_core::archive::analyse_image;
use stageplay_core::fs::EntryKind;
use stageplay_core::image::Image;
use stageplay_core::measure::{Bounds, Honesty, human_size, marked_text, size_text};
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
    pub(crate) by_layer: Vec<Lost>,
}

/// Bytes that a later layer replaces or removes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Lost {
    pub(crate) bytes: u64,
    /// Whether copies count for nothing of which the size is not known.
    is_lower_bound: bool,
    /// Whether the size of a copy is computed, and not counted.
    is_modelled: bool,
}

impl Lost {
    fn add(&mut self, other: Lost) {
        self.bytes = self.bytes.saturating_add(other.bytes);
        self.is_lower_bound |= other.is_lower_bound;
        self.is_modelled |= other.is_modelled;
    }

    /// The bytes as text with their mark.
    pub(crate) fn text(self) -> String {
        match self.is_lower_bound {
            true => size_text(None, None, self.bytes, 3),
            false => marked_text(human_size(self.bytes, 3), self.is_modelled),
        }
    }
}

/// The copy of a path that the layers so far end with.
#[derive(Clone, Copy)]
struct Copy {
    layer: Option<usize>,
    size: Lost,
}

impl Copy {
    /// Of a size that is not known, what is known of it counts.
    fn of(layer: Option<usize>, size: Bounds) -> Copy {
        let is_known = size.is_known();
        let bytes = if is_known { size.best } else { size.known };
        Copy { layer, size: Lost { bytes, is_lower_bound: !is_known, is_modelled: !size.is_counted } }
    }
}

#[derive(Default)]
struct Layers {
    live: BTreeMap<Arc<str>, Copy>,
    /// The bytes of each path that a later layer replaced or removed.
    lost: BTreeMap<Arc<str>, Lost>,
    by_layer: Vec<Lost>,
    whole: Lost,
}

impl Layers {
    fn lose(&mut self, path: &Arc<str>) {
        let Some(copy) = self.live.remove(path) else { return };
        if copy.size.bytes > 0 {
            self.lost.entry(path.clone()).or_default().add(copy.size);
        }
        self.whole.add(copy.size);
        if let Some(sum) = copy.layer.and_then(|layer| self.by_layer.get_mut(layer)) {
            sum.add(copy.size);
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
    let mut layers = Layers { by_layer: vec![Lost::default(); image.layers.len()], ..Layers::default() };
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
    let mut lost: Vec<(&Arc<str>, &Lost)> = layers.lost.iter().collect();
    lost.sort_by_key(|(_, lost)| Reverse(lost.bytes));
    lost.truncate(MAX_FILES);
    let files = lost
        .into_iter()
        .map(|(path, lost)| (path.to_string(), lost.text(), holders.get(path).cloned().unwrap_or_default()));
    let files = files.collect();
    let of_dive = analyse_image(image);
    let is_counted =
        image.layers.iter().flat_map(|layer| &layer.entries).all(|one| one.size.honesty() == Honesty::Exact);
    Some(Repeated {
        view: RepeatedFiles {
            reclaimable: layers.whole.bytes,
            size: layers.whole.text(),
            files,
            dive_wasted: of_dive.wasted_bytes,
            dive_size: marked_text(human_size(of_dive.wasted_bytes, 3), !is_counted),
            dive_efficiency: of_dive.efficiency,
        },
        by_layer: layers.by_layer,
    })
}
