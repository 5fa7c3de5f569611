//! The packs that are graded, with the variants of students.

use crate::cli::pack_files::FoundPacks;
use crate::cli::usage::UsageError;
use stageplay_core::base_images::Catalogue;
use stageplay_core::exercise::{self, Files, Pack, Values};
use stageplay_core::words::Language;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, Mutex};

/// Packs by their index and the values of their variables: many students may share a variant.
type Variants = BTreeMap<(usize, Values), Option<Arc<Pack>>>;

/// The packs that are graded.
pub(super) struct Packs {
    /// In their order, with the first values of variables.
    pub(super) all: Vec<Arc<Pack>>,
    files: Vec<Files>,
    variants: Mutex<Variants>,
    pub(super) catalogue: Arc<Catalogue>,
}

impl Packs {
    /// # Errors
    /// A pack that cannot be used or has no goals.
    pub(super) fn new(found: &FoundPacks, path: &Path) -> Result<Self, UsageError> {
        if let Some((place, problem)) = found.problems.first() {
            return Err(format!("{}: {}", place.display(), problem.message(Language::English)));
        }
        let (mut all, mut files) = (Vec::new(), Vec::new());
        for one in &found.packs {
            let read = exercise::read(&one.name, &one.files, None);
            let Some(pack) = read.pack else {
                let why = read.problems.first().map(|problem| problem.message(Language::English)).unwrap_or_default();
                return Err(format!("{}: {why}; `stageplay lesson check` says more", one.path.display()));
            };
            // Lessons of a collection are not graded.
            if !pack.goals.is_empty() {
                all.push(Arc::new(pack));
                files.push(one.files.clone());
            }
        }
        if all.is_empty() {
            return Err(format!("{} has no goals to grade", path.display()));
        }
        let names: BTreeSet<&str> = all.iter().map(|pack: &Arc<Pack>| pack.name.as_str()).collect();
        if names.len() < all.len() {
            return Err(format!("{} has two packs of one name", path.display()));
        }
        let catalogue = Arc::new(Catalogue::builtin());
        Ok(Packs { all, files, variants: Mutex::default(), catalogue })
    }

    /// The pack, if it is only one.
    pub(super) fn only(&self) -> Option<&Arc<Pack>> {
        if let [pack] = self.all.as_slice() { Some(pack) } else { None }
    }

    pub(super) fn index(&self, name: &str) -> Option<usize> {
        self.all.iter().position(|pack| pack.name == name)
    }

    /// The seed of a student's variant; empty for a pack without variables.
    pub(super) fn seed(&self, pack: &Pack, student: &str) -> String {
        if pack.variables.is_empty() { String::new() } else { exercise::seed(&pack.name, student) }
    }

    /// A pack with the values of a seed; the pack itself for an empty one.
    pub(super) fn variant(&self, index: usize, seed: &str) -> Option<Arc<Pack>> {
        let pack = self.all.get(index)?;
        if seed.is_empty() {
            return Some(pack.clone());
        }
        let read = || exercise::read(&pack.name, self.files.get(index)?, Some(seed)).pack.map(Arc::new);
        let key = (index, exercise::values(pack, seed));
        match self.variants.lock() {
            Ok(mut known) => known.entry(key).or_insert_with(read).clone(),
            Err(_) => read(),
        }
    }

    /// The points of all packs.
    pub(super) fn max_points(&self) -> u64 {
        self.all.iter().map(|pack| pack.max_points()).sum()
    }
}
