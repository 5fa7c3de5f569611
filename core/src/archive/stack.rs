//! A layer's tar put onto the layers below: whiteouts hide, the rest is there.

use super::ArchiveError;
use super::tar::{Entry, EntryType, Limits, Stream, list};
use crate::fs::{Content, Errno, FsError, Source, Special, Time, Tree, path};
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

/// Folders on the way to the entry that came last: how they are written, and where they lead. An archive
/// goes through folders one after the other, so most of the next way is known.
#[derive(Default)]
struct Way(Vec<(String, String)>);

impl Way {
    /// Where a folder is. What is missing is made, if that is wanted; else `None`.
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

    /// Something else is at a place now.
    fn forget(&mut self, place: &str) {
        if let Some(first) = self.0.iter().position(|(_, real)| path::is_within(real, place)) {
            self.0.truncate(first);
        }
    }
}

/// The ways to entries, and to what hard links lead to.
#[derive(Default)]
struct Ways {
    entries: Way,
    links: Way,
}

impl Ways {
    fn remove(&mut self, tree: &mut Tree, place: &str) -> Result<(), FsError> {
        self.entries.forget(place);
        self.links.forget(place);
        tree.remove(place)
    }
}

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
    let mut ways = Ways::default();
    let done = list(stream, limits, |mut entry, _| {
        let (at, is_dir) = (entry.offset, entry.kind == EntryType::Dir);
        if !wanted(&mut entry) {
            return Ok(());
        }
        let modified = entry.modified;
        tree.date_new_files(Some(modified));
        let made =
            put(tree, lower, entry, place, &mut ways).map_err(|error| ArchiveError::at(error.to_string(), at))?;
        folders.extend(made.filter(|_| is_dir).map(|folder| (folder, modified)));
        Ok(())
    });
    // Last, for what goes into a folder changes its time.
    for (folder, modified) in folders {
        tree.set_modified(&folder, modified);
    }
    tree.date_new_files(None);
    done
}

/// Puts one entry; returns where it is, unless it only hides something.
fn put(
    tree: &mut Tree,
    lower: &Tree,
    mut entry: Entry,
    place: &Place,
    ways: &mut Ways,
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
            // What this very layer has put there already stays.
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
