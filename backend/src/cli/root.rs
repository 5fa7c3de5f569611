//! Roots to start programs in: a folder on disk, looked at only where a start looks, or an archive.

use super::archive;
use stageplay_core::exec::Root;
use stageplay_core::fs::{Content, Kind, Node, Source, Special};
use stageplay_core::image::Image;
use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::HashMap;
use std::ffi::OsString;
use std::fs::{self, File};
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::{FileExt, FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

/// A folder on disk as a root. Links in it lead inside of it: only the kernel's `lstat` is asked.
#[derive(Debug)]
pub(crate) struct Folder {
    top: PathBuf,
    /// What is no file of content; of files only that they are there is not worth remembering.
    known: RefCell<HashMap<String, Option<Node>>>,
    noexec: Vec<PathBuf>,
}

impl Folder {
    /// A folder that exists.
    ///
    /// # Errors
    /// It does not, or is none.
    pub(crate) fn open(top: &Path) -> Result<Self, String> {
        let top = top.canonicalize().map_err(|error| format!("cannot read {}: {error}", top.display()))?;
        if !top.is_dir() {
            return Err(format!("{} is no folder", top.display()));
        }
        let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
        Ok(Folder { noexec: noexec(&mounts), top, known: RefCell::default() })
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
                let source = OnDemand { path: place, size: meta.len(), file: OnceLock::new() };
                Kind::File(Content::stored(Arc::new(source), path.into(), 0, meta.len()))
            }
            kind if kind.is_fifo() => Kind::Special(Special::Fifo),
            kind if kind.is_block_device() => Kind::Special(Special::BlockDevice),
            // A socket can no more be executed than a device.
            _ => Kind::Special(Special::CharDevice),
        };
        // A number for each file of each file system, never 0.
        let ino = meta.ino() ^ meta.dev().rotate_left(40) | 1 << 63;
        Some(Node::detached(kind, meta.mode() & 0o7777, meta.uid(), meta.gid(), ino))
    }
}

impl Root for Folder {
    fn node(&self, path: &str) -> Option<Cow<'_, Node>> {
        if let Some(known) = self.known.borrow().get(path) {
            return known.clone().map(Cow::Owned);
        }
        let node = self.read(path);
        // A file keeps its own once it is open: remembering many would keep many open.
        if node.as_ref().is_none_or(|node| node.content().is_none()) {
            self.known.borrow_mut().insert(path.to_string(), node.clone());
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

/// A file that is opened when its first byte is asked for.
#[derive(Debug)]
pub(crate) struct OnDemand {
    path: PathBuf,
    size: u64,
    file: OnceLock<Result<File, String>>,
}

impl Source for OnDemand {
    fn size(&self) -> u64 {
        self.size
    }

    fn read_at(&self, offset: u64, into: &mut [u8]) -> Result<(), String> {
        let file = self.file.get_or_init(|| File::open(&self.path).map_err(|error| error.to_string()));
        let file = file.as_ref().map_err(Clone::clone)?;
        file.read_exact_at(into, offset).map_err(|error| error.to_string())
    }
}

/// A file on disk as content, nothing of it read yet.
///
/// # Errors
/// It cannot be read, or is no file.
pub(crate) fn content(path: &Path) -> Result<Content, String> {
    let fail = |error: std::io::Error| format!("cannot read {}: {error}", path.display());
    let meta = fs::metadata(path).map_err(fail)?;
    if !meta.is_file() {
        return Err(format!("{} is no file", path.display()));
    }
    File::open(path).map_err(fail)?;
    let source = OnDemand { path: path.to_path_buf(), size: meta.len(), file: OnceLock::new() };
    Ok(Content::stored(Arc::new(source), path.to_string_lossy().into(), 0, meta.len()))
}

/// Where a program is started.
#[derive(Debug)]
pub(crate) enum Place {
    Folder(Folder),
    Image(Box<Image>),
}

impl Place {
    /// A folder; or an image archive, or a tar of a root.
    ///
    /// # Errors
    /// It cannot be read.
    pub(crate) fn open(path: &Path) -> Result<Self, String> {
        if path.is_dir() && !path.join("oci-layout").exists() && !path.join("manifest.json").exists() {
            return Folder::open(path).map(Place::Folder);
        }
        let image = archive::open_root(path)?.image().map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(Place::Image(Box::new(image)))
    }

    pub(crate) fn root(&self) -> &dyn Root {
        match self {
            Place::Folder(folder) => folder,
            Place::Image(image) => &image.tree,
        }
    }

    pub(crate) fn image(&self) -> Option<&Image> {
        match self {
            Place::Folder(_) => None,
            Place::Image(image) => Some(image),
        }
    }
}

/// Which of x86-64-v1 to v4 this machine's processor is.
pub(crate) fn processor_level() -> u8 {
    #[cfg(target_arch = "x86_64")]
    {
        let all = |features: &[bool]| features.iter().all(|has| *has);
        let v2 = [is_x86_feature_detected!("sse4.2"), is_x86_feature_detected!("popcnt")];
        let v3 = [is_x86_feature_detected!("avx2"), is_x86_feature_detected!("bmi2"), is_x86_feature_detected!("fma")];
        let v4 = [
            is_x86_feature_detected!("avx512f"),
            is_x86_feature_detected!("avx512bw"),
            is_x86_feature_detected!("avx512cd"),
            is_x86_feature_detected!("avx512dq"),
            is_x86_feature_detected!("avx512vl"),
        ];
        match (all(&v2), all(&v3), all(&v4)) {
            (true, true, true) => 4,
            (true, true, false) => 3,
            (true, false, _) => 2,
            _ => 1,
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    1
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
