//! A folder on disk as a root, looked at only where a start looks.

use super::file::OnDemand;
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

/// A folder on disk as a root. Links in it lead inside of it: only the kernel's `lstat` is asked.
#[derive(Debug)]
pub struct Folder {
    top: PathBuf,
    /// What is no file, and the file that was asked for last: files are many, and keep their heads.
    known: RefCell<HashMap<String, Option<Node>, FixedState>>,
    last: RefCell<Option<(String, Node)>>,
    noexec: Vec<PathBuf>,
}

impl Folder {
    /// A folder that exists.
    ///
    /// # Errors
    /// It does not, or is none.
    pub fn open(top: &Path) -> Result<Self, String> {
        let top = top.canonicalize().map_err(|error| format!("cannot read {}: {error}", top.display()))?;
        if !top.is_dir() {
            return Err(format!("{} is no folder", top.display()));
        }
        let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
        Ok(Folder { noexec: noexec(&mounts), top, known: RefCell::default(), last: RefCell::default() })
    }

    fn place(&self, path: &str) -> PathBuf {
        self.top.join(path.trim_start_matches('/'))
    }

    fn read(&self, path: &str) -> Option<Node> {
        let place = self.place(path);
        let meta = fs::symlink_metadata(&place).ok()?;
        let kind = match meta.file_type() {
            kind if kind.is_dir() => Kind::Dir { partial: false },
            kind if kind.is_symlink() => Kind::Symlink(fs::read_link(&place).ok()?.to_string_lossy().into()),
            kind if kind.is_file() => {
                let source = OnDemand::new(place, meta.len());
                Kind::File(Content::stored(Arc::new(source), path.into(), 0, meta.len()))
            }
            kind if kind.is_fifo() => Kind::Special(Special::Fifo),
            kind if kind.is_block_device() => Kind::Special(Special::BlockDevice),
            // A socket can no more be executed than a device.
            _ => Kind::Special(Special::CharDevice),
        };
        // A number for each file of each file system, never 0.
        let ino = meta.ino() ^ meta.dev().rotate_left(40) | 1 << 63;
        let mut node = Node::detached(kind, meta.mode() & 0o7777, meta.uid(), meta.gid(), ino);
        node.modified = super::modified(&meta);
        Some(node)
    }
}

impl Root for Folder {
    fn node(&self, path: &str) -> Option<Cow<'_, Node>> {
        if let Some(known) = self.known.borrow().get(path) {
            return known.clone().map(Cow::Owned);
        }
        if let Some((_, node)) = self.last.borrow().as_ref().filter(|(last, _)| last == path) {
            return Some(Cow::Owned(node.clone()));
        }
        let node = self.read(path);
        match &node {
            Some(file) if file.content().is_some() => *self.last.borrow_mut() = Some((path.to_string(), file.clone())),
            other => {
                self.known.borrow_mut().insert(path.to_string(), (*other).clone());
            }
        }
        node.map(Cow::Owned)
    }

    fn is_noexec(&self, path: &str) -> bool {
        !self.noexec.is_empty() && {
            let place = self.place(path);
            self.noexec.iter().any(|mount| place.starts_with(mount))
        }
    }
}

/// Mount points with `noexec` under which no other mount allows execution again.
fn noexec(mountinfo: &str) -> Vec<PathBuf> {
    let lines = mountinfo.lines().filter_map(|line| {
        let mut fields = line.split(' ').skip(4);
        let (point, options) = (fields.next()?, fields.next()?);
        Some((unescape(point), options.split(',').any(|option| option == "noexec")))
    });
    lines.filter(|(_, noexec)| *noexec).map(|(point, _)| point).collect()
}

/// Octal escapes of mountinfo: `\040` is a blank.
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
        assert_eq!(noexec(text), [PathBuf::from("/a b")]);
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
