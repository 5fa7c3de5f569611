//! Package managers: which packages an installation chooses, and what they weigh.
//!
//! The indexes are the distributions' own, cut to what Dockerfiles use (`data/packages`). They tell
//! sizes and dependencies, not files: what a package brings is a size without a listing, and the
//! tree is in doubt afterwards.

mod apk;
mod apt;
mod index;

pub(super) use apk::apk;
pub(super) use apt::apt;

use super::Shell;
use crate::fs::{Content, Doubt};
use crate::measure::Size;
use index::Index;
use std::collections::{BTreeMap, BTreeSet};

/// Releases that have an index, with what a size of theirs rests on.
pub(super) fn indexes() -> Vec<(&'static str, &'static str)> {
    let debian = ["12", "13"].into_iter().filter_map(index::debian);
    let names = ["Debian 12", "Debian 13", "Alpine"];
    names.into_iter().zip(debian.chain([index::alpine("")]).map(|index| index.basis)).collect()
}

/// Something in a layer of which the size is known and the files are not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unlisted {
    /// The package.
    pub what: String,
    /// Its size.
    pub size: Size,
}

/// The names that a database lists; `None` if the file is not there or not known.
fn installed(shell: &Shell, file: &str, mark: &str) -> Option<BTreeSet<String>> {
    let bytes = shell.read(file).ok().flatten()?;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    Some(text.lines().filter_map(|line| line.strip_prefix(mark)).map(|name| name.trim().to_string()).collect())
}

/// A field of /etc/os-release, such as `ID`.
fn os_release(shell: &Shell, name: &str) -> Option<String> {
    let text = shell.read("/etc/os-release").ok().flatten()?;
    let text = String::from_utf8_lossy(&text).into_owned();
    let value = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='))?;
    Some(value.trim_matches('"').to_string())
}

/// A database written anew: names only, as long as the real one would be with so many bytes a package.
fn database(names: &BTreeSet<String>, mark: &str, record: usize, basis: &str) -> Content {
    let mut bytes: Vec<u8> = names.iter().flat_map(|name| format!("{mark}{name}\n").into_bytes()).collect();
    bytes.resize(bytes.len().max(record * names.len()), b'\n');
    Content::modelled(bytes, 0, basis)
}

/// What is chosen when packages are asked for.
struct Choice {
    /// New packages with their sizes.
    new: BTreeMap<&'static str, u64>,
    /// Names that the index does not have.
    missing: Vec<String>,
}

fn choose(index: &'static Index, have: &BTreeSet<String>, wanted: &[String], recommends: bool) -> Choice {
    let mut choice = Choice { new: BTreeMap::new(), missing: Vec::new() };
    let mut open: Vec<&str> = Vec::new();
    for name in wanted {
        match index.find(name) {
            Some(row) => open.push(row.name),
            None if have.contains(name) => {}
            None => choice.missing.push(name.clone()),
        }
    }
    while let Some(name) = open.pop() {
        let Some(row) = index.find(name).filter(|row| !have.contains(row.name)) else { continue };
        if choice.new.insert(row.name, row.bytes).is_some() {
            continue;
        }
        open.extend(row.depends.iter().copied());
        if recommends {
            open.extend(row.recommends.iter().copied());
        }
    }
    choice
}

impl Shell {
    /// Adds packages to the layer.
    ///
    /// `known`: what was there before is known; else some of them may have been.
    fn install(&mut self, choice: &Choice, basis: &str, known: bool) {
        for (name, bytes) in &choice.new {
            let size = match known {
                true => Size::modelled(*bytes, basis),
                false => Size::unknown(0, "which packages the base image has already is not known"),
            };
            self.unlisted.push(Unlisted { what: (*name).to_string(), size });
        }
        for name in &choice.missing {
            self.gap("unlisted-package", name.clone());
        }
        // Their files are not listed; another C library may be among them.
        let names = || choice.new.keys().copied().chain(choice.missing.iter().map(String::as_str));
        let is_libc = |name: &str| ["gcompat", "libc6-compat", "musl"].contains(&name) || name.contains("glibc");
        self.fs.doubt_more(if names().any(is_libc) { Doubt::Anything } else { Doubt::Packages });
    }

    /// Takes packages that this very script added away again.
    fn uninstall(&mut self, names: &BTreeSet<String>) {
        self.unlisted.retain(|one| !names.contains(&one.what));
    }
}
