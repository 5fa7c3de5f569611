//! A directory on disk as a tree: what a build context or a session starts from.

use stageplay_core::fs::{Content, Tree};
use std::fs;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// Files up to this size are read whole; of larger ones the head, which holds an ELF file's tables.
const WHOLE: u64 = 16 << 20;
const HEAD: u64 = 1 << 20;
/// More entries than this are no build context that a person means.
const MAX_ENTRIES: usize = 200_000;

/// Reads a directory with everything below it.
///
/// # Errors
/// The first file that cannot be read, with its path and why.
pub(crate) fn read(top: &Path) -> Result<Tree, String> {
    let mut tree = Tree::new();
    let mut count = 0;
    below(top, "", &mut tree, &mut count)?;
    Ok(tree)
}

fn below(directory: &Path, prefix: &str, tree: &mut Tree, count: &mut usize) -> Result<(), String> {
    let fail = |error: std::io::Error| format!("cannot read {}: {error}", directory.display());
    for entry in fs::read_dir(directory).map_err(fail)? {
        let entry = entry.map_err(fail)?;
        *count += 1;
        if *count > MAX_ENTRIES {
            return Err(format!("{} holds more than {MAX_ENTRIES} files", directory.display()));
        }
        let path = entry.path();
        let Some(name) = entry.file_name().to_str().map(str::to_string) else {
            return Err(format!("the name of {} is not UTF-8", path.display()));
        };
        let place = format!("{prefix}/{name}");
        let fail = |error: std::io::Error| format!("cannot read {}: {error}", path.display());
        let meta = fs::symlink_metadata(&path).map_err(fail)?;
        let mode = meta.permissions().mode() & 0o7777;
        let made = if meta.is_dir() {
            let made = tree.mkdir(&place, mode, 0, 0);
            below(&path, &place, tree, count)?;
            made
        } else if meta.is_symlink() {
            let target = fs::read_link(&path).map_err(fail)?;
            tree.symlink(&target.to_string_lossy(), &place, 0, 0)
        } else if meta.is_file() {
            tree.write(&place, content(&path, meta.len()).map_err(fail)?, mode, 0, 0)
        } else {
            // Sockets and devices are no files to send.
            Ok(())
        };
        made.map_err(|error| error.to_string())?;
    }
    Ok(())
}

fn content(path: &Path, len: u64) -> std::io::Result<Content> {
    if len <= WHOLE {
        return Ok(Content::inline(fs::read(path)?));
    }
    let mut head = Vec::new();
    fs::File::open(path)?.take(HEAD).read_to_end(&mut head)?;
    Ok(Content::partial(head, len))
}
