//! pnpm-lock.yaml, pnpm's lockfile.

use super::dependency_graph::{LockEntry, LockedVersions, collect_reachable, split_key, unquoted};
use crate::packages::npm::package_json::{PackageJson, PackageSpec};
use std::collections::{BTreeMap, BTreeSet};

/// The packages of a pnpm-lock.yaml (of pnpm 6 to 10) for the package in its own folder.
pub(crate) fn read_pnpm_lock(text: &str, package_json: &PackageJson, dev: bool, musl: bool) -> Option<LockedVersions> {
    if !text.lines().any(|line| line.starts_with("lockfileVersion:")) {
        return None;
    }
    let mut entries: Vec<LockEntry> = Vec::new();
    let mut by_key: BTreeMap<String, usize> = BTreeMap::new();
    let mut direct: BTreeMap<(bool, String), String> = BTreeMap::new();
    // The keys above the current line, by depth.
    let mut path: Vec<String> = Vec::new();
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let depth = (line.len() - line.trim_start().len()) / 2;
        let Some((key, value)) = key_and_value(line.trim()) else { continue };
        path.truncate(depth);
        path.push(key.to_string());
        let place: Vec<&str> = path.iter().map(String::as_str).collect();
        match place.as_slice() {
            // Older files without workspaces have no `importers`.
            ["importers", ".", kind, name] | [kind, name] if is_direct(kind) && !value.is_empty() => {
                direct.insert((*kind == "devDependencies", (*name).to_string()), value.to_string());
            }
            ["importers", ".", kind, name, "version"] | [kind, name, "version"] if is_direct(kind) => {
                direct.insert((*kind == "devDependencies", (*name).to_string()), value.to_string());
            }
            ["packages" | "snapshots", id] => {
                let id = id.trim_start_matches('/').to_string();
                if let Some((name, version)) = name_and_version(&id)
                    && !by_key.contains_key(&id)
                {
                    by_key.insert(id, entries.len());
                    entries.push(LockEntry { name, version, ..LockEntry::default() });
                }
            }
            ["packages" | "snapshots", id, rest @ ..] => {
                let entry = by_key.get(id.trim_start_matches('/')).and_then(|at| entries.get_mut(*at));
                let Some(entry) = entry else { continue };
                match rest {
                    ["dependencies", name] => entry.needs.push(entry_key(name, value)),
                    ["optionalDependencies", name] => entry.optional.push(entry_key(name, value)),
                    [limit @ ("os" | "cpu" | "libc")] => entry.foreign |= !allows_platform(limit, value, musl),
                    _ => {}
                }
            }
            _ => {}
        }
    }
    // Files of pnpm 9 list platform limits under the plain name, and dependencies under the name with its peers.
    let foreign: BTreeSet<(String, String)> =
        entries.iter().filter(|one| one.foreign).map(|one| (one.name.clone(), one.version.clone())).collect();
    for entry in &mut entries {
        entry.foreign |= foreign.contains(&(entry.name.clone(), entry.version.clone()));
    }
    let mut pinned = LockedVersions::default();
    let mut tops = Vec::new();
    for ((is_dev, name), version) in &direct {
        if dev || !is_dev {
            tops.push(entry_key(name, version));
        }
    }
    let has = |one: &PackageSpec| direct.keys().any(|(_, name)| *name == one.name);
    pinned.unlocked = package_json
        .dependencies(dev)
        .iter()
        .filter(|one| !one.optional && !has(one))
        .map(|one| one.name.clone())
        .collect();
    collect_reachable(&entries, &by_key, tops, &mut pinned);
    Some(pinned)
}

fn is_direct(kind: &str) -> bool {
    ["dependencies", "devDependencies", "optionalDependencies"].contains(&kind)
}

/// Splits a line `key: value` of plain YAML.
fn key_and_value(line: &str) -> Option<(&str, &str)> {
    let end = match line.chars().next()? {
        quote @ ('\'' | '"') => line.get(1..)?.find(quote)? + 2,
        _ => line.find(": ").or_else(|| line.ends_with(':').then(|| line.len() - 1))?,
    };
    let value = line.get(end..)?.strip_prefix(':')?;
    Some((unquoted(line.get(..end)?), unquoted(value)))
}

/// Name and version in `name@1.0.0(peer@2.0.0)`, `name@1.0.0_peer@2` or, in old files, `name/1.0.0`.
fn name_and_version(id: &str) -> Option<(String, String)> {
    let plain = id.split(['(', '_']).next().unwrap_or(id);
    let (name, version) = split_key(plain).or_else(|| plain.rsplit_once('/'))?;
    Some((name.to_string(), version.to_string()))
}

/// The key of a dependency's entry. An alias is a complete key itself.
fn entry_key(name: &str, version: &str) -> String {
    let version = version.trim_start_matches('/');
    match version.starts_with(|c: char| c.is_ascii_digit()) {
        true => format!("{name}@{version}"),
        false => version.to_string(),
    }
}

/// Whether a list such as `[linux, darwin]` or `['!win32']` allows Linux, x86-64 or the image's C library.
fn allows_platform(limit: &str, list: &str, musl: bool) -> bool {
    let own = match limit {
        "os" => "linux",
        "cpu" => "x64",
        _ if musl => "musl",
        _ => "glibc",
    };
    let words: Vec<&str> = list.trim_matches(['[', ']']).split(',').map(unquoted).collect();
    let denied = words.iter().any(|word| word.strip_prefix('!') == Some(own));
    words.contains(&own) || !denied && words.iter().all(|word| word.starts_with('!'))
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{names, package_json};
    use super::*;

    #[test]
    fn pnpms_files_old_and_new_are_read() {
        let new = "lockfileVersion: '9.0'\n\nimporters:\n\n  .:\n    dependencies:\n      '@s/b':\n        specifier: ~2.0.0\n        version: 2.0.3(a@1.2.0)\n      a:\n        specifier: ^1.0.0\n        version: 1.2.0\n    devDependencies:\n      d:\n        specifier: '*'\n        version: 3.0.0\n\npackages:\n\n  '@s/b@2.0.3':\n    resolution: {integrity: x}\n\n  a@1.2.0:\n    resolution: {integrity: x}\n\n  c@2.0.0:\n    resolution: {integrity: x}\n    os: [darwin]\n\n  d@3.0.0:\n    resolution: {integrity: x}\n\nsnapshots:\n\n  '@s/b@2.0.3(a@1.2.0)':\n    dependencies:\n      a: 1.2.0\n\n  a@1.2.0:\n    optionalDependencies:\n      c: 2.0.0\n\n  c@2.0.0: {}\n\n  d@3.0.0: {}\n";
        assert_eq!(
            names(&read_pnpm_lock(new, &package_json(), true, false).unwrap()),
            ["@s/b@2.0.3", "a@1.2.0", "d@3.0.0"]
        );
        assert_eq!(names(&read_pnpm_lock(new, &package_json(), false, false).unwrap()), ["@s/b@2.0.3", "a@1.2.0"]);
        let old = "lockfileVersion: 5.4\n\nspecifiers:\n  a: ^1.0.0\n\ndependencies:\n  '@s/b': 2.0.3\n  a: 1.2.0\n\npackages:\n\n  /@s/b/2.0.3:\n    resolution: {integrity: x}\n    dev: false\n\n  /a/1.2.0:\n    resolution: {integrity: x}\n    dependencies:\n      c: 2.0.0\n    dev: false\n\n  /c/2.0.0:\n    resolution: {integrity: x}\n";
        let old = read_pnpm_lock(old, &package_json(), true, false).unwrap();
        assert_eq!(
            (names(&old), old.unlocked),
            (vec!["@s/b@2.0.3".to_string(), "a@1.2.0".into(), "c@2.0.0".into()], vec!["d".to_string()])
        );
        assert_eq!(read_pnpm_lock("no lock", &package_json(), true, false), None);
    }
}
