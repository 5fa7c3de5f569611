//! Copies files between trees as COPY and ADD do.

use super::errno::{Errno, FsError};
use super::glob;
use super::node::{Kind, Node};
use super::path;
use super::tree::{Doubt, Tree};
use super::unlisted_files::Unlisted;
use crate::measure::Size;
use std::collections::BTreeMap;

/// Owner and mode of copied files.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct CopyOptions {
    /// `--chown`; without it see `preserve_owner`.
    pub(crate) owner: Option<(u32, u32)>,
    /// `--chmod`.
    pub(crate) mode: Option<u32>,
    /// Keep the source's owner (copies from another stage) instead of 0:0 (the context).
    pub(crate) preserve_owner: bool,
    /// Copies as the classic builder does: parent directories belong to root, the target's time always changes, and an
    /// entry of another type is replaced (moby `pkg/archive`, `Unpack`). BuildKit refuses the last (fsutil `copy`).
    pub(crate) classic: bool,
}

/// Why a copy fails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum CopyError {
    /// No source at this path.
    NotFound(String),
    /// A directory cannot replace the file or link at this path.
    NotADirectory(String),
    /// A file cannot replace the directory at this path.
    IsDirectory(String),
    /// The target cannot be reached.
    Target(FsError),
}

/// A file or directory to copy: its resolved path, and its name, which is the link's own name if a link leads to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Source {
    pub(crate) path: String,
    pub(crate) name: String,
}

impl From<&str> for Source {
    fn from(path: &str) -> Self {
        Source { path: path.to_string(), name: path::file_name(path).to_string() }
    }
}

/// The sources that a path or pattern matches, in byte order.
///
/// # Errors
/// [`CopyError::NotFound`] if nothing matches.
pub(crate) fn expand_sources(tree: &Tree, source: &str) -> Result<Vec<Source>, CopyError> {
    let cleaned = path::join("/", source);
    if !source.contains(['*', '?', '[', '\\']) {
        return match tree.stat("/", &cleaned) {
            Ok((real, _)) => Ok(vec![Source { path: real, name: path::file_name(&cleaned).to_string() }]),
            Err(_) => Err(CopyError::NotFound(cleaned)),
        };
    }
    let mut found = vec!["/".to_string()];
    for part in cleaned.split('/').filter(|part| !part.is_empty()) {
        let mut next = Vec::new();
        for directory in &found {
            for (name, _) in tree.children(directory) {
                if glob::matches(part, name) {
                    next.push(path::join(directory, name));
                }
            }
        }
        found = next;
    }
    match found.is_empty() {
        true => Err(CopyError::NotFound(cleaned)),
        false => Ok(found.iter().map(|path| Source::from(path.as_str())).collect()),
    }
}

/// What the destination of a copy names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rename {
    /// The destination names the file itself.
    To,
    /// The destination is a directory that the file goes into.
    Into,
}

/// Whether a directory may hold files of unknown size that are not listed.
pub(crate) fn holds_unlisted(tree: &Tree, directory: &str, node: &Node) -> bool {
    let whole = node.unlisted().is_some_and(Unlisted::is_whole);
    node.is_dir() && !whole && tree.may_hide(directory, "unlisted")
}

/// Whether unlisted files of a directory may have the name of any file: those of installed packages have names of their
/// own, unless they are only estimated.
pub(crate) fn may_hold_any_file(tree: &Tree, directory: &str, node: &Node) -> bool {
    let is_estimated = |(_, size): (_, &Size)| !size.parts().is_empty();
    holds_unlisted(tree, directory, node)
        || tree.may_hide(directory, "unlisted") && node.unlisted().is_some_and(|held| held.parts().any(is_estimated))
}

/// Copies `source` of `from` to `destination` of `to`, which is absolute.
///
/// Of a directory the *contents* are copied. Every copied file is a new file of the layer, even if it replaces an equal
/// one, and keeps its modification time. Missing parents are made with mode 0755.
///
/// Returns the path of a copied directory of unknown size, if there is one.
///
/// # Errors
/// [`CopyError`] names the path that prevents the copy.
pub(crate) fn copy_tree(
    from: &Tree,
    source: &Source,
    to: &mut Tree,
    destination: &str,
    rename: Rename,
    options: CopyOptions,
) -> Result<Option<String>, CopyError> {
    let name = &source.name;
    let Ok((source, top)) = from.stat("/", &source.path) else {
        return Err(CopyError::NotFound(source.path.clone()));
    };
    to.later_than(from);
    // BuildKit leaves the owner of what it makes to the kernel where none is named.
    let owner = options.owner.or(options.classic.then_some((0, 0)));
    let target = |error: FsError| {
        if error.errno == Errno::Enotdir { CopyError::NotADirectory(error.path) } else { CopyError::Target(error) }
    };
    if !top.is_dir() {
        let mut place = path::join("/", destination);
        let into = rename == Rename::Into || to.stat("/", &place).is_ok_and(|(_, node)| node.is_dir());
        if into {
            place = path::join(&place, name);
        }
        // A link at the target is followed; a link inside a target directory is replaced.
        let place = match into {
            true => resolve_new(to, path::parent(&place)).map(|parent| path::join(&parent, path::file_name(&place))),
            false => resolve_new(to, &place),
        };
        let place = place.map_err(target)?;
        to.mkdir_all_as_builder(path::parent(&place), owner).map_err(target)?;
        return put_copy(to, &place, top, options).map(|()| None);
    }
    let destination = resolve_new(to, destination).map_err(target)?;
    if options.classic {
        to.mkdir_all_as_builder(path::parent(&destination), Some((0, 0))).map_err(target)?;
    }
    // Only the contents are copied: the directory gets neither the source's mode nor that of `--chmod`.
    let place = to.mkdir_all_as_builder(&destination, owner).map_err(target)?;
    if options.classic {
        // The classic builder sets the directory's times, even if it copies nothing.
        to.touch(&place);
    }
    let mut unknown = None;
    to.bring_unlisted(&place, top);
    if holds_unlisted(from, &source, top) {
        to.set_partial(&place);
        unknown = Some(source.clone());
    }
    let nodes: Vec<(String, Node)> = from
        .walk(&source)
        .filter(|(key, _)| ***key != *source)
        .map(|(key, node)| {
            let rest = if source == "/" { key.as_ref() } else { key.get(source.len()..).unwrap_or("") };
            (path::join(&place, rest.trim_start_matches('/')), node.clone())
        })
        .collect();
    let mut linked: BTreeMap<u64, String> = BTreeMap::new();
    for (key, node) in &nodes {
        if unknown.is_none() && node.holds_unknown() {
            unknown = Some(path::join(&source, key.get(place.len()..).unwrap_or("").trim_start_matches('/')));
        }
        match linked.get(&node.ino).filter(|_| node.nlink > 1) {
            Some(first) if to.get(key).is_none() => to.link(first, key).map_err(CopyError::Target)?,
            _ => {
                put_copy(to, key, node, options)?;
                linked.insert(node.ino, key.clone());
            }
        }
        if node.is_dir() && from.doubt() != Doubt::None {
            match node.unlisted().is_some_and(Unlisted::is_whole) {
                true => to.hold_weighed(key),
                false => to.set_partial(key),
            }
        }
    }
    for key in from.unknown_types(&source) {
        let rest = if source == "/" { key.as_ref() } else { key.get(source.len()..).unwrap_or("") };
        to.put_unknown_type(&path::join(&place, rest.trim_start_matches('/')), "its source is not listed");
        if !from.is_weighed_unknown_type(&key) {
            unknown = unknown.or(Some(key.to_string()));
        }
    }
    // At the end, because each entry that is added changes the directory's time.
    for (key, node) in nodes.iter().filter(|(_, node)| node.is_dir()) {
        to.set_modified(key, node.modified);
    }
    Ok(unknown)
}

/// Resolves a path of which the end need not exist; all links are followed.
fn resolve_new(to: &Tree, path: &str) -> Result<String, FsError> {
    /// The limit of Linux (`MAXSYMLINKS`).
    const MAX_SYMLINKS: u32 = 40;
    let mut at = "/".to_string();
    let mut rest: Vec<String> = path.split('/').rev().map(str::to_string).collect();
    let mut links = 0;
    while let Some(part) = rest.pop() {
        let next = match part.as_str() {
            "" | "." => continue,
            ".." => super::path::parent(&at).to_string(),
            part => super::path::join(&at, part),
        };
        match to.get(&next).map(|node| &node.kind) {
            Some(Kind::Symlink(_)) if links == MAX_SYMLINKS => {
                return Err(FsError { errno: Errno::Eloop, path: path.to_string() });
            }
            Some(Kind::Symlink(target)) => {
                links += 1;
                rest.extend(target.split('/').rev().map(str::to_string));
                if target.starts_with('/') {
                    at = "/".to_string();
                }
            }
            _ => at = next,
        }
    }
    Ok(at)
}

fn put_copy(to: &mut Tree, place: &str, node: &Node, options: CopyOptions) -> Result<(), CopyError> {
    let (uid, gid) = match options.owner {
        Some(owner) => owner,
        None if options.preserve_owner => (node.uid, node.gid),
        None => (0, 0),
    };
    let mode = match node.kind {
        Kind::Symlink(_) => 0o777,
        _ => options.mode.unwrap_or(node.mode),
    };
    match (to.get(place).map(|old| old.is_dir()), node.is_dir()) {
        (Some(true), true) => {
            to.chmod(place, mode);
            to.chown(place, Some(uid), Some(gid));
            to.bring_unlisted(place, node);
            return Ok(());
        }
        (Some(true), false) if !options.classic => return Err(CopyError::IsDirectory(place.to_string())),
        (Some(false), true) if !options.classic => return Err(CopyError::NotADirectory(place.to_string())),
        (Some(_), _) => to.remove(place).map_err(CopyError::Target)?,
        (None, _) => {}
    }
    match &node.kind {
        Kind::Dir { .. } => to.mkdir(place, mode, uid, gid),
        Kind::File(content) => to.write(place, content.clone(), mode, uid, gid),
        Kind::Symlink(link) => to.symlink(link, place, uid, gid),
        Kind::Special(kind) => to.special(*kind, place, mode, uid, gid),
    }
    .map_err(CopyError::Target)?;
    to.bring_unlisted(place, node);
    to.set_modified(place, node.modified);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::content::Content;
    use super::*;

    #[test]
    fn an_entry_of_another_type_is_replaced_by_the_classic_builder_and_refused_by_buildkit() {
        let classic = CopyOptions { classic: true, ..CopyOptions::default() };
        let target = || {
            let mut to = Tree::new();
            to.mkdir_all("/app/a.go/in", 0o755, 0, 0).unwrap();
            to.symlink("a.go", "/app/sub", 0, 0).unwrap();
            to
        };
        let mut to = target();
        copy_tree(&context(), &"/src".into(), &mut to, "/app", Rename::To, classic).unwrap();
        assert_eq!(paths(&to), ["/", "/app", "/app/a.go", "/app/sub", "/app/sub/b.go"]);
        let copied =
            |mut to: Tree| copy_tree(&context(), &"/src".into(), &mut to, "/app", Rename::To, CopyOptions::default());
        assert_eq!(copied(target()), Err(CopyError::IsDirectory("/app/a.go".into())));
        let mut without = target();
        without.remove("/app/a.go").unwrap();
        assert_eq!(copied(without), Err(CopyError::NotADirectory("/app/sub".into())));
        // The destination itself may be a link.
        let mut to = target();
        copy_tree(&context(), &"/src/sub".into(), &mut to, "/app/sub", Rename::To, CopyOptions::default()).unwrap();
        assert!(to.get("/app/a.go/b.go").is_some());
    }

    fn context() -> Tree {
        let mut tree = Tree::new();
        tree.mkdir_all("/src/sub", 0o755, 0, 0).unwrap();
        tree.write("/src/a.go", Content::inline(*b"a"), 0o644, 7, 7).unwrap();
        tree.write("/src/sub/b.go", Content::inline(*b"b"), 0o644, 0, 0).unwrap();
        tree
    }

    fn paths(tree: &Tree) -> Vec<String> {
        tree.walk("/").map(|(key, _)| key.to_string()).collect()
    }

    #[test]
    fn a_directory_gives_its_contents() {
        let mut to = Tree::new();
        copy_tree(&context(), &"/src".into(), &mut to, "/app", Rename::To, CopyOptions::default()).unwrap();
        assert_eq!(paths(&to), ["/", "/app", "/app/a.go", "/app/sub", "/app/sub/b.go"]);
        assert_eq!(to.get("/app/a.go").unwrap().uid, 0);
    }

    #[test]
    fn a_file_goes_into_a_directory_that_exists() {
        let mut to = Tree::new();
        to.mkdir("/app", 0o755, 0, 0).unwrap();
        copy_tree(&context(), &"/src/a.go".into(), &mut to, "/app", Rename::To, CopyOptions::default()).unwrap();
        copy_tree(&context(), &"/src/a.go".into(), &mut to, "/x/y", Rename::To, CopyOptions::default()).unwrap();
        assert_eq!(paths(&to), ["/", "/app", "/app/a.go", "/x", "/x/y"]);
    }

    #[test]
    fn a_directory_does_not_replace_a_file() {
        let mut to = Tree::new();
        to.write("/app", Content::inline(*b""), 0o644, 0, 0).unwrap();
        let result = copy_tree(&context(), &"/src".into(), &mut to, "/app", Rename::To, CopyOptions::default());
        assert!(matches!(result, Err(CopyError::NotADirectory(_))));
    }

    #[test]
    fn patterns_name_files() {
        assert_eq!(expand_sources(&context(), "src/*.go").unwrap(), ["/src/a.go".into()]);
        assert_eq!(expand_sources(&context(), "*/*/b.go").unwrap(), ["/src/sub/b.go".into()]);
        assert!(expand_sources(&context(), "nope*").is_err());
    }
}
