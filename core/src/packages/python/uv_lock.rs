//! uv.lock: the packages that `uv sync` installs.

use super::environment_markers as marker;
use super::pyproject::{DependencySelection, Project, locked_requirement};
use super::requirements_txt::Requirements;
use super::toml_file::{at, list, text};
use crate::shell::Shell;
use std::collections::{BTreeMap, BTreeSet};
use toml::{Table, Value};

impl Project {
    /// Whether uv.lock lists the project itself as a package that is built.
    pub(crate) fn is_locked_as_package(&self, lock: &Table) -> bool {
        let own = self.name();
        list(lock, "package")
            .filter_map(Value::as_table)
            .find(|package| text(package, "name") == Some(&own))
            .is_some_and(|package| at(package, "source.virtual").is_none())
    }

    /// The packages that uv.lock lists for a selection of groups and extras.
    pub(crate) fn locked_by_uv(&self, shell: &Shell, lock: &Table, selection: &DependencySelection) -> Requirements {
        let host = marker::MarkerEnvironment::of(shell);
        let packages: Vec<&Table> = list(lock, "package").filter_map(Value::as_table).collect();
        let mut by_name: BTreeMap<&str, &Table> = BTreeMap::new();
        for package in &packages {
            by_name.entry(text(package, "name").unwrap_or("")).or_insert(package);
        }
        let mut requirements = Requirements::default();
        let own = self.name();
        let mut open: Vec<(&Table, String)> = Vec::new();
        if let Some(root) = by_name.get(own.as_str()) {
            open.extend(Some((*root, "dependencies".to_string())).filter(|_| selection.main));
            open.extend(selection.extras.iter().map(|extra| (*root, format!("optional-dependencies.{extra}"))));
            open.extend(selection.groups.iter().map(|group| (*root, format!("dev-dependencies.{group}"))));
        }
        let mut seen: BTreeSet<(String, String)> = BTreeSet::new();
        while let Some((package, key_path)) = open.pop() {
            let name = text(package, "name").unwrap_or("");
            if !seen.insert((name.to_string(), key_path.clone())) {
                continue;
            }
            for need in list(package, &key_path).filter_map(Value::as_table) {
                let wanted = by_name.get(text(need, "name").unwrap_or(""));
                let Some(wanted) =
                    wanted.filter(|_| marker::marker_holds(text(need, "marker").unwrap_or(""), &host, &[]))
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
                    Some(_) => requirements.packages.push(locked_requirement(wanted)),
                    None => requirements.direct_references.push(name.to_string()),
                }
            }
        }
        requirements
    }
}
