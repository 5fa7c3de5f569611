//! The files that packages bring: which of the tree's are theirs, and as they brought them.

use super::index::{Listed, Release, Row};
use super::installation::Choice;
use super::scripts;
use crate::fs::{Doubt, Kind, path};
use crate::shell::Shell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Puts the files of new packages into the tree.
pub(crate) fn bring(shell: &mut Shell, release: &Release, choice: &Choice) {
    let rows: Vec<Row<'_>> = choice.new.keys().filter_map(|name| release.files(name)).collect();
    let brought = release.bring(&mut shell.fs, &rows);
    if !brought.with_users.iter().all(|name| scripts::is_known(name)) {
        shell.fs.doubt_more(Doubt::Packages);
    }
    // Who starts what is another question with another loader.
    if brought.has_unknown_loader {
        shell.fs.doubt_more(Doubt::Anything);
    }
    for place in brought.places {
        mark_packaged(shell, &place);
    }
    if rows.len() < choice.new.len() || !choice.missing.is_empty() {
        let names = || choice.new.keys().chain(&choice.missing);
        let is_libc = |name: &String| name == "musl" || name.contains("glibc") || name.contains("compat");
        shell.fs.doubt_more(if names().any(is_libc) { Doubt::Anything } else { Doubt::Packages });
    }
}

/// Notes that a path is part of a package: its weight is in the package's.
pub(crate) fn mark_packaged(shell: &mut Shell, place: &str) {
    if let Some(node) = shell.fs.get(place) {
        let ino = node.ino();
        if let Some(packaged) = shell.extensions.get_or_default::<Packaged>() {
            packaged.0.insert(place.into(), ino);
        }
    }
}

/// Takes the files of packages out of the tree.
pub(crate) fn take_away(shell: &mut Shell, release: &Release, names: &BTreeSet<String>) {
    for row in names.iter().filter_map(|name| release.files(name)) {
        let mut folders: BTreeSet<String> = BTreeSet::new();
        for file in row.files() {
            match file {
                Listed::Partly(folder) => {
                    folders.extend(shell.fs.resolve("/", folder, true));
                }
                Listed::File(folder, name) => {
                    let Ok(folder) = shell.fs.resolve("/", folder, true) else { continue };
                    let _ = shell.fs.remove(&path::join(&folder, name));
                    folders.insert(folder);
                }
            }
        }
        // Folders that came with packages of this very script go when they are empty.
        for folder in folders.iter().rev() {
            let mut folder = folder.as_str();
            while is_packaged(shell, folder) && shell.fs.children(folder).is_empty() {
                let _ = shell.fs.remove(folder);
                folder = path::parent(folder);
            }
        }
    }
}

/// Paths that packages brought, with the inodes they brought.
#[derive(Default)]
struct Packaged(BTreeMap<Arc<str>, u64>);

/// Whether a package of this script brought a path.
fn is_packaged(shell: &Shell, place: &str) -> bool {
    shell.extensions.get::<Packaged>().is_some_and(|packaged| packaged.0.contains_key(place))
}

/// The paths of packages' files that are as the package brought them, of all that are in the tree.
pub(crate) fn packaged_files(shell: &Shell) -> BTreeSet<Arc<str>> {
    let is_own = |place: &str, ino: u64| {
        shell.fs.get(place).is_some_and(|node| node.ino() == ino && !matches!(node.kind, Kind::Dir { .. }))
    };
    let packaged = shell.extensions.get::<Packaged>();
    let paths = packaged.into_iter().flat_map(|packaged| &packaged.0);
    paths.filter(|(place, ino)| is_own(place, **ino)).map(|(place, _)| place.clone()).collect()
}
