//! The packs that are graded, with the variants of students.

use stageplay_core::base_images::Catalogue;
use stageplay_core::exercise::{self, Files, Pack, Values};
use stageplay_core::words::{Language, say};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

/// Packs by their index and the values of their variables: many students may share a variant.
type Variants = BTreeMap<(usize, Values), Option<Arc<Pack>>>;

/// The packs that are graded.
#[derive(Debug)]
pub struct Packs {
    /// In their order, with the first values of variables.
    pub all: Vec<Arc<Pack>>,
    /// The base images with which they are graded.
    pub catalogue: Arc<Catalogue>,
    files: Vec<Files>,
    variants: Mutex<Variants>,
}

/// Why packs cannot be graded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unusable {
    /// A pack that cannot be read: its index, and why.
    Pack(usize, Box<exercise::Problem>),
    /// None of them has goals.
    NoGoals,
    /// Two packs have this name.
    SameName(String),
}

impl Unusable {
    /// The message.
    pub fn message(&self, language: Language) -> String {
        match self {
            Unusable::Pack(_, problem) => problem.message(language),
            Unusable::NoGoals => say::<&str>(language, "grade.no-goals", &[]),
            Unusable::SameName(name) => say(language, "grade.same-name", &[("what", name)]),
        }
    }
}

impl Packs {
    /// Reads packs: names, and the files of their folders. Lessons, which have no goals, are left out.
    ///
    /// # Errors
    /// A pack cannot be read, none has goals, or two have one name.
    pub fn new(found: Vec<(String, Files)>, catalogue: Arc<Catalogue>) -> Result<Self, Unusable> {
        let (mut all, mut files) = (Vec::new(), Vec::new());
        let mut names = BTreeSet::new();
        for (index, (name, own)) in found.into_iter().enumerate() {
            let read = exercise::read(&name, &own, None);
            let Some(pack) = read.pack else {
                let problem = read.problems.into_iter().next().ok_or(Unusable::NoGoals)?;
                return Err(Unusable::Pack(index, Box::new(problem)));
            };
            if pack.goals.is_empty() {
                continue;
            }
            if !names.insert(name.clone()) {
                return Err(Unusable::SameName(name));
            }
            all.push(Arc::new(pack));
            files.push(own);
        }
        if all.is_empty() {
            return Err(Unusable::NoGoals);
        }
        Ok(Packs { all, files, variants: Mutex::default(), catalogue })
    }

    /// The pack, if it is only one.
    pub fn only(&self) -> Option<&Arc<Pack>> {
        if let [pack] = self.all.as_slice() { Some(pack) } else { None }
    }

    /// The index of the pack of a name.
    pub fn index(&self, name: &str) -> Option<usize> {
        self.all.iter().position(|pack| pack.name == name)
    }

    /// The seed of a student's variant; empty for a pack without variables.
    pub fn seed(&self, pack: &Pack, student: &str) -> String {
        if pack.variables.is_empty() { String::new() } else { exercise::seed(&pack.name, student) }
    }

    /// A pack with the values of a seed; the pack itself for an empty one.
    pub fn variant(&self, index: usize, seed: &str) -> Option<Arc<Pack>> {
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
    pub fn max_points(&self) -> u64 {
        self.all.iter().map(|pack| pack.max_points()).sum()
    }
}
