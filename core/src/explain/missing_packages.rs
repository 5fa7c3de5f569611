//! Fixes that install a distribution package with the missing program or library.

use super::{Candidate, FixContext};
use crate::exec::Cause;
use crate::fs::path;
use crate::image::{Image, os_field};
use crate::packages::index::{IndexError, ListedFile, Release};
use crate::packages::package_database::{APK_INSTALLED, DPKG_STATUS, Database};

/// The most packages that are tried: the smallest of those that have the file.
const MAX_PACKAGES: usize = 2;

impl FixContext<'_> {
    /// Installs packages that have the missing files, at the start of the target stage.
    ///
    /// `missing_index` is set to the name of the package index to search, if it is not loaded.
    pub(super) fn install_packages(&self, cause: &Cause, missing_index: &mut Option<&'static str>) -> Vec<Candidate> {
        let Some(names) = missing_files(cause) else { return Vec::new() };
        let release = |field: &str| self.os_release(field).unwrap_or_default();
        let id = release("ID");
        let Some(install) = install_instruction(&id) else { return Vec::new() };
        let index = match self.catalogue.packages.release(&id, &release("VERSION_ID")) {
            Ok(index) => index,
            Err(IndexError::NotLoaded(name)) => {
                *missing_index = Some(name);
                return Vec::new();
            }
            Err(IndexError::NoNearRelease) => return Vec::new(),
        };
        let Some(stage) = self.target() else { return Vec::new() };
        let mut sets: Vec<Vec<String>> = Vec::new();
        // One instruction installs all missing files. For a single file several packages may be offered.
        let found: Vec<Vec<String>> = names.iter().map(|name| owners(&index, name)).collect();
        if found.iter().all(|owners| !owners.is_empty()) {
            for choice in 0..MAX_PACKAGES {
                let pick = |owners: &Vec<String>| owners.get(choice).or(owners.first()).cloned();
                let mut set: Vec<String> = found.iter().filter_map(pick).collect();
                set.sort();
                set.dedup();
                if !sets.contains(&set) {
                    sets.push(set);
                }
            }
        }
        sets.into_iter()
            .map(|set| {
                let packages = set.join(" ");
                let line = install.replace("{}", &packages);
                Candidate::new(
                    "install-packages",
                    vec![("packages", packages)],
                    vec![self.line_behind(&stage.from, &line)],
                )
            })
            .collect()
    }

    pub(super) fn os_release(&self, field: &str) -> Option<String> {
        let (_, node) = self.image.tree.stat("/", "/etc/os-release").ok()?;
        os_field(&String::from_utf8_lossy(node.content()?.bytes()?), field)
    }
}

/// Whether the image has a package database, and a package is not in it.
pub(crate) fn lacks_package(image: &Image, name: &str) -> bool {
    let database = [&APK_INSTALLED, &DPKG_STATUS].into_iter().find_map(|format| {
        let (_, node) = image.tree.stat("/", format.path).ok()?;
        Some(Database::read(&String::from_utf8_lossy(node.content()?.bytes()?), format))
    });
    database.is_some_and(|database| !database.stanzas.is_empty() && !database.names().contains(name))
}

/// The instruction that installs packages, as the distribution's own guide writes it.
pub(super) fn install_instruction(id: &str) -> Option<&'static str> {
    match id {
        "alpine" => Some("RUN apk add --no-cache {}"),
        "debian" | "ubuntu" => {
            Some("RUN apt-get update && apt-get install -y --no-install-recommends {} && rm -rf /var/lib/apt/lists/*")
        }
        _ => None,
    }
}

/// The names of the missing files. The loader of another C library is not listed: whether gcompat's loader finds all
/// symbols of a program is not modelled, so the fix could not be proven.
fn missing_files(cause: &Cause) -> Option<Vec<String>> {
    Some(match cause {
        Cause::LibraryMissing { libraries, .. } => libraries.clone(),
        Cause::ScriptInterpreterMissing { interpreter, carriage_return: false, .. } => {
            vec![path::file_name(interpreter).to_string()]
        }
        Cause::NotFound { path, .. } => vec![path::file_name(path).to_string()],
        _ => return None,
    })
}

/// The packages that list a file of this name, the smallest first; packages for cross-compiling and `-dev` packages come
/// last.
fn owners(index: &Release, name: &str) -> Vec<String> {
    let has = |file: ListedFile<'_>| matches!(file, ListedFile::File(_, listed) if listed == name);
    let mut found: Vec<(bool, u64, &str)> = index
        .rows()
        .filter(|row| row.files().any(has))
        .map(|row| (row.name.contains("cross") || row.name.ends_with("-dev"), row.bytes, row.name))
        .collect();
    found.sort_unstable();
    found.into_iter().map(|(_, _, name)| name.to_string()).collect()
}
