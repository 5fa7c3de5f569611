//! A file on disk as content.

use stageplay_core::fs::{Content, Source};
use std::cell::RefCell;
use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A file that is opened when bytes of it are asked for. Only the one that was asked last is open.
#[derive(Debug)]
pub(super) struct OnDemand {
    path: PathBuf,
    size: u64,
}

thread_local! {
    static LAST: RefCell<Option<(PathBuf, File)>> = const { RefCell::new(None) };
}

impl OnDemand {
    pub(super) fn new(path: PathBuf, size: u64) -> Self {
        OnDemand { path, size }
    }
}

impl Source for OnDemand {
    fn size(&self) -> u64 {
        self.size
    }

    fn read_at(&self, offset: u64, into: &mut [u8]) -> Result<(), String> {
        LAST.with_borrow_mut(|last| {
            if last.as_ref().is_none_or(|(path, _)| path.as_os_str() != self.path.as_os_str()) {
                *last = Some((self.path.clone(), File::open(&self.path).map_err(|error| error.to_string())?));
            }
            let (_, file) = last.as_ref().ok_or("not open")?;
            file.read_exact_at(into, offset).map_err(|error| error.to_string())
        })
    }
}

/// A file on disk as content, nothing of it read yet.
///
/// # Errors
/// It cannot be read, or is no file.
pub fn content(path: &Path) -> Result<Content, String> {
    let fail = |error: std::io::Error| format!("cannot read {}: {error}", path.display());
    let meta = fs::metadata(path).map_err(fail)?;
    if !meta.is_file() {
        return Err(format!("{} is no file", path.display()));
    }
    File::open(path).map_err(fail)?;
    let source = OnDemand::new(path.to_path_buf(), meta.len());
    Ok(Content::stored(Arc::new(source), path.to_string_lossy().into(), 0, meta.len()))
}
