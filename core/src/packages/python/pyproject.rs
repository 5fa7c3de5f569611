//! pyproject.toml: the dependencies, groups and extras of a Python project, and its own modules.

use super::install_packages::{Requirement, make_folder, write_console_script};
use super::interpreter::Python;
use super::package_name::canonical_name;
use super::requirements_txt::Requirements;
use super::toml_file::{TomlError, at, keys, read_toml, text};
use crate::fs::{Content, path};
use crate::measure::Size;
use crate::shell::Shell;
use std::collections::BTreeSet;
use toml::{Table, Value};

/// A folder with a pyproject.toml.
pub(crate) struct Project {
    /// The path of the folder.
    pub(crate) root: String,
    manifest: Table,
}

/// The dependencies of a project that are installed.
#[derive(Debug, Default)]
pub(crate) struct DependencySelection {
    /// Whether its main dependencies are installed.
    pub(crate) main: bool,
    /// The dependency groups.
    pub(crate) groups: BTreeSet<String>,
    /// The extras.
    pub(crate) extras: BTreeSet<String>,
}

impl Project {
    /// The project of a folder or of one of its parents. In the parents an unlisted pyproject.toml is not assumed.
    pub(crate) fn find(shell: &Shell, from: &str) -> Result<Project, TomlError> {
        let mut root = from;
        loop {
            let place = path::join(root, "pyproject.toml");
            match read_toml(shell, &place) {
                Ok(manifest) => return Ok(Project { root: root.to_string(), manifest }),
                Err(TomlError::Unknown) if root == from || shell.fs.get(&place).is_some() => {
                    return Err(TomlError::Unknown);
                }
                Err(TomlError::Unknown | TomlError::Missing) if root == "/" => return Err(TomlError::Missing),
                Err(TomlError::Unknown | TomlError::Missing) => root = path::parent(root),
                Err(bad) => return Err(bad),
            }
        }
    }

    /// Its normalized name.
    pub(crate) fn name(&self) -> String {
        let name = text(&self.manifest, "project.name").or_else(|| text(&self.manifest, "tool.poetry.name"));
        canonical_name(name.unwrap_or("project"))
    }

    /// A boolean value of pyproject.toml.
    pub(crate) fn flag(&self, key_path: &str) -> Option<bool> {
        at(&self.manifest, key_path)?.as_bool()
    }

    /// Whether pyproject.toml has a value at this key path.
    pub(crate) fn has(&self, key_path: &str) -> bool {
        at(&self.manifest, key_path).is_some()
    }

    /// The names of its extras.
    pub(crate) fn extras(&self) -> BTreeSet<String> {
        keys(&self.manifest, "project.optional-dependencies")
            .chain(keys(&self.manifest, "tool.poetry.extras"))
            .collect()
    }

    /// The names of its dependency groups, including those of poetry.
    pub(crate) fn groups(&self) -> BTreeSet<String> {
        let mut groups: BTreeSet<String> =
            keys(&self.manifest, "dependency-groups").chain(keys(&self.manifest, "tool.poetry.group")).collect();
        let is_old = at(&self.manifest, "tool.poetry.dev-dependencies").is_some()
            || at(&self.manifest, "tool.uv.dev-dependencies").is_some();
        groups.extend(Some("dev".to_string()).filter(|_| is_old));
        groups
    }

    /// Whether poetry installs a group only if it is requested.
    pub(crate) fn is_optional(&self, group: &str) -> bool {
        self.flag(&format!("tool.poetry.group.{group}.optional")) == Some(true)
    }

    /// The groups that uv installs by default.
    pub(crate) fn default_groups(&self) -> BTreeSet<String> {
        match at(&self.manifest, "tool.uv.default-groups") {
            Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).map(str::to_string).collect(),
            Some(_) => self.groups(),
            None => self.groups().into_iter().filter(|name| name == "dev").collect(),
        }
    }

    /// The requirements that pyproject.toml itself lists.
    pub(crate) fn requirements(&self, shell: &Shell, selection: &DependencySelection) -> Requirements {
        let mut requirements = Requirements::default();
        let mut key_paths = Vec::new();
        if selection.main {
            key_paths.push("project.dependencies".to_string());
            key_paths.push("tool.poetry.dependencies".to_string());
        }
        key_paths.extend(selection.extras.iter().map(|extra| format!("project.optional-dependencies.{extra}")));
        for group in &selection.groups {
            key_paths.push(format!("dependency-groups.{group}"));
            key_paths.push(format!("tool.poetry.group.{group}.dependencies"));
            if group == "dev" {
                key_paths.push("tool.poetry.dev-dependencies".to_string());
                key_paths.push("tool.uv.dev-dependencies".to_string());
            }
        }
        for key_path in key_paths {
            match at(&self.manifest, &key_path) {
                Some(Value::Array(words)) => {
                    words.iter().filter_map(Value::as_str).for_each(|word| requirements.add(shell, word));
                }
                Some(Value::Table(table)) => {
                    for (name, value) in table.iter().filter(|(name, _)| *name != "python") {
                        if !poetry_takes(value, selection) {
                            continue;
                        }
                        match value.get("path").or_else(|| value.get("git")).or_else(|| value.get("url")) {
                            Some(_) => requirements.direct_references.push(name.clone()),
                            None => requirements.add(shell, &with_extras(name, value)),
                        }
                    }
                }
                _ => {}
            }
        }
        requirements
    }

    /// The folder or file of the project's own modules, if it is named after the project.
    pub(crate) fn modules(&self, shell: &Shell) -> Option<String> {
        let name = self.name().replace('-', "_");
        let places = [name.clone(), format!("src/{name}"), format!("{name}.py"), format!("src/{name}.py")];
        places.iter().map(|place| path::join(&self.root, place)).find(|place| shell.fs.stat("/", place).is_ok())
    }

    /// Whether the project's modules may be unlisted, or named otherwise than the project.
    pub(crate) fn may_have_modules(&self, shell: &Shell) -> bool {
        let tells = [
            "tool.poetry.packages",
            "tool.poetry.include",
            "tool.hatch.build",
            "tool.setuptools",
            "tool.uv.build-backend",
        ];
        tells.iter().any(|key_path| self.has(key_path)) || shell.fs.may_hide("/", &path::join(&self.root, "any.py"))
    }

    /// Installs the project itself into an environment: by a .pth file with its path if `is_editable`, or by its
    /// modules. Its metadata takes 1.5 kB (measured with uv 0.13 and poetry 2.5 on 2026-11-26).
    pub(crate) fn install(&self, shell: &mut Shell, python: &Python, is_editable: bool) {
        const DESCRIPTION: u64 = 1_500;
        let packages = make_folder(shell, &python.packages);
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
            shell.fs.hold_weighed(&mark);
        }
        let size =
            Size::modelled(own.saturating_add(DESCRIPTION), "the project's modules, and 1.5 kB that describe it");
        shell.fs.weigh_whole(&packages, &name, size);
        let scripts: Vec<String> =
            keys(&self.manifest, "project.scripts").chain(keys(&self.manifest, "tool.poetry.scripts")).collect();
        for script in scripts {
            let programs = make_folder(shell, &python.programs);
            write_console_script(shell, &path::join(&programs, path::file_name(&script)), &python.interpreter);
        }
    }
}

/// Whether poetry installs a dependency. An optional one needs an extra.
fn poetry_takes(value: &Value, selection: &DependencySelection) -> bool {
    value.get("optional").and_then(Value::as_bool) != Some(true) || !selection.extras.is_empty()
}

/// `name[extra]`, from the table of a dependency in pyproject.toml.
fn with_extras(name: &str, value: &Value) -> String {
    match value.get("extras").and_then(Value::as_array).and_then(|extras| extras.first()).and_then(Value::as_str) {
        Some(extra) => format!("{name}[{extra}]"),
        None => name.to_string(),
    }
}

/// The name and version of a package in a lockfile.
pub(crate) fn locked_requirement(package: &Table) -> Requirement {
    (canonical_name(text(package, "name").unwrap_or("")), text(package, "version").map(str::to_string))
}
