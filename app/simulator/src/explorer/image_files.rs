//! The files of an image by their paths, at its end or after one of its layers.

use stageplay_core::fs::{Content, EntryKind, Kind, LayerEntry, Node};
use stageplay_core::image::Image;
use stageplay_core::measure::Bounds;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The files of an image. Packages of which no files are listed have paths that begin with [`PACKAGE`] in their last
/// part.
pub(crate) type ImageFiles = BTreeMap<Arc<str>, FileFact>;

/// Marks the name of a package in place of its files. No path of an image holds this character.
pub(crate) const PACKAGE: char = '\0';

/// The type of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FileType {
    Dir,
    File,
    Link,
    /// A device or a pipe.
    Special,
    /// A package of which no files are listed.
    Package,
}

/// What is known of a path.
#[derive(Clone, Debug)]
pub(crate) struct FileFact {
    pub(crate) kind: FileType,
    pub(crate) mode: u32,
    pub(crate) owner: (u32, u32),
    /// The size of a file, or of what is in a directory and not listed.
    pub(crate) size: Bounds,
    pub(crate) content: Option<Content>,
    /// The target of a symbolic link, if it is known.
    pub(crate) target: Option<Arc<str>>,
    /// The layer that last wrote it, from 0; `None` for one of the base image.
    pub(crate) layer: Option<usize>,
}

impl FileFact {
    /// Whether nothing that the layers hold differs.
    pub(crate) fn is_same(&self, other: &FileFact) -> bool {
        let targets = self.target.is_none() || other.target.is_none() || self.target == other.target;
        (self.kind, self.mode, self.owner) == (other.kind, other.mode, other.owner)
            && (self.size == other.size || self.kind == FileType::Dir)
            && targets
            && self.content == other.content
    }
}

fn of_node(node: &Node, layer: Option<usize>) -> FileFact {
    let (kind, target) = match &node.kind {
        Kind::Dir { .. } => (FileType::Dir, None),
        Kind::File(_) => (FileType::File, None),
        Kind::Symlink(target) => (FileType::Link, Some(target.clone())),
        Kind::Special(_) => (FileType::Special, None),
    };
    let size = match node.content() {
        Some(content) => content.size().bounds(),
        // What else it may hold is not known.
        None if node.holds_unknown() => Bounds::at_least(0),
        None => Bounds::default(),
    };
    let content = node.content().cloned();
    FileFact { kind, mode: node.mode, owner: (node.uid, node.gid), size, content, target, layer }
}

fn of_entry(entry: &LayerEntry, layer: usize) -> FileFact {
    let kind = match entry.kind {
        EntryKind::Dir | EntryKind::OpaqueDir => FileType::Dir,
        EntryKind::Symlink => FileType::Link,
        EntryKind::File | EntryKind::Hardlink => FileType::File,
        _ => FileType::Special,
    };
    let size = if entry.kind == EntryKind::File { entry.size.bounds() } else { Bounds::default() };
    let (owner, content) = ((entry.uid, entry.gid), entry.content.clone());
    FileFact { kind, mode: entry.mode, owner, size, content, target: None, layer: Some(layer) }
}

/// A package of which no files are listed.
pub(crate) fn of_package(size: Bounds, layer: Option<usize>) -> FileFact {
    let (content, target) = (None, None);
    FileFact { kind: FileType::Package, mode: 0, owner: (0, 0), size, content, target, layer }
}

/// The path that stands for a package in a directory.
pub(crate) fn package_path(directory: &str, name: &str) -> Arc<str> {
    format!("{}/{PACKAGE}{name}", directory.trim_end_matches('/')).into()
}

/// The files at the end of an image, with the layer that last wrote each.
pub(crate) fn of_image(image: &Image) -> ImageFiles {
    let mut layers: BTreeMap<&str, usize> = BTreeMap::new();
    for (index, layer) in image.layers.iter().enumerate() {
        layers.extend(layer.entries.iter().map(|entry| (&*entry.path, index)));
    }
    let mut files = ImageFiles::new();
    for (path, node) in image.tree.walk("/").filter(|(path, _)| &***path != "/") {
        files.insert(path.clone(), of_node(node, layers.get(&**path).copied()));
    }
    for (path, node) in image.tree.walk("/") {
        for (name, size) in node.unlisted().into_iter().flat_map(|unlisted| unlisted.parts()) {
            let written = |layer: &Arc<stageplay_core::image::Layer>| {
                layer.unlisted.iter().any(|(known, _)| known.as_str() == &**name)
            };
            let layer = image.layers.iter().rposition(written);
            files.insert(package_path(path, name), of_package(size.bounds(), layer));
        }
    }
    files
}

/// The files after the first `count` layers. The layers of a base image whose files are not listed by layer count as
/// one.
pub(crate) fn after_layers(image: &Image, base: Option<&Image>, count: usize) -> ImageFiles {
    let mut files = base.map(of_image).unwrap_or_default();
    files.values_mut().for_each(|fact| fact.layer = None);
    let below = base.map_or(0, |base| base.layers.len());
    for (index, layer) in image.layers.iter().enumerate().take(count).skip(below) {
        for entry in &layer.entries {
            apply(&mut files, entry, index);
        }
        for (name, size) in &layer.unlisted {
            files.insert(package_path("/", name), of_package(size.bounds(), Some(index)));
        }
    }
    files
}

fn apply(files: &mut ImageFiles, entry: &LayerEntry, layer: usize) {
    match entry.kind {
        EntryKind::Whiteout => {
            remove_below(files, &entry.path);
            files.remove(&entry.path);
        }
        kind => {
            if kind != EntryKind::Dir {
                remove_below(files, &entry.path);
            }
            files.insert(entry.path.clone(), of_entry(entry, layer));
        }
    }
}

fn remove_below(files: &mut ImageFiles, directory: &str) {
    for path in paths_below(files, directory) {
        files.remove(&path);
    }
}

/// The paths below a directory.
pub(crate) fn paths_below(files: &ImageFiles, directory: &str) -> Vec<Arc<str>> {
    let prefix = format!("{}/", directory.trim_end_matches('/'));
    let from: Arc<str> = prefix.as_str().into();
    files.range(from..).take_while(|(path, _)| path.starts_with(&prefix)).map(|(path, _)| path.clone()).collect()
}
