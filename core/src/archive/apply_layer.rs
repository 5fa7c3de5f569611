//! Applies the tar of a layer to a tree: whiteouts remove paths, other entries are added.

use super::ArchiveError;
use super::tar_read::{Entry, EntryType, Limits, Stream, list};
use crate::fs::{Content, Errno, FsError, Source, Special, Time, Tree, path};
use std::sync::Arc;

/// The prefix of a whiteout, which hides a path of the lower layers (OCI image specification, "Whiteouts").
const WHITEOUT: &str = ".wh.";
/// The opaque whiteout, which hides everything that lower layers have in a directory.
const OPAQUE: &str = ".wh..wh..opq";

/// The source of a tar archive, and how it is applied.
pub(crate) struct Place<'a> {
    pub(crate) source: &'a Arc<dyn Source>,
    /// The digest of the source's bytes.
    pub(crate) id: Arc<str>,
    /// The offset of the tar in the source.
    pub(crate) start: u64,
    /// The directory into which entries go: `/` for a layer.
    pub(crate) below: &'a str,
    /// Whether whiteouts hide lower files. In an archive that ADD unpacks they are ordinary names.
    pub(crate) is_layer: bool,
    /// `--chown`: the owner of all entries.
    pub(crate) owner: Option<(u32, u32)>,
}

/// Decides whether an entry is applied; it may change the entry's name.
pub(crate) type EntryFilter<'a> = &'a mut dyn FnMut(&mut Entry) -> bool;

/// The parent directories of the last entry, as written and resolved. Consecutive entries share most of them, so they are
/// not resolved again.
#[derive(Default)]
struct ResolvedParents(Vec<(String, String)>);

impl ResolvedParents {
    /// The resolved path of a directory. With `make` missing directories are made; otherwise `None`.
    fn find(&mut self, tree: &mut Tree, folder: &str, make: bool) -> Result<Option<String>, FsError> {
        while self.0.last().is_some_and(|(written, _)| !path::is_within(folder, written)) {
            self.0.pop();
        }
        let (mut written, mut at) = self.0.last().cloned().unwrap_or(("/".into(), "/".into()));
        let rest = folder.get(written.len()..).unwrap_or("");
        for part in rest.split('/').filter(|part| !part.is_empty()) {
            let real = match make {
                true => tree.mkdir_in(&at, part, 0o755, 0, 0)?,
                false => match tree.resolve_in(&at, part) {
                    Ok(real) if tree.get(&real).is_some_and(|node| node.is_dir()) => real,
                    _ => return Ok(None),
                },
            };
            (written, at) = (path::join(&written, part), real);
            self.0.push((written.clone(), at.clone()));
        }
        Ok(Some(at))
    }

    /// Forgets a path, because another node is there now.
    fn forget(&mut self, place: &str) {
        if let Some(first) = self.0.iter().position(|(_, real)| path::is_within(real, place)) {
            self.0.truncate(first);
        }
    }
}

/// The resolved parent directories of entries and of the targets of hard links.
#[derive(Default)]
struct ParentPaths {
    entries: ResolvedParents,
    links: ResolvedParents,
}

impl ParentPaths {
    fn remove(&mut self, tree: &mut Tree, place: &str) -> Result<(), FsError> {
        self.entries.forget(place);
        self.links.forget(place);
        tree.remove(place)
    }
}

/// Applies a layer to a tree; `lower` is the tree before.
///
/// All names and links are resolved inside the root.
pub(crate) fn apply<S: Stream>(
    tree: &mut Tree,
    lower: &Tree,
    stream: &mut S,
    limits: &mut Limits,
    place: &Place,
    filter: EntryFilter,
) -> Result<(), ArchiveError> {
    let mut folders: Vec<(String, Time)> = Vec::new();
    let mut ways = ParentPaths::default();
    let done = list(stream, limits, |mut entry, _| {
        let (at, is_dir) = (entry.offset, entry.kind == EntryType::Dir);
        if !filter(&mut entry) {
            return Ok(());
        }
        let modified = entry.modified;
        tree.date_new_files(Some(modified));
        let made =
            put(tree, lower, entry, place, &mut ways).map_err(|error| ArchiveError::at(error.to_string(), at))?;
        folders.extend(made.filter(|_| is_dir).map(|folder| (folder, modified)));
        Ok(())
    });
    // At the end, because each entry that is added changes the directory's time.
    for (folder, modified) in folders {
        tree.set_modified(&folder, modified);
    }
    tree.date_new_files(None);
    done
}

/// Applies one entry. Returns its resolved path; `None` for a whiteout.
fn put(
    tree: &mut Tree,
    lower: &Tree,
    mut entry: Entry,
    place: &Place,
    ways: &mut ParentPaths,
) -> Result<Option<String>, FsError> {
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
        let Some(folder) = ways.entries.find(tree, folder, false)? else { return Ok(None) };
        let hidden: Vec<String> = lower.children(&folder).iter().map(|(name, _)| path::join(&folder, name)).collect();
        for child in hidden {
            // Paths that this layer itself has added stay.
            if tree.get(&child).is_some_and(|node| Some(node) == lower.get(&child)) {
                ways.remove(tree, &child)?;
            }
        }
        return Ok(None);
    }
    if let Some(hidden) = name.strip_prefix(WHITEOUT).filter(|_| place.is_layer) {
        if let Some(folder) = ways.entries.find(tree, folder, false)? {
            let hidden = path::join(&folder, hidden);
            if tree.get(&hidden).is_some() {
                ways.remove(tree, &hidden)?;
            }
        }
        return Ok(None);
    }
    let folder = ways.entries.find(tree, folder, true)?.unwrap_or_default();
    let at = path::join(&folder, name);
    let is_dir = tree.get(&at).map(|node| node.is_dir());
    if entry.kind == EntryType::Dir && is_dir == Some(true) {
        tree.chmod(&at, entry.mode);
        tree.chown(&at, Some(entry.uid), Some(entry.gid));
        return Ok(Some(at));
    }
    if is_dir.is_some() {
        ways.remove(tree, &at)?;
    }
    let (mode, uid, gid) = (entry.mode, entry.uid, entry.gid);
    match entry.kind {
        EntryType::Dir => tree.mkdir(&at, mode, uid, gid),
        EntryType::Symlink => tree.symlink(&entry.link, &at, uid, gid),
        EntryType::Hardlink => {
            let nowhere = || FsError { errno: Errno::Enoent, path: entry.link.clone() };
            let folder = ways.links.find(tree, path::parent(&entry.link), false)?.ok_or_else(nowhere)?;
            tree.link(&path::join(&folder, path::file_name(&entry.link)), &at)
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
