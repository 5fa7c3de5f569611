//! The build context: which files the client sends, and how many bytes that is.

use super::Request;
use crate::fs::{Ignore, Node, Tree};
use std::collections::BTreeSet;
use std::sync::Arc;

/// The patterns of the context's `.dockerignore`; `None` without one.
pub(super) fn ignored(context: &Tree) -> Option<Ignore> {
    let bytes = context.get("/.dockerignore")?.content()?.bytes()?;
    Some(Ignore::parse(&String::from_utf8_lossy(bytes)))
}

/// The context that instructions see: without the files that `.dockerignore` excludes.
///
/// # Errors
/// When there are too many patterns for so many files.
pub(super) fn without_ignored(context: &Tree) -> Result<Tree, String> {
    let Some(ignore) = ignored(context) else { return Ok(context.clone()) };
    let mut sent = context.clone();
    let mut walk = ignore.walk();
    let mut left_out: Vec<(Arc<str>, bool)> = Vec::new();
    for (key, node) in context.walk("/") {
        if walk.excludes(key.trim_start_matches('/'))? {
            left_out.push((key.clone(), node.is_dir()));
        }
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
    let ignore = ignored(&request.context).unwrap_or_default();
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
