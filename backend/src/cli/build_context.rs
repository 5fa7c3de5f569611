//! Reads a directory on disk into a tree, for a build context or a simulated host.

use stageplay::disk;
use stageplay_core::fs::{Content, Ignore, Tree};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// Files up to this size in bytes are read at once. Larger files are read when their content is needed.
const MAX_INLINE_BYTES: u64 = 64 << 10;
/// Entries of a directory tree. No intended build context has more.
const MAX_ENTRIES: usize = 200_000;

/// Reads a directory with everything below it.
///
/// # Errors
/// A file cannot be read. The message contains its path.
pub(crate) fn read_tree(top: &Path) -> Result<Tree, String> {
    let mut tree = Tree::new();
    add_directory(top, "", &Ignore::parse(""), &mut tree, &mut 0)?;
    Ok(tree)
}

/// Reads a build context. Folders that `.dockerignore` excludes are not read, because they may be large.
///
/// # Errors
/// As [`read_tree`]; the rules count as a file.
pub(crate) fn read_context(top: &Path) -> Result<Tree, String> {
    let ignore = disk::read_dockerignore(top)?;
    let mut tree = Tree::new();
    add_directory(top, "", &Ignore::parse(&ignore), &mut tree, &mut 0)?;
    Ok(tree)
}

fn add_directory(
    directory: &Path,
    prefix: &str,
    ignore: &Ignore,
    tree: &mut Tree,
    count: &mut usize,
) -> Result<(), String> {
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
        let tree_path = format!("{prefix}/{name}");
        let fail = |error: std::io::Error| format!("cannot read {}: {error}", path.display());
        let meta = fs::symlink_metadata(&path).map_err(fail)?;
        let mode = meta.permissions().mode() & 0o7777;
        let added = if meta.is_dir() {
            let added = tree.mkdir(&tree_path, mode, 0, 0);
            if !ignore.excludes(tree_path.trim_start_matches('/')) || ignore.brings_back() {
                add_directory(&path, &tree_path, ignore, tree, count)?;
            }
            added
        } else if meta.is_symlink() {
            let target = fs::read_link(&path).map_err(fail)?;
            tree.symlink(&target.to_string_lossy(), &tree_path, 0, 0)
        } else if meta.is_file() {
            tree.write(&tree_path, content(&path, &meta)?, mode, 0, 0)
        } else {
            // Sockets and devices are not part of a build context.
            Ok(())
        };
        added.map_err(|error| error.to_string())?;
        // Set after the content of a folder, because adding files changes its time.
        tree.set_modified(&tree_path, disk::modified(&meta));
    }
    Ok(())
}

fn content(path: &Path, meta: &fs::Metadata) -> Result<Content, String> {
    if meta.len() > MAX_INLINE_BYTES {
        return disk::content(path);
    }
    disk::read_found_file(path, MAX_INLINE_BYTES)
        .map(Content::inline)
        .map_err(|error| format!("cannot read {}: {error}", path.display()))
}
