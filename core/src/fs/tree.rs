//! The tree: a map from absolute paths to nodes.

mod copy_up;
mod default_filesystems;
mod link_remove_rename;
mod mode_owner_time;
mod mounts;
mod opened_paths;
mod symlink_resolution;
mod unknown_types;
mod unlisted_folders;
mod unlisted_sizes;

use super::content::Content;
use super::errno::{Errno, FsError};
use super::modification_time::Time;
use super::node::{Kind, Node, Special};
use super::path;
use imbl::{OrdMap, OrdSet};
use std::ops::Bound;
use std::sync::Arc;

/// Longest path accepted, as in Linux (`PATH_MAX`).
pub(crate) const MAX_PATH: usize = 4096;

/// Which unlisted files a tree may hold because a command without a model ran.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Doubt {
    /// None.
    #[default]
    None,
    /// Files of packages, but no programs and no other C library: the programs of these packages are listed.
    PackageData,
    /// Files of packages, but no other C library.
    Packages,
    /// Anything.
    Anything,
}

/// A file system inside a root.
#[derive(Clone, Debug)]
pub struct Tree {
    pub(super) nodes: OrdMap<Arc<str>, Node>,
    /// Paths without a node where something of unknown type exists.
    unknown_types: OrdSet<Arc<str>>,
    /// Programs of packages of which the folder is a guess.
    guessed_programs: OrdSet<Arc<str>>,
    /// Paths that steps were told of, or below which unlisted files came: what is there may not be the base image's.
    opened: OrdSet<Arc<str>>,
    next_ino: u64,
    tick: u64,
    /// Inodes below this number belong to lower layers.
    layer_start: u64,
    doubt: Doubt,
    /// New entries of a setgid directory get the directory's group, as under a kernel. It is set while commands run.
    inherits_setgid_group: bool,
    /// The modification time of all writes; `None` gives each operation a later time.
    dated: Option<Time>,
    /// The modification time of new files, if they come with one, as from an archive.
    new_file_time: Option<Time>,
    /// Mount points while commands run, and whether they are read-only.
    mounts: Arc<[(Arc<str>, bool)]>,
    /// /proc, /sys and /dev are those that a runtime mounts.
    has_default_filesystems: bool,
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
            unknown_types: OrdSet::new(),
            guessed_programs: OrdSet::new(),
            opened: OrdSet::new(),
            next_ino: 1,
            tick: 1,
            layer_start: 0,
            doubt: Doubt::None,
            inherits_setgid_group: false,
            // A tree is put together before any command runs.
            dated: Some(Time::Past),
            new_file_time: None,
            mounts: Arc::default(),
            has_default_filesystems: false,
        };
        tree.put("/", Kind::Dir { partial: false }, 0o755, 0, 0);
        tree
    }

    /// The node at exactly `path`, without following a final link.
    pub fn get(&self, path: &str) -> Option<&Node> {
        match self.nodes.get(path) {
            None if self.has_default_filesystems => default_filesystems::node(path),
            own => own,
        }
    }

    /// Which unlisted files may exist.
    pub fn doubt(&self) -> Doubt {
        self.doubt
    }

    /// Notes that a command without a model ran.
    pub fn doubt_more(&mut self, doubt: Doubt) {
        self.doubt = self.doubt.max(doubt);
    }

    /// Takes back the doubt that a command left which turns out to be known.
    pub(crate) fn set_doubt(&mut self, doubt: Doubt) {
        self.doubt = doubt;
    }

    /// Whether an unlisted file may exist at `path`.
    ///
    /// True if the deepest existing directory of the path is listed only in part, if something of unknown type is in it on
    /// the path, or if a command without a model ran.
    /// Loaders and shells of base images are an exception: the catalogue lists all of them.
    pub fn may_hide(&self, cwd: &str, path: &str) -> bool {
        let name = path::file_name(path);
        // No package has such names. A `#!` line with a carriage return asks for one.
        if name.contains(char::is_control) {
            return self.doubt == Doubt::Anything;
        }
        let is_loader = name.starts_with("ld-linux") || name.starts_with("ld-musl");
        let is_shell = ["sh", "bash", "dash", "ash"].contains(&name);
        if self.stat(cwd, path).is_ok() {
            return false;
        }
        if self.guessed_programs.contains(name) && self.is_system_program_folder(path::parent(&path::join(cwd, path))) {
            return true;
        }
        match self.doubt {
            Doubt::PackageData | Doubt::Packages if !self.is_package_folder(&path::join(cwd, path)) => {
                self.leads_to_unlisted(&path::join(cwd, path))
            }
            Doubt::None if is_loader || is_shell => false,
            Doubt::None => self.leads_to_unlisted(&path::join(cwd, path)),
            Doubt::PackageData if is_loader => false,
            Doubt::PackageData if self.is_program_folder(path::parent(&path::join(cwd, path))) => {
                !is_shell && self.leads_to_unlisted(&path::join(cwd, path))
            }
            Doubt::PackageData => true,
            Doubt::Packages => !is_loader,
            Doubt::Anything => true,
        }
    }

    /// Notes that a package has a program of this name, and that the folder which it is listed in is a guess.
    pub(crate) fn guess_program(&mut self, name: &str) {
        self.guessed_programs.insert(Arc::from(name));
    }

    /// The names of the programs of which the folder is a guess.
    pub(crate) fn guessed_programs(&self) -> impl Iterator<Item = &Arc<str>> {
        self.guessed_programs.iter()
    }

    /// Whether packages may put files at an absolute path: into the directories of the Filesystem Hierarchy Standard. The
    /// others belong to whoever made them.
    fn is_package_folder(&self, path: &str) -> bool {
        const OF_PACKAGES: [&str; 16] = [
            "bin", "boot", "dev", "etc", "home", "lib", "lib32", "lib64", "libx32", "media", "opt", "root", "run",
            "sbin", "srv", "tmp",
        ];
        let top = path.split('/').find(|part| !part.is_empty()).unwrap_or_default();
        let is_link = self.get(&format!("/{top}")).is_some_and(|node| matches!(node.kind, Kind::Symlink(_)));
        top.is_empty() || is_link || OF_PACKAGES.contains(&top) || top == "usr" || top == "var"
    }

    fn is_system_program_folder(&self, folder: &str) -> bool {
        ["/bin", "/sbin", "/usr/bin", "/usr/sbin"].contains(&folder)
    }

    /// Whether packages put nothing but programs into a directory, or nothing at all, as into /usr/local.
    fn is_program_folder(&self, folder: &str) -> bool {
        let real = self.resolve("/", folder, true).unwrap_or_else(|_| folder.to_string());
        ["/bin", "/sbin", "/usr/bin", "/usr/sbin"].contains(&real.as_str()) || path::is_within(&real, "/usr/local")
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
                // Skip a subtree: '0' is the next byte after '/'.
                Some(at) => from = Bound::Included(format!("{prefix}{}0", rest.get(..at).unwrap_or(rest))),
            }
        }
        found
    }

    /// All nodes at or below `top` with their paths, in byte order of the paths.
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

    /// Whether the tree has only the root directory.
    pub fn is_empty(&self) -> bool {
        self.nodes.len() <= 1
    }

    /// The modification time of the current operation.
    pub(crate) fn now(&self) -> Time {
        self.dated.unwrap_or(Time::Now(self.tick))
    }

    /// Sets the modification time of all following writes; `None`: the time of each operation.
    pub(crate) fn date(&mut self, time: Option<Time>) {
        self.dated = time;
    }

    /// Sets the modification time of files that are made from now on; `None`: the time of each operation. Their directories
    /// get the time of the operation.
    pub(crate) fn date_new_files(&mut self, time: Option<Time>) {
        self.new_file_time = time;
    }

    /// Makes the following operations later than all operations of another tree.
    pub(super) fn later_than(&mut self, other: &Tree) {
        self.tick = self.tick.max(other.tick);
    }

    /// Puts a new node at `path` without any check.
    pub(crate) fn put(&mut self, path: &str, kind: Kind, mode: u32, uid: u32, gid: u32) {
        let (mode, gid) = self.inherited(path, &kind, mode, gid);
        let kind = match (self.unknown_types.remove(path).is_some(), kind) {
            (true, Kind::Dir { .. }) => Kind::Dir { partial: true },
            (_, kind) => kind,
        };
        let tick = self.bump();
        let ino = self.next_ino;
        self.next_ino += 1;
        let modified = self.new_file_time.unwrap_or(self.now());
        let node = Node { kind, mode, uid, gid, modified, ino, tick, nlink: 1, opaque: false, unlisted: None };
        self.nodes.insert(Arc::from(path), node);
    }

    /// Sets whether new files get their group from a setgid directory. Kernels do so, builders do not.
    pub(crate) fn groups_from_folders(&mut self, on: bool) {
        self.inherits_setgid_group = on;
    }

    /// The mode and group of a new node in its directory.
    fn inherited(&self, path: &str, kind: &Kind, mode: u32, gid: u32) -> (u32, u32) {
        let folder =
            self.get(path::parent(path)).filter(|folder| self.inherits_setgid_group && folder.mode & 0o2000 != 0);
        match folder {
            Some(folder) => (if matches!(kind, Kind::Dir { .. }) { mode | 0o2000 } else { mode }, folder.gid),
            None => (mode, gid),
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

    /// Makes a directory and its missing parents, following links. Returns the resolved path.
    ///
    /// # Errors
    /// `ENOTDIR` if a part of the path is a file, or as [`Tree::resolve`].
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

    /// Makes a directory and its missing parents as a builder does, with mode 0755. The kernel makes them: below a setgid
    /// directory they inherit that bit and the group, which stays where no `owner` is set (observed with Docker 20.10.24).
    ///
    /// # Errors
    /// As [`Tree::mkdir_all`].
    pub(crate) fn mkdir_all_as_builder(&mut self, path: &str, owner: Option<(u32, u32)>) -> Result<String, FsError> {
        if path.len() > MAX_PATH {
            return Err(FsError { errno: Errno::Enametoolong, path: path.to_string() });
        }
        let inherits = std::mem::replace(&mut self.inherits_setgid_group, true);
        let made = self.mkdir_each(path, owner);
        self.inherits_setgid_group = inherits;
        made
    }

    fn mkdir_each(&mut self, path: &str, owner: Option<(u32, u32)>) -> Result<String, FsError> {
        let (uid, gid) = owner.unwrap_or((0, 0));
        let mut at = "/".to_string();
        for part in path.split('/').filter(|part| !part.is_empty()) {
            let count = self.nodes.len();
            let made = self.mkdir_in(&at, part, 0o755, uid, gid);
            at = made.map_err(|error| FsError { path: path.to_string(), ..error })?;
            if owner.is_some() && self.nodes.len() > count {
                self.chown(&at, Some(uid), Some(gid));
            }
        }
        Ok(at)
    }

    /// Makes a directory in an existing one unless it exists. Returns the resolved path.
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

    /// Writes a regular file. An existing file keeps its mode and owner; a new one gets `mode`. `path` must be resolved.
    ///
    /// # Errors
    /// `EISDIR`, `ENOENT` or `ENOTDIR`.
    pub fn write(&mut self, path: &str, content: Content, mode: u32, uid: u32, gid: u32) -> Result<(), FsError> {
        match self.get(path) {
            Some(node) if node.is_dir() => Err(FsError { errno: Errno::Eisdir, path: path.to_string() }),
            Some(_) => {
                self.writable(path)?;
                self.bump();
                let now = self.new_file_time.unwrap_or(self.now());
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

    /// Makes a node at a path that must not exist.
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
