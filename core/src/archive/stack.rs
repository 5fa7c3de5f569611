//! A layer's tar put onto the layers below: whiteouts hide, the rest is there.

use super::ArchiveError;
use super::tar::{Entry, EntryType, Limits, Stream, list};
use crate::fs::{Content, FsError, Source, Special, Time, Tree, path};
use std::sync::Arc;

/// Marks a path of the lower layers as gone (OCI image specification, "Whiteouts").
const WHITEOUT: &str = ".wh.";
/// Marks all that lower layers have in a directory as gone.
const OPAQUE: &str = ".wh..wh..opq";

/// Where the archive's bytes stand.
pub(crate) struct Place<'a> {
    pub(crate) source: &'a Arc<dyn Source>,
    /// Names the source's bytes.
    pub(crate) id: Arc<str>,
    /// Where the tar begins in the source.
    pub(crate) start: u64,
    /// The folder that entries go into: `/` for a layer.
    pub(crate) below: &'a str,
    /// Marks of layers hide lower files; for an archive that ADD unpacks they are names like others.
    pub(crate) is_layer: bool,
    /// `--chown`: whose everything becomes.
    pub(crate) owner: Option<(u32, u32)>,
}

/// Looks at an entry, may change its name, and says whether it is wanted.
pub(crate) type Wanted<'a> = &'a mut dyn FnMut(&mut Entry) -> bool;

/// Puts a layer onto a tree; `lower` is what was there before.
///
/// Names are resolved inside the root, links on the way included: nothing leads out of it.
pub(crate) fn apply<S: Stream>(
    tree: &mut Tree,
    lower: &Tree,
    stream: &mut S,
    limits: &mut Limits,
    place: &Place,
    wanted: Wanted,
) -> Result<(), ArchiveError> {
    let mut folders: Vec<(String, Time)> = Vec::new();
    let done = list(stream, limits, |mut entry, _| {
        let (at, is_dir) = (entry.offset, entry.kind == EntryType::Dir);
        if !wanted(&mut entry) {
            return Ok(());
        }
        let modified = entry.modified;
        tree.bring(Some(modified));
        let made = put(tree, lower, entry, place).map_err(|error| ArchiveError::at(error.to_string(), at))?;
        folders.extend(made.filter(|_| is_dir).map(|folder| (folder, modified)));
        Ok(())
    });
    // Last, for what goes into a folder changes its time.
    for (folder, modified) in folders {
        tree.set_modified(&folder, modified);
    }
    tree.bring(None);
    done
}

/// Puts one entry; returns where it is, unless it only hides something.
fn put(tree: &mut Tree, lower: &Tree, mut entry: Entry, place: &Place) -> Result<Option<String>, FsError> {
    if let Some((uid, gid)) = place.owner {
        (entry.uid, entry.gid) = (uid, gid);
    }
    if place.below != "/" {
        entry.path = path::join(place.below, entry.path.trim_start_matches('/'));
        if entry.kind == EntryType::Hardlink {
            entry.link = path::join(place.below, entry.link.trim_start_matches('/'));
        }
    }
    if entry.path == "/" {
        if entry.kind == EntryType::Dir {
            tree.chmod("/", entry.mode);
            tree.chown("/", Some(entry.uid), Some(entry.gid));
        }
        return Ok(Some(entry.path));
    }
    let (folder, name) = (path::parent(&entry.path), path::file_name(&entry.path));
    if place.is_layer && name == OPAQUE {
        let Ok(folder) = tree.resolve("/", folder, true) else { return Ok(None) };
        let hidden: Vec<String> = lower.children(&folder).iter().map(|(name, _)| path::join(&folder, name)).collect();
        for child in hidden {
            // What this very layer has put there already stays.
            if tree.get(&child).is_some_and(|node| Some(node) == lower.get(&child)) {
                tree.remove(&child)?;
            }
        }
        return Ok(None);
    }
    if let Some(hidden) = name.strip_prefix(WHITEOUT).filter(|_| place.is_layer) {
        if let Ok(folder) = tree.resolve("/", folder, true) {
            let hidden = path::join(&folder, hidden);
            if tree.get(&hidden).is_some() {
                tree.remove(&hidden)?;
            }
        }
        return Ok(None);
    }
    let folder = tree.mkdir_all(folder, 0o755, 0, 0)?;
    let at = path::join(&folder, name);
    let is_dir = tree.get(&at).map(|node| node.is_dir());
    if entry.kind == EntryType::Dir && is_dir == Some(true) {
        tree.chmod(&at, entry.mode);
        tree.chown(&at, Some(entry.uid), Some(entry.gid));
        return Ok(Some(at));
    }
    if is_dir.is_some() {
        tree.remove(&at)?;
    }
    let (mode, uid, gid) = (entry.mode, entry.uid, entry.gid);
    match entry.kind {
        EntryType::Dir => tree.mkdir(&at, mode, uid, gid),
        EntryType::Symlink => tree.symlink(&entry.link, &at, uid, gid),
        EntryType::Hardlink => {
            let from = tree.resolve("/", &entry.link, false)?;
            tree.link(&from, &at)
        }
        EntryType::File => {
            let content = match entry.size {
                0 => Content::inline([]),
                size => Content::stored(place.source.clone(), place.id.clone(), place.start + entry.offset, size),
            };
            tree.write(&at, content, mode, uid, gid)
        }
        EntryType::CharDevice => tree.special(Special::CharDevice, &at, mode, uid, gid),
        EntryType::BlockDevice => tree.special(Special::BlockDevice, &at, mode, uid, gid),
        EntryType::Fifo => tree.special(Special::Fifo, &at, mode, uid, gid),
    }
    .map(|()| Some(at))
}
