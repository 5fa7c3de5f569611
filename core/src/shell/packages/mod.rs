//! Package managers: which packages an installation chooses, what they weigh and what they bring.
//!
//! The indexes are the distributions' own ([`crate::packages`]). Programs and libraries of a package
//! are listed, without their sizes: what is known is the whole package's.

mod apk;
mod apt;
mod apt_tools;
mod dnf;
mod dpkg;
mod files;
mod managers;
mod npm;
mod python;
mod scripts;
mod traces;

pub(super) use apk::apk;
pub(super) use apt::{apt, apt_mark};
pub(super) use apt_tools::{add_repository, apt_key, asks as apt_asks};
pub(super) use dnf::dnf;
pub(super) use dpkg::{dpkg, dpkg_query};
pub(super) use files::still_packaged;
pub(super) use managers::{fill, manager, python as python_program};
pub(super) use npm::{corepack, npm};
pub(super) use scripts::certificates;

use super::Shell;
use crate::measure::Size;
use crate::packages::{Database, Format, Missing, Release, Table, os_field};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A field of /etc/os-release, such as `ID`.
pub(in crate::shell) fn os_release(shell: &Shell, name: &str) -> Option<String> {
    let text = shell.read("/etc/os-release").ok().flatten()?;
    os_field(&String::from_utf8_lossy(&text), name)
}

/// Major and minor number of `VERSION_ID`: 3.9 is older than 3.19. Debian's unstable release has none.
pub(in crate::shell) fn os_version(shell: &Shell) -> Option<(u32, u32)> {
    let version = os_release(shell, "VERSION_ID")?;
    let mut parts = version.split('.');
    Some((parts.next()?.parse().ok()?, parts.next().and_then(|part| part.parse().ok()).unwrap_or(0)))
}

/// The packages of the release at work, if it is one of these distributions.
///
/// A table that is not loaded becomes a gap that names it: who runs the shell may fetch it.
fn release(shell: &mut Shell, distributions: &[&str]) -> Option<Release> {
    let id = os_release(shell, "ID").filter(|id| distributions.contains(&id.as_str()))?;
    let version = os_release(shell, "VERSION_ID").unwrap_or_default();
    match shell.packages.release(&id, &version) {
        Ok(release) => Some(release),
        Err(Missing::Table(name)) => {
            shell.gap("package-index-not-loaded", name);
            None
        }
        Err(Missing::Release) => None,
    }
}

/// What is installed, and whether the image shows it: else what the release's base image has stands in.
fn installed(shell: &Shell, release: Option<&Release>, format: &'static Format) -> (Database, bool) {
    match shell.read(format.place).ok().flatten() {
        Some(bytes) => (Database::read(&String::from_utf8_lossy(&bytes), format), true),
        None => (Database::of(release.into_iter().flat_map(Release::base), format), false),
    }
}

/// Writes what is installed into the package manager's files.
fn note(shell: &mut Shell, database: &Database, places: &[&str]) {
    let content = database.content();
    for place in places {
        if shell.fs.mkdir_all(crate::fs::path::parent(place), 0o755, 0, 0).is_ok() {
            let _ = shell.fs.remove(place);
            let _ = shell.fs.write(place, content.clone(), 0o644, 0, 0);
        }
    }
}

/// The packages of a language, by their table's name. One that is not loaded becomes a gap that names it.
fn table(shell: &mut Shell, name: &'static str) -> Option<Arc<Table>> {
    let found = shell.packages.table(name);
    if found.is_err() {
        shell.gap("package-index-not-loaded", name);
    }
    found.ok()
}

/// What is chosen when packages are asked for.
#[derive(Debug, Default)]
struct Choice {
    /// New packages with their sizes and what these rest on.
    new: BTreeMap<String, (u64, Arc<str>)>,
    /// What was asked for by name.
    named: BTreeSet<String>,
    /// Names that the index does not have.
    missing: Vec<String>,
}

fn choose(release: &Release, have: &BTreeSet<String>, wanted: &[String], recommends: bool) -> Choice {
    let mut choice = Choice::default();
    for name in wanted {
        match release.find(name) {
            Some((row, _)) => {
                choice.named.insert(row.name.to_string());
            }
            None if have.contains(name) => {
                choice.named.insert(name.clone());
            }
            None => choice.missing.push(name.clone()),
        }
    }
    let new = release.closure(wanted.iter().map(String::as_str), have, recommends);
    choice.new = new.into_iter().map(|(name, (row, basis))| (name.to_string(), (row.bytes, basis.clone()))).collect();
    choice
}

impl Shell {
    /// Adds packages to the layer.
    ///
    /// `known`: what was there before is known; else some of them may have been.
    fn install(&mut self, release: &Release, choice: &Choice, known: bool) {
        for (name, (bytes, basis)) in &choice.new {
            let size = match known {
                true => Size::modelled(*bytes, basis.clone()),
                false => Size::unknown(0, "which packages the base image has already is not known"),
            };
            self.fs.weigh("/", name, size);
        }
        for name in &choice.missing {
            self.gap("unlisted-package", name.clone());
        }
        self.bring(release, choice);
    }

    /// Takes packages away: of those that this very script added nothing stays.
    fn uninstall(&mut self, release: &Release, names: &BTreeSet<String>) {
        names.iter().for_each(|name| self.fs.unweigh("/", name));
        self.take_away(release, names);
    }
}
