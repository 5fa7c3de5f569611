//! yarn.lock, yarn 1's lockfile.

use super::dependency_graph::{LockEntry, LockedVersions, collect_reachable, split_key, unquoted};
use crate::packages::npm::package_json::PackageJson;
use std::collections::BTreeMap;

/// Words in the names of packages for other systems or processors.
const FOREIGN: [&str; 22] = [
    "darwin",
    "win32",
    "windows",
    "freebsd",
    "openbsd",
    "netbsd",
    "sunos",
    "aix",
    "android",
    "arm64",
    "arm",
    "ia32",
    "armv7",
    "riscv64",
    "s390x",
    "ppc64",
    "ppc64le",
    "loong64",
    "mips64el",
    "wasm32",
    "openharmony",
    "fsevents",
];

/// Whether a package is for another system. Its name decides, since yarn.lock does not say.
fn is_foreign(name: &str) -> bool {
    name.split(['-', '/', '.', '_']).any(|word| FOREIGN.contains(&word))
}

/// The packages of yarn 1's yarn.lock; `None` for another version's. The file does not distinguish C libraries.
pub(crate) fn read_yarn_lock(text: &str, package_json: &PackageJson, dev: bool) -> Option<LockedVersions> {
    if !text.contains("yarn lockfile v1") {
        return None;
    }
    let mut entries: Vec<LockEntry> = Vec::new();
    let mut by_key: BTreeMap<String, usize> = BTreeMap::new();
    let mut optional = None;
    for line in text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#')) {
        let depth = line.len() - line.trim_start().len();
        if depth == 0 {
            let keys: Vec<&str> = line.trim_end_matches(':').split(", ").map(unquoted).collect();
            let name = keys.first().and_then(|key| split_key(key)).map_or("", |(name, _)| name);
            by_key.extend(keys.iter().map(|key| ((*key).to_string(), entries.len())));
            entries.push(LockEntry { name: name.into(), foreign: is_foreign(name), ..LockEntry::default() });
            continue;
        }
        let Some(entry) = entries.last_mut() else { continue };
        let (word, rest) = line.trim().split_once(' ').unwrap_or((line.trim(), ""));
        match (depth, word) {
            (2, "version") => entry.version = unquoted(rest).into(),
            (2, "dependencies:") => optional = Some(false),
            (2, "optionalDependencies:") => optional = Some(true),
            (2, _) => optional = None,
            (4, _) => {
                let key = format!("{}@{}", unquoted(word), unquoted(rest));
                match optional {
                    Some(true) => entry.optional.push(key),
                    Some(false) => entry.needs.push(key),
                    None => {}
                }
            }
            _ => {}
        }
    }
    let mut pinned = LockedVersions::default();
    let mut tops = Vec::new();
    for one in package_json.dependencies(dev) {
        let key = format!("{}@{}", one.name, one.range);
        match by_key.contains_key(&key) {
            true => tops.push(key),
            false if one.optional => {}
            false => pinned.unlocked.push(one.name),
        }
    }
    collect_reachable(&entries, &by_key, tops, &mut pinned);
    Some(pinned)
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{names, package_json};
    use super::*;

    #[test]
    fn yarns_entries_lead_from_one_to_another() {
        let lock = "# yarn lockfile v1\n\n\"@s/b@~2.0.0\", \"@s/b@^2.0.0\":\n  version \"2.0.3\"\n\na@^1.0.0:\n  version \"1.2.0\"\n  resolved \"https://x/a\"\n  dependencies:\n    c \"1 || 2\"\n  optionalDependencies:\n    c-darwin-arm64 \"1\"\n    c-linux-x64 \"1\"\n\n\"c@1 || 2\":\n  version \"2.0.0\"\n\nc-darwin-arm64@1:\n  version \"1.0.0\"\n\nc-linux-x64@1:\n  version \"1.0.0\"\n\nd@*:\n  version \"3.0.0\"\n";
        let all = read_yarn_lock(lock, &package_json(), true).unwrap();
        assert_eq!(names(&all), ["@s/b@2.0.3", "a@1.2.0", "c@2.0.0", "c-linux-x64@1.0.0", "d@3.0.0"]);
        assert_eq!(names(&read_yarn_lock(lock, &package_json(), false).unwrap()).len(), 4);
        let without = read_yarn_lock(&lock.replace("d@*", "d@2"), &package_json(), true).unwrap();
        assert_eq!(without.unlocked, ["d"]);
        assert_eq!(read_yarn_lock("__metadata:\n  version: 8\n", &package_json(), true), None);
    }
}
