//! A file on disk as content that is read when it is needed.

use super::bounded_file::open_regular_file;
use stageplay_core::fs::{Content, Source, Time};
use std::cell::RefCell;
use std::fs::{self, File};
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A file that is opened when bytes of it are read. Each thread keeps one file open: the one that it read last.
#[derive(Debug)]
pub(super) struct LazyFile {
    path: PathBuf,
    size: u64,
}

thread_local! {
    static LAST_READ: RefCell<Option<(PathBuf, File)>> = const { RefCell::new(None) };
}

impl LazyFile {
    pub(super) fn new(path: PathBuf, size: u64) -> Self {
        LazyFile { path, size }
    }
}

impl Source for LazyFile {
    fn size(&self) -> u64 {
        self.size
    }

    fn read_at(&self, offset: u64, into: &mut [u8]) -> Result<(), String> {
        LAST_READ.with_borrow_mut(|last| {
            if last.as_ref().is_none_or(|(path, _)| path.as_os_str() != self.path.as_os_str()) {
                *last = Some((self.path.clone(), open_regular_file(&self.path).map_err(|error| error.to_string())?));
            }
            let (_, file) = last.as_ref().ok_or("not open")?;
            file.read_exact_at(into, offset).map_err(|error| error.to_string())
        })
    }
}

/// Returns a file as content. Its bytes are not read yet.
///
/// # Errors
/// The path cannot be read, or is not a regular file.
pub fn content(path: &Path) -> Result<Content, String> {
    let fail = |error: std::io::Error| format!("cannot read {}: {error}", path.display());
    let meta = fs::metadata(path).map_err(fail)?;
    if !meta.is_file() {
        return Err(format!("{} is not a file", path.display()));
    }
    open_regular_file(path).map_err(fail)?;
    let source = LazyFile::new(path.to_path_buf(), meta.len());
    Ok(Content::stored(Arc::new(source), path.to_string_lossy().into(), 0, meta.len()))
}

/// The modification time of a file.
pub fn modified(meta: &fs::Metadata) -> Time {
    Time::at(meta.mtime(), u32::try_from(meta.mtime_nsec()).unwrap_or(0))
}
