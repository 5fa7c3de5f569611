//! The end of a mount in a tree.

use crate::fs::Tree;

/// Removes a mount: the image's own files are visible again, and the mount point stays.
pub(super) fn unmount(tree: &mut Tree, mounted: &Tree, image: &Tree, target: &str) {
    if image.get(target).is_some() {
        tree.restore(target, image);
        return;
    }
    if tree.is_unknown_type(target) {
        return tree.restore(target, image);
    }
    let is_dir = mounted.get(target).is_some_and(|node| node.is_dir());
    if tree.get(target).is_some() {
        let _ = tree.remove(target);
    }
    if is_dir {
        let _ = tree.mkdir(target, 0o755, 0, 0);
    }
}
