//! Package indexes. They are too large to load all of them, so each is fetched when a build needs it.

use stageplay_core::base_images::Catalogue;
use stageplay_core::packages::index::Indexes;
use stageplay_core::simulate::Simulation;
use std::collections::BTreeSet;

/// The indexes that are loaded and those that were requested.
#[derive(Debug)]
pub(crate) struct PackageIndexes {
    loaded: Indexes,
    requested: BTreeSet<String>,
    /// Those of the requested ones that did not arrive yet.
    loading: BTreeSet<String>,
    /// Those that could not be fetched, until a simulation asks for them again.
    failed: BTreeSet<String>,
}

impl Default for PackageIndexes {
    fn default() -> Self {
        PackageIndexes {
            loaded: Indexes::builtin(),
            requested: BTreeSet::new(),
            loading: BTreeSet::new(),
            failed: BTreeSet::new(),
        }
    }
}

impl PackageIndexes {
    /// No index at all, not even those that are compiled in.
    #[cfg(test)]
    pub(crate) fn empty() -> Self {
        PackageIndexes { loaded: Indexes::default(), ..PackageIndexes::default() }
    }

    /// Puts the loaded indexes into a catalogue.
    pub(crate) fn add_to(&self, mut catalogue: Catalogue) -> Catalogue {
        catalogue.packages = self.loaded.clone();
        catalogue
    }

    /// The indexes that a simulation lacked and that were not requested before; marks them as requested.
    pub(crate) fn request_missing(&mut self, simulation: &Simulation) -> Vec<String> {
        let missing = simulation.built.diagnostics.iter().filter(|one| one.code == "package-index-not-loaded");
        let names = missing.flat_map(|one| &one.params).filter(|(key, _)| *key == "what").map(|(_, name)| name.clone());
        // The search for fixes may need an index, too.
        let names = names.chain(simulation.missing_index.map(str::to_string));
        let names: Vec<String> = names.filter(|name| self.requested.insert(name.clone())).collect();
        self.loading.extend(names.iter().cloned());
        self.failed.retain(|name| !names.contains(name));
        names
    }

    /// Those of the named indexes that were not requested before and did not fail; marks them as requested.
    pub(crate) fn request(&mut self, names: Vec<String>) -> Vec<String> {
        let is_new = |name: &String| !self.failed.contains(name) && self.requested.insert(name.clone());
        let names: Vec<String> = names.into_iter().filter(is_new).collect();
        self.loading.extend(names.iter().cloned());
        names
    }

    /// Whether an index is being fetched.
    pub(crate) fn is_loading(&self) -> bool {
        !self.loading.is_empty()
    }

    /// Adds the table of an index. Returns false if it cannot be used.
    pub(crate) fn add(&mut self, name: &str, table: String) -> bool {
        self.loading.remove(name);
        self.loaded.add(name, table)
    }

    /// Allows an index whose request failed to be requested again.
    pub(crate) fn request_failed(&mut self, name: &str) {
        self.requested.remove(name);
        self.loading.remove(name);
        self.failed.insert(name.to_string());
    }
}
