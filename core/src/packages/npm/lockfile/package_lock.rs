//! npm's lockfile: package-lock.json and npm-shrinkwrap.json.

use crate::shell::Shell;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The deepest nesting of packages that is read from an old lockfile.
const MAX_DEPTH: u32 = 30;

/// A package of the lockfile.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct LockedPackage {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) dev: bool,
    /// Whether it is at the top of `node_modules`, not below another package.
    pub(crate) top: bool,
    /// The systems, processors and C libraries that it is for; an empty list allows all.
    limits: [Vec<String>; 3],
    /// Whether the lockfile has the address of its archive, so that the registry need not be asked.
    pub(crate) resolved: bool,
    /// Its path: `node_modules/a/node_modules/b`.
    place: String,
    /// The names of its dependencies, to be looked up as Node does from its path.
    needs: Vec<String>,
}

impl LockedPackage {
    fn read(name: &str, place: String, entry: &Value) -> Option<LockedPackage> {
        let flag = |field: &str| entry.get(field).and_then(Value::as_bool).unwrap_or(false);
        if flag("link") || flag("inBundle") {
            return None;
        }
        let list = |field: &str| {
            let words = entry.get(field).and_then(Value::as_array).into_iter().flatten();
            words.filter_map(Value::as_str).map(str::to_string).collect()
        };
        Some(LockedPackage {
            name: name.to_string(),
            version: entry.get("version")?.as_str()?.to_string(),
            dev: flag("dev") || flag("devOptional"),
            top: place.matches("node_modules/").count() == 1,
            resolved: entry.get("resolved").is_some(),
            needs: needs(entry),
            place,
            limits: [list("os"), list("cpu"), list("libc")],
        })
    }

    /// Whether it is installed on Linux x86-64 with this C library.
    pub(crate) fn fits_platform(&self, musl: bool) -> bool {
        let ours = ["linux", "x64", if musl { "musl" } else { "glibc" }];
        self.limits.iter().zip(ours).all(|(limit, own)| {
            limit.is_empty()
                || limit.iter().any(|word| word == own)
                || limit.iter().all(|word| word.starts_with('!'))
                    && !limit.iter().any(|word| word.get(1..) == Some(own))
        })
    }
}

/// The names of an entry's dependencies.
fn needs(entry: &Value) -> Vec<String> {
    let kinds = ["dependencies", "devDependencies", "optionalDependencies", "peerDependencies", "requires"];
    let of =
        |kind: &str| entry.get(kind).and_then(Value::as_object).into_iter().flatten().map(|(name, _)| name.clone());
    kinds.iter().flat_map(|kind| of(kind)).collect()
}

/// The names of npm's lockfiles.
pub(crate) const NAMES: [&str; 2] = ["npm-shrinkwrap.json", "package-lock.json"];

/// The packages of package-lock.json or npm-shrinkwrap.json that are installed on Linux x86-64 with this C library;
/// `None` if there is no such file or it cannot be read.
pub(crate) fn read_package_lock(shell: &Shell, musl: bool) -> Option<Vec<LockedPackage>> {
    let bytes = NAMES.iter().find_map(|name| shell.read(name).ok().flatten())?;
    let lock = serde_json::from_slice(&bytes).ok()?;
    all_packages(&lock).map(|all| reachable(&lock, all, musl))
}

fn all_packages(lock: &Value) -> Option<Vec<LockedPackage>> {
    let mut all = Vec::new();
    if let Some(packages) = lock.get("packages").and_then(Value::as_object) {
        for (place, entry) in packages {
            let Some((_, name)) = place.rsplit_once("node_modules/") else { continue };
            all.extend(LockedPackage::read(name, place.clone(), entry));
        }
        return Some(all);
    }
    fn below(entry: &Value, above: &str, depth: u32, all: &mut Vec<LockedPackage>) {
        for (name, entry) in entry.get("dependencies").and_then(Value::as_object).into_iter().flatten() {
            let place = format!("{above}node_modules/{name}");
            all.extend(LockedPackage::read(name, place.clone(), entry));
            if depth < MAX_DEPTH {
                below(entry, &format!("{place}/"), depth + 1, all);
            }
        }
    }
    below(lock, "", 0, &mut all);
    lock.get("lockfileVersion").map(|_| all)
}

/// The packages that are reachable from the root package. Dependencies of packages for other systems only are left
/// out.
fn reachable(lock: &Value, all: Vec<LockedPackage>, musl: bool) -> Vec<LockedPackage> {
    let root = lock.get("packages").and_then(|packages| packages.get(""));
    let Some(root) = root else {
        // An old lockfile does not list the dependencies of the root package.
        return all.into_iter().filter(|one| one.fits_platform(musl)).collect();
    };
    let by_place: BTreeMap<&str, &LockedPackage> = all.iter().map(|one| (one.place.as_str(), one)).collect();
    let mut seen: BTreeSet<String> = BTreeSet::new();
    let mut open: Vec<(&str, Vec<String>)> = vec![("", needs(root))];
    while let Some((from, names)) = open.pop() {
        for name in names {
            let mut folder = from;
            let found = loop {
                let place = format!("{folder}{}node_modules/{name}", if folder.is_empty() { "" } else { "/" });
                match by_place.get(place.as_str()) {
                    Some(found) => break Some(*found),
                    None if folder.is_empty() => break None,
                    None => folder = folder.rsplit_once("/node_modules/").map_or("", |(above, _)| above),
                }
            };
            if let Some(found) = found.filter(|found| found.fits_platform(musl))
                && seen.insert(found.place.clone())
            {
                open.push((&found.place, found.needs.clone()));
            }
        }
    }
    all.into_iter().filter(|one| seen.contains(&one.place)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lock_files_old_and_new_are_read() {
        let new = serde_json::json!({"lockfileVersion": 3, "packages": {"": {"name": "x", "dependencies": {"a": "1", "c": "1"}},
            "node_modules/a": {"version": "1.0.0", "dependencies": {"@s/b": "2", "d": "1"}},
            "node_modules/a/node_modules/@s/b": {"version": "2.0.0", "dev": true}, "node_modules/d": {"version": "1.0.0"},
            "node_modules/c": {"version": "1.0.0", "os": ["darwin"], "dependencies": {"e": "1"}},
            "node_modules/e": {"version": "1.0.0"}, "node_modules/l": {"link": true}}});
        let all = reachable(&new, all_packages(&new).unwrap(), false);
        let names: Vec<(&str, bool)> = all.iter().map(|one| (one.name.as_str(), one.top)).collect();
        assert_eq!(names, [("a", true), ("@s/b", false), ("d", true)]);
        let old = serde_json::json!({"lockfileVersion": 1, "dependencies": {"a": {"version": "1.0.0", "dependencies": {"b": {"version": "2.0.0"}}}}});
        assert_eq!(all_packages(&old).unwrap().len(), 2);
        assert_eq!(all_packages(&serde_json::json!([])), None);
    }
}
