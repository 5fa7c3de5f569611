//! package.json and package-lock.json.

use crate::fs::{Content, path};
use crate::shell::Shell;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

/// Largest nesting of packages in an old lock file.
const MAX_DEPTH: u32 = 30;

/// A package that is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wanted {
    pub(crate) name: String,
    pub(crate) range: String,
    pub(crate) optional: bool,
}

impl Wanted {
    /// `express`, `express@4`, `@nestjs/cli@latest`.
    pub(crate) fn read(word: &str) -> Wanted {
        let at = word.get(1..).and_then(|rest| rest.find('@')).map(|at| at + 1);
        let is_place = word.starts_with(['.', '/']) || word.contains("://") || word.contains(':');
        let (name, range) = match at.filter(|_| !is_place) {
            Some(at) => (word.get(..at).unwrap_or(word), word.get(at + 1..).unwrap_or("")),
            None if is_place => (word, "file:"),
            None => (word, ""),
        };
        Wanted { name: name.into(), range: range.into(), optional: false }
    }

    /// Not from the registry: a folder, an archive, a repository.
    pub(crate) fn is_elsewhere(&self) -> bool {
        self.range.contains([':', '/'])
    }
}

/// What package.json says.
#[derive(Debug, Default)]
pub(crate) struct Manifest {
    fields: Map<String, Value>,
    text: String,
}

impl Manifest {
    /// The manifest of the working directory; `None` if there is none or it is not known.
    ///
    /// # Errors
    /// Why it is not one.
    pub(crate) fn read(shell: &Shell) -> Result<Option<Manifest>, String> {
        let Ok(Some(bytes)) = shell.read("package.json") else { return Ok(None) };
        Manifest::parse(&String::from_utf8_lossy(&bytes)).map(Some)
    }

    /// # Errors
    /// Why it is no manifest.
    pub(crate) fn parse(text: &str) -> Result<Manifest, String> {
        match serde_json::from_str(text) {
            Ok(Value::Object(fields)) => Ok(Manifest { fields, text: text.to_string() }),
            Ok(_) => Err("it is no object".into()),
            Err(error) => Err(error.to_string()),
        }
    }

    /// A field that is a text.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.fields.get(name)?.as_str()
    }

    /// `name@version`, as the header of a script shows it.
    pub(crate) fn title(&self) -> Option<String> {
        Some(format!("{}@{}", self.text("name")?, self.text("version")?))
    }

    pub(crate) fn script(&self, name: &str) -> Option<&str> {
        self.fields.get("scripts")?.get(name)?.as_str()
    }

    pub(crate) fn has_workspaces(&self) -> bool {
        self.fields.contains_key("workspaces")
    }

    /// What it asks for.
    pub(crate) fn wanted(&self, dev: bool) -> Vec<Wanted> {
        let kinds = [("dependencies", false), ("optionalDependencies", true), ("peerDependencies", true)];
        let kinds = kinds.into_iter().chain(dev.then_some(("devDependencies", false)));
        let of = |(kind, optional): (&str, bool)| {
            let entries = self.fields.get(kind).and_then(Value::as_object).into_iter().flatten();
            let entries = entries.map(move |(name, range)| Wanted {
                name: name.clone(),
                range: range.as_str().unwrap_or("").to_string(),
                optional,
            });
            entries.collect::<Vec<_>>()
        };
        kinds.flat_map(of).collect()
    }
}

/// A package of a lock file.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Locked {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) dev: bool,
    /// It is not below another package.
    pub(crate) top: bool,
    /// Systems, processors and C libraries it is for; empty for all.
    limits: [Vec<String>; 3],
    /// The address of its archive is told: what the registry says of it need not be asked for.
    pub(crate) resolved: bool,
    /// Where it goes: `node_modules/a/node_modules/b`.
    place: String,
    /// Names of what it needs, where Node finds them from it.
    needs: Vec<String>,
}

impl Locked {
    fn read(name: &str, place: String, entry: &Value) -> Option<Locked> {
        let flag = |field: &str| entry.get(field).and_then(Value::as_bool).unwrap_or(false);
        if flag("link") || flag("inBundle") {
            return None;
        }
        let list = |field: &str| {
            let words = entry.get(field).and_then(Value::as_array).into_iter().flatten();
            words.filter_map(Value::as_str).map(str::to_string).collect()
        };
        Some(Locked {
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

    /// Whether it is installed on Linux of x86-64 with this C library.
    pub(crate) fn is_for(&self, musl: bool) -> bool {
        let ours = ["linux", "x64", if musl { "musl" } else { "glibc" }];
        self.limits.iter().zip(ours).all(|(limit, own)| {
            limit.is_empty()
                || limit.iter().any(|word| word == own)
                || limit.iter().all(|word| word.starts_with('!'))
                    && !limit.iter().any(|word| word.get(1..) == Some(own))
        })
    }
}

/// Names of what an entry of a lock file needs.
fn needs(entry: &Value) -> Vec<String> {
    let kinds = ["dependencies", "devDependencies", "optionalDependencies", "peerDependencies", "requires"];
    let of =
        |kind: &str| entry.get(kind).and_then(Value::as_object).into_iter().flatten().map(|(name, _)| name.clone());
    kinds.iter().flat_map(|kind| of(kind)).collect()
}

/// The packages of package-lock.json or npm-shrinkwrap.json that go on Linux of x86-64 with this C library; `None`
/// if there is none that can be read.
pub(crate) fn lock(shell: &Shell, musl: bool) -> Option<Vec<Locked>> {
    let names = ["npm-shrinkwrap.json", "package-lock.json"];
    let bytes = names.iter().find_map(|name| shell.read(name).ok().flatten())?;
    let lock = serde_json::from_slice(&bytes).ok()?;
    locked(&lock).map(|all| reached(&lock, all, musl))
}

fn locked(lock: &Value) -> Option<Vec<Locked>> {
    let mut all = Vec::new();
    if let Some(packages) = lock.get("packages").and_then(Value::as_object) {
        for (place, entry) in packages {
            let Some((_, name)) = place.rsplit_once("node_modules/") else { continue };
            all.extend(Locked::read(name, place.clone(), entry));
        }
        return Some(all);
    }
    fn below(entry: &Value, above: &str, depth: u32, all: &mut Vec<Locked>) {
        for (name, entry) in entry.get("dependencies").and_then(Value::as_object).into_iter().flatten() {
            let place = format!("{above}node_modules/{name}");
            all.extend(Locked::read(name, place.clone(), entry));
            if depth < MAX_DEPTH {
                below(entry, &format!("{place}/"), depth + 1, all);
            }
        }
    }
    below(lock, "", 0, &mut all);
    lock.get("lockfileVersion").map(|_| all)
}

/// Those that the package itself leads to: what only another system's packages need stays away.
fn reached(lock: &Value, all: Vec<Locked>, musl: bool) -> Vec<Locked> {
    let root = lock.get("packages").and_then(|packages| packages.get(""));
    let Some(root) = root else {
        // An old lock file does not tell what the package itself needs.
        return all.into_iter().filter(|one| one.is_for(musl)).collect();
    };
    let by_place: BTreeMap<&str, &Locked> = all.iter().map(|one| (one.place.as_str(), one)).collect();
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
            if let Some(found) = found.filter(|found| found.is_for(musl))
                && seen.insert(found.place.clone())
            {
                open.push((&found.place, found.needs.clone()));
            }
        }
    }
    all.into_iter().filter(|one| seen.contains(&one.place)).collect()
}

/// Writes what was added into package.json, as npm does it: sorted, the newest of the same major number and on.
pub(crate) fn save(
    shell: &mut Shell,
    manifest: &Manifest,
    added: &[Wanted],
    dev: bool,
    version: impl Fn(&Wanted) -> Option<String>,
) {
    let kind = if dev { "devDependencies" } else { "dependencies" };
    let mut needs = manifest.fields.get(kind).and_then(Value::as_object).cloned().unwrap_or_default();
    for one in added {
        let range = match (version(one), one.range.as_str()) {
            (_, range) if range.starts_with(|c: char| c.is_ascii_digit()) && range.matches('.').count() == 2 => {
                range.to_string()
            }
            (Some(version), _) => format!("^{version}"),
            (None, "") => "*".into(),
            (None, range) => range.to_string(),
        };
        needs.insert(one.name.clone(), Value::String(range));
    }
    let lines: Vec<String> =
        needs.iter().map(|(name, range)| format!("    {}: {range}", Value::String(name.clone()))).collect();
    let block = format!("\"{kind}\": {{\n{}\n  }}", lines.join(",\n"));
    let text = manifest.text.trim_end();
    let text = match (text.find(&format!("\"{kind}\"")), text.strip_suffix('}')) {
        (Some(start), _) => {
            let end = text.get(start..).and_then(|rest| rest.find('}')).map_or(text.len(), |end| start + end + 1);
            format!("{}{block}{}\n", text.get(..start).unwrap_or(""), text.get(end..).unwrap_or(""))
        }
        (None, Some(head)) if !manifest.fields.is_empty() => format!("{},\n  {block}\n}}\n", head.trim_end()),
        _ => format!("{{\n  {block}\n}}\n"),
    };
    let (uid, gid, mode) = (shell.user.uid, shell.user.gid, shell.file_mode());
    let place = path::join(&shell.cwd, "package.json");
    let _ = shell.fs.write(&place, Content::inline(text.into_bytes()), mode, uid, gid);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_ranges_are_told_apart() {
        let read = |word: &str| {
            let one = Wanted::read(word);
            (one.name, one.range)
        };
        assert_eq!(read("@nestjs/cli@10"), ("@nestjs/cli".into(), "10".into()));
        assert_eq!(read("@nestjs/cli"), ("@nestjs/cli".into(), String::new()));
        assert_eq!(read("express@^4.17"), ("express".into(), "^4.17".into()));
        assert!(Wanted::read("./x").is_elsewhere() && Wanted::read("git+https://x/y").is_elsewhere());
    }

    #[test]
    fn lock_files_old_and_new_are_read() {
        let new = serde_json::json!({"lockfileVersion": 3, "packages": {"": {"name": "x", "dependencies": {"a": "1", "c": "1"}},
            "node_modules/a": {"version": "1.0.0", "dependencies": {"@s/b": "2", "d": "1"}},
            "node_modules/a/node_modules/@s/b": {"version": "2.0.0", "dev": true}, "node_modules/d": {"version": "1.0.0"},
            "node_modules/c": {"version": "1.0.0", "os": ["darwin"], "dependencies": {"e": "1"}},
            "node_modules/e": {"version": "1.0.0"}, "node_modules/l": {"link": true}}});
        let all = reached(&new, locked(&new).unwrap(), false);
        let names: Vec<(&str, bool)> = all.iter().map(|one| (one.name.as_str(), one.top)).collect();
        assert_eq!(names, [("a", true), ("@s/b", false), ("d", true)]);
        let old = serde_json::json!({"lockfileVersion": 1, "dependencies": {"a": {"version": "1.0.0", "dependencies": {"b": {"version": "2.0.0"}}}}});
        assert_eq!(locked(&old).unwrap().len(), 2);
        assert_eq!(locked(&serde_json::json!([])), None);
    }
}
