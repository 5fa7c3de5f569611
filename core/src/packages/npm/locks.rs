//! yarn.lock and pnpm-lock.yaml: which packages they pin for a package.json.

use super::manifest::{Manifest, Wanted};
use std::collections::{BTreeMap, BTreeSet};

/// A package of a lock file, and what it needs.
#[derive(Debug, Default, PartialEq, Eq)]
struct Entry {
    name: String,
    version: String,
    /// Keys of other entries.
    needs: Vec<String>,
    /// The same of what it can do without: another system's builds among them.
    optional: Vec<String>,
    /// Another system than Linux, processor than x86-64 or C library than ours.
    foreign: bool,
}

/// What a lock file pins.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Pinned {
    /// Name and version of each package.
    pub(crate) packages: Vec<(String, String)>,
    /// Builds for other systems: yarn fetches them nevertheless.
    pub(crate) foreign: Vec<(String, String)>,
    /// What package.json asks for and the file does not have.
    pub(crate) lacking: Vec<String>,
}

/// Words in the names of packages that are for other systems or processors.
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

/// Whether a package is another system's, by its name: yarn's lock file does not tell.
fn is_foreign(name: &str) -> bool {
    name.split(['-', '/', '.', '_']).any(|word| FOREIGN.contains(&word))
}

/// Name and range in `name@range`.
fn split(key: &str) -> Option<(&str, &str)> {
    let at = key.get(1..)?.find('@')? + 1;
    Some((key.get(..at)?, key.get(at + 1..)?))
}

fn unquoted(word: &str) -> &str {
    let word = word.trim();
    word.strip_prefix(['"', '\'']).and_then(|word| word.strip_suffix(['"', '\''])).unwrap_or(word)
}

/// The packages of a yarn.lock of yarn 1; `None` for another's. It tells C libraries apart in nothing.
pub(crate) fn yarn(text: &str, manifest: &Manifest, dev: bool) -> Option<Pinned> {
    if !text.contains("yarn lockfile v1") {
        return None;
    }
    let mut entries: Vec<Entry> = Vec::new();
    let mut by_key: BTreeMap<String, usize> = BTreeMap::new();
    let mut optional = None;
    for line in text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#')) {
        let depth = line.len() - line.trim_start().len();
        if depth == 0 {
            let keys: Vec<&str> = line.trim_end_matches(':').split(", ").map(unquoted).collect();
            let name = keys.first().and_then(|key| split(key)).map_or("", |(name, _)| name);
            by_key.extend(keys.iter().map(|key| ((*key).to_string(), entries.len())));
            entries.push(Entry { name: name.into(), foreign: is_foreign(name), ..Entry::default() });
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
    let mut pinned = Pinned::default();
    let mut tops = Vec::new();
    for one in manifest.wanted(dev) {
        let key = format!("{}@{}", one.name, one.range);
        match by_key.contains_key(&key) {
            true => tops.push(key),
            false if one.optional => {}
            false => pinned.lacking.push(one.name),
        }
    }
    reach(&entries, &by_key, tops, &mut pinned);
    Some(pinned)
}

/// The packages of a pnpm-lock.yaml (of pnpm 6 to 10) for the package in its own folder.
pub(crate) fn pnpm(text: &str, manifest: &Manifest, dev: bool, musl: bool) -> Option<Pinned> {
    if !text.lines().any(|line| line.starts_with("lockfileVersion:")) {
        return None;
    }
    let mut entries: Vec<Entry> = Vec::new();
    let mut by_key: BTreeMap<String, usize> = BTreeMap::new();
    let mut direct: BTreeMap<(bool, String), String> = BTreeMap::new();
    // Where a line stands: the keys above it, by depth.
    let mut path: Vec<String> = Vec::new();
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let depth = (line.len() - line.trim_start().len()) / 2;
        let Some((key, value)) = pair(line.trim()) else { continue };
        path.truncate(depth);
        path.push(key.to_string());
        let place: Vec<&str> = path.iter().map(String::as_str).collect();
        match place.as_slice() {
            // Without workspaces old files have no importers.
            ["importers", ".", kind, name] | [kind, name] if is_direct(kind) && !value.is_empty() => {
                direct.insert((*kind == "devDependencies", (*name).to_string()), value.to_string());
            }
            ["importers", ".", kind, name, "version"] | [kind, name, "version"] if is_direct(kind) => {
                direct.insert((*kind == "devDependencies", (*name).to_string()), value.to_string());
            }
            ["packages" | "snapshots", id] => {
                let id = id.trim_start_matches('/').to_string();
                if let Some((name, version)) = named(&id)
                    && !by_key.contains_key(&id)
                {
                    by_key.insert(id, entries.len());
                    entries.push(Entry { name, version, ..Entry::default() });
                }
            }
            ["packages" | "snapshots", id, rest @ ..] => {
                let entry = by_key.get(id.trim_start_matches('/')).and_then(|at| entries.get_mut(*at));
                let Some(entry) = entry else { continue };
                match rest {
                    ["dependencies", name] => entry.needs.push(reference(name, value)),
                    ["optionalDependencies", name] => entry.optional.push(reference(name, value)),
                    [limit @ ("os" | "cpu" | "libc")] => entry.foreign |= !fits(limit, value, musl),
                    _ => {}
                }
            }
            _ => {}
        }
    }
    // Files of pnpm 9 tell limits under the plain name, and needs under the one with its peers.
    let foreign: BTreeSet<(String, String)> =
        entries.iter().filter(|one| one.foreign).map(|one| (one.name.clone(), one.version.clone())).collect();
    for entry in &mut entries {
        entry.foreign |= foreign.contains(&(entry.name.clone(), entry.version.clone()));
    }
    let mut pinned = Pinned::default();
    let mut tops = Vec::new();
    for ((is_dev, name), version) in &direct {
        if dev || !is_dev {
            tops.push(reference(name, version));
        }
    }
    let has = |one: &Wanted| direct.keys().any(|(_, name)| *name == one.name);
    pinned.lacking =
        manifest.wanted(dev).iter().filter(|one| !one.optional && !has(one)).map(|one| one.name.clone()).collect();
    reach(&entries, &by_key, tops, &mut pinned);
    Some(pinned)
}

fn is_direct(kind: &str) -> bool {
    ["dependencies", "devDependencies", "optionalDependencies"].contains(&kind)
}

/// `key: value` of YAML's plainest kind.
fn pair(line: &str) -> Option<(&str, &str)> {
    let end = match line.chars().next()? {
        quote @ ('\'' | '"') => line.get(1..)?.find(quote)? + 2,
        _ => line.find(": ").or_else(|| line.ends_with(':').then(|| line.len() - 1))?,
    };
    let value = line.get(end..)?.strip_prefix(':')?;
    Some((unquoted(line.get(..end)?), unquoted(value)))
}

/// Name and version in `name@1.0.0(peer@2.0.0)`, `name@1.0.0_peer@2` or, in old files, `name/1.0.0`.
fn named(id: &str) -> Option<(String, String)> {
    let plain = id.split(['(', '_']).next().unwrap_or(id);
    let (name, version) = split(plain).or_else(|| plain.rsplit_once('/'))?;
    Some((name.to_string(), version.to_string()))
}

/// The key under which a need stands; an alias says whole which.
fn reference(name: &str, version: &str) -> String {
    let version = version.trim_start_matches('/');
    match version.starts_with(|c: char| c.is_ascii_digit()) {
        true => format!("{name}@{version}"),
        false => version.to_string(),
    }
}

/// Whether a list such as `[linux, darwin]` or `['!win32']` has Linux, x86-64 and our C library.
fn fits(limit: &str, list: &str, musl: bool) -> bool {
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

/// All that the entries under these keys lead to, each once.
fn reach(entries: &[Entry], by_key: &BTreeMap<String, usize>, tops: Vec<String>, pinned: &mut Pinned) {
    let mut seen: BTreeSet<usize> = BTreeSet::new();
    let mut open: Vec<String> = tops;
    while let Some(key) = open.pop() {
        // A key of pnpm's old files has a slash where newer ones have an at sign.
        let old = || by_key.get(&split(&key).map(|(name, version)| format!("{name}/{version}"))?);
        let Some(at) = by_key.get(&key).or_else(old) else { continue };
        let Some(entry) = entries.get(*at) else { continue };
        if seen.insert(*at) && !entry.foreign {
            open.extend(entry.needs.iter().chain(&entry.optional).cloned());
        }
    }
    let all: BTreeSet<(bool, String, String)> = seen
        .into_iter()
        .filter_map(|at| entries.get(at))
        .map(|entry| (entry.foreign, entry.name.clone(), entry.version.clone()))
        .collect();
    for (foreign, name, version) in all {
        if foreign { &mut pinned.foreign } else { &mut pinned.packages }.push((name, version));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest() -> Manifest {
        Manifest::parse(r#"{"dependencies":{"a":"^1.0.0","@s/b":"~2.0.0"},"devDependencies":{"d":"*"}}"#).unwrap()
    }

    fn names(pinned: &Pinned) -> Vec<String> {
        pinned.packages.iter().map(|(name, version)| format!("{name}@{version}")).collect()
    }

    #[test]
    fn yarns_entries_lead_from_one_to_another() {
        let lock = "# yarn lockfile v1\n\n\"@s/b@~2.0.0\", \"@s/b@^2.0.0\":\n  version \"2.0.3\"\n\na@^1.0.0:\n  version \"1.2.0\"\n  resolved \"https://x/a\"\n  dependencies:\n    c \"1 || 2\"\n  optionalDependencies:\n    c-darwin-arm64 \"1\"\n    c-linux-x64 \"1\"\n\n\"c@1 || 2\":\n  version \"2.0.0\"\n\nc-darwin-arm64@1:\n  version \"1.0.0\"\n\nc-linux-x64@1:\n  version \"1.0.0\"\n\nd@*:\n  version \"3.0.0\"\n";
        let all = yarn(lock, &manifest(), true).unwrap();
        assert_eq!(names(&all), ["@s/b@2.0.3", "a@1.2.0", "c@2.0.0", "c-linux-x64@1.0.0", "d@3.0.0"]);
        assert_eq!(names(&yarn(lock, &manifest(), false).unwrap()).len(), 4);
        let without = yarn(&lock.replace("d@*", "d@2"), &manifest(), true).unwrap();
        assert_eq!(without.lacking, ["d"]);
        assert_eq!(yarn("__metadata:\n  version: 8\n", &manifest(), true), None);
    }

    #[test]
    fn pnpms_files_old_and_new_are_read() {
        let new = "lockfileVersion: '9.0'\n\nimporters:\n\n  .:\n    dependencies:\n      '@s/b':\n        specifier: ~2.0.0\n        version: 2.0.3(a@1.2.0)\n      a:\n        specifier: ^1.0.0\n        version: 1.2.0\n    devDependencies:\n      d:\n        specifier: '*'\n        version: 3.0.0\n\npackages:\n\n  '@s/b@2.0.3':\n    resolution: {integrity: x}\n\n  a@1.2.0:\n    resolution: {integrity: x}\n\n  c@2.0.0:\n    resolution: {integrity: x}\n    os: [darwin]\n\n  d@3.0.0:\n    resolution: {integrity: x}\n\nsnapshots:\n\n  '@s/b@2.0.3(a@1.2.0)':\n    dependencies:\n      a: 1.2.0\n\n  a@1.2.0:\n    optionalDependencies:\n      c: 2.0.0\n\n  c@2.0.0: {}\n\n  d@3.0.0: {}\n";
        assert_eq!(names(&pnpm(new, &manifest(), true, false).unwrap()), ["@s/b@2.0.3", "a@1.2.0", "d@3.0.0"]);
        assert_eq!(names(&pnpm(new, &manifest(), false, false).unwrap()), ["@s/b@2.0.3", "a@1.2.0"]);
        let old = "lockfileVersion: 5.4\n\nspecifiers:\n  a: ^1.0.0\n\ndependencies:\n  '@s/b': 2.0.3\n  a: 1.2.0\n\npackages:\n\n  /@s/b/2.0.3:\n    resolution: {integrity: x}\n    dev: false\n\n  /a/1.2.0:\n    resolution: {integrity: x}\n    dependencies:\n      c: 2.0.0\n    dev: false\n\n  /c/2.0.0:\n    resolution: {integrity: x}\n";
        let old = pnpm(old, &manifest(), true, false).unwrap();
        assert_eq!(
            (names(&old), old.lacking),
            (vec!["@s/b@2.0.3".to_string(), "a@1.2.0".into(), "c@2.0.0".into()], vec!["d".to_string()])
        );
        assert_eq!(pnpm("no lock", &manifest(), true, false), None);
    }
}
