//! The packages that apt installed as dependencies only: /var/lib/apt/extended_states.

use crate::fs::Content;
use crate::packages::index::Release;
use crate::packages::package_database::Database;
use crate::shell::Shell;
use std::collections::BTreeSet;

/// Lists the packages that were installed only as dependencies of others.
const EXTENDED_STATES: &str = "/var/lib/apt/extended_states";

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

/// The packages that were installed only as dependencies.
pub(crate) fn read_automatic(shell: &Shell) -> BTreeSet<String> {
    let bytes = shell.read(EXTENDED_STATES).ok().flatten().unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let stanzas = text.split("\n\n").filter(|stanza| stanza.lines().any(|line| line == "Auto-Installed: 1"));
    stanzas
        .filter_map(|stanza| stanza.lines().find_map(|line| line.strip_prefix("Package: ")))
        .map(str::to_string)
        .collect()
}

pub(crate) fn write_automatic(shell: &mut Shell, automatic: &BTreeSet<String>) {
    let stanza = |name: &String| format!("Package: {name}\nArchitecture: amd64\nAuto-Installed: 1\n\n");
    let text: String = automatic.iter().map(stanza).collect();
    let known = shell.read(EXTENDED_STATES).ok().flatten();
    if known.is_none() && text.is_empty() || known.is_some_and(|known| known == text.as_bytes()) {
        return;
    }
    if shell.fs.mkdir_all("/var/lib/apt", 0o755, 0, 0).is_ok() {
        let _ = shell.fs.write(EXTENDED_STATES, Content::inline(text.into_bytes()), 0o644, 0, 0);
    }
}
