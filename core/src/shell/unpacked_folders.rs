//! Folders of archives that were unpacked although nothing is known of them but where they come from.
//!
//! What such an archive weighs is recorded in the folder that it was unpacked into. A script that goes on into a folder
//! below, named like the archive, tells that the files are in there.

use super::Shell;
use crate::fs::path;
use crate::measure::{Size, typical_download, typical_tool_size};

/// Ends of the names of archives.
const ENDS: [&str; 9] = [".tar", ".gz", ".tgz", ".bz2", ".tbz2", ".xz", ".txz", ".zst", ".zip"];
/// Parts of the addresses of archives whose names have no such end.
const PARTS: [&str; 4] = ["/tarball/", "/zipball/", "/tar.gz/", "/zip/"];

/// Whether unlisted files of this name come from an archive: its address, or its path.
fn is_archive(what: &str) -> bool {
    let name = what.split(['?', '#']).next().unwrap_or(what);
    ENDS.iter().any(|end| name.ends_with(end)) || PARTS.iter().any(|part| what.contains(part))
}

/// Whether a folder is named like an archive: the name up to its version is in the archive's address.
fn is_named_like(folder: &str, archive: &str) -> bool {
    let stem = folder.split(['-', '_']).next().unwrap_or(folder).to_ascii_lowercase();
    stem.len() > 1 && is_archive(archive) && archive.to_ascii_lowercase().contains(&stem)
}

/// Whether a name has a version, as the folders in archives have: `nginx-1.25.3`. Others may be programs.
pub(crate) fn has_version(name: &str) -> bool {
    name.split_once(['-', '_']).is_some_and(|(_, rest)| rest.contains(|c: char| c.is_ascii_digit()))
}

/// Whether an archive may hold the programs that a script takes out of it: not sources, which are built first.
fn holds_programs(what: &str) -> bool {
    let unpacked = typical_download(what).unpacked;
    is_archive(what) && (unpacked.is_none() || unpacked != typical_tool_size("source-tree"))
}

impl Shell {
    /// The nearest folder above a missing path that is there, and the parts of the path below it.
    fn nearest_folder(&self, name: &str) -> Option<(String, Vec<String>)> {
        let mut missing = Vec::new();
        let mut at = path::join(&self.cwd, name);
        while let Err(error) = self.fs.stat("/", &at) {
            if at == "/" || error.errno != crate::fs::Errno::Enoent {
                return None;
            }
            missing.push(path::file_name(&at).to_string());
            at = path::parent(&at).to_string();
        }
        missing.reverse();
        let (real, node) = self.fs.stat("/", &at).ok()?;
        (node.is_dir() && !missing.is_empty()).then_some((real, missing))
    }

    /// Makes a folder that is not listed, if it is named like an archive that was unpacked into the folder above it. The
    /// archive's files are then in it. Returns whether it is there now.
    pub(crate) fn enter_unpacked(&mut self, name: &str) -> bool {
        let Some((parent, missing)) = self.nearest_folder(name) else { return false };
        let Some(first) = missing.first() else { return false };
        let held = self.fs.get(&parent).and_then(|node| node.unlisted());
        let archive = held.and_then(|held| {
            let fits = |what: &str| is_named_like(first, what);
            held.parts().map(|(what, _)| what.clone()).find(|what| fits(what))
        });
        let Some(archive) = archive else { return false };
        let Some(size) = self.fs.take_unlisted(&parent, &archive) else { return false };
        let (mode, uid, gid) = (self.folder_mode(), self.user.uid, self.user.gid);
        let top = path::join(&parent, first);
        let Ok(real) = self.fs.mkdir_all(&top, mode, uid, gid) else { return false };
        self.fs.weigh_whole(&real, &archive, size);
        let place = missing.iter().skip(1).fold(real.clone(), |place, part| path::join(&place, part));
        let mut at = place.clone();
        if self.fs.mkdir_all(&place, mode, uid, gid).is_err() {
            return false;
        }
        while at != real && at.len() > real.len() {
            self.fs.hold_weighed(&at);
            at = path::parent(&at).to_string();
        }
        true
    }

    /// The size of an unlisted file or folder that is moved or copied out of the folder that an archive was unpacked into:
    /// at most that of all its files. A move takes them along.
    pub(crate) fn take_unpacked(&mut self, name: &str, moves: bool) -> Option<Size> {
        let (mut at, missing) = self.nearest_folder(name)?;
        if missing.len() > 1 && self.enter_unpacked(path::parent(&path::join(&self.cwd, name))) {
            at = self.nearest_folder(name)?.0;
        }
        // The archive's files may be recorded in a folder above.
        let archive = loop {
            let held = self.fs.get(&at).and_then(|node| node.unlisted());
            let found =
                held.and_then(|held| held.parts().map(|(what, _)| what.clone()).find(|what| holds_programs(what)));
            match found {
                Some(found) => break found,
                None if at == "/" || !held.is_some_and(crate::fs::Unlisted::is_whole) => return None,
                None => at = path::parent(&at).to_string(),
            }
        };
        let size = self.fs.weighed(&at, &archive)?.clone();
        if moves {
            self.fs.take_unlisted(&at, &archive);
        }
        Some(size.at_most())
    }

    /// Puts something unlisted of this size at a path that a command writes to, as a file or folder of unknown type.
    pub(crate) fn put_unpacked(&mut self, place: &str, name: &str, size: Size) {
        let why = format!("{name} is not listed");
        if self.fs.get(place).is_some_and(|node| !node.is_dir()) {
            let _ = self.fs.remove(place);
        }
        if self.fs.get(place).is_some() {
            return self.fs.weigh_whole(place, name, size);
        }
        self.fs.put_weighed_unknown_type(place, &why, size);
    }
}
