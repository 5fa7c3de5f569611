//! The file system in which a program starts, and the kernel's way through it.

use super::Credentials;
use crate::fs::{Doubt, Errno, Kind, Node, Tree, path};
use std::borrow::Cow;

/// A root directory: a simulated tree, or what is outside of core: a folder on disk.
pub trait Root {
    /// `lstat`: what is at exactly `path`: absolute, and no link on the way to it.
    fn node(&self, path: &str) -> Option<Cow<'_, Node>>;

    /// Whether something that is not known to be there may be there all the same.
    fn may_hide(&self, _path: &str) -> bool {
        false
    }

    /// Whether all that is there is known.
    fn is_listed_in_full(&self) -> bool {
        true
    }

    /// Whether programs below `path` may not be executed (a mount with `noexec`).
    fn is_noexec(&self, _path: &str) -> bool {
        false
    }
}

impl Root for Tree {
    fn node(&self, path: &str) -> Option<Cow<'_, Node>> {
        self.get(path).map(Cow::Borrowed)
    }

    fn may_hide(&self, path: &str) -> bool {
        Tree::may_hide(self, "/", path)
    }

    fn is_listed_in_full(&self) -> bool {
        let is_partial = self.get("/").is_some_and(|root| matches!(root.kind, Kind::Dir { partial: true }));
        !is_partial && self.doubt() == Doubt::None
    }
}

/// Links that Linux follows in one look-up (`MAXSYMLINKS`).
const MAX_SYMLINKS: usize = 40;
/// PATH_MAX, the closing NUL included.
const PATH_MAX: usize = 4096;
/// NAME_MAX.
const NAME_MAX: usize = 255;

/// Where a path really leads, with search permission asked of every folder on the way.
///
/// # Errors
/// What the kernel's `namei` returns.
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
    // Components yet to go, the next one last.
    let mut rest: Vec<Cow<'_, str>> = asked.rsplit('/').filter(|part| !part.is_empty()).map(Cow::Borrowed).collect();
    let wants_dir = asked.ends_with('/') || asked.ends_with("/.") || asked.ends_with("/..");
    let mut links = 0;
    // The folder that `at` names was seen to be one.
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
