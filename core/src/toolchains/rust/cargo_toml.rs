//! Cargo.toml, as far as it decides what is built.

use super::cargo_profile::Profile;
use crate::fs::path;
use crate::shell::Shell;
use serde::Deserialize;
use std::collections::BTreeMap;
use toml::Value;

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub(crate) struct Manifest {
    pub(crate) package: Option<Package>,
    pub(crate) lib: Option<TargetEntry>,
    pub(crate) bin: Vec<TargetEntry>,
    pub(crate) dependencies: BTreeMap<String, Dependency>,
    pub(crate) build_dependencies: BTreeMap<String, Dependency>,
    pub(crate) workspace: Option<Workspace>,
    pub(crate) profile: BTreeMap<String, Profile>,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Package {
    pub(crate) name: String,
    #[serde(default)]
    version: Option<Value>,
}

impl Package {
    pub(crate) fn version<'a>(&'a self, root: &'a Manifest) -> &'a str {
        match &self.version {
            Some(Value::String(version)) => version,
            Some(_) => root
                .workspace
                .as_ref()
                .and_then(|workspace| workspace.package.get("version"))
                .and_then(Value::as_str)
                .unwrap_or("0.0.0"),
            None => "0.0.0",
        }
    }
}

/// A program or the library, by its name and its file.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct TargetEntry {
    pub(crate) name: Option<String>,
    pub(crate) path: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Dependency {
    /// A version, which decides nothing here.
    Version(#[allow(dead_code, reason = "a version is text, and is told by that")] String),
    Table {
        #[serde(default)]
        path: Option<String>,
        #[serde(default)]
        workspace: bool,
        #[serde(default)]
        optional: bool,
    },
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub(crate) struct Workspace {
    pub(crate) members: Vec<String>,
    pub(crate) default_members: Vec<String>,
    pub(crate) exclude: Vec<String>,
    pub(crate) dependencies: BTreeMap<String, Dependency>,
    pub(crate) package: BTreeMap<String, Value>,
}

impl Manifest {
    /// Reads the manifest in a folder; `None` if there is none or it is not known.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn read(shell: &Shell, folder: &str) -> Option<Result<Manifest, String>> {
        let bytes = shell.read(&path::join(folder, "Cargo.toml")).ok()??;
        let text = String::from_utf8_lossy(&bytes);
        Some(toml::from_str(&text).map_err(|error| error.to_string()))
    }

    /// External dependencies: not path dependencies, and not optional.
    pub(crate) fn foreign<'a>(&'a self, root: &'a Manifest) -> impl Iterator<Item = &'a str> {
        let shared = |name: &str| root.workspace.as_ref().and_then(|workspace| workspace.dependencies.get(name));
        let is_foreign = move |(name, need): &(&'a String, &'a Dependency)| match need {
            Dependency::Version(_) => true,
            Dependency::Table { optional: true, .. } | Dependency::Table { path: Some(_), .. } => false,
            Dependency::Table { workspace: true, .. } => {
                !matches!(shared(name), Some(Dependency::Table { path: Some(_), .. }))
            }
            Dependency::Table { .. } => true,
        };
        let all = self.dependencies.iter().chain(&self.build_dependencies);
        all.filter(is_foreign).map(|(name, _)| name.as_str())
    }

    /// Path dependencies, by name and the folder in the manifest.
    pub(crate) fn local<'a>(&'a self, root: &'a Manifest) -> Vec<(&'a str, &'a str, bool)> {
        let mut all = Vec::new();
        for (name, need) in self.dependencies.iter().chain(&self.build_dependencies) {
            let shared = root.workspace.as_ref().and_then(|workspace| workspace.dependencies.get(name));
            match (need, shared) {
                (Dependency::Table { path: Some(path), .. }, _) => all.push((name.as_str(), path.as_str(), false)),
                (Dependency::Table { workspace: true, .. }, Some(Dependency::Table { path: Some(path), .. })) => {
                    all.push((name.as_str(), path.as_str(), true));
                }
                _ => {}
            }
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crates_from_outside_are_told_from_those_beside() {
        let text =
            "[dependencies]\nserde = \"1\"\nx = { path = \"../x\" }\nmaybe = { version = \"1\", optional = true }\n";
        let manifest: Manifest = toml::from_str(text).unwrap();
        assert_eq!(manifest.foreign(&Manifest::default()).collect::<Vec<_>>(), ["serde"]);
        assert_eq!(manifest.local(&Manifest::default()), [("x", "../x", false)]);
    }
}
