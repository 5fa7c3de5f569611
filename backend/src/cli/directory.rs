//! A directory on disk as a tree: what a build context or a session starts from.

use stageplay::disk;
use stageplay_core::fs::{Content, Ignore, Tree};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// Files up to this size are read at once; larger ones when somebody asks what they hold.
const SMALL: u64 = 64 << 10;
/// More entries than this are no build context that a person means.
const MAX_ENTRIES: usize = 200_000;

/// Reads a directory with everything below it.
///
/// # Errors
/// The first file that cannot be read, with its path and why.
pub(crate) fn read(top: &Path) -> Result<Tree, String> {
    let mut tree = Tree::new();
    below(top, "", &Ignore::parse(""), &mut tree, &mut 0)?;
    Ok(tree)
}

/// Reads a build context. Folders that its `.dockerignore` leaves out are not looked into: they may be large.
///
/// # Errors
/// As [`read`].
pub(crate) fn context(top: &Path) -> Result<Tree, String> {
    let ignore = fs::read_to_string(top.join(".dockerignore")).unwrap_or_default();
    let mut tree = Tree::new();
    below(top, "", &Ignore::parse(&ignore), &mut tree, &mut 0)?;
    Ok(tree)
}

fn below(directory: &Path, prefix: &str, ignore: &Ignore, tree: &mut Tree, count: &mut usize) -> Result<(), String> {
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
            if !ignore.excludes(place.trim_start_matches('/')) || ignore.brings_back() {
                below(&path, &place, ignore, tree, count)?;
            }
            made
        } else if meta.is_symlink() {
            let target = fs::read_link(&path).map_err(fail)?;
            tree.symlink(&target.to_string_lossy(), &place, 0, 0)
        } else if meta.is_file() {
            tree.write(&place, content(&path, &meta)?, mode, 0, 0)
        } else {
            // Sockets and devices are no files to send.
            Ok(())
        };
        made.map_err(|error| error.to_string())?;
        // Of a folder last: what goes into it changes its time.
        tree.set_modified(&place, disk::modified(&meta));
    }
    Ok(())
}

fn content(path: &Path, meta: &fs::Metadata) -> Result<Content, String> {
    if meta.len() > SMALL {
        return disk::content(path);
    }
    fs::read(path).map(Content::inline).map_err(|error| format!("cannot read {}: {error}", path.display()))
}
