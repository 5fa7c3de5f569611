//! Image archives on disk: a tar or a folder. Content is read when it is needed.

use super::bounded_file::open_regular_file;
use stageplay_core::archive::Archive;
use stageplay_core::fs::Source;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// An open file.
#[derive(Debug)]
struct FileSource {
    file: File,
    size: u64,
    /// When this is cancelled, reading fails.
    stop: Option<CancellationToken>,
}

impl Source for FileSource {
    fn size(&self) -> u64 {
        self.size
    }

    fn read_at(&self, offset: u64, into: &mut [u8]) -> Result<(), String> {
        if self.stop.as_ref().is_some_and(CancellationToken::is_cancelled) {
            return Err("reading was cancelled".into());
        }
        self.file.read_exact_at(into, offset).map_err(|error| error.to_string())
    }
}

fn open_file(path: &Path, stop: Option<CancellationToken>) -> Result<Arc<dyn Source>, String> {
    let fail = |error: std::io::Error| format!("cannot read {}: {error}", path.display());
    let file = open_regular_file(path).map_err(fail)?;
    let size = file.metadata().map_err(fail)?.len();
    Ok(Arc::new(FileSource { file, size, stop }))
}

/// Opens an image archive of `docker save` or an OCI layout: a tar, plain or compressed, or a folder.
///
/// # Errors
/// The archive cannot be read or is damaged. The message contains the path, the file in the archive and the byte.
pub fn open(path: &Path) -> Result<Archive, String> {
    let archive = if path.is_dir() {
        let mut files = Vec::new();
        collect(path, "", &mut files, &mut 0)?;
        Archive::open_folder(files)
    } else {
        Archive::open(open_file(path, None)?)
    };
    archive.map_err(|error| format!("{}: {error}", path.display()))
}

/// As [`open`] for a tar. Reading fails after `stop` is cancelled.
///
/// # Errors
/// As [`open`].
pub fn open_until(path: &Path, stop: CancellationToken) -> Result<Archive, String> {
    Archive::open(open_file(path, Some(stop))?).map_err(|error| format!("{}: {error}", path.display()))
}

/// As [`open`], and also opens a tar of a root file system (`docker export`).
///
/// # Errors
/// As [`open`].
pub fn open_root(path: &Path) -> Result<Archive, String> {
    open(path).or_else(|error| {
        if path.is_dir() || !error.contains("no image") {
            return Err(error);
        }
        Archive::open_root(open_file(path, None)?).map_err(|_| error)
    })
}

/// Collects the files of an unpacked archive. Symbolic links are followed. `count` is the number of files and folders so
/// far: links may lead to the same ones again and again.
fn collect(
    folder: &Path,
    prefix: &str,
    files: &mut Vec<(String, Arc<dyn Source>)>,
    count: &mut usize,
) -> Result<(), String> {
    // No image archive is deeper or has more files.
    const MAX_DEPTH: usize = 8;
    const MAX_FILES: usize = 10_000;
    let fail = |error: std::io::Error| format!("cannot read {}: {error}", folder.display());
    for entry in std::fs::read_dir(folder).map_err(fail)? {
        let entry = entry.map_err(fail)?;
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        let path = entry.path();
        *count += 1;
        if *count > MAX_FILES {
            return Err(format!("{} holds more than {MAX_FILES} files, so it is no image archive", folder.display()));
        }
        if path.is_dir() {
            if prefix.matches('/').count() < MAX_DEPTH {
                collect(&path, &format!("{name}/"), files, count)?;
            }
        } else if path.is_file() {
            files.push((name, open_file(&path, None)?));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_to_the_folder_itself_end_with_an_error() {
        let folder = tempfile::tempdir().unwrap();
        for name in 0..20 {
            std::os::unix::fs::symlink(".", folder.path().join(name.to_string())).unwrap();
        }
        let error = open(folder.path()).unwrap_err();
        assert!(error.contains("more than 10000 files"), "{error}");
    }
}
