//! The build context: what of it is sent, and what that weighs.

use super::Request;
use super::progress::transfer_bytes;
use crate::fs::{Ignore, Node, Tree};
use std::sync::Arc;

/// What `.dockerignore` leaves out of a context; `None` without one.
fn ignored(context: &Tree) -> Option<Ignore> {
    let bytes = context.get("/.dockerignore")?.content()?.bytes()?;
    Some(Ignore::parse(&String::from_utf8_lossy(bytes)))
}

/// The context that instructions see: without what `.dockerignore` leaves out.
pub(super) fn sent(context: &Tree) -> Tree {
    let Some(ignore) = ignored(context) else { return context.clone() };
    let mut sent = context.clone();
    let doomed: Vec<Arc<str>> = context
        .walk("/")
        .filter(|(key, node)| {
            let relative = key.trim_start_matches('/');
            // A directory stays while something in it may have been brought back by `!`.
            !relative.is_empty() && !node.is_dir() && ignore.excludes(relative)
        })
        .map(|(key, _)| key.clone())
        .collect();
    for key in doomed {
        let _ = sent.remove(&key);
    }
    loop {
        let empty: Vec<Arc<str>> = sent
            .walk("/")
            .filter(|(key, node)| {
                &***key != "/"
                    && node.is_dir()
                    && ignore.excludes(key.trim_start_matches('/'))
                    && sent.children(key).is_empty()
            })
            .map(|(key, _)| key.clone())
            .collect();
        if empty.is_empty() {
            break;
        }
        for key in empty {
            let _ = sent.remove(&key);
        }
    }
    sent
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
    let sent = |key: &str| {
        let below = |path: &String| {
            path == "/" || key.strip_prefix(&**path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let above = |path: &String| path.strip_prefix(key).is_some_and(|rest| rest.starts_with('/'));
        taken.iter().any(|path| below(path) || above(path))
    };
    context
        .walk("/")
        .filter(|(key, _)| &***key != "/" && sent(key))
        .map(|(key, node)| transfer_bytes(key.trim_start_matches('/'), node.content().map_or(0, |content| content.len)))
        .sum()
}
