//! The changes of one layer: the difference between two trees, as in the upper directory of overlayfs. Removed paths are
//! whiteouts, replaced directories opaque.

use super::content::Content;
use super::node::{Kind, Node, Special};
use super::tree::Tree;
use crate::measure::Size;
use imbl::ordmap::DiffItem;
use std::collections::BTreeSet;
use std::sync::Arc;

/// The change of a path by a layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// The path is new.
    Added,
    /// The path existed. The layer holds it again; a file is copied up as a whole.
    Modified,
    /// A whiteout: the path is hidden.
    Removed,
}

/// The kind of an entry as a layer stores it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are the OCI image specification's")]
pub enum EntryKind {
    File,
    Dir,
    Symlink,
    Hardlink,
    CharDevice,
    BlockDevice,
    Fifo,
    Whiteout,
    /// A directory that hides everything the lower layers have in it.
    OpaqueDir,
}

impl EntryKind {
    /// The name used in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            EntryKind::File => "file",
            EntryKind::Dir => "dir",
            EntryKind::Symlink => "symlink",
            EntryKind::Hardlink => "hardlink",
            EntryKind::CharDevice => "char",
            EntryKind::BlockDevice => "block",
            EntryKind::Fifo => "fifo",
            EntryKind::Whiteout => "whiteout",
            EntryKind::OpaqueDir => "opaque",
        }
    }
}

/// One entry of a layer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LayerEntry {
    /// Absolute path in the image.
    pub path: Arc<str>,
    /// The change.
    pub change: Change,
    /// The kind of the entry.
    pub kind: EntryKind,
    /// Permission bits.
    pub mode: u32,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// Bytes of content; for a symbolic link the length of its target.
    pub size: Size,
    /// Of a file: its content.
    pub content: Option<Content>,
    /// The lower layers already hold this content: only mode, owner or time changed, or the file was moved.
    pub same_content: bool,
}

/// The entries that turn `lower` into `upper`, in order of their paths.
///
/// As the upper directory of overlayfs: a node that is written to is copied up as a whole, even without a change; a
/// removed path is a whiteout, unless a directory above it is removed as well; a directory that replaces another one is
/// opaque.
pub(crate) fn diff(lower: &Tree, upper: &Tree) -> Vec<LayerEntry> {
    let mut entries: Vec<LayerEntry> = Vec::new();
    let mut first_name: BTreeSet<u64> = BTreeSet::new();
    // Removed contents: a new file with one of them was moved.
    let mut removed: Vec<&Content> = Vec::new();
    // Paths whose whole subtree is hidden: no whiteouts are needed below them.
    let mut hidden: BTreeSet<Arc<str>> = BTreeSet::new();
    for item in lower.nodes.diff(&upper.nodes) {
        match item {
            DiffItem::Add(path, node) => entries.push(entry(path, node, Change::Added, node.opaque, &mut first_name)),
            DiffItem::Update { old: (_, old), new: (path, node) } => {
                // Below an opaque directory nothing of the lower one is seen: what is made there needs no marker.
                let is_new = old.ino != node.ino && !is_below(path, &hidden);
                let opaque = node.is_dir() && (is_new || node.opaque && !old.opaque);
                let mut new = entry(path, node, Change::Modified, opaque, &mut first_name);
                new.same_content = old.kind == node.kind;
                if opaque || !node.is_dir() && old.is_dir() {
                    hidden.insert(path.clone());
                }
                entries.push(new);
            }
            DiffItem::Remove(path, node) => {
                removed.extend(node.content().filter(|content| content.len > 0));
                if !is_below(path, &hidden) {
                    hidden.insert(path.clone());
                    entries.push(LayerEntry {
                        path: path.clone(),
                        change: Change::Removed,
                        kind: EntryKind::Whiteout,
                        mode: 0,
                        uid: 0,
                        gid: 0,
                        size: Size::ZERO,
                        content: None,
                        same_content: false,
                    });
                }
            }
        }
    }
    for entry in entries.iter_mut().filter(|entry| entry.change == Change::Added) {
        let Some(content) = &entry.content else { continue };
        entry.same_content = removed.contains(&content);
    }
    // An upper directory holds the parent directories of each entry.
    let mut known: BTreeSet<Arc<str>> = entries.iter().map(|entry| entry.path.clone()).collect();
    for index in 0..entries.len() {
        let Some(mut above) = entries.get(index).map(|entry| super::path::parent(&entry.path).to_string()) else {
            break;
        };
        while above != "/" && !known.contains(above.as_str()) {
            if let Some((path, node)) = upper.nodes.get_key_value(above.as_str()) {
                known.insert(path.clone());
                entries.push(self::entry(path, node, Change::Modified, false, &mut first_name));
            }
            above = super::path::parent(&above).to_string();
        }
    }
    // `docker diff` and layer lists do not show the root directory.
    entries.retain(|entry| &*entry.path != "/");
    entries.sort_by(|a, b| a.path.cmp(&b.path));
    entries
}

/// Whether one of the directories above a path is in a set.
fn is_below(path: &str, set: &BTreeSet<Arc<str>>) -> bool {
    let mut above = path;
    while above != "/" {
        above = super::path::parent(above);
        if set.contains(above) {
            return true;
        }
    }
    false
}

/// The unlisted files of known size that are in `upper` and not in `lower`, by package.
pub(crate) fn diff_unlisted(lower: &Tree, upper: &Tree) -> Vec<(Arc<str>, Size)> {
    let new = |item: DiffItem<'_, '_, Arc<str>, Node>| match item {
        DiffItem::Add(_, node) => node.unlisted.as_ref().map(|unlisted| unlisted.since(None)),
        DiffItem::Update { old: (_, old), new: (_, node) } => {
            node.unlisted.as_ref().map(|unlisted| unlisted.since(old.unlisted()))
        }
        DiffItem::Remove(..) => None,
    };
    lower.nodes.diff(&upper.nodes).filter_map(new).flatten().collect()
}

fn entry(path: &Arc<str>, node: &Node, change: Change, opaque: bool, seen: &mut BTreeSet<u64>) -> LayerEntry {
    let another_name = !node.is_dir() && node.nlink > 1 && !seen.insert(node.ino);
    let (kind, size) = match &node.kind {
        _ if another_name => (EntryKind::Hardlink, Size::ZERO),
        Kind::Dir { .. } if opaque => (EntryKind::OpaqueDir, Size::ZERO),
        Kind::Dir { .. } => (EntryKind::Dir, Size::ZERO),
        Kind::Symlink(target) => (EntryKind::Symlink, Size::exact(target.len() as u64)),
        Kind::Special(Special::CharDevice) => (EntryKind::CharDevice, Size::ZERO),
        Kind::Special(Special::BlockDevice) => (EntryKind::BlockDevice, Size::ZERO),
        Kind::Special(Special::Fifo) => (EntryKind::Fifo, Size::ZERO),
        Kind::File(content) => (EntryKind::File, content.size_at(path)),
    };
    LayerEntry {
        path: path.clone(),
        change,
        kind,
        mode: node.mode,
        uid: node.uid,
        gid: node.gid,
        size,
        content: if kind == EntryKind::File { node.content().cloned() } else { None },
        same_content: false,
    }
}

/// The size `docker history` shows for a layer.
///
/// The classic builder counts a symbolic link as the length of its target, BuildKit as 0
/// (observed with Docker 20.10.24).
pub(crate) fn layer_size<'a>(entries: impl Iterator<Item = &'a LayerEntry>, count_symlinks: bool) -> Size {
    entries
        .filter(|entry| entry.kind == EntryKind::File || count_symlinks && entry.kind == EntryKind::Symlink)
        .map(|entry| entry.size.clone())
        .sum()
}

#[cfg(test)]
mod tests {
    use super::super::content::Content;
    use super::*;

    fn base() -> Tree {
        let mut tree = Tree::new();
        tree.mkdir_all("/d/e", 0o755, 0, 0).unwrap();
        tree.write("/d/f", Content::inline(*b"12345"), 0o644, 0, 0).unwrap();
        tree.write("/d/e/g", Content::inline(*b"1"), 0o644, 0, 0).unwrap();
        tree.seal()
    }

    fn shown(lower: &Tree, upper: &Tree) -> Vec<String> {
        diff(lower, upper).iter().map(|e| format!("{} {} {}", e.kind.as_str(), e.path, e.size.at_least())).collect()
    }

    #[test]
    fn chmod_to_the_same_mode_copies_the_whole_file_up() {
        let lower = base();
        let mut upper = lower.clone();
        upper.chmod("/d/f", 0o644);
        assert_eq!(shown(&lower, &upper), ["dir /d 0", "file /d/f 5"]);
        assert!(diff(&lower, &upper)[1].same_content);
    }

    #[test]
    fn removal_is_one_whiteout_and_touches_the_parent() {
        let lower = base();
        let mut upper = lower.clone();
        upper.remove("/d/e").unwrap();
        assert_eq!(shown(&lower, &upper), ["dir /d 0", "whiteout /d/e 0"]);
    }

    #[test]
    fn a_directory_made_anew_is_opaque() {
        let lower = base();
        let mut upper = lower.clone();
        upper.remove("/d/e").unwrap();
        upper.mkdir("/d/e", 0o755, 0, 0).unwrap();
        assert_eq!(shown(&lower, &upper), ["dir /d 0", "opaque /d/e 0"]);
    }

    #[test]
    fn a_directory_made_anew_below_an_opaque_one_is_plain() {
        let lower = base();
        let mut upper = lower.clone();
        upper.remove("/d").unwrap();
        upper.mkdir_all("/d/e", 0o755, 0, 0).unwrap();
        assert_eq!(shown(&lower, &upper), ["opaque /d 0", "dir /d/e 0"]);
    }

    #[test]
    fn a_file_made_and_removed_leaves_its_directory() {
        let lower = base();
        let mut upper = lower.clone();
        upper.write("/d/e/tmp", Content::inline(*b"x"), 0o644, 0, 0).unwrap();
        upper.remove("/d/e/tmp").unwrap();
        assert_eq!(shown(&lower, &upper), ["dir /d 0", "dir /d/e 0"]);
    }

    #[test]
    fn a_file_that_is_moved_is_held_twice() {
        let lower = base();
        let mut upper = lower.clone();
        upper.rename("/d/f", "/d/new").unwrap();
        upper.write("/d/other", Content::inline(*b"54321"), 0o644, 0, 0).unwrap();
        assert_eq!(shown(&lower, &upper), ["dir /d 0", "whiteout /d/f 0", "file /d/new 5", "file /d/other 5"]);
        let moved = |entry: &LayerEntry| entry.content.is_some() && entry.same_content;
        let twice: Vec<bool> = diff(&lower, &upper).iter().map(moved).collect();
        assert_eq!(twice, [false, false, true, false]);
    }

    #[test]
    fn a_second_name_of_a_copied_up_file_is_a_hard_link() {
        let lower = base();
        let mut upper = lower.clone();
        upper.link("/d/f", "/d/h").unwrap();
        assert_eq!(shown(&lower, &upper), ["dir /d 0", "file /d/f 5", "hardlink /d/h 0"]);
    }
}
