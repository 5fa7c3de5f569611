//! What happened to each path in what is shown: one layer, the whole image, or a comparison.

use super::image_files::{
    FileFact, FileType, ImageFiles, after_layers, of_image, of_package, package_path, paths_below,
};
use stageplay_core::fs::{Change, EntryKind};
use stageplay_core::image::Image;
use stageplay_core::measure::Bounds;
use stageplay_protocol::PathChange;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A path with what happened to it.
#[derive(Clone, Debug)]
pub(crate) struct ScopedFile {
    pub(crate) change: PathChange,
    /// What it is; of a removed path what it was.
    pub(crate) fact: FileFact,
    /// Its size before, if it was there.
    pub(crate) before: Option<Bounds>,
}

/// The paths that are shown.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scope {
    pub(crate) files: BTreeMap<Arc<str>, ScopedFile>,
}

impl Scope {
    pub(crate) const EMPTY: Scope = Scope { files: BTreeMap::new() };

    /// A layer on top of those below it.
    pub(crate) fn of_layer(image: &Image, base: Option<&Image>, index: usize) -> Scope {
        let base_layers = base.map_or(0, |base| base.layers.len());
        let mut files = BTreeMap::new();
        if index < base_layers {
            // The files of a base image are not listed by layer.
            return Scope { files };
        }
        let lower = after_layers(image, base, index);
        let Some(layer) = image.layers.get(index) else { return Scope { files } };
        let upper = after_layers(image, base, index + 1);
        let of_lower = |path: &Arc<str>, fact: &FileFact, change| {
            (path.clone(), ScopedFile { change, fact: fact.clone(), before: Some(fact.size) })
        };
        for entry in &layer.entries {
            if matches!(entry.kind, EntryKind::Whiteout | EntryKind::OpaqueDir) {
                let gone = paths_below(&lower, &entry.path).into_iter().chain([entry.path.clone()]);
                let gone = gone.filter(|path| !upper.contains_key(path));
                files.extend(gone.filter_map(|path| Some(of_lower(&path, lower.get(&path)?, PathChange::Removed))));
            }
            let Some(fact) = upper.get(&entry.path).filter(|_| entry.kind != EntryKind::Whiteout) else { continue };
            let change = match entry.change {
                Change::Added => PathChange::Added,
                Change::Modified => PathChange::Changed,
                Change::Removed => PathChange::Removed,
            };
            let old = lower.get(&entry.path);
            // A directory is held again because of what is below it.
            if entry.kind == EntryKind::Dir && old.is_some_and(|old| old.is_same(fact)) {
                continue;
            }
            let before = old.map(|fact| fact.size);
            files.insert(entry.path.clone(), ScopedFile { change, fact: fact.clone(), before });
        }
        for (name, size) in &layer.unlisted {
            let fact = of_package(size.bounds(), Some(index));
            files.insert(package_path("/", name), ScopedFile { change: PathChange::Added, fact, before: None });
        }
        for (path, fact) in lower.iter().filter(|(path, _)| upper.contains_key(*path)) {
            files.entry(path.clone()).or_insert_with(|| of_lower(path, fact, PathChange::Unchanged).1);
        }
        Scope { files }
    }

    /// An image on top of its base image.
    pub(crate) fn of_image(image: &Image, base: Option<&Image>) -> Scope {
        let mut scope = Scope::of_comparison(&base.map(of_image).unwrap_or_default(), &of_image(image));
        // A file that the layers hold anew is changed, although it may be equal.
        let base_layers = base.map_or(0, |base| base.layers.len());
        for file in scope.files.values_mut() {
            let is_written = file.fact.layer.is_some_and(|layer| layer >= base_layers);
            if is_written && file.change == PathChange::Unchanged && file.fact.kind != FileType::Dir {
                file.change = PathChange::Changed;
            }
        }
        scope
    }

    /// An image, beside the one before.
    pub(crate) fn of_comparison(before: &ImageFiles, after: &ImageFiles) -> Scope {
        let mut files: BTreeMap<Arc<str>, ScopedFile> = BTreeMap::new();
        for (path, fact) in after {
            let old = before.get(path);
            let change = match old {
                None => PathChange::Added,
                Some(old) if old.is_same(fact) => PathChange::Unchanged,
                Some(_) => PathChange::Changed,
            };
            files.insert(path.clone(), ScopedFile { change, fact: fact.clone(), before: old.map(|old| old.size) });
        }
        for (path, fact) in before.iter().filter(|(path, _)| !after.contains_key(*path)) {
            let file = ScopedFile { change: PathChange::Removed, fact: fact.clone(), before: Some(fact.size) };
            files.insert(path.clone(), file);
        }
        Scope { files }
    }

    /// The number of files of each change, and their size. Directories are not counted.
    pub(crate) fn counts(&self) -> [(usize, Bounds); 4] {
        let mut counts = [(0, Bounds::default()); 4];
        for file in self.files.values() {
            let count: &mut (usize, Bounds) = &mut counts[file.change as usize];
            count.0 += usize::from(file.fact.kind != FileType::Dir);
            count.1 += file.fact.size;
        }
        counts
    }

    /// The size of all files that are there.
    pub(crate) fn size(&self) -> Bounds {
        let mut sum = Bounds::default();
        self.files.values().filter(|file| file.change != PathChange::Removed).for_each(|file| sum += file.fact.size);
        sum
    }
}
