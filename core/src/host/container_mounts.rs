//! What a process in a container sees of its mounts, and what is written back to the host and to the volumes when it
//! ends.

use super::containers::{Container, MountSource};
use super::store::Store;
use crate::fs::{self, Change, CopyOptions, EntryKind, Kind, Rename, Tree, path};

/// The files of a container with those of its mounts.
pub(super) fn mounted(container: &Container, host: &Tree, store: &Store) -> Tree {
    let mut tree = container.tree.clone();
    for mount in &container.mounts {
        let (from, source) = match &mount.source {
            MountSource::Host(source) => (host.clone(), source.as_str()),
            MountSource::Volume(name) => match store.volumes.get(name) {
                Some(volume) => (volume.clone(), "/"),
                None => continue,
            },
        };
        let is_file = from.stat("/", source).is_ok_and(|(_, node)| !node.is_dir());
        if is_file {
            let _ = tree.mkdir_all(path::parent(&mount.target), 0o755, 0, 0);
            let _ = tree.remove(&mount.target);
        } else {
            let _ = tree.mkdir_all(&mount.target, 0o755, 0, 0);
            clear(&mut tree, &mount.target);
        }
        let options = CopyOptions { preserve_owner: true, ..CopyOptions::default() };
        let _ = fs::copy_tree(&from, &source.into(), &mut tree, &mount.target, Rename::To, options);
        if mount.read_only
            && let Ok(place) = tree.resolve("/", &mount.target, true)
        {
            tree.hold_mount(&place, true);
        }
    }
    tree
}

/// Takes the mounts out of the files of a container after something ran: writes what changed in them to the host and to
/// the volumes, and keeps the rest in the container.
pub(super) fn unmount(container: &mut Container, before: &Tree, mut after: Tree, host: &mut Tree, store: &mut Store) {
    after.release_mounts();
    if container.mounts.is_empty() {
        container.tree = after;
        return;
    }
    let changes = fs::diff(before, &after);
    for mount in &container.mounts {
        match &mount.source {
            _ if mount.read_only => {}
            MountSource::Host(source) => apply(&changes, &after, &mount.target, host, source),
            MountSource::Volume(name) => {
                if let Some(volume) = store.volumes.get_mut(name) {
                    apply(&changes, &after, &mount.target, volume, "/");
                }
            }
        }
        let plain = &container.tree;
        if plain.get(&mount.target).is_some() {
            after.restore(&mount.target, plain);
        } else {
            // The mount point stays, empty.
            let is_dir = after.get(&mount.target).is_some_and(|node| node.is_dir());
            clear(&mut after, &mount.target);
            if !is_dir {
                let _ = after.remove(&mount.target);
            }
        }
    }
    container.tree = after;
}

/// Removes everything in a folder.
fn clear(tree: &mut Tree, folder: &str) {
    let names: Vec<String> = tree.children(folder).iter().map(|(name, _)| path::join(folder, name)).collect();
    for name in names {
        let _ = tree.remove(&name);
    }
}

/// Makes the changes below `target` also in another tree, below `source`.
fn apply(changes: &[fs::LayerEntry], after: &Tree, target: &str, to: &mut Tree, source: &str) {
    for entry in changes.iter().filter(|entry| path::is_within(&entry.path, target)) {
        let rest = entry.path.get(target.len()..).unwrap_or("");
        let place = if rest.is_empty() { source.to_string() } else { path::join(source, rest.trim_start_matches('/')) };
        if entry.change == Change::Removed || entry.kind == EntryKind::Whiteout {
            let _ = to.remove(&place);
            continue;
        }
        match after.get(&entry.path).map(|node| &node.kind) {
            Some(Kind::File(content)) => {
                let _ = to.write(&place, content.clone(), entry.mode, entry.uid, entry.gid);
            }
            Some(Kind::Symlink(link)) => {
                let _ = to.remove(&place);
                let _ = to.symlink(link, &place, entry.uid, entry.gid);
            }
            Some(Kind::Dir { .. }) if entry.change == Change::Added => {
                let _ = to.mkdir_all(&place, entry.mode, entry.uid, entry.gid);
            }
            _ => {}
        }
    }
}
