//! The files that packages bring: programs and libraries by name, the rest by its folder.

use super::{Choice, scripts};
use crate::elf::{self, Elf, Machine};
use crate::fs::{Content, Doubt, Kind, path};
use crate::packages::{Listed, Release, Row};
use crate::shell::Shell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A library's names in one folder of a package, such as libz.so.1 and libz.so.1.3.1.
type Names<'a> = BTreeMap<&'a str, BTreeSet<&'a str>>;

impl Shell {
    /// Puts the files of new packages into the tree.
    pub(super) fn bring(&mut self, release: &Release, choice: &Choice) {
        let rows: Vec<Row<'_>> = choice.new.keys().filter_map(|name| release.files(name)).collect();
        // What links into another package's folder comes behind that package.
        let mut links = Vec::new();
        for row in &rows {
            self.bring_one(row, &mut links);
        }
        for (folder, name, row) in links {
            self.link_library(&folder, name, &row);
        }
        if rows.len() < choice.new.len() || !choice.missing.is_empty() {
            let names = || choice.new.keys().chain(&choice.missing);
            let is_libc = |name: &String| name == "musl" || name.contains("glibc") || name.contains("compat");
            self.fs.doubt_more(if names().any(is_libc) { Doubt::Anything } else { Doubt::Packages });
        }
    }

    fn bring_one<'a>(&mut self, row: &Row<'a>, links: &mut Vec<(String, &'a str, Row<'a>)>) {
        let mut names: Names<'a> = BTreeMap::new();
        for file in row.files() {
            match file {
                Listed::Partly(scripts::PASSWD) => {
                    if !scripts::is_known(row.name) {
                        self.fs.doubt_more(Doubt::Packages);
                    }
                }
                Listed::Partly(folder) => {
                    if let Some(place) = self.package_folder(folder) {
                        self.fs.set_partial(&place);
                    }
                }
                Listed::File(folder, name) => {
                    names.entry(folder).or_default().insert(name);
                }
            }
        }
        for (folder, names) in &names {
            let Some(place) = self.package_folder(folder) else { continue };
            for name in names {
                // Another loader: who starts what is another question then.
                if name.starts_with("ld-") && self.fs.stat(&place, name).is_err() {
                    self.fs.doubt_more(Doubt::Anything);
                    continue;
                }
                if name.ends_with(".so") && !names.iter().any(|other| is_version_of(other, name)) {
                    links.push((place.clone(), name, *row));
                    continue;
                }
                self.bring_file(&place, name, names, row);
            }
        }
    }

    fn bring_file(&mut self, folder: &str, name: &str, names: &BTreeSet<&str>, row: &Row<'_>) {
        let place = path::join(folder, name);
        if self.fs.get(&place).is_some() {
            return;
        }
        // The longest name is the file, the others lead to it.
        if let Some(target) = names.iter().filter(|other| is_version_of(other, name)).max_by_key(|other| other.len()) {
            let _ = self.fs.symlink(target, &place, 0, 0);
            self.is_packaged(&place);
            return;
        }
        let why = format!("a file of the package {}, of which the whole size is known", row.name);
        let is_program = folder.ends_with("bin") || folder.ends_with("games");
        let (content, mode) = match name.contains(".so") {
            true => {
                let soname = names.iter().filter(|other| is_version_of(name, other) && other.contains(".so.")).min();
                let mut library = Elf::new(Machine::X86_64, true);
                library.soname = Some((*soname.unwrap_or(&name)).to_string());
                (Content::started(elf::write(&library), why), 0o644)
            }
            false => (Content::unknown(why), if is_program { 0o755 } else { 0o644 }),
        };
        let _ = self.fs.write(&place, content, mode, 0, 0);
        self.is_packaged(&place);
    }

    /// `libz.so` of a development package leads to the library itself; without one it is a file.
    fn link_library(&mut self, folder: &str, name: &str, row: &Row<'_>) {
        let children = self.fs.children(folder);
        let versions = children.iter().filter(|(other, node)| is_version_of(other, name) && !node.is_dir());
        let target = versions.map(|(other, _)| (*other).to_string()).max_by_key(String::len);
        // glibc's are texts for the linker.
        match target.filter(|_| !["libc.so", "libm.so"].contains(&name)) {
            Some(target) if self.fs.get(&path::join(folder, name)).is_none() => {
                let _ = self.fs.symlink(&target, &path::join(folder, name), 0, 0);
                self.is_packaged(&path::join(folder, name));
            }
            Some(_) => {}
            None => self.bring_file(folder, name, &BTreeSet::from([name]), row),
        }
    }

    fn package_folder(&mut self, folder: &str) -> Option<String> {
        match self.fs.stat("/", folder) {
            Ok((place, node)) => node.is_dir().then_some(place),
            Err(_) => {
                let place = self.fs.mkdir_all(folder, 0o755, 0, 0).ok()?;
                self.is_packaged(&place);
                Some(place)
            }
        }
    }

    /// Notes that a path is part of a package: its weight is in the package's.
    fn is_packaged(&mut self, place: &str) {
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

/// Whether `name` is `short` with a version behind it: `libz.so.1.3` of `libz.so.1`.
fn is_version_of(name: &str, short: &str) -> bool {
    name.strip_prefix(short).is_some_and(|rest| rest.starts_with('.')) && short.contains(".so")
}

/// The paths of packages' files that are as the package brought them, of all that are in the tree.
pub(in crate::shell) fn still_packaged(shell: &Shell) -> BTreeSet<Arc<str>> {
    let is_own = |place: &str, ino: u64| {
        shell.fs.get(place).is_some_and(|node| node.ino() == ino && !matches!(node.kind, Kind::Dir { .. }))
    };
    shell.packaged.iter().filter(|(place, ino)| is_own(place, **ino)).map(|(place, _)| place.clone()).collect()
}
