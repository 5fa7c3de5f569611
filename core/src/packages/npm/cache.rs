//! The download caches of npm, yarn and pnpm: npm's _cacache, yarn's cache, pnpm's store.
//!
//! Measured with npm 11, yarn 1.22 and pnpm 9.

use super::registry::{name_of, note};
use crate::measure::Size;
use crate::packages::index::{Estimate, PackageTable, Row};
use crate::packages::missing_packages::{cache_name, estimated_size, share_of};
use crate::shell::Shell;
use std::collections::BTreeSet;

/// An entry of npm's cache, in bytes.
const NPM_ENTRY: u64 = 1_300;
/// Bytes that yarn keeps of a package beside its files and its archive: manifest, readme, licence.
const YARN_ENTRY: u64 = 8_550;
/// Bytes that pnpm's store keeps about a package's files.
const PNPM_ENTRY: u64 = 4_500;

/// The cache folder of a tool. pnpm's is its store; the files in `node_modules` are hard links to it.
fn cache_folder(shell: &Shell, tool: &str) -> String {
    let home = shell.var("HOME").unwrap_or("/root");
    let set = |name: &str| shell.var(name).filter(|value| !value.is_empty()).map(str::to_string);
    match tool {
        "npm" => format!("{}/_cacache", set("NPM_CONFIG_CACHE").unwrap_or_else(|| format!("{home}/.npm"))),
        "yarn" => {
            let usual =
                if shell.user.uid == 0 { "/usr/local/share/.cache/yarn".into() } else { format!("{home}/.cache/yarn") };
            format!("{}/v6", set("YARN_CACHE_FOLDER").unwrap_or(usual))
        }
        _ => format!("{}/store", set("PNPM_HOME").unwrap_or_else(|| format!("{home}/.local/share/pnpm"))),
    }
}

/// `npm cache clean`, `yarn cache clean`, `pnpm store prune`.
pub(crate) fn clean_cache(shell: &mut Shell, tool: &str) {
    if let Ok(real) = shell.fs.resolve("/", &cache_folder(shell, tool), true) {
        let _ = shell.fs.remove(&real);
    }
}

/// What a tool fetched.
pub(crate) struct Fetched<'r> {
    /// The packages, each with its version.
    pub(crate) rows: &'r [(Row<'r>, String)],
    /// The packages that the table does not have.
    pub(crate) missing: &'r BTreeSet<String>,
    /// What the cache keeps of one of these, if that can be estimated.
    pub(crate) missing_one: Option<Estimate>,
    /// Whether the tool asked the registry which versions there are.
    pub(crate) asks_registry: bool,
    /// Whether the tool fetched nothing else.
    pub(crate) is_complete: bool,
}

/// What the tool's cache keeps of a package of this estimated size, as of the table's packages together.
pub(crate) fn cached_size(table: &PackageTable, tool: &str, one: Estimate, asks_registry: bool) -> Estimate {
    let (archives, unpacked) = table.archive_bytes();
    let count = table.rows().count().max(1) as u64;
    let metadata = table.rows().map(|row| note(&row, "index")).sum::<u64>() / count;
    let metadata = if asks_registry { metadata } else { 0 };
    let (kept, entry) = match tool {
        "npm" => (archives, NPM_ENTRY),
        "yarn" => (archives.saturating_add(unpacked), YARN_ENTRY),
        _ => (0, PNPM_ENTRY),
    };
    let share = share_of(one, kept, unpacked).unwrap_or(one);
    let with = |bytes: u64| bytes.saturating_add(entry).saturating_add(metadata);
    Estimate { low: share.low.saturating_add(entry), best: with(share.best), high: with(share.high) }
}

/// Adds packages to the tool's cache: their archives and the registry's metadata.
pub(crate) fn write_cache(shell: &mut Shell, tool: &str, fetched: &Fetched<'_>) {
    let Fetched { rows, asks_registry, is_complete, .. } = *fetched;
    if let Some(one) = fetched.missing_one {
        let what = cache_name(tool, fetched.missing);
        let size = estimated_size(&what, fetched.missing.len() as u64, one);
        weigh(shell, &cache_folder(shell, tool), &what, size, is_complete);
    }
    if rows.is_empty() && is_complete {
        return;
    }
    let place = cache_folder(shell, tool);
    let mut seen = BTreeSet::new();
    let once: Vec<&Row<'_>> =
        rows.iter().filter(|(row, version)| seen.insert((row.name, version))).map(|(row, _)| row).collect();
    let count = once.len() as u64;
    let (bytes, basis) = match tool {
        "npm" => (
            rows.iter().map(|(row, _)| row.records + NPM_ENTRY).sum::<u64>()
                + registry_bytes(rows, asks_registry, NPM_ENTRY),
            "the archives of these packages, and what the registry tells of them, as npm 11 keeps them",
        ),
        "yarn" => (
            once.iter().map(|row| row.bytes + row.records).sum::<u64>() + count * YARN_ENTRY,
            "the archives of these packages and their files, as yarn 1.22 keeps them",
        ),
        _ => (
            count * PNPM_ENTRY,
            "what pnpm 9 notes of these packages; their files are hard links to those in node_modules",
        ),
    };
    weigh(
        shell,
        &place,
        &format!("{tool}'s cache of {} packages", rows.len()),
        Size::modelled(bytes, basis),
        is_complete,
    );
    if tool == "pnpm" && asks_registry {
        let metadata = format!("{}/.cache/pnpm", shell.var("HOME").unwrap_or("/root"));
        let size = Size::modelled(
            registry_bytes(rows, true, 0),
            "what the registry tells of these packages, as pnpm 9 keeps it",
        );
        weigh(shell, &metadata, &format!("the registry's words of {} packages", rows.len()), size, is_complete);
    }
}

/// Bytes of the registry's metadata of each package, which covers all its versions.
fn registry_bytes(rows: &[(Row<'_>, String)], asks_registry: bool, entry: u64) -> u64 {
    let mut seen = BTreeSet::new();
    let names = rows.iter().filter(|(row, _)| asks_registry && seen.insert(name_of(row.name)));
    names.map(|(row, _)| note(row, "index") + entry).sum()
}

fn weigh(shell: &mut Shell, place: &str, what: &str, size: Size, is_complete: bool) {
    let (uid, gid, mode) = (shell.user.uid, shell.user.gid, shell.folder_mode());
    let Ok(real) = shell.fs.mkdir_all(place, mode, uid, gid) else { return };
    if !is_complete {
        shell.fs.set_partial(&real);
    }
    shell.fs.weigh_whole(&real, what, size);
}
