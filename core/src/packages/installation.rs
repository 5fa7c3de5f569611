//! Installs and removes packages: resolves dependencies, and changes the package database and the layer.

use super::index::{Estimate, Indexes, Release, SizeList, in_another_release, in_far_release};
use super::index_lookup::language_index;
use super::installed_files::{remove_package_files, write_package_files};
use super::missing_packages::{unweigh_missing, weigh_like, weigh_missing};
use super::package_database::{Database, DatabaseFormat};
use crate::commands::os_release::os_release;
use crate::measure::{Part, Size, Way};
use crate::shell::Shell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Reads the package database. If the image's is not known, the packages of the release's base image stand in, and
/// the second value is false.
pub(crate) fn read_database(
    shell: &Shell,
    release: Option<&Release>,
    format: &'static DatabaseFormat,
) -> (Database, bool) {
    match shell.read(format.path).ok().flatten() {
        Some(bytes) => (Database::read(&String::from_utf8_lossy(&bytes), format), true),
        None => (Database::of(release.into_iter().flat_map(Release::base), format), false),
    }
}

/// Writes the package database into the package manager's files.
pub(crate) fn write_database(shell: &mut Shell, database: &Database, places: &[&str]) {
    let content = database.content();
    for place in places {
        if shell.fs.mkdir_all(crate::fs::path::parent(place), 0o755, 0, 0).is_ok() {
            let _ = shell.fs.remove(place);
            let _ = shell.fs.write(place, content.clone(), 0o644, 0, 0);
        }
    }
}

/// The packages that a request resolves to.
#[derive(Debug, Default)]
pub(crate) struct Resolution {
    /// The new packages with their sizes in bytes and the basis of each size.
    pub(crate) new: BTreeMap<String, (u64, Arc<str>)>,
    /// The packages that were requested by name.
    pub(crate) requested: BTreeSet<String>,
    /// Names that the index does not have.
    pub(crate) missing: Vec<String>,
    /// Whether recommended packages are installed too.
    pub(crate) recommends: bool,
    /// The bytes of the packages beside the base image's that were installed before; `None` if they are not known.
    pub(crate) there: Option<u64>,
    /// The packages come from a repository of another release.
    pub(crate) is_other_release: bool,
}

pub(crate) fn resolve(release: &Release, have: &BTreeSet<String>, wanted: &[String], recommends: bool) -> Resolution {
    let mut resolution = Resolution { recommends, ..Resolution::default() };
    for name in wanted {
        match release.find(name) {
            Some((row, _)) => {
                resolution.requested.insert(row.name.to_string());
            }
            None if have.contains(name) => {
                resolution.requested.insert(name.clone());
            }
            None => resolution.missing.push(name.clone()),
        }
    }
    let new = release.closure(wanted.iter().map(String::as_str), have, recommends);
    resolution.new =
        new.into_iter().map(|(name, (row, basis))| (name.to_string(), (row.bytes, basis.clone()))).collect();
    if !resolution.missing.is_empty() {
        let base: BTreeSet<&str> = release.base().map(|row| row.name).collect();
        let bytes = |name: &String| Some(release.find(name)?.0.bytes);
        resolution.there = have.iter().filter(|name| !base.contains(name.as_str())).map(bytes).sum();
    }
    resolution
}

/// Adds packages to the layer.
///
/// `known`: the previously installed packages are known; otherwise some of the new packages may have been installed
/// already.
pub(crate) fn install(shell: &mut Shell, release: &Release, resolution: &Resolution, known: bool) {
    let of_other_release: Option<fn(u64) -> Estimate> = match release.is_far_release() {
        true => Some(in_far_release),
        false => resolution.is_other_release.then_some(in_another_release),
    };
    for (name, (bytes, basis)) in &resolution.new {
        let size = match (known, of_other_release) {
            (true, Some(estimate)) => {
                let (one, why) = (estimate(*bytes), "its size in another release");
                let part = Part::new(name.as_str(), why, Way::PackageIndex).between(one.low, one.high);
                Size::estimated(one.best, Part { code: Some("similar-package"), ..part })
            }
            (true, None) => Size::modelled(*bytes, basis.clone()),
            (false, _) => {
                let why = "which packages the base image has already is not known";
                Size::estimated(*bytes, Part::new(name.as_str(), why, Way::ImageArchive).between(0, *bytes))
            }
        };
        shell.fs.weigh("/", name, size);
    }
    let unlike = weigh_similar(shell, release, resolution, known);
    // Packages of other repositories are of another kind.
    let one = if has_other_repositories(shell) { None } else { release.typical_size(unlike.len()) };
    weigh_missing(shell, "/", unlike, one, usize::MAX);
    write_package_files(shell, release, resolution);
}

/// Weighs the missing packages whose size a list has, or that are nearly the same as one whose size is known; returns the
/// others.
fn weigh_similar<'r>(shell: &mut Shell, release: &Release, resolution: &'r Resolution, known: bool) -> Vec<&'r String> {
    /// A longer list is estimated as a whole.
    const MAX_LOOKED_UP: usize = 100;
    if resolution.missing.is_empty() || resolution.missing.len() > MAX_LOOKED_UP {
        return resolution.missing.iter().collect();
    }
    let lists = size_lists(shell);
    let new: u64 = resolution.new.values().map(|(bytes, _)| bytes).sum();
    let mut there = resolution.there.filter(|_| known).map_or(u64::MAX, |bytes| bytes.saturating_add(new));
    let mut unlike = Vec::new();
    for name in &resolution.missing {
        match release.similar_size(name, &lists, resolution.recommends, there) {
            Some(estimate) => {
                there = there.saturating_add(estimate.high);
                weigh_like(shell, "/", name, estimate);
            }
            None => unlike.push(name),
        }
    }
    unlike
}

/// The lists of sizes that tell most of the image's release.
fn size_lists(shell: &mut Shell) -> Vec<SizeList> {
    let id = os_release(shell, "ID").unwrap_or_default();
    let version = os_release(shell, "VERSION_ID").unwrap_or_default();
    let lists = Indexes::size_lists(&id, &version).iter();
    lists
        .filter_map(|(name, likeness)| {
            let table = language_index(shell, name)?;
            Some(SizeList { table, likeness: *likeness })
        })
        .collect()
}

/// Whether apt takes packages from repositories that are not the distribution's own.
fn has_other_repositories(shell: &Shell) -> bool {
    let own = |name: &str| ["debian.sources", "ubuntu.sources"].contains(&name);
    shell.fs.children("/etc/apt/sources.list.d").iter().any(|(name, _)| !own(name))
}

/// Removes packages, also those that no index has. Of packages that the same script installed nothing stays.
pub(crate) fn uninstall(shell: &mut Shell, release: &Release, names: &BTreeSet<String>) {
    unweigh_missing(shell, "/", names.iter().filter(|name| release.find(name).is_none()));
    names.iter().filter(|name| release.find(name).is_some()).for_each(|name| shell.fs.unweigh("/", name));
    remove_package_files(shell, release, names);
}
