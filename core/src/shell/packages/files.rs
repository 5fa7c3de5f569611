//! The files that packages bring: which of the tree's are theirs, and as they brought them.

use super::{Choice, scripts};
use crate::fs::{Doubt, Kind, path};
use crate::packages::{Listed, Release, Row};
use crate::shell::Shell;
use std::collections::BTreeSet;
use std::sync::Arc;

impl Shell {
    /// Puts the files of new packages into the tree.
    pub(super) fn bring(&mut self, release: &Release, choice: &Choice) {
        let rows: Vec<Row<'_>> = choice.new.keys().filter_map(|name| release.files(name)).collect();
        let brought = release.bring(&mut self.fs, &rows);
        if !brought.with_users.iter().all(|name| scripts::is_known(name)) {
            self.fs.doubt_more(Doubt::Packages);
        }
        // Who starts what is another question with another loader.
        if brought.has_unknown_loader {
            self.fs.doubt_more(Doubt::Anything);
        }
        for place in brought.places {
            self.is_packaged(&place);
        }
        if rows.len() < choice.new.len() || !choice.missing.is_empty() {
            let names = || choice.new.keys().chain(&choice.missing);
            let is_libc = |name: &String| name == "musl" || name.contains("glibc") || name.contains("compat");
            self.fs.doubt_more(if names().any(is_libc) { Doubt::Anything } else { Doubt::Packages });
        }
    }

    /// Notes that a path is part of a package: its weight is in the package's.
    pub(super) fn is_packaged(&mut self, place: &str) {
        if let Some(node) = self.fs.get(place) {
            self.packaged.insert(place.into(), node.ino());
        }
    }

    /// Takes the files of packages out of the tree.
    pub(super) fn take_away(&mut self, release: &Release, names: &BTreeSet<String>) {
        for row in names.iter().filter_map(|name| release.files(name)) {
            let mut folders: BTreeSet<String> = BTreeSet::new();
            for file in row.files() {
                match file {
                    Listed::Partly(folder) => {
                        folders.extend(self.fs.resolve("/", folder, true));
                    }
                    Listed::File(folder, name) => {
                        let Ok(folder) = self.fs.resolve("/", folder, true) else { continue };
                        let _ = self.fs.remove(&path::join(&folder, name));
                        folders.insert(folder);
                    }
                }
            }
            // Folders that came with packages of this very script go when they are empty.
            for folder in folders.iter().rev() {
                let mut folder = folder.as_str();
                while self.packaged.contains_key(folder) && self.fs.children(folder).is_empty() {
                    let _ = self.fs.remove(folder);
                    folder = path::parent(folder);
                }
            }
        }
    }
}

/// The paths of packages' files that are as the package brought them, of all that are in the tree.
pub(in crate::shell) fn still_packaged(shell: &Shell) -> BTreeSet<Arc<str>> {
    let is_own = |place: &str, ino: u64| {
        shell.fs.get(place).is_some_and(|node| node.ino() == ino && !matches!(node.kind, Kind::Dir { .. }))
    };
    shell.packaged.iter().filter(|(place, ino)| is_own(place, **ino)).map(|(place, _)| place.clone()).collect()
}
