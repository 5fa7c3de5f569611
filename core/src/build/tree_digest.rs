//! Digests of trees and nodes, of which cache keys and layer ids are made.

use crate::fs::{Kind, Node, Tree};
use crate::image::Hasher;

/// Adds everything at and below a path to a digest: names, kinds, modes, owners, contents.
pub(super) fn digest(tree: &Tree, top: &str, hasher: Hasher) -> Hasher {
    tree.walk(top)
        .fold(hasher, |hasher, (key, node)| digest_node(node, hasher.part(key.get(top.len()..).unwrap_or(""))))
}

/// Adds which directories at and below a path may hold unlisted files, and which paths have an unknown type.
pub(super) fn unlisted(tree: &Tree, top: &str, hasher: Hasher) -> Hasher {
    let partial = tree.walk(top).filter(|(_, node)| matches!(node.kind, Kind::Dir { partial: true }));
    let hasher = partial.fold(hasher, |hasher, (key, _)| hasher.part(key.as_bytes()));
    let hasher = tree.guessed_programs().fold(hasher, |hasher, name| hasher.part(name.as_bytes()));
    tree.unknown_types(top).iter().fold(hasher.part("unknown types"), |hasher, key| hasher.part(key.as_bytes()))
}

/// Adds one node to a digest: kind, mode, owner, content.
pub(super) fn digest_node(node: &Node, hasher: Hasher) -> Hasher {
    let hasher = hasher.number(u64::from(node.mode)).number(u64::from(node.uid)).number(u64::from(node.gid));
    match &node.kind {
        Kind::Dir { .. } => hasher.part("dir"),
        Kind::Special(kind) => hasher.part(format!("{kind:?}")),
        Kind::Symlink(target) => hasher.part("link").part(target.as_bytes()),
        Kind::File(content) => {
            let mut hasher = hasher.part("file");
            content.identify(|part| hasher = std::mem::take(&mut hasher).part(part));
            hasher
        }
    }
}
