//! Projects: pyproject.toml, uv.lock and poetry.lock, as far as they decide what is installed.

use super::requirements::Asked;
use super::{Python, Wanted, canonical, folder, marker, write_script};
use crate::fs::{Content, Kind, path};
use crate::measure::Size;
use crate::shell::Shell;
use std::collections::{BTreeMap, BTreeSet};
use toml::{Table, Value};

/// A folder with a pyproject.toml.
pub(crate) struct Project {
    /// The folder.
    pub(crate) root: String,
    manifest: Table,
}

/// What is taken of a project.
#[derive(Debug, Default)]
pub(crate) struct Selection {
    /// What it needs to run.
    pub(crate) main: bool,
    /// Groups of dependencies.
    pub(crate) groups: BTreeSet<String>,
    /// Extras.
    pub(crate) extras: BTreeSet<String>,
}

/// Why a file says nothing.
#[derive(Debug)]
pub(crate) enum Unread {
    /// It is not there.
    Missing,
    /// It may be there, or what it holds is not known.
    Unknown,
    /// It is no TOML.
    Bad(String),
}

/// Reads a file of TOML.
pub(crate) fn read(shell: &Shell, place: &str) -> Result<Table, Unread> {
    match shell.read(place) {
        Ok(Some(bytes)) => {
            toml::from_str(&String::from_utf8_lossy(&bytes)).map_err(|error| Unread::Bad(error.to_string()))
        }
        Ok(None) => Err(Unread::Unknown),
        Err(_) if shell.fs.may_hide("/", place) => Err(Unread::Unknown),
        Err(_) => Err(Unread::Missing),
    }
}

/// A value by its way through tables, `tool.uv.package`.
fn at<'t>(table: &'t Table, way: &str) -> Option<&'t Value> {
    let (first, rest) = way.split_once('.').unwrap_or((way, ""));
    let value = table.get(first)?;
    if rest.is_empty() { Some(value) } else { at(value.as_table()?, rest) }
}

fn text<'t>(table: &'t Table, way: &str) -> Option<&'t str> {
    at(table, way)?.as_str()
}

fn list<'t>(table: &'t Table, way: &str) -> impl Iterator<Item = &'t Value> {
    at(table, way).and_then(Value::as_array).into_iter().flatten()
}

fn keys<'t>(table: &'t Table, way: &str) -> impl Iterator<Item = String> + use<'t> {
    at(table, way).and_then(Value::as_table).into_iter().flat_map(|table| table.keys().cloned())
}

impl Project {
    /// The project of a folder, or of one above it: of these nothing is taken to be there unlisted.
    pub(crate) fn find(shell: &Shell, from: &str) -> Result<Project, Unread> {
        let mut root = from;
        loop {
            let place = path::join(root, "pyproject.toml");
            match read(shell, &place) {
                Ok(manifest) => return Ok(Project { root: root.to_string(), manifest }),
                Err(Unread::Unknown) if root == from || shell.fs.get(&place).is_some() => return Err(Unread::Unknown),
                Err(Unread::Unknown | Unread::Missing) if root == "/" => return Err(Unread::Missing),
                Err(Unread::Unknown | Unread::Missing) => root = path::parent(root),
                Err(bad) => return Err(bad),
            }
        }
    }

    /// Its name as indexes compare it.
    pub(crate) fn name(&self) -> String {
        let name = text(&self.manifest, "project.name").or_else(|| text(&self.manifest, "tool.poetry.name"));
        canonical(name.unwrap_or("project"))
    }

    /// A value of its manifest.
    pub(crate) fn flag(&self, way: &str) -> Option<bool> {
        at(&self.manifest, way)?.as_bool()
    }

    /// Whether its manifest has a table of this name.
    pub(crate) fn has(&self, way: &str) -> bool {
        at(&self.manifest, way).is_some()
    }

    /// The names of its extras.
    pub(crate) fn extras(&self) -> BTreeSet<String> {
        keys(&self.manifest, "project.optional-dependencies")
            .chain(keys(&self.manifest, "tool.poetry.extras"))
            .collect()
    }

    /// The names of its groups, those of poetry among them.
    pub(crate) fn groups(&self) -> BTreeSet<String> {
        let mut groups: BTreeSet<String> =
            keys(&self.manifest, "dependency-groups").chain(keys(&self.manifest, "tool.poetry.group")).collect();
        let is_old = at(&self.manifest, "tool.poetry.dev-dependencies").is_some()
            || at(&self.manifest, "tool.uv.dev-dependencies").is_some();
        groups.extend(Some("dev".to_string()).filter(|_| is_old));
        groups
    }

    /// Whether poetry takes a group only when it is asked for.
    pub(crate) fn is_optional(&self, group: &str) -> bool {
        self.flag(&format!("tool.poetry.group.{group}.optional")) == Some(true)
    }

    /// The groups that uv takes without being asked.
    pub(crate) fn default_groups(&self) -> BTreeSet<String> {
        match at(&self.manifest, "tool.uv.default-groups") {
            Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).map(str::to_string).collect(),
            Some(_) => self.groups(),
            None => self.groups().into_iter().filter(|name| name == "dev").collect(),
        }
    }

    /// What the manifest itself asks for.
    pub(crate) fn asked(&self, shell: &Shell, selection: &Selection) -> Asked {
        let mut asked = Asked::default();
        let mut ways = Vec::new();
        if selection.main {
            ways.push("project.dependencies".to_string());
            ways.push("tool.poetry.dependencies".to_string());
        }
        ways.extend(selection.extras.iter().map(|extra| format!("project.optional-dependencies.{extra}")));
        for group in &selection.groups {
            ways.push(format!("dependency-groups.{group}"));
            ways.push(format!("tool.poetry.group.{group}.dependencies"));
            if group == "dev" {
                ways.push("tool.poetry.dev-dependencies".to_string());
                ways.push("tool.uv.dev-dependencies".to_string());
            }
        }
        for way in ways {
            match at(&self.manifest, &way) {
                Some(Value::Array(words)) => {
                    words.iter().filter_map(Value::as_str).for_each(|word| asked.add(shell, word));
                }
                Some(Value::Table(table)) => {
                    for (name, value) in table.iter().filter(|(name, _)| *name != "python") {
                        if !poetry_takes(value, selection) {
                            continue;
                        }
                        match value.get("path").or_else(|| value.get("git")).or_else(|| value.get("url")) {
                            Some(_) => asked.elsewhere.push(name.clone()),
                            None => asked.add(shell, &with_extras(name, value)),
                        }
                    }
                }
                _ => {}
            }
        }
        asked
    }

    /// Whether uv.lock has the project itself as a package that is built.
    pub(crate) fn is_package_of(&self, lock: &Table) -> bool {
        let own = self.name();
        list(lock, "package")
            .filter_map(Value::as_table)
            .find(|package| text(package, "name") == Some(&own))
            .is_some_and(|package| at(package, "source.virtual").is_none())
    }

    /// What uv.lock says is installed.
    pub(crate) fn locked_by_uv(&self, shell: &Shell, lock: &Table, selection: &Selection) -> Asked {
        let host = marker::Host::of(shell);
        let packages: Vec<&Table> = list(lock, "package").filter_map(Value::as_table).collect();
        let mut by_name: BTreeMap<&str, &Table> = BTreeMap::new();
        for package in &packages {
            by_name.entry(text(package, "name").unwrap_or("")).or_insert(package);
        }
        let mut asked = Asked::default();
        let own = self.name();
        let mut open: Vec<(&Table, String)> = Vec::new();
        if let Some(root) = by_name.get(own.as_str()) {
            open.extend(Some((*root, "dependencies".to_string())).filter(|_| selection.main));
            open.extend(selection.extras.iter().map(|extra| (*root, format!("optional-dependencies.{extra}"))));
            open.extend(selection.groups.iter().map(|group| (*root, format!("dev-dependencies.{group}"))));
        }
        let mut seen: BTreeSet<(String, String)> = BTreeSet::new();
        while let Some((package, way)) = open.pop() {
            let name = text(package, "name").unwrap_or("");
            if !seen.insert((name.to_string(), way.clone())) {
                continue;
            }
            for need in list(package, &way).filter_map(Value::as_table) {
                let wanted = by_name.get(text(need, "name").unwrap_or(""));
                let Some(wanted) = wanted.filter(|_| marker::holds(text(need, "marker").unwrap_or(""), &host, &[]))
                else {
                    continue;
                };
                open.push((wanted, "dependencies".to_string()));
                let extras = list(need, "extra").filter_map(Value::as_str);
                open.extend(extras.map(|extra| (*wanted, format!("optional-dependencies.{extra}"))));
                let name = text(wanted, "name").unwrap_or("");
                if !seen.insert((name.to_string(), String::new())) || name == own {
                    continue;
                }
                match at(wanted, "source.registry") {
                    Some(_) => asked.wanted.push(pinned(wanted)),
                    None => asked.elsewhere.push(name.to_string()),
                }
            }
        }
        asked
    }

    /// What poetry.lock says is installed.
    pub(crate) fn locked_by_poetry(&self, shell: &Shell, lock: &Table, selection: &Selection) -> Asked {
        let host = marker::Host::of(shell);
        let extras: Vec<&str> = selection.extras.iter().map(String::as_str).collect();
        let packages = || list(lock, "package").filter_map(Value::as_table);
        // Before poetry 2 a package did not tell its groups: they are followed from the manifest on.
        let needed =
            packages().all(|package| package.get("groups").is_none()).then(|| self.needed(shell, lock, selection));
        let mut asked = Asked::default();
        for package in packages() {
            let groups: Vec<&str> = list(package, "groups").filter_map(Value::as_str).collect();
            let is_taken = match &needed {
                Some(needed) => needed.contains(&pinned(package).0),
                None => groups
                    .iter()
                    .any(|group| if *group == "main" { selection.main } else { selection.groups.contains(*group) }),
            };
            // One condition, or one for each group.
            let condition = match at(package, "markers") {
                Some(Value::String(condition)) => condition.as_str(),
                Some(Value::Table(by_group)) => {
                    groups.iter().find_map(|group| by_group.get(*group)).and_then(Value::as_str).unwrap_or("")
                }
                _ => "",
            };
            if !is_taken || !marker::holds(condition, &host, &extras) {
                continue;
            }
            match text(package, "source.type") {
                None | Some("legacy") => asked.wanted.push(pinned(package)),
                Some(_) => asked.elsewhere.push(pinned(package).0),
            }
        }
        asked
    }

    /// The names that a selection needs, by what each package of a lock file needs.
    fn needed(&self, shell: &Shell, lock: &Table, selection: &Selection) -> BTreeSet<String> {
        let packages = list(lock, "package").filter_map(Value::as_table);
        let by_name: BTreeMap<String, &Table> = packages.map(|package| (pinned(package).0, package)).collect();
        let plain = |name: &str| name.split('[').next().unwrap_or(name).to_string();
        let mut open: Vec<String> = self.asked(shell, selection).wanted.iter().map(|(name, _)| plain(name)).collect();
        open.extend(
            selection
                .extras
                .iter()
                .flat_map(|extra| list(lock, &format!("extras.{extra}")).collect::<Vec<_>>())
                .filter_map(Value::as_str)
                .map(canonical),
        );
        let mut needed = BTreeSet::new();
        while let Some(name) = open.pop() {
            let Some(package) = by_name.get(&name).filter(|_| !needed.contains(&name)) else { continue };
            open.extend(keys(package, "dependencies").map(|name| canonical(&name)));
            needed.insert(name);
        }
        needed
    }

    /// The folder or file of the project's own modules, where it is by its name.
    pub(crate) fn modules(&self, shell: &Shell) -> Option<String> {
        let name = self.name().replace('-', "_");
        let places = [name.clone(), format!("src/{name}"), format!("{name}.py"), format!("src/{name}.py")];
        places.iter().map(|place| path::join(&self.root, place)).find(|place| shell.fs.stat("/", place).is_ok())
    }

    /// Whether modules may be where nothing is listed, or elsewhere than by the project's name.
    pub(crate) fn may_have_modules(&self, shell: &Shell) -> bool {
        let tells = [
            "tool.poetry.packages",
            "tool.poetry.include",
            "tool.hatch.build",
            "tool.setuptools",
            "tool.uv.build-backend",
        ];
        tells.iter().any(|way| self.has(way)) || shell.fs.may_hide("/", &path::join(&self.root, "any.py"))
    }

    /// Puts the project itself into an environment: by a path that leads to it, or its modules. What describes it
    /// takes 1.5 kB (measured with uv 0.13 and poetry 2.5 on 2026-11-26).
    pub(crate) fn install(&self, shell: &mut Shell, python: &Python, is_editable: bool) {
        const DESCRIPTION: u64 = 1_500;
        let packages = folder(shell, &python.packages);
        let name = self.name();
        let modules = self.modules(shell).filter(|_| !is_editable);
        let own: u64 = modules
            .iter()
            .flat_map(|place| shell.fs.walk(place))
            .filter_map(|(_, node)| node.content())
            .map(|content| content.len)
            .sum();
        let (uid, gid) = (shell.user.uid, shell.user.gid);
        if is_editable {
            let content = Content::inline(format!("{}\n", self.root).into_bytes());
            let _ = shell.fs.write(&format!("{packages}/{name}.pth"), content, 0o644, uid, gid);
        }
        let mark = format!("{packages}/{}-0.dist-info", name.replace('-', "_"));
        if shell.fs.mkdir_all(&mark, 0o755, uid, gid).is_ok() {
            shell.fs.put(&mark, Kind::Dir { partial: true }, 0o755, uid, gid);
            shell.fs.hold_weighed(&mark);
        }
        let size =
            Size::modelled(own.saturating_add(DESCRIPTION), "the project's modules, and 1.5 kB that describe it");
        shell.fs.weigh_whole(&packages, &name, size);
        let scripts: Vec<String> =
            keys(&self.manifest, "project.scripts").chain(keys(&self.manifest, "tool.poetry.scripts")).collect();
        for script in scripts {
            let programs = folder(shell, &python.programs);
            write_script(shell, &path::join(&programs, path::file_name(&script)), &python.interpreter);
        }
    }
}

/// Whether poetry takes a dependency: an optional one with an extra that names it.
fn poetry_takes(value: &Value, selection: &Selection) -> bool {
    value.get("optional").and_then(Value::as_bool) != Some(true) || !selection.extras.is_empty()
}

/// `name[extra]`, from the manifest's table of a dependency.
fn with_extras(name: &str, value: &Value) -> String {
    match value.get("extras").and_then(Value::as_array).and_then(|extras| extras.first()).and_then(Value::as_str) {
        Some(extra) => format!("{name}[{extra}]"),
        None => name.to_string(),
    }
}

/// A package of a lock file, with its version.
fn pinned(package: &Table) -> Wanted {
    (canonical(text(package, "name").unwrap_or("")), text(package, "version").map(str::to_string))
}
