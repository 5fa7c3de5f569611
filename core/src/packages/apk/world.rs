//! /etc/apk/world: the packages that apk was asked to install. All installed packages follow from it.

use crate::fs::Content;
use crate::packages::index::Release;
use crate::packages::package_database::Database;
use crate::shell::Shell;
use std::collections::{BTreeMap, BTreeSet};

const WORLD_FILE: &str = "/etc/apk/world";

/// The requested packages by name, each as it was written, with its version constraint.
pub(crate) struct World(BTreeMap<String, String>);

/// The name in a word such as `go~1.21` or `a@edge`.
pub(crate) fn package_name(word: &str) -> &str {
    word.split(['=', '<', '>', '~', '@']).next().unwrap_or(word)
}

impl World {
    /// Reads the image's file. Where it is not known, all installed packages count as requested.
    pub(crate) fn of(shell: &Shell, database: &Database) -> World {
        let mut world = World(BTreeMap::new());
        match shell.read(WORLD_FILE).ok().flatten() {
            Some(bytes) => String::from_utf8_lossy(&bytes).split_whitespace().for_each(|word| world.add(word)),
            None => database.names().iter().for_each(|name| world.add(name)),
        }
        world
    }

    pub(crate) fn add(&mut self, word: &str) {
        self.0.insert(package_name(word).to_string(), word.to_string());
    }

    /// Whether a package is asked for by its name.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    pub(crate) fn remove(&mut self, name: &str) {
        self.0.remove(name);
    }

    pub(crate) fn write(&self, shell: &mut Shell) {
        let text: String = self.0.values().map(|word| format!("{word}\n")).collect();
        if shell.fs.mkdir_all("/etc/apk", 0o755, 0, 0).is_ok() {
            let why = "what apk was asked for; of the image itself it is not known in which words";
            let content = Content::modelled(text.into_bytes(), 0, why);
            let _ = shell.fs.remove(WORLD_FILE);
            let _ = shell.fs.write(WORLD_FILE, content, 0o644, 0, 0);
        }
    }

    /// The installed packages that nothing requires any more once these packages are no longer requested: the
    /// packages themselves and their dependencies.
    pub(crate) fn orphans(&self, release: &Release, database: &Database, gone: &[String]) -> BTreeSet<String> {
        let nothing = BTreeSet::new();
        let groups = |names: &[String]| -> Vec<String> {
            let members =
                |name: &String| database.find(name).map(|stanza| stanza.dependencies().map(str::to_string).collect());
            names.iter().filter_map(members).flat_map(|members: Vec<String>| members).chain(names.to_vec()).collect()
        };
        let closure = |names: Vec<String>| -> BTreeSet<String> {
            let found = release.closure(names.iter().map(String::as_str), &nothing, false);
            found.keys().map(|name| (*name).to_string()).chain(names.iter().cloned()).collect()
        };
        let needed = closure(groups(&self.0.keys().cloned().collect::<Vec<_>>()));
        let base: BTreeSet<&str> = release.base().map(|row| row.name).collect();
        let installed = database.names();
        let is_orphan =
            |name: &String| installed.contains(name) && !needed.contains(name) && !base.contains(name.as_str());
        let mut orphans = closure(groups(gone));
        orphans.retain(is_orphan);
        orphans
    }
}
