//! The histories of official images: every tag that 187 families of Docker's and nine of .NET ever had, which build it
//! meant on which day, and the facts of the builds' Dockerfiles.
//!
//! `data/official` has a packed file a family, made by `cargo xtask official` from the public histories of
//! docker-library/official-images, of each image's own repository and of dotnet/dotnet-docker.

mod family;
mod packed;

pub(crate) use family::{Build, BuildFacts, Family, MeasuredSize, Platform};

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock, Mutex};

/// The names of all families, one a line.
const NAMES: &str = include_str!("../../../data/official/families.txt");

#[cfg(feature = "packages")]
const COMPILED_IN: &[(&str, &[u8])] = include!("../../../data/official/builtin.rs");
#[cfg(not(feature = "packages"))]
const COMPILED_IN: &[(&str, &[u8])] = &[];

/// The family is known, its history is not loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NotLoaded(pub(crate) String);

/// The histories at hand. Those that are compiled in are read at first use.
#[derive(Debug, Default)]
pub(crate) struct Families {
    /// Whether there are no others than those in `loaded`.
    pub(super) only_added: bool,
    loaded: Mutex<BTreeMap<String, Arc<Family>>>,
    /// What was asked for and is not loaded.
    missing: Mutex<BTreeSet<String>>,
}

impl Clone for Families {
    fn clone(&self) -> Self {
        let loaded = self.loaded.lock().map(|loaded| loaded.clone()).unwrap_or_default();
        Families { only_added: self.only_added, loaded: Mutex::new(loaded), missing: Mutex::default() }
    }
}

/// The name of a family's file without its ending: `mcr.microsoft.com__dotnet__sdk`.
pub fn file_name(family: &str) -> String {
    family.replace('/', "__")
}

/// The names of all families, in order.
pub fn names() -> &'static [&'static str] {
    static ALL: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
        let mut names: Vec<&str> = NAMES.lines().collect();
        names.sort_unstable();
        names
    });
    &ALL
}

impl Families {
    /// None but those that are added, even where some are compiled in.
    pub(crate) fn only_added() -> Self {
        Families { only_added: true, ..Families::default() }
    }

    /// Whether there is a family of this name, loaded or not.
    pub(crate) fn is_known(name: &str) -> bool {
        names().binary_search(&name).is_ok()
    }

    /// A family's history; `None` if there is no such family.
    ///
    /// # Errors
    /// Its history is not loaded.
    pub(crate) fn get(&self, name: &str) -> Result<Option<Arc<Family>>, NotLoaded> {
        if !Self::is_known(name) {
            return Ok(None);
        }
        let not_loaded = || self.not_loaded(name);
        let mut loaded = self.loaded.lock().map_err(|_| not_loaded())?;
        if let Some(family) = loaded.get(name) {
            return Ok(Some(family.clone()));
        }
        let compiled_in: &[_] = if self.only_added { &[] } else { COMPILED_IN };
        let place = compiled_in.binary_search_by(|(of, _)| (*of).cmp(name)).ok();
        let bytes = place.and_then(|place| compiled_in.get(place)).ok_or_else(not_loaded)?.1;
        // A test reads all of them.
        let family = Arc::new(packed::read(bytes).map_err(|_| not_loaded())?);
        loaded.insert(name.to_string(), family.clone());
        Ok(Some(family))
    }

    /// Notes that something is not loaded.
    pub(crate) fn not_loaded(&self, name: &str) -> NotLoaded {
        if let Ok(mut missing) = self.missing.lock() {
            missing.insert(name.to_string());
        }
        NotLoaded(name.to_string())
    }

    /// What was asked for since the last call and is not loaded, in order.
    pub(crate) fn take_missing(&self) -> BTreeSet<String> {
        self.missing.lock().map(|mut missing| std::mem::take(&mut *missing)).unwrap_or_default()
    }

    /// Adds a history that was fetched: the bytes of a file of `data/official`.
    ///
    /// # Errors
    /// It cannot be read.
    pub(crate) fn add(&self, bytes: &[u8]) -> Result<Arc<Family>, String> {
        let family = Arc::new(packed::read(bytes)?);
        if !Self::is_known(&family.name) {
            return Err(format!("{} is no family that is known", family.name));
        }
        if let Ok(mut loaded) = self.loaded.lock() {
            loaded.insert(family.name.clone(), family.clone());
        }
        Ok(family)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_history_is_read_with_the_facts_of_every_build() {
        assert_eq!(names().len(), COMPILED_IN.len());
        let mut builds = 0;
        for (name, bytes) in COMPILED_IN {
            let family = packed::read(bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(family.name, *name);
            assert!(family.until.is_some() && !family.builds().is_empty(), "{name}");
            for build in family.builds() {
                let facts = packed::facts(build);
                assert!(facts.is_ok(), "{name}:{}: {facts:?}", build.name);
                builds += 1;
            }
        }
        assert!(builds > 90_000, "{builds}");
    }
}
