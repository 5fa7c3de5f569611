//! poetry.lock: the packages that `poetry install` installs.

use super::environment_markers as marker;
use super::package_name::canonical_name;
use super::pyproject::{DependencySelection, Project, locked_requirement};
use super::requirements_txt::Requirements;
use super::toml_file::{at, keys, list, text};
use crate::shell::Shell;
use std::collections::{BTreeMap, BTreeSet};
use toml::{Table, Value};

impl Project {
    /// The packages that poetry.lock lists for a selection of groups and extras.
    pub(crate) fn locked_by_poetry(
        &self,
        shell: &Shell,
        lock: &Table,
        selection: &DependencySelection,
    ) -> Requirements {
        let host = marker::MarkerEnvironment::of(shell);
        let extras: Vec<&str> = selection.extras.iter().map(String::as_str).collect();
        let packages = || list(lock, "package").filter_map(Value::as_table);
        // Lockfiles from before poetry 2 do not list the groups of a package. They follow from the dependencies in
        // pyproject.toml.
        let needed =
            packages().all(|package| package.get("groups").is_none()).then(|| self.needed(shell, lock, selection));
        let mut requirements = Requirements::default();
        for package in packages() {
            let groups: Vec<&str> = list(package, "groups").filter_map(Value::as_str).collect();
            let is_taken = match &needed {
                Some(needed) => needed.contains(&locked_requirement(package).0),
                None => groups
                    .iter()
                    .any(|group| if *group == "main" { selection.main } else { selection.groups.contains(*group) }),
            };
            // There is one marker, or one for each group.
            let condition = match at(package, "markers") {
                Some(Value::String(condition)) => condition.as_str(),
                Some(Value::Table(by_group)) => {
                    groups.iter().find_map(|group| by_group.get(*group)).and_then(Value::as_str).unwrap_or("")
                }
                _ => "",
            };
            if !is_taken || !marker::marker_holds(condition, &host, &extras) {
                continue;
            }
            match text(package, "source.type") {
                None | Some("legacy") => requirements.packages.push(locked_requirement(package)),
                Some(_) => requirements.direct_references.push(locked_requirement(package).0),
            }
        }
        requirements
    }

    /// The names of all packages that a selection requires, by the dependencies in the lockfile.
    fn needed(&self, shell: &Shell, lock: &Table, selection: &DependencySelection) -> BTreeSet<String> {
        let packages = list(lock, "package").filter_map(Value::as_table);
        let by_name: BTreeMap<String, &Table> =
            packages.map(|package| (locked_requirement(package).0, package)).collect();
        let plain = |name: &str| name.split('[').next().unwrap_or(name).to_string();
        let mut open: Vec<String> =
            self.requirements(shell, selection).packages.iter().map(|(name, _)| plain(name)).collect();
        open.extend(
            selection
                .extras
                .iter()
                .flat_map(|extra| list(lock, &format!("extras.{extra}")).collect::<Vec<_>>())
                .filter_map(Value::as_str)
                .map(canonical_name),
        );
        let mut needed = BTreeSet::new();
        while let Some(name) = open.pop() {
            let Some(package) = by_name.get(&name).filter(|_| !needed.contains(&name)) else { continue };
            open.extend(keys(package, "dependencies").map(|name| canonical_name(&name)));
            needed.insert(name);
        }
        needed
    }
}
