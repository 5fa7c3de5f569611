//! The build context: which files the client sends, and how many bytes that is.

use super::Request;
use crate::engine::Builder;
use crate::fs::{Ignore, Node, Tree, path};
use std::collections::BTreeSet;
use std::sync::Arc;

/// The path of the ignore file in a context. BuildKit prefers `NAME.dockerignore` beside the Dockerfile NAME (ReadEntrypoint
/// of its dockerui).
fn ignore_file(request: &Request) -> String {
    let own = path::join("/", &format!("{}.dockerignore", request.name));
    let is_own = request.builder == Builder::Buildkit && request.context.get(&own).is_some_and(|node| !node.is_dir());
    if is_own { own } else { "/.dockerignore".to_string() }
}

/// The patterns of the context's ignore file; `None` without one.
pub(super) fn ignored(request: &Request) -> Option<Ignore> {
    let bytes = request.context.get(&ignore_file(request))?.content()?.bytes()?;
    Some(Ignore::parse(&String::from_utf8_lossy(bytes)))
}

/// How a client walks the context.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ContextWalk {
    /// The classic client: an excluded folder that no `!` pattern names is not looked into.
    Classic,
    /// BuildKit's before Docker 23 does the same, and sends the excluded folders that it looks into.
    Fsutil2020,
    /// BuildKit's since Docker 23 looks into every folder if a `!` pattern has a wildcard.
    Fsutil,
}

impl ContextWalk {
    /// The walk of a request's client.
    pub(super) fn of(request: &Request) -> Self {
        match (request.builder, request.engine.major()) {
            (Builder::Classic, _) => ContextWalk::Classic,
            (Builder::Buildkit, ..23) => ContextWalk::Fsutil2020,
            (Builder::Buildkit, _) => ContextWalk::Fsutil,
        }
    }
}

/// The context that instructions see: without the files that `.dockerignore` excludes.
///
/// # Errors
/// When there are too many patterns for so many files.
pub(super) fn without_ignored(context: &Tree, ignore: Option<Ignore>, client: ContextWalk) -> Result<Tree, String> {
    let Some(ignore) = ignore else { return Ok(context.clone()) };
    let mut skipped: BTreeSet<Arc<str>> = BTreeSet::new();
    let mut sent = context.clone();
    let mut walk = ignore.walk();
    let mut left_out: Vec<(Arc<str>, bool)> = Vec::new();
    for (key, node) in context.walk("/") {
        let name = key.trim_start_matches('/');
        let is_skipped = skipped.contains(path::parent(key));
        if !is_skipped && !walk.excludes(name)? {
            continue;
        }
        if node.is_dir() && !name.is_empty() && client != ContextWalk::Fsutil {
            if is_skipped || !ignore.names_below(name) {
                skipped.insert(key.clone());
            } else if client == ContextWalk::Fsutil2020 {
                continue;
            }
        }
        left_out.push((key.clone(), node.is_dir()));
    }
    // In reverse order, so that the entries of a directory are decided before the directory itself. A directory stays
    // while it holds an entry that a `!` pattern includes again.
    for (key, is_folder) in left_out.iter().rev().filter(|(key, _)| &**key != "/") {
        if !is_folder || sent.children(key).is_empty() {
            let _ = sent.remove(key);
        }
    }
    Ok(sent)
}

/// The size in bytes of the tar archive in which the classic client sends the context: a header of 512 bytes for each
/// entry but the root, contents padded to 512 bytes, a PAX record for long names, two closing blocks.
///
/// An excluded directory has no entry of its own, even if a `!` pattern includes a file in it. The Dockerfile and
/// `.dockerignore` are always sent; the daemon removes them if they are excluded (seen with Docker 20.10).
pub(super) fn tar_bytes(request: &Request, sent: &Tree) -> u64 {
    let ignore = ignored(request).unwrap_or_default();
    let needed = [format!("/{}", request.name), "/.dockerignore".to_string()];
    let entry = |key: &str, node: &Node| {
        let content = node.content().map_or(0, |content| content.len.next_multiple_of(512));
        let name = key.len() - 1 + usize::from(node.is_dir());
        let pax = if name > 100 || !key.is_ascii() { 512 + (name as u64 + 16).next_multiple_of(512) } else { 0 };
        512 + content + pax
    };
    let entries = sent
        .walk("/")
        .filter(|(key, node)| &***key != "/" && !(node.is_dir() && ignore.excludes(key.trim_start_matches('/'))));
    let entries: u64 = entries.map(|(key, node)| entry(key, node)).sum();
    let needed = needed.iter().filter(|key| sent.get(key).is_none());
    let needed: u64 = needed.filter_map(|key| Some(entry(key, request.context.get(key)?))).sum();
    entries + needed + 1024
}

/// The bytes of BuildKit's first transfer of a context: only the paths that steps use and the directories above them
/// are sent (dockerfile2llb's `FollowPaths`).
pub(super) fn transferred_bytes(context: &Tree, used_paths: &[String]) -> u64 {
    let used_paths: BTreeSet<&str> = used_paths.iter().map(String::as_str).collect();
    let sent = |key: &str| {
        let folders = key.match_indices('/').filter_map(|(at, _)| key.get(..at.max(1)));
        let inside = format!("{key}/");
        let first = used_paths.range(inside.as_str()..).next();
        folders.chain([key]).any(|path| used_paths.contains(path))
            || first.is_some_and(|path| path.starts_with(&inside))
    };
    context
        .walk("/")
        .filter(|(key, _)| &***key != "/" && sent(key))
        .map(|(key, node)| transfer_bytes(key.trim_start_matches('/'), node.content().map_or(0, |content| content.len)))
        .sum()
}

/// The bytes of one file in BuildKit's transfer: its record and `len` bytes of content.
pub(super) fn transfer_bytes(name: &str, len: u64) -> u64 {
    let varint = if len < 128 { 1 } else { 2 };
    20 + name.len() as u64 + varint + len + 6
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fs::Content;

    /// The paths of a context that stay under a `.dockerignore`.
    fn sent(rules: &str, client: ContextWalk) -> Vec<String> {
        let mut tree = Tree::new();
        for name in ["a/target/myfile1", "a/target/x/file1", "b/target/file1", "other"] {
            let place = format!("/{name}");
            tree.mkdir_all(path::parent(&place), 0o755, 0, 0).unwrap();
            tree.write(&place, Content::inline([]), 0o644, 0, 0).unwrap();
        }
        let sent = without_ignored(&tree, Some(Ignore::parse(rules)), client).unwrap();
        let names = sent.walk("/").map(|(key, _)| key.trim_start_matches('/').to_string());
        names.filter(|name| !name.is_empty()).collect()
    }

    /// As Docker 20.10.24 sends them under both builders, and as fsutil's `filter.go` of BuildKit 0.13 tells it.
    #[test]
    fn an_excluded_folder_is_looked_into_where_a_pattern_names_it() {
        use ContextWalk::{Classic, Fsutil, Fsutil2020};
        let named = ["a", "a/target", "a/target/myfile1"];
        for client in [Classic, Fsutil2020, Fsutil] {
            assert_eq!(sent("*\n!a/target/*file1", client), named);
            assert_eq!(sent("*\n!a/target/myfile1", client), named);
        }
        for rules in ["*\n!*/target/*file1", "*\n!**/target/*file1", "**\n!*/target/*file1"] {
            assert!(sent(rules, Classic).is_empty());
            assert!(sent(rules, Fsutil2020).is_empty());
            assert!(sent(rules, Fsutil).contains(&"b/target/file1".to_string()), "{rules}");
        }
        assert_eq!(sent("a\n!*/target/*file1", Classic), ["b", "b/target", "b/target/file1", "other"]);
        assert_eq!(sent("*/*\n!*/target/*file1", Classic), ["a", "b", "other"]);
        assert!(sent("*\n!a/*/myfile1\n!b/t*/file1", Classic).is_empty());
        assert_eq!(sent("*\n!a/*/myfile1\n!b/t*/file1", Fsutil2020), ["a", "b"]);
        let all = ["a", "a/target", "a/target/myfile1", "b", "b/target", "b/target/file1"];
        assert_eq!(sent("*\n!a/*/myfile1\n!b/t*/file1", Fsutil), all);
    }
}
