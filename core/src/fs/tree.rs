//! The tree itself: paths to nodes, with resolution of symbolic links inside the root.

mod names;

use super::content::Content;
use super::error::{Errno, FsError};
use super::path;
use super::time::Time;
use super::unlisted::Unlisted;
use imbl::OrdMap;
use std::ops::Bound;
use std::sync::Arc;

/// At most this many symbolic links are followed in one look-up, as in Linux (`MAXSYMLINKS`).
const MAX_SYMLINKS: usize = 40;
/// Longest path accepted, as in Linux (`PATH_MAX`).
const MAX_PATH: usize = 4096;

/// What a node is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A directory. `partial` when it may hold files that the catalogue does not list.
    Dir {
        /// Whether unlisted files may exist in it.
        partial: bool,
    },
    /// A regular file.
    File(Content),
    /// A symbolic link and its target, as written.
    Symlink(Arc<str>),
    /// A device or a pipe.
    Special(Special),
}

/// What is neither file nor directory nor link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are POSIX's")]
pub enum Special {
    CharDevice,
    BlockDevice,
    Fifo,
}

/// One file, directory or link. Two nodes with one `ino` are hard links of each other.
#[derive(Clone, Debug)]
pub struct Node {
    /// What it is.
    pub kind: Kind,
    /// Permission bits, including setuid, setgid and sticky (`0o7777`).
    pub mode: u32,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// When its content was last written.
    pub modified: Time,
    /// Identity: equal for hard links, new when a path is removed and made again.
    pub(super) ino: u64,
    /// When it was last written to, counted in operations of this tree.
    /// A node whose tick moved is in the upper layer even if nothing else differs: copy-up.
    pub(super) tick: u64,
    pub(super) nlink: u32,
    /// A directory that overlayfs marks as opaque though nothing was there: it was renamed to its place.
    pub(super) opaque: bool,
    /// Of a directory: what it holds that is known by its weight alone.
    pub(super) unlisted: Option<Arc<Unlisted>>,
}

impl PartialEq for Node {
    fn eq(&self, other: &Self) -> bool {
        self.ino == other.ino && self.tick == other.tick
    }
}

impl Node {
    /// Something that stands in no [`Tree`]. `ino` tells hard links of one file.
    pub fn detached(kind: Kind, mode: u32, uid: u32, gid: u32, ino: u64) -> Self {
        Node { kind, mode, uid, gid, modified: Time::Past, ino, tick: 0, nlink: 1, opaque: false, unlisted: None }
    }

    /// How many names it has.
    pub(crate) fn links(&self) -> u32 {
        self.nlink
    }

    /// Its identity in its file system.
    pub(crate) fn ino(&self) -> u64 {
        self.ino
    }

    /// Whether it is a directory.
    pub fn is_dir(&self) -> bool {
        matches!(self.kind, Kind::Dir { .. })
    }

    /// Of a directory: what it holds that is known by its weight alone.
    pub fn unlisted(&self) -> Option<&Unlisted> {
        self.unlisted.as_deref()
    }

    /// Whether it is a directory that may hold files of which nothing is known, not even their weight.
    pub fn holds_unknown(&self) -> bool {
        let whole = self.unlisted.as_ref().is_some_and(|unlisted| unlisted.whole);
        matches!(self.kind, Kind::Dir { partial: true }) && !whole
    }

    /// The content of a regular file.
    pub fn content(&self) -> Option<&Content> {
        match &self.kind {
            Kind::File(content) => Some(content),
            _ => None,
        }
    }

    /// Whether user `uid` of group `gid` may do what `bit` (4 read, 2 write, 1 execute) stands for.
    ///
    /// Root may read and write everything and execute what has any execute bit
    /// (capabilities(7), CAP_DAC_OVERRIDE).
    pub fn allows(&self, uid: u32, gid: u32, bit: u32) -> bool {
        if uid == 0 {
            return bit != 1 || self.is_dir() || self.mode & 0o111 != 0;
        }
        let shift = if uid == self.uid {
            6
        } else if gid == self.gid {
            3
        } else {
            0
        };
        self.mode >> shift & bit != 0
    }
}

/// What may be in a tree unlisted, because something ran that is not modelled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Doubt {
    /// Nothing.
    #[default]
    None,
    /// Whatever packages bring, but no other C library.
    Packages,
    /// Anything.
    Anything,
}

/// A file system inside a root.
#[derive(Clone, Debug)]
pub struct Tree {
    pub(super) nodes: OrdMap<Arc<str>, Node>,
    next_ino: u64,
    tick: u64,
    /// Inodes below this number belong to lower layers.
    layer_start: u64,
    doubt: Doubt,
    /// What is made in a setgid folder gets the folder's group, as in a kernel: while commands run.
    folder_groups: bool,
    /// The time of all deeds, where they are not told apart.
    dated: Option<Time>,
    /// The time of what is made, where it brings one along.
    brings: Option<Time>,
    /// Mount points while commands run, and whether they are read-only.
    mounts: Arc<[(Arc<str>, bool)]>,
}

impl Default for Tree {
    fn default() -> Self {
        Self::new()
    }
}

impl Tree {
    /// An empty root directory: `FROM scratch`.
    pub fn new() -> Self {
        let mut tree = Tree {
            nodes: OrdMap::new(),
            next_ino: 1,
            tick: 1,
            layer_start: 0,
            doubt: Doubt::None,
            folder_groups: false,
            // What is put together before anything runs.
            dated: Some(Time::Past),
            brings: None,
            mounts: Arc::default(),
        };
        tree.put("/", Kind::Dir { partial: false }, 0o755, 0, 0);
        tree
    }

    /// Declares all that exists as lower layers, so that a later write copies up.
    #[must_use]
    pub(crate) fn seal(mut self) -> Self {
        self.layer_start = self.next_ino;
        self.dated = None;
        self
    }

    /// The node at exactly `path`, without following a final link.
    pub fn get(&self, path: &str) -> Option<&Node> {
        self.nodes.get(path)
    }

    /// Resolves `path` against `cwd` inside the root and returns where it really leads.
    ///
    /// Follows symbolic links (the last one only if `follow`). The last component need not exist.
    ///
    /// # Errors
    /// `ENOENT` or `ENOTDIR` when a directory on the way does not exist, `ELOOP` after 40 links.
    pub fn resolve(&self, cwd: &str, path: &str, follow: bool) -> Result<String, FsError> {
        let fail = |errno| FsError { errno, path: path.to_string() };
        if path.is_empty() {
            return Err(fail(Errno::Enoent));
        }
        if path.len() > MAX_PATH {
            return Err(fail(Errno::Enametoolong));
        }
        let mut links = 0;
        let mut at = "/".to_string();
        let parts = |path: &str| path.split('/').rev().filter(|p| !p.is_empty()).map(str::to_string).collect();
        let mut rest: Vec<String> = parts(path);
        if !path.starts_with('/') {
            // A folder that a shell calls by a link's name is the one that the link leads to.
            rest.append(&mut parts(cwd));
        }
        let wants_dir = path.ends_with('/') || path.ends_with("/.");
        while let Some(part) = rest.pop() {
            if part == "." {
                continue;
            }
            match self.get(&at).map(|node| &node.kind) {
                Some(Kind::Dir { .. }) => {}
                Some(_) => return Err(fail(Errno::Enotdir)),
                None => return Err(fail(Errno::Enoent)),
            }
            if part == ".." {
                at = path::parent(&at).to_string();
                continue;
            }
            let next = path::join(&at, &part);
            if let Some(Kind::Symlink(target)) = self.get(&next).map(|node| &node.kind)
                && (follow || wants_dir || !rest.is_empty())
            {
                links += 1;
                if links > MAX_SYMLINKS {
                    return Err(fail(Errno::Eloop));
                }
                if target.starts_with('/') {
                    at = "/".to_string();
                }
                rest.extend(target.split('/').rev().filter(|p| !p.is_empty()).map(str::to_string));
                continue;
            }
            at = next;
        }
        if wants_dir && self.get(&at).is_some_and(|node| !node.is_dir()) {
            return Err(fail(Errno::Enotdir));
        }
        Ok(at)
    }

    /// `stat`: resolves `path` with links followed and returns where it leads and what is there.
    ///
    /// # Errors
    /// As [`Tree::resolve`], and `ENOENT` when nothing is there.
    pub fn stat(&self, cwd: &str, path: &str) -> Result<(String, &Node), FsError> {
        let real = self.resolve(cwd, path, true)?;
        let node = self.get(&real).ok_or_else(|| FsError { errno: Errno::Enoent, path: path.to_string() })?;
        Ok((real, node))
    }

    /// `lstat`: as [`Tree::stat`], but a final link is returned itself.
    ///
    /// # Errors
    /// As [`Tree::stat`].
    pub fn lstat(&self, cwd: &str, path: &str) -> Result<(String, &Node), FsError> {
        let real = self.resolve(cwd, path, false)?;
        let node = self.get(&real).ok_or_else(|| FsError { errno: Errno::Enoent, path: path.to_string() })?;
        Ok((real, node))
    }

    /// What may exist beside what is listed.
    pub fn doubt(&self) -> Doubt {
        self.doubt
    }

    /// Notes that something ran whose effect is not known.
    pub fn doubt_more(&mut self, doubt: Doubt) {
        self.doubt = self.doubt.max(doubt);
    }

    /// Whether something that is not listed may exist at `path`.
    ///
    /// True when the deepest directory that exists on the way is listed only in part, or when
    /// something that is not modelled ran. Loaders and shells are an exception in base images:
    /// the catalogue lists every one that an image has.
    pub fn may_hide(&self, cwd: &str, path: &str) -> bool {
        let name = path::file_name(path);
        // Nobody ships such names; a `#!` line that ends as on Windows asks for one.
        if name.contains(char::is_control) {
            return self.doubt == Doubt::Anything;
        }
        let is_loader = name.starts_with("ld-linux") || name.starts_with("ld-musl");
        let is_shell = ["sh", "bash", "dash", "ash"].contains(&name);
        let mut at = path::join(cwd, path);
        if self.resolve("/", &at, true).is_ok_and(|real| self.get(&real).is_some()) {
            return false;
        }
        match self.doubt {
            Doubt::None if is_loader || is_shell => return false,
            Doubt::None => {}
            Doubt::Packages => return !is_loader,
            Doubt::Anything => return true,
        }
        while at != "/" {
            at = path::parent(&at).to_string();
            if let Ok((_, node)) = self.stat("/", &at) {
                return matches!(node.kind, Kind::Dir { partial: true });
            }
        }
        false
    }

    /// The entries of a directory: name and node, in byte order. Empty for anything else.
    pub fn children<'a>(&'a self, directory: &str) -> Vec<(&'a str, &'a Node)> {
        let prefix = if directory == "/" { "/".to_string() } else { format!("{directory}/") };
        let mut found = Vec::new();
        let mut from = Bound::Excluded(prefix.clone());
        loop {
            let start = from.as_ref().map(String::as_str);
            let mut range = self.nodes.range::<(Bound<&str>, Bound<&str>), str>((start, Bound::Unbounded));
            let Some((key, node)) = range.next() else {
                break;
            };
            let Some(rest) = key.strip_prefix(prefix.as_str()) else {
                break;
            };
            match rest.find('/') {
                None => {
                    found.push((rest, node));
                    from = Bound::Excluded(key.to_string());
                }
                // Deeper entries: jump behind the whole subtree ('0' follows '/').
                Some(at) => from = Bound::Included(format!("{prefix}{}0", rest.get(..at).unwrap_or(rest))),
            }
        }
        found
    }

    /// Everything at or below `top`: path and node, in byte order of the paths.
    pub fn walk<'a>(&'a self, top: &str) -> impl Iterator<Item = (&'a Arc<str>, &'a Node)> + use<'a> {
        let own = self.nodes.get_key_value(top);
        let prefix = if top == "/" { "/".to_string() } else { format!("{top}/") };
        let below =
            self.nodes.range::<(Bound<&str>, Bound<&str>), str>((Bound::Excluded(prefix.as_str()), Bound::Unbounded));
        own.into_iter().chain(below.take_while(move |(key, _)| key.starts_with(prefix.as_str())))
    }

    /// The number of paths.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether there is nothing but the root.
    pub fn is_empty(&self) -> bool {
        self.nodes.len() <= 1
    }

    // ---- writing ------------------------------------------------------------------------

    pub(super) fn bump(&mut self) -> u64 {
        self.tick += 1;
        self.tick
    }

    /// The time that a deed gives to what it writes.
    pub(crate) fn now(&self) -> Time {
        self.dated.unwrap_or(Time::Now(self.tick))
    }

    /// From now on all that is written to has this time; without one, that of the deed.
    pub(crate) fn date(&mut self, time: Option<Time>) {
        self.dated = time;
    }

    /// From now on what is made has this time, and what holds it that of the deed.
    pub(crate) fn bring(&mut self, time: Option<Time>) {
        self.brings = time;
    }

    /// What comes next is later than all that another tree holds.
    pub(super) fn later_than(&mut self, other: &Tree) {
        self.tick = self.tick.max(other.tick);
    }

    /// Puts a new node at `path` without looking at anything else.
    pub(crate) fn put(&mut self, path: &str, kind: Kind, mode: u32, uid: u32, gid: u32) {
        let (mode, gid) = self.inherited(path, &kind, mode, gid);
        let tick = self.bump();
        let ino = self.next_ino;
        self.next_ino += 1;
        let modified = self.brings.unwrap_or(self.now());
        let node = Node { kind, mode, uid, gid, modified, ino, tick, nlink: 1, opaque: false, unlisted: None };
        self.nodes.insert(Arc::from(path), node);
    }

    /// Whether new files get their group from a setgid folder: a kernel's rule, not a builder's.
    pub(crate) fn groups_from_folders(&mut self, on: bool) {
        self.folder_groups = on;
    }

    /// The group and mode that something new in a folder gets.
    fn inherited(&self, path: &str, kind: &Kind, mode: u32, gid: u32) -> (u32, u32) {
        let folder = self.get(path::parent(path)).filter(|folder| self.folder_groups && folder.mode & 0o2000 != 0);
        match folder {
            Some(folder) => (if matches!(kind, Kind::Dir { .. }) { mode | 0o2000 } else { mode }, folder.gid),
            None => (mode, gid),
        }
    }

    /// Marks the directory that holds `path` as written to.
    fn touch_parent(&mut self, path: &str) {
        let tick = self.bump();
        let now = self.now();
        if let Some(node) = self.nodes.get_mut(path::parent(path)) {
            node.tick = tick;
            node.modified = now;
        }
    }

    /// Changes a node in place; with it, its hard links of this layer. Copies up from lower layers.
    fn update(&mut self, path: &str, change: impl Fn(&mut Node)) {
        let tick = self.bump();
        let Some(node) = self.nodes.get(path) else {
            return;
        };
        let (ino, nlink) = (node.ino, node.nlink);
        if nlink > 1 && ino >= self.layer_start {
            let names: Vec<Arc<str>> =
                self.nodes.iter().filter(|(_, other)| other.ino == ino).map(|(name, _)| name.clone()).collect();
            for name in names {
                if let Some(node) = self.nodes.get_mut(&name) {
                    change(node);
                    node.tick = tick;
                }
            }
        } else if let Some(node) = self.nodes.get_mut(path) {
            // Copied up, a file is another one than its other names still mean.
            if nlink > 1 && !node.is_dir() {
                (node.ino, node.nlink) = (self.next_ino, 1);
                self.next_ino += 1;
            }
            change(node);
            node.tick = tick;
        }
    }

    /// Makes one directory. `path` must be resolved.
    ///
    /// # Errors
    /// `EEXIST`, `ENOENT` or `ENOTDIR`.
    pub fn mkdir(&mut self, path: &str, mode: u32, uid: u32, gid: u32) -> Result<(), FsError> {
        let fail = |errno| FsError { errno, path: path.to_string() };
        if self.get(path).is_some() {
            return Err(fail(Errno::Eexist));
        }
        self.writable(path)?;
        self.need_dir(path::parent(path)).map_err(|e| fail(e.errno))?;
        self.put(path, Kind::Dir { partial: false }, mode, uid, gid);
        self.touch_parent(path);
        Ok(())
    }

    fn need_dir(&self, path: &str) -> Result<(), FsError> {
        match self.get(path) {
            Some(node) if node.is_dir() => Ok(()),
            Some(_) => Err(FsError { errno: Errno::Enotdir, path: path.to_string() }),
            None => Err(FsError { errno: Errno::Enoent, path: path.to_string() }),
        }
    }

    /// Makes a directory and those above it that are missing, following links; returns where it is.
    ///
    /// # Errors
    /// `ENOTDIR` when a file is in the way, or as [`Tree::resolve`].
    pub fn mkdir_all(&mut self, path: &str, mode: u32, uid: u32, gid: u32) -> Result<String, FsError> {
        if path.len() > MAX_PATH {
            return Err(FsError { errno: Errno::Enametoolong, path: path.to_string() });
        }
        let mut at = "/".to_string();
        for part in path.split('/').filter(|part| !part.is_empty()) {
            let made = self.mkdir_in(&at, part, mode, uid, gid);
            at = made.map_err(|error| FsError { path: path.to_string(), ..error })?;
        }
        Ok(at)
    }

    /// Makes a directory of this name in one that is there, unless it is there; returns where it is.
    ///
    /// # Errors
    /// As [`Tree::mkdir_all`].
    pub(crate) fn mkdir_in(
        &mut self,
        folder: &str,
        name: &str,
        mode: u32,
        uid: u32,
        gid: u32,
    ) -> Result<String, FsError> {
        let at = self.resolve_in(folder, name)?;
        match self.get(&at) {
            Some(node) if node.is_dir() => {}
            Some(_) => return Err(FsError { errno: Errno::Enotdir, path: at }),
            None => self.mkdir(&at, mode, uid, gid)?,
        }
        Ok(at)
    }

    /// Where a name in a directory leads, whose own path is resolved: the way down to it is not gone again.
    ///
    /// # Errors
    /// As [`Tree::resolve`].
    pub(crate) fn resolve_in(&self, folder: &str, name: &str) -> Result<String, FsError> {
        let at = path::join(folder, name);
        if at.len() > MAX_PATH {
            return Err(FsError { errno: Errno::Enametoolong, path: at });
        }
        match self.get(&at).map(|node| &node.kind) {
            Some(Kind::Symlink(_)) => self.resolve(folder, name, true),
            _ => Ok(at),
        }
    }

    /// Writes a regular file: replaces the content of one that exists (its mode and owner stay),
    /// or makes it with `mode`. `path` must be resolved.
    ///
    /// # Errors
    /// `EISDIR`, `ENOENT` or `ENOTDIR`.
    pub fn write(&mut self, path: &str, content: Content, mode: u32, uid: u32, gid: u32) -> Result<(), FsError> {
        match self.get(path) {
            Some(node) if node.is_dir() => Err(FsError { errno: Errno::Eisdir, path: path.to_string() }),
            Some(_) => {
                self.writable(path)?;
                self.bump();
                let now = self.brings.unwrap_or(self.now());
                self.update(path, |node| (node.kind, node.modified) = (Kind::File(content.clone()), now));
                Ok(())
            }
            None => {
                self.writable(path)?;
                self.need_dir(path::parent(path)).map_err(|e| FsError { errno: e.errno, path: path.to_string() })?;
                self.put(path, Kind::File(content), mode, uid, gid);
                self.touch_parent(path);
                Ok(())
            }
        }
    }

    /// Makes a symbolic link. `path` must be resolved.
    ///
    /// # Errors
    /// `EEXIST`, `ENOENT` or `ENOTDIR`.
    pub fn symlink(&mut self, target: &str, path: &str, uid: u32, gid: u32) -> Result<(), FsError> {
        self.make(Kind::Symlink(Arc::from(target)), path, 0o777, uid, gid)
    }

    /// Makes a device or a pipe. `path` must be resolved.
    ///
    /// # Errors
    /// `EEXIST`, `ENOENT` or `ENOTDIR`.
    pub fn special(&mut self, kind: Special, path: &str, mode: u32, uid: u32, gid: u32) -> Result<(), FsError> {
        self.make(Kind::Special(kind), path, mode, uid, gid)
    }

    /// Makes what must not be there yet.
    fn make(&mut self, kind: Kind, path: &str, mode: u32, uid: u32, gid: u32) -> Result<(), FsError> {
        if self.get(path).is_some() {
            return Err(FsError { errno: Errno::Eexist, path: path.to_string() });
        }
        self.writable(path)?;
        self.need_dir(path::parent(path)).map_err(|e| FsError { errno: e.errno, path: path.to_string() })?;
        self.put(path, kind, mode, uid, gid);
        self.touch_parent(path);
        Ok(())
    }

    /// Sets permission bits. Copies the file up even if they stay as they were.
    pub fn chmod(&mut self, path: &str, mode: u32) {
        self.update(path, |node| node.mode = mode & 0o7777);
    }

    /// Sets owner and group. Copies the file up even if they stay as they were.
    pub fn chown(&mut self, path: &str, uid: Option<u32>, gid: Option<u32>) {
        self.update(path, |node| {
            node.uid = uid.unwrap_or(node.uid);
            node.gid = gid.unwrap_or(node.gid);
            // A file that changes hands loses what it would have lent (chown(2)).
            if !node.is_dir() {
                node.mode &= if node.mode & 0o010 != 0 { !0o6000 } else { !0o4000 };
            }
        });
    }

    /// Puts everything at and below `path` back to how it is in `from`, as if it had been a mount.
    pub(crate) fn restore(&mut self, path: &str, from: &Tree) {
        let doomed: Vec<Arc<str>> = self.walk(path).map(|(key, _)| key.clone()).collect();
        for key in doomed {
            self.nodes.remove(&key);
        }
        for (key, node) in from.walk(path) {
            self.nodes.insert(key.clone(), node.clone());
        }
    }

    /// Something that an engine mounts at `path`, over what is there or only where nothing is: its
    /// folder is not written to.
    pub(crate) fn mount(&mut self, path: &str, kind: Kind, hides: bool) {
        let Ok(real) = self.resolve("/", path, true) else { return };
        if hides || self.get(&real).is_none() {
            let mode = if matches!(kind, Kind::File(_)) { 0o644 } else { 0o755 };
            self.put(&real, kind, mode, 0, 0);
        }
    }

    /// From now on a path is a mount point: it cannot be removed or replaced, and what is below a
    /// read-only one cannot change. Nothing else of the tree knows of mounts.
    pub(crate) fn hold_mount(&mut self, path: &str, read_only: bool) {
        let mounts = self.mounts.iter().cloned();
        self.mounts = mounts.chain([(Arc::from(path), read_only)]).collect();
    }

    /// No path is a mount point any more.
    pub(crate) fn release_mounts(&mut self) {
        self.mounts = Arc::default();
    }

    /// Whether what is at a path may change, mode and owner included.
    ///
    /// # Errors
    /// `EROFS` on a read-only mount.
    pub(crate) fn writable(&self, path: &str) -> Result<(), FsError> {
        let mount =
            self.mounts.iter().filter(|(mount, _)| path::is_within(path, mount)).max_by_key(|(mount, _)| mount.len());
        match mount {
            Some((_, true)) => Err(FsError { errno: Errno::Erofs, path: path.to_string() }),
            _ => Ok(()),
        }
    }

    /// As [`Tree::writable`], of a path that goes.
    fn removable(&self, path: &str) -> Result<(), FsError> {
        if self.mounts.iter().any(|(mount, _)| path::is_within(mount, path)) {
            return Err(FsError { errno: Errno::Ebusy, path: path.to_string() });
        }
        self.writable(path)
    }

    /// Sets the time of modification to that of this deed.
    pub fn touch(&mut self, path: &str) {
        self.bump();
        self.set_modified(path, self.now());
    }

    /// Sets the time of modification. Copies the file up even if it stays as it was.
    pub fn set_modified(&mut self, path: &str, time: Time) {
        self.update(path, |node| node.modified = time);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree() -> Tree {
        let mut tree = Tree::new();
        tree.mkdir_all("/usr/bin", 0o755, 0, 0).unwrap();
        tree.write("/usr/bin/sh", Content::inline(*b"#!"), 0o755, 0, 0).unwrap();
        tree.symlink("usr/bin", "/bin", 0, 0).unwrap();
        tree
    }

    #[test]
    fn links_resolve_inside_the_root() {
        let mut tree = tree();
        assert_eq!(tree.resolve("/", "/bin/sh", true).unwrap(), "/usr/bin/sh");
        assert_eq!(tree.resolve("/usr", "../../../bin/../sh", true).unwrap(), "/usr/sh");
        tree.symlink("/loop", "/loop", 0, 0).unwrap();
        assert_eq!(tree.resolve("/", "/loop", true).unwrap_err().errno, Errno::Eloop);
        assert_eq!(tree.resolve("/", "/bin/sh/x", true).unwrap_err().errno, Errno::Enotdir);
    }

    #[test]
    fn children_are_listed_without_their_own_children() {
        let mut tree = tree();
        tree.mkdir_all("/usr-local/x", 0o755, 0, 0).unwrap();
        tree.mkdir_all("/usr0", 0o755, 0, 0).unwrap();
        let names: Vec<&str> = tree.children("/").into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["bin", "usr", "usr-local", "usr0"]);
        assert_eq!(tree.walk("/usr").count(), 3);
    }

    #[test]
    fn a_hard_link_shares_changes_within_its_layer() {
        let mut tree = tree();
        tree.link("/usr/bin/sh", "/usr/bin/ash").unwrap();
        tree.chmod("/usr/bin/ash", 0o700);
        assert_eq!(tree.get("/usr/bin/sh").unwrap().mode, 0o700);
    }
}
