//! Opens and reads files that may be a stranger's: the name may be a link to a device or a pipe, which have no end.

use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// Bytes of a `.dockerignore`.
const MAX_IGNORE_BYTES: u64 = 16 << 20;

/// Reads until the end.
///
/// # Errors
/// Reading fails, or there are more than `max_bytes` bytes.
pub fn read_to_limit(from: impl Read, max_bytes: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.take(max_bytes.saturating_add(1)).read_to_end(&mut bytes)?;
    match bytes.len() as u64 > max_bytes {
        true => Err(io::Error::new(io::ErrorKind::FileTooLarge, format!("it has more than {max_bytes} bytes"))),
        false => Ok(bytes),
    }
}

/// Reads a file that a person names. It may be a pipe.
///
/// # Errors
/// As [`read_to_limit`].
pub fn read_named_file(path: &Path, max_bytes: u64) -> io::Result<Vec<u8>> {
    read_to_limit(File::open(path)?, max_bytes)
}

/// Reads a file that was found in a folder.
///
/// # Errors
/// As [`read_to_limit`], or it is not a regular file.
pub fn read_found_file(path: &Path, max_bytes: u64) -> io::Result<Vec<u8>> {
    read_to_limit(open_regular_file(path)?, max_bytes)
}

/// Opens a file that was found in a folder, for reading.
///
/// # Errors
/// It cannot be opened, or it is not a regular file.
pub fn open_regular_file(path: &Path) -> io::Result<File> {
    // Without this flag a pipe would be waited for before it is known to be one. It has no effect on a regular file.
    let flags = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
    let file = OpenOptions::new().read(true).custom_flags(flags).open(path)?;
    match file.metadata()?.is_file() {
        true => Ok(file),
        false => Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file")),
    }
}

/// Reads the `.dockerignore` of a folder. The text is empty if there is none. Bytes that are not UTF-8 are replaced by
/// U+FFFD.
///
/// # Errors
/// The file cannot be read. Its rules may be there to keep secrets out of a context, so it is not passed over. The
/// message names it.
pub fn read_dockerignore(folder: &Path) -> Result<String, String> {
    read_ignore_file(folder, None)
}

/// As [`read_dockerignore`]; the file `own` of the folder counts in its place, if it is there.
///
/// # Errors
/// As [`read_dockerignore`].
pub fn read_ignore_file(folder: &Path, own: Option<&str>) -> Result<String, String> {
    let own = own.map(|name| folder.join(name)).filter(|path| path.symlink_metadata().is_ok());
    let path = own.unwrap_or_else(|| folder.join(".dockerignore"));
    match read_found_file(&path, MAX_IGNORE_BYTES) {
        Ok(bytes) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(String::new()),
        Err(error) => Err(format!("cannot read {}: {error}", path.display())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_without_an_end_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let ignore = folder.path().join(".dockerignore");
        assert_eq!(read_dockerignore(folder.path()), Ok(String::new()));
        std::fs::write(&ignore, b"a\xff\n").unwrap();
        assert_eq!(read_dockerignore(folder.path()), Ok("a\u{fffd}\n".into()));
        for target in ["/dev/zero", "/", "pipe"] {
            std::fs::remove_file(&ignore).unwrap();
            std::os::unix::fs::symlink(target, &ignore).unwrap();
            if target == "pipe" {
                rustix::fs::mkfifoat(rustix::fs::CWD, folder.path().join(target), 0o600.into()).unwrap();
            }
            assert!(read_dockerignore(folder.path()).unwrap_err().contains("it is not a regular file"), "{target}");
        }
        assert_eq!(read_named_file(Path::new("/dev/zero"), 1_000).unwrap_err().kind(), io::ErrorKind::FileTooLarge);
        assert_eq!(read_to_limit(&b"abc"[..], 3).unwrap(), b"abc");
    }
}
