//! Image archives on disk: files and folders, read where somebody asks.

use stageplay_core::archive::Archive;
use stageplay_core::fs::Source;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// A file on disk.
#[derive(Debug)]
struct OnDisk {
    file: File,
    size: u64,
    /// When it is cancelled, nothing more is read.
    stop: Option<CancellationToken>,
}

impl Source for OnDisk {
    fn size(&self) -> u64 {
        self.size
    }

    fn read_at(&self, offset: u64, into: &mut [u8]) -> Result<(), String> {
        if self.stop.as_ref().is_some_and(CancellationToken::is_cancelled) {
            return Err("nobody waits for it any more".into());
        }
        self.file.read_exact_at(into, offset).map_err(|error| error.to_string())
    }
}

fn source(path: &Path, stop: Option<CancellationToken>) -> Result<Arc<dyn Source>, String> {
    let fail = |error: std::io::Error| format!("cannot read {}: {error}", path.display());
    let file = File::open(path).map_err(fail)?;
    let meta = file.metadata().map_err(fail)?;
    if !meta.is_file() {
        return Err(format!("{} is neither a file nor a folder", path.display()));
    }
    Ok(Arc::new(OnDisk { file, size: meta.len(), stop }))
}

/// Opens what `docker save` wrote or an OCI layout: a tar, plain or compressed, or a folder.
///
/// # Errors
/// With the path, and in the archive the file and the byte.
pub fn open(path: &Path) -> Result<Archive, String> {
    let archive = if path.is_dir() {
        let mut files = Vec::new();
        collect(path, "", &mut files)?;
        Archive::open_folder(files)
    } else {
        Archive::open(source(path, None)?)
    };
    archive.map_err(|error| format!("{}: {error}", path.display()))
}

/// As [`open`] of a file, until somebody says that it is not wanted any more.
///
/// # Errors
/// As [`open`].
pub fn open_until(path: &Path, stop: CancellationToken) -> Result<Archive, String> {
    Archive::open(source(path, Some(stop))?).map_err(|error| format!("{}: {error}", path.display()))
}

/// As [`open`], and also a tar that is a root directory itself (`docker export`).
///
/// # Errors
/// As [`open`].
pub fn open_root(path: &Path) -> Result<Archive, String> {
    open(path).or_else(|error| {
        if path.is_dir() || !error.contains("no image") {
            return Err(error);
        }
        Archive::open_root(source(path, None)?).map_err(|_| error)
    })
}

/// The files of an unpacked archive; links are followed, as a tool that unpacks would leave them.
fn collect(folder: &Path, prefix: &str, files: &mut Vec<(String, Arc<dyn Source>)>) -> Result<(), String> {
    /// Deeper and larger than any image is.
    const MAX_DEPTH: usize = 8;
    const MAX_FILES: usize = 10_000;
    let fail = |error: std::io::Error| format!("cannot read {}: {error}", folder.display());
    for entry in std::fs::read_dir(folder).map_err(fail)? {
        let entry = entry.map_err(fail)?;
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        let path = entry.path();
        if path.is_dir() {
            if prefix.matches('/').count() < MAX_DEPTH {
                collect(&path, &format!("{name}/"), files)?;
            }
        } else if path.is_file() {
            if files.len() >= MAX_FILES {
                return Err(format!("{} holds more than {MAX_FILES} files: no image", folder.display()));
            }
            files.push((name, source(&path, None)?));
        }
    }
    Ok(())
}
