//! Resolution of paths: symbolic links are followed inside the root.

use super::{MAX_PATH, Tree};
use crate::fs::errno::{Errno, FsError};
use crate::fs::node::{Kind, Node};
use crate::fs::path;

/// At most this many symbolic links are followed in one look-up, as in Linux (`MAXSYMLINKS`).
pub(super) const MAX_SYMLINKS: usize = 40;

impl Tree {
    /// Resolves `path` against `cwd` inside the root. Returns the absolute path without links.
    ///
    /// Follows symbolic links (the last one only if `follow`). The last component need not exist.
    ///
    /// # Errors
    /// `ENOENT` or `ENOTDIR` if a directory of the path does not exist, `ELOOP` after 40 links.
    pub fn resolve(&self, cwd: &str, path: &str, follow: bool) -> Result<String, FsError> {
        let fail = |errno| FsError { errno, path: path.to_string() };
        if path.is_empty() {
            return Err(fail(Errno::Enoent));
        }
        if path.len() > MAX_PATH {
            return Err(fail(Errno::Enametoolong));
        }
        let mut links = 0;
        let mut at = "/".to_string();
        let parts = |path: &str| path.split('/').rev().filter(|p| !p.is_empty()).map(str::to_string).collect();
        let mut rest: Vec<String> = parts(path);
        if !path.starts_with('/') {
            // The working directory may be the path of a link, as in a shell.
            rest.append(&mut parts(cwd));
        }
        let wants_dir = path.ends_with('/') || path.ends_with("/.");
        while let Some(part) = rest.pop() {
            if part == "." {
                continue;
            }
            match self.get(&at).map(|node| &node.kind) {
                Some(Kind::Dir { .. }) => {}
                Some(_) => return Err(fail(Errno::Enotdir)),
                None => return Err(fail(Errno::Enoent)),
            }
            if part == ".." {
                at = path::parent(&at).to_string();
                continue;
            }
            let next = path::join(&at, &part);
            if let Some(Kind::Symlink(target)) = self.get(&next).map(|node| &node.kind)
                && (follow || wants_dir || !rest.is_empty())
            {
                links += 1;
                if links > MAX_SYMLINKS {
                    return Err(fail(Errno::Eloop));
                }
                if target.starts_with('/') {
                    at = "/".to_string();
                }
                rest.extend(target.split('/').rev().filter(|p| !p.is_empty()).map(str::to_string));
                continue;
            }
            at = next;
        }
        if wants_dir && self.get(&at).is_some_and(|node| !node.is_dir()) {
            return Err(fail(Errno::Enotdir));
        }
        Ok(at)
    }

    /// `stat`: resolves `path`, following links. Returns the resolved path and its node.
    ///
    /// # Errors
    /// As [`Tree::resolve`], and `ENOENT` if the path does not exist.
    pub fn stat(&self, cwd: &str, path: &str) -> Result<(String, &Node), FsError> {
        let real = self.resolve(cwd, path, true)?;
        let node = self.get(&real).ok_or_else(|| FsError { errno: Errno::Enoent, path: path.to_string() })?;
        Ok((real, node))
    }

    /// `lstat`: as [`Tree::stat`], but a final link is not followed.
    ///
    /// # Errors
    /// As [`Tree::stat`].
    pub fn lstat(&self, cwd: &str, path: &str) -> Result<(String, &Node), FsError> {
        let real = self.resolve(cwd, path, false)?;
        let node = self.get(&real).ok_or_else(|| FsError { errno: Errno::Enoent, path: path.to_string() })?;
        Ok((real, node))
    }

    /// Resolves a name in a directory whose path is already resolved.
    ///
    /// # Errors
    /// As [`Tree::resolve`].
    pub(crate) fn resolve_in(&self, folder: &str, name: &str) -> Result<String, FsError> {
        let at = path::join(folder, name);
        if at.len() > MAX_PATH {
            return Err(FsError { errno: Errno::Enametoolong, path: at });
        }
        match self.get(&at).map(|node| &node.kind) {
            Some(Kind::Symlink(_)) => self.resolve(folder, name, true),
            _ => Ok(at),
        }
    }
}
