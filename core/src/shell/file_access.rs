//! Access to files by the current process: paths, permissions, reading and writing.

use super::Shell;
use crate::fs::{Content, FsError, MAX_PATH, path};
use crate::measure::Size;
use std::sync::Arc;

impl Shell {
    /// Resolves a path as the running process sees it.
    pub(crate) fn resolve(&self, path: &str) -> Result<String, FsError> {
        self.fs.resolve(&self.cwd, path, true)
    }

    /// The mode of a new file.
    pub(crate) fn file_mode(&self) -> u32 {
        0o666 & !self.umask
    }

    /// The mode of a new folder.
    pub(crate) fn folder_mode(&self) -> u32 {
        0o777 & !self.umask
    }

    /// The number of the standard stream (0 to 2) that a path leads to: `/dev/stdin`, `/dev/fd/1`, `/proc/self/fd/2`, or a
    /// link to one of them.
    pub(crate) fn standard_stream(&self, name: &str) -> Option<usize> {
        const NAMES: [&str; 3] = ["/dev/stdin", "/dev/stdout", "/dev/stderr"];
        let real = self.resolve(name).unwrap_or_else(|_| name.to_string());
        if let Some(number) = NAMES.iter().position(|stream| *stream == name || *stream == real) {
            return Some(number);
        }
        // The shell is the first process of its container.
        let number = real.strip_prefix("/proc/1/fd/").map(str::parse::<usize>);
        number.and_then(Result::ok).filter(|number| *number < NAMES.len())
    }

    /// Resolves the path of a file to write. A folder that may exist unlisted is then taken to exist.
    pub(crate) fn destination(&mut self, path: &str) -> Result<String, FsError> {
        let folder = path::parent(&path::join(&self.cwd, path)).to_string();
        self.fs.writable(&folder)?;
        if self.fs.stat("/", &folder).is_err() && self.fs.may_hide("/", &folder) {
            let _ = self.make_folders(&folder, 0o755, 0, 0);
            self.fs.set_partial(&folder);
            self.gap_of_untouched(&folder);
        }
        let place = self.resolve(path)?;
        self.may_write(&place)?;
        Ok(place)
    }

    /// Notes a path that a command is told of if it is one of the system's settings, or the root: what is there may be changed.
    pub(super) fn note_settings(&mut self, word: &str) {
        // The value of an option counts as well: `--directory=/etc`, `-C/`.
        let is_option = word.starts_with('-') || word.contains('=');
        let value = word.find('/').and_then(|at| word.get(at..)).filter(|_| is_option);
        for word in [Some(word), value].into_iter().flatten().filter(|word| word.len() <= MAX_PATH) {
            let place = path::join(&self.cwd, word);
            if place == "/" || path::is_within(&place, "/etc") {
                self.fs.note_opened(&place);
            }
        }
    }

    /// Creates a folder and those above it, at an absolute path. Folders of the system that may exist unlisted are marked as
    /// listed in part.
    pub(crate) fn make_folders(&mut self, place: &str, mode: u32, uid: u32, gid: u32) -> Result<String, FsError> {
        let unlisted = self.fs.unlisted_folders(place);
        let made = self.fs.mkdir_all(place, mode, uid, gid)?;
        unlisted.iter().for_each(|folder| self.fs.set_partial(folder));
        Ok(made)
    }

    /// Checks that the user may write to a file, or create it.
    pub(crate) fn may_write(&self, place: &str) -> Result<(), FsError> {
        let allowed = match self.fs.get(place) {
            Some(node) if node.is_dir() => true,
            Some(node) => self.user.may(node, 2),
            None => {
                // The nearest folder above that is there.
                let mut above = path::parent(place);
                while self.fs.get(above).is_none() && above != "/" {
                    above = path::parent(above);
                }
                self.fs.get(above).is_none_or(|node| self.user.may(node, 2) && self.user.may(node, 1))
            }
        };
        if allowed { Ok(()) } else { Err(FsError { errno: crate::fs::Errno::Eacces, path: place.to_string() }) }
    }

    /// Checks that the user may remove an entry from its folder: in a sticky folder only their own files.
    pub(crate) fn removable(&self, place: &str) -> Result<(), FsError> {
        let fail = |errno| Err(FsError { errno, path: place.to_string() });
        let Some(folder) = self.fs.get(path::parent(place)).filter(|_| self.user.uid != 0) else { return Ok(()) };
        if !self.user.may(folder, 2) || !self.user.may(folder, 1) {
            return fail(crate::fs::Errno::Eacces);
        }
        let is_theirs = |node: &crate::fs::Node| node.uid == self.user.uid;
        match folder.mode & 0o1000 != 0 && !is_theirs(folder) && !self.fs.get(place).is_some_and(is_theirs) {
            true => fail(crate::fs::Errno::Eperm),
            false => Ok(()),
        }
    }

    /// Writes a file as the current process. A new file gets its user as owner and a mode by the umask.
    pub(crate) fn put_file(&mut self, name: &str, content: Content) -> Result<(), FsError> {
        if let Some(stream @ 1..) = self.standard_stream(name) {
            match content.bytes() {
                Some(bytes) if stream == 1 => self.out(bytes),
                Some(bytes) => self.err(bytes),
                None => self.gap("unknown-output", name),
            }
            return Ok(());
        }
        let (uid, gid, mode) = (self.user.uid, self.user.gid, self.file_mode());
        self.destination(name).and_then(|place| self.fs.write(&place, content, mode, uid, gid))
    }

    /// Replaces a path by a new file of root, as system tools do.
    pub(crate) fn replace_as_root(&mut self, place: &str, content: Content, mode: u32) {
        let _ = self.fs.mkdir_all(path::parent(place), 0o755, 0, 0);
        let _ = self.fs.remove(place);
        let _ = self.fs.write(place, content, mode, 0, 0);
    }

    /// The content of a file; `None` if it is not known.
    pub(crate) fn read(&self, path: &str) -> Result<Option<Vec<u8>>, FsError> {
        if self.standard_stream(path) == Some(0) {
            return Ok(Some(self.stdin.clone()));
        }
        let (_, node) = self.fs.stat(&self.cwd, path)?;
        if node.is_dir() {
            return Err(FsError { errno: crate::fs::Errno::Eisdir, path: path.to_string() });
        }
        let bytes = node.content().and_then(Content::bytes).map(<[u8]>::to_vec);
        if bytes.is_none() {
            self.met_unknown_content.set(true);
        }
        Ok(bytes)
    }

    /// Whether what a file holds is not known: it is there with unknown content, or it may be there unlisted.
    pub(crate) fn is_unknown_file(&self, name: &str) -> bool {
        match self.read(name) {
            Ok(content) => content.is_none(),
            Err(_) => self.fs.may_hide(&self.cwd, name),
        }
    }

    /// As [`Shell::make_partial_folder`]; files may be in the folders below it, too, but for installed packages.
    pub(crate) fn make_partial_tree(&mut self, folder: &str) {
        self.make_partial_folder(folder);
        let Ok(top) = self.resolve(folder) else { return };
        for key in self.written_folders(&top) {
            self.fs.set_partial(&key);
        }
    }

    /// A folder and those below it that a tool may write to, as many as the steps that are left.
    fn written_folders(&self, top: &str) -> Vec<Arc<str>> {
        const PACKAGES: [&str; 4] = ["node_modules", "site-packages", ".git", "vendor"];
        let below = self.fs.walk(top).filter(|(_, node)| node.is_dir());
        let is_written = |key: &str| key == top || !key.split('/').any(|part| PACKAGES.contains(&part));
        let written = below.map(|(key, _)| key.clone()).filter(|key| is_written(key));
        written.take((self.steps_left as usize).saturating_add(1)).collect()
    }

    /// Notes that `what` wrote files of a size that is recorded into a folder and the folders below it, as
    /// [`Shell::make_partial_tree`] does of files of unknown size.
    pub(crate) fn weigh_tree(&mut self, folder: &str, what: &str, size: Size) {
        let Ok(top) = self.resolve(folder) else { return self.make_partial_tree(folder) };
        self.fs.weigh(&top, what, size);
        for key in self.written_folders(&top) {
            self.fs.hold_weighed(&key);
        }
        self.fs.touch(&top);
    }

    /// Creates a folder that is listed only in part.
    pub(crate) fn make_partial_folder(&mut self, folder: &str) {
        let place = path::join(&self.cwd, folder);
        let mode = self.folder_mode();
        if let Ok(real) = self.make_folders(&place, mode, self.user.uid, self.user.gid) {
            self.fs.set_partial(&real);
            self.fs.touch(&real);
        }
    }
}
