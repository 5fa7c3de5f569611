//! Finds the package index for an image's release, and the package tables of languages.

use super::index::{IndexError, Indexes, PackageTable, Release, ReleaseNames};
use crate::commands::os_release::os_release;
use crate::shell::Shell;
use std::sync::Arc;

/// Gives a shell the package indexes that its package managers read.
pub fn use_indexes(shell: &mut Shell, indexes: Indexes) {
    shell.extensions.insert(indexes);
}

/// The loaded indexes; none unless they were given.
fn loaded_indexes(shell: &Shell) -> Indexes {
    shell.extensions.get::<Indexes>().cloned().unwrap_or_default()
}

/// The packages of the image's release, if it is one of these distributions.
///
/// A table that is not loaded becomes a gap that names it, so that the caller of the shell can fetch it.
pub(crate) fn release_index(shell: &mut Shell, distributions: &[&str]) -> Option<Release> {
    let id = os_release(shell, "ID").filter(|id| distributions.contains(&id.as_str()))?;
    let version = os_release(shell, "VERSION_ID").unwrap_or_default();
    match loaded_indexes(shell).release(&id, &version) {
        Ok(release) => Some(release),
        Err(IndexError::NotLoaded(name)) => {
            shell.gap("package-index-not-loaded", name);
            None
        }
        Err(IndexError::NoNearRelease) => None,
    }
}

/// The package table of a language by name. A table that is not loaded becomes a gap that names it.
pub(crate) fn language_index(shell: &mut Shell, name: &'static str) -> Option<Arc<PackageTable>> {
    let found = loaded_indexes(shell).table(name);
    if found.is_err() {
        shell.gap("package-index-not-loaded", name);
    }
    found.ok()
}

/// The names of all packages of the image's release, if there is a list of them. A list that is not loaded becomes a gap
/// that names it.
pub(crate) fn release_names(shell: &mut Shell) -> Option<Arc<ReleaseNames>> {
    let (id, version) = (os_release(shell, "ID")?, os_release(shell, "VERSION_ID")?);
    match loaded_indexes(shell).release_names(&id, &version) {
        Ok(names) => names,
        Err(IndexError::NotLoaded(name)) => {
            shell.gap("package-index-not-loaded", name);
            None
        }
        Err(IndexError::NoNearRelease) => None,
    }
}
