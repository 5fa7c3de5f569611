//! A folder on disk as a root file system. Only the files that a start needs are read.

use super::lazy_file::{LazyFile, modified};
use foldhash::fast::FixedState;
use stageplay_core::exec::Root;
use stageplay_core::fs::{Content, Kind, Node, Special};
use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::HashMap;
use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A folder on disk as a root file system. Symbolic links are not followed by the kernel (`lstat`), so they resolve
/// inside of the folder.
#[derive(Debug)]
pub struct Folder {
    top: PathBuf,
    /// Nodes that are not files, and paths that do not exist. Files are not kept here, because there may be many and
    /// their nodes cache content.
    cache: RefCell<HashMap<String, Option<Node>, FixedState>>,
    /// The file that was read last.
    last_file: RefCell<Option<(String, Node)>>,
    /// Mount points with the option `noexec`.
    noexec_mounts: Vec<PathBuf>,
}

impl Folder {
    /// Opens a folder.
    ///
    /// # Errors
    /// The path does not exist, or is not a folder.
    pub fn open(top: &Path) -> Result<Self, String> {
        let top = top.canonicalize().map_err(|error| format!("cannot read {}: {error}", top.display()))?;
        if !top.is_dir() {
            return Err(format!("{} is not a folder", top.display()));
        }
        let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
        Ok(Folder {
            noexec_mounts: noexec_mounts(&mounts),
            top,
            cache: RefCell::default(),
            last_file: RefCell::default(),
        })
    }

    fn path_on_disk(&self, path: &str) -> PathBuf {
        self.top.join(path.trim_start_matches('/'))
    }

    fn read(&self, path: &str) -> Option<Node> {
        let path_on_disk = self.path_on_disk(path);
        let meta = fs::symlink_metadata(&path_on_disk).ok()?;
        let kind = match meta.file_type() {
            kind if kind.is_dir() => Kind::Dir { partial: false },
            kind if kind.is_symlink() => Kind::Symlink(fs::read_link(&path_on_disk).ok()?.to_string_lossy().into()),
            kind if kind.is_file() => {
                let source = LazyFile::new(path_on_disk, meta.len());
                Kind::File(Content::stored(Arc::new(source), path.into(), 0, meta.len()))
            }
            kind if kind.is_fifo() => Kind::Special(Special::Fifo),
            kind if kind.is_block_device() => Kind::Special(Special::BlockDevice),
            // A socket cannot be executed, like a device.
            _ => Kind::Special(Special::CharDevice),
        };
        // Unique for each file of each file system, and never 0.
        let ino = meta.ino() ^ meta.dev().rotate_left(40) | 1 << 63;
        let mut node = Node::detached(kind, meta.mode() & 0o7777, meta.uid(), meta.gid(), ino);
        node.modified = modified(&meta);
        Some(node)
    }
}

impl Root for Folder {
    fn node(&self, path: &str) -> Option<Cow<'_, Node>> {
        if let Some(cached) = self.cache.borrow().get(path) {
            return cached.clone().map(Cow::Owned);
        }
        if let Some((_, node)) = self.last_file.borrow().as_ref().filter(|(last, _)| last == path) {
            return Some(Cow::Owned(node.clone()));
        }
        let node = self.read(path);
        match &node {
            Some(file) if file.content().is_some() => {
                *self.last_file.borrow_mut() = Some((path.to_string(), file.clone()))
            }
            other => {
                self.cache.borrow_mut().insert(path.to_string(), (*other).clone());
            }
        }
        node.map(Cow::Owned)
    }

    fn is_noexec(&self, path: &str) -> bool {
        !self.noexec_mounts.is_empty() && {
            let path_on_disk = self.path_on_disk(path);
            self.noexec_mounts.iter().any(|mount| path_on_disk.starts_with(mount))
        }
    }
}

/// The mount points with the option `noexec` in `/proc/self/mountinfo`.
fn noexec_mounts(mountinfo: &str) -> Vec<PathBuf> {
    let lines = mountinfo.lines().filter_map(|line| {
        let mut fields = line.split(' ').skip(4);
        let (point, options) = (fields.next()?, fields.next()?);
        Some((unescape(point), options.split(',').any(|option| option == "noexec")))
    });
    lines.filter(|(_, noexec)| *noexec).map(|(point, _)| point).collect()
}

/// Decodes the octal escapes of mountinfo: `\040` is a space.
fn unescape(text: &str) -> PathBuf {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, more)) = rest.split_first() {
        let code = more.get(..3).filter(|_| *first == b'\\').and_then(|code| std::str::from_utf8(code).ok());
        match code.and_then(|code| u8::from_str_radix(code, 8).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &more[3..];
            }
            None => {
                bytes.push(*first);
                rest = more;
            }
        }
    }
    PathBuf::from(OsString::from_vec(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mounts_that_forbid_execution_are_read() {
        let text = "1 2 0:1 / / rw,relatime - ext4 x rw\n3 4 0:2 / /a\\040b rw,noexec - tmpfs x rw\n";
        assert_eq!(noexec_mounts(text), [PathBuf::from("/a b")]);
    }

    #[test]
    fn a_link_that_leads_out_leads_inside() {
        let top = std::env::temp_dir().join(format!("stageplay-root-{}", std::process::id()));
        fs::create_dir_all(top.join("etc")).unwrap();
        std::os::unix::fs::symlink("/etc", top.join("link")).unwrap();
        let folder = Folder::open(&top).unwrap();
        assert!(matches!(&folder.node("/link").unwrap().kind, Kind::Symlink(target) if &**target == "/etc"));
        assert!(folder.node("/etc").unwrap().is_dir() && folder.node("/etc/passwd").is_none());
        fs::remove_dir_all(&top).unwrap();
    }
}
