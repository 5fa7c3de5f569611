//! The kernel's path look-up (`namei`), with search permission.

use super::credentials::Credentials;
use super::root::Root;
use crate::fs::{Errno, Kind, Node, path};
use std::borrow::Cow;

/// The most symbolic links that Linux follows in one look-up (`MAXSYMLINKS`).
const MAX_SYMLINKS: usize = 40;
/// PATH_MAX, including the closing NUL.
const PATH_MAX: usize = 4096;
/// NAME_MAX.
const NAME_MAX: usize = 255;

/// Resolves a path. Every directory of the path needs search permission.
///
/// # Errors
/// The error that the kernel's `namei` returns.
pub(super) fn look_up<'r>(
    root: &'r dyn Root,
    who: &Credentials,
    cwd: &str,
    asked: &str,
) -> Result<(String, Cow<'r, Node>), Errno> {
    if asked.is_empty() {
        return Err(Errno::Enoent);
    }
    if asked.len() >= PATH_MAX {
        return Err(Errno::Enametoolong);
    }
    let mut at = if asked.starts_with('/') { String::new() } else { path::join("/", cwd) };
    if at == "/" {
        at.clear();
    }
    // The remaining components in reverse order.
    let mut rest: Vec<Cow<'_, str>> = asked.rsplit('/').filter(|part| !part.is_empty()).map(Cow::Borrowed).collect();
    let wants_dir = asked.ends_with('/') || asked.ends_with("/.") || asked.ends_with("/..");
    let mut links = 0;
    // The node of the directory `at`, once it was read.
    let mut node: Option<Cow<'r, Node>> = None;
    while let Some(part) = rest.pop() {
        let folder = match node.take() {
            Some(node) => node,
            None => root.node(if at.is_empty() { "/" } else { &at }).ok_or(Errno::Enoent)?,
        };
        if !folder.is_dir() {
            return Err(Errno::Enotdir);
        }
        if !who.may(&folder, 1) {
            return Err(Errno::Eacces);
        }
        match &*part {
            "." => {
                node = Some(folder);
                continue;
            }
            ".." => {
                at.truncate(at.rfind('/').unwrap_or(0));
                continue;
            }
            _ => {}
        }
        if part.len() > NAME_MAX {
            return Err(Errno::Enametoolong);
        }
        let before = at.len();
        at.push('/');
        at.push_str(&part);
        let found = root.node(&at).ok_or(Errno::Enoent)?;
        if let Kind::Symlink(target) = &found.kind {
            links += 1;
            if links > MAX_SYMLINKS {
                return Err(Errno::Eloop);
            }
            at.truncate(if target.starts_with('/') { 0 } else { before });
            let parts = target.rsplit('/').filter(|part| !part.is_empty());
            rest.extend(parts.map(|part| Cow::Owned(part.to_string())));
            continue;
        }
        node = Some(found);
    }
    let node = match node {
        Some(node) => node,
        None => root.node(if at.is_empty() { "/" } else { &at }).ok_or(Errno::Enoent)?,
    };
    if wants_dir && !node.is_dir() {
        return Err(Errno::Enotdir);
    }
    Ok((if at.is_empty() { "/".into() } else { at }, node))
}

/// The text of a file, at most 1 MiB; empty if it cannot be read.
pub(super) fn read_text(root: &dyn Root, path: &str) -> String {
    const MAX: usize = 1 << 20;
    let found = look_up(root, &Credentials::default(), "/", path);
    let bytes = found.ok().and_then(|(_, node)| node.content().map(|content| content.read_at(0, MAX).into_owned()));
    String::from_utf8_lossy(&bytes.unwrap_or_default()).into_owned()
}
