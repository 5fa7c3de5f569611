//! The files of installed packages: which paths of the tree belong to a package, and which are unchanged.

use super::index::{ListedFile, Release, Row};
use super::installation::Resolution;
use super::maintainer_scripts;
use super::python;
use crate::fs::{Doubt, Kind, path};
use crate::shell::Shell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Writes the files of new packages into the tree.
pub(crate) fn write_package_files(shell: &mut Shell, release: &Release, resolution: &Resolution) {
    let rows: Vec<Row<'_>> = resolution.new.keys().filter_map(|name| release.files(name)).collect();
    let written = release.write_files(&mut shell.fs, &rows);
    if !written.packages_with_users.iter().all(|name| maintainer_scripts::is_known(name)) {
        shell.fs.doubt_more(Doubt::Packages);
    }
    // With another loader it is not known which programs start.
    if written.has_unknown_loader {
        shell.fs.doubt_more(Doubt::Anything);
    }
    python::write_marker(shell, resolution.new.keys());
    for place in written.places {
        mark_packaged(shell, &place);
    }
    if rows.len() < resolution.new.len() || !resolution.missing.is_empty() {
        let names = || resolution.new.keys().chain(&resolution.missing);
        let is_libc = |name: &String| name == "musl" || name.contains("glibc") || name.contains("compat");
        shell.fs.doubt_more(if names().any(is_libc) { Doubt::Anything } else { Doubt::Packages });
    }
}

/// Records that a path is part of a package, so that its size is counted in the package's.
pub(crate) fn mark_packaged(shell: &mut Shell, place: &str) {
    if let Some(node) = shell.fs.get(place) {
        let ino = node.ino();
        if let Some(packaged) = shell.extensions.get_or_default::<PackagedPaths>() {
            packaged.0.insert(place.into(), ino);
        }
    }
}

/// Removes the files of packages from the tree.
pub(crate) fn remove_package_files(shell: &mut Shell, release: &Release, names: &BTreeSet<String>) {
    for row in names.iter().filter_map(|name| release.files(name)) {
        let mut folders: BTreeSet<String> = BTreeSet::new();
        for file in row.files() {
            match file {
                ListedFile::PartialFolder(folder) => {
                    folders.extend(shell.fs.resolve("/", folder, true));
                }
                ListedFile::File(folder, name) => {
                    let Ok(folder) = shell.fs.resolve("/", folder, true) else { continue };
                    let _ = shell.fs.remove(&path::join(&folder, name));
                    folders.insert(folder);
                }
            }
        }
        // Folders of packages that the same script installed are removed once they are empty.
        for folder in folders.iter().rev() {
            let mut folder = folder.as_str();
            while is_packaged(shell, folder) && shell.fs.children(folder).is_empty() {
                let _ = shell.fs.remove(folder);
                folder = path::parent(folder);
            }
        }
    }
}

/// The paths that packages wrote, with the inodes of the written files.
#[derive(Default)]
struct PackagedPaths(BTreeMap<Arc<str>, u64>);

/// Whether a package that this script installed wrote a path.
fn is_packaged(shell: &Shell, place: &str) -> bool {
    shell.extensions.get::<PackagedPaths>().is_some_and(|packaged| packaged.0.contains_key(place))
}

/// The paths of files in the tree that are unchanged since a package wrote them.
pub(crate) fn packaged_files(shell: &Shell) -> BTreeSet<Arc<str>> {
    let is_unchanged = |place: &str, ino: u64| {
        shell.fs.get(place).is_some_and(|node| node.ino() == ino && !matches!(node.kind, Kind::Dir { .. }))
    };
    let packaged = shell.extensions.get::<PackagedPaths>();
    let paths = packaged.into_iter().flat_map(|packaged| &packaged.0);
    paths.filter(|(place, ino)| is_unchanged(place, **ino)).map(|(place, _)| place.clone()).collect()
}
