//! The layer explorer: the files of the image as a tree with their sizes and the layer that last wrote each,
//! and a search by path.

use stageplay_core::fs::{Kind, Node, Tree, path};
use stageplay_core::image::Image;
use stageplay_core::measure::Bounds;
use stageplay_protocol::FileRow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Rows that are shown at once.
const MAX_ROWS: usize = 400;

/// The state of the layer explorer.
#[derive(Debug, Default)]
pub(crate) struct LayerExplorer {
    /// The text that is searched for; empty for the whole tree.
    pub(crate) query: String,
    /// The path of the file whose preview is shown.
    pub(crate) previewed: Option<String>,
    pub(crate) expanded: BTreeSet<String>,
    pub(crate) is_open: bool,
    /// Known while the explorer is open.
    pub(crate) usage: Option<ImageUsage>,
}

/// The disk usage of one image, and the layer of each path.
#[derive(Debug)]
pub(crate) struct ImageUsage {
    image_id: String,
    /// Of each directory, with all files below it.
    directories: BTreeMap<Arc<str>, Bounds>,
    /// The layer that last wrote each path, counted from 1.
    layers: BTreeMap<Arc<str>, usize>,
}

/// The size of a file, or of a directory without the files that are listed below it.
fn own_size(node: &Node) -> Bounds {
    if let Some(content) = node.content() {
        return content.size().bounds();
    }
    let mut bounds = Bounds::default();
    for (_, size) in node.unlisted().into_iter().flat_map(|unlisted| unlisted.parts()) {
        bounds += size.bounds();
    }
    let high = bounds.high.filter(|_| !node.holds_unknown());
    Bounds { high, ..bounds }
}

impl ImageUsage {
    fn of(image: &Image) -> ImageUsage {
        let mut directories: BTreeMap<Arc<str>, Bounds> = BTreeMap::new();
        for (file, node) in image.tree.walk("/") {
            let own = own_size(node);
            // The loop over the parents below ends with the root, also for the root itself.
            if node.is_dir() && &**file != "/" {
                *directories.entry(file.clone()).or_default() += own;
            }
            let mut directory = path::parent(file);
            loop {
                *directories.entry(directory.into()).or_default() += own;
                if directory == "/" {
                    break;
                }
                directory = path::parent(directory);
            }
        }
        let mut layers = BTreeMap::new();
        for (index, layer) in image.layers.iter().enumerate() {
            layers.extend(layer.entries.iter().map(|entry| (entry.path.clone(), index + 1)));
        }
        ImageUsage { image_id: image.id.clone(), directories, layers }
    }

    fn of_path(&self, path: &str, node: &Node) -> Bounds {
        let directory = self.directories.get(path).copied().filter(|_| node.is_dir());
        directory.unwrap_or_else(|| own_size(node))
    }
}

impl LayerExplorer {
    /// Sets the image after a simulation; `None` if there is none. The usage is computed only while the explorer is open,
    /// because that walks the whole tree. The preview closes if its file is gone.
    pub(crate) fn set_image(&mut self, image: Option<&Image>) {
        let shown = image.filter(|_| self.is_open);
        let is_same = |usage: &ImageUsage| shown.is_some_and(|image| image.id == usage.image_id);
        if self.usage.as_ref().is_some_and(is_same) {
            return;
        }
        self.usage = shown.map(ImageUsage::of);
        let exists = |path: &String| image.is_some_and(|image| image.tree.get(path).is_some());
        self.previewed = self.previewed.take().filter(exists);
    }

    /// Expands a directory, or collapses it.
    pub(crate) fn toggle(&mut self, directory: String) {
        if !self.expanded.remove(&directory) {
            self.expanded.insert(directory);
        }
    }

    /// The rows to show, at most 400, and the number of rows left out.
    pub(crate) fn rows(&self, tree: &Tree) -> (Vec<FileRow>, usize) {
        let Some(usage) = &self.usage else { return (Vec::new(), 0) };
        let mut rows = Vec::new();
        let mut left_out = 0;
        let query = self.query.trim().to_lowercase();
        if query.is_empty() {
            self.add_directory(tree, usage, "/", 0, &mut rows, &mut left_out);
            return (rows, left_out);
        }
        for (path, node) in tree.walk("/").filter(|(path, _)| path.to_lowercase().contains(&query)) {
            match rows.len() < MAX_ROWS {
                true => rows.push(self.row(usage, path, node, path, 0)),
                false => left_out += 1,
            }
        }
        (rows, left_out)
    }

    fn row(&self, usage: &ImageUsage, path: &str, node: &Node, label: &str, depth: usize) -> FileRow {
        let link_target = match &node.kind {
            Kind::Symlink(target) => Some(target.to_string()),
            _ => None,
        };
        let bounds = usage.of_path(path, node);
        FileRow {
            path: path.to_string(),
            label: label.to_string(),
            depth,
            expanded: node.is_dir().then(|| self.expanded.contains(path)),
            link_target,
            mode: node.mode,
            owner: (node.uid, node.gid),
            bytes: bounds.best,
            size: bounds.text(3),
            layer: usage.layers.get(path).copied(),
        }
    }

    /// Adds the entries of a directory, the largest first, and those of expanded directories below it.
    fn add_directory(
        &self,
        tree: &Tree,
        usage: &ImageUsage,
        directory: &str,
        depth: usize,
        rows: &mut Vec<FileRow>,
        left_out: &mut usize,
    ) {
        let mut children = tree.children(directory);
        let bytes = |name: &str, node: &Node| usage.of_path(&path::join(directory, name), node).best;
        children.sort_by_key(|(name, node)| (std::cmp::Reverse(bytes(name, node)), name.to_string()));
        for (name, node) in children {
            if rows.len() >= MAX_ROWS {
                *left_out += 1;
                continue;
            }
            let path = path::join(directory, name);
            rows.push(self.row(usage, &path, node, name, depth));
            if node.is_dir() && self.expanded.contains(&path) {
                self.add_directory(tree, usage, &path, depth + 1, rows, left_out);
            }
        }
    }
}
