//! Which packages `apt-get autoremove` and `purge --auto-remove` take away.

use super::auto_installed::read_automatic;
use crate::packages::index::Release;
use crate::packages::package_database::Database;
use crate::shell::Shell;
use std::collections::BTreeSet;

/// The packages that were installed as dependencies only, and that no remaining package needs.
pub(crate) fn unneeded(
    shell: &Shell,
    release: &Release,
    database: &Database,
    going: &BTreeSet<String>,
    recommends: bool,
) -> BTreeSet<String> {
    let automatic = read_automatic(shell);
    let is_base = |name: &str| release.find(name).is_some_and(|(row, _)| row.in_base);
    let keeps = |name: &String| !going.contains(name) && (!automatic.contains(name) || is_base(name));
    let mut open: Vec<&str> =
        database.stanzas.iter().map(|one| &one.name).filter(|name| keeps(name)).map(String::as_str).collect();
    let mut needed: BTreeSet<String> = BTreeSet::new();
    let names = database.names();
    while let Some(name) = open.pop() {
        if !names.contains(name) || !needed.insert(name.to_string()) {
            continue;
        }
        let Some((row, _)) = release.find(name) else { continue };
        open.extend(row.depends());
        open.extend(row.recommends().filter(|_| recommends));
    }
    automatic
        .into_iter()
        .filter(|name| !needed.contains(name) && !is_base(name) && database.find(name).is_some())
        .collect()
}
