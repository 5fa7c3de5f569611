//! The build context: what of it is sent, and what that weighs.

use super::Request;
use super::progress::transfer_bytes;
use crate::fs::{Ignore, Node, Tree};
use std::collections::BTreeSet;
use std::sync::Arc;

/// What `.dockerignore` leaves out of a context; `None` without one.
fn ignored(context: &Tree) -> Option<Ignore> {
    let bytes = context.get("/.dockerignore")?.content()?.bytes()?;
    Some(Ignore::parse(&String::from_utf8_lossy(bytes)))
}

/// The context that instructions see: without what `.dockerignore` leaves out.
///
/// # Errors
/// When there are too many patterns for so many files.
pub(super) fn sent(context: &Tree) -> Result<Tree, String> {
    let Some(ignore) = ignored(context) else { return Ok(context.clone()) };
    let mut sent = context.clone();
    let mut walk = ignore.walk();
    let mut left_out: Vec<(Arc<str>, bool)> = Vec::new();
    for (key, node) in context.walk("/") {
        if walk.excludes(key.trim_start_matches('/'))? {
            left_out.push((key.clone(), node.is_dir()));
        }
    }
    // From behind, so that what a folder holds is decided before the folder, which stays while something in it
    // was brought back by `!`.
    for (key, is_folder) in left_out.iter().rev().filter(|(key, _)| &**key != "/") {
        if !is_folder || sent.children(key).is_empty() {
            let _ = sent.remove(key);
        }
    }
    Ok(sent)
}

/// The size of the tar that the classic client makes of what is sent, in bytes: a header of 512 for
/// each entry but the root, contents padded to 512, a PAX record for long names, two closing blocks.
///
/// Folders that are left out have no entry, though something in them was brought back; Dockerfile and
/// `.dockerignore` are sent in any case, and taken out again behind (seen with Docker 20.10).
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

/// What BuildKit's first transfer of a context costs: only what steps take and the folders above it
/// are sent (dockerfile2llb's `FollowPaths`).
pub(super) fn transfer(context: &Tree, taken: &[String]) -> u64 {
    let taken: BTreeSet<&str> = taken.iter().map(String::as_str).collect();
    let sent = |key: &str| {
        let folders = key.match_indices('/').filter_map(|(at, _)| key.get(..at.max(1)));
        let inside = format!("{key}/");
        let first = taken.range(inside.as_str()..).next();
        folders.chain([key]).any(|path| taken.contains(path)) || first.is_some_and(|path| path.starts_with(&inside))
    };
    context
        .walk("/")
        .filter(|(key, _)| &***key != "/" && sent(key))
        .map(|(key, node)| transfer_bytes(key.trim_start_matches('/'), node.content().map_or(0, |content| content.len)))
        .sum()
}
