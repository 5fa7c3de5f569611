//! Cargo.toml, Cargo.lock and .cargo/config.toml, as far as they decide what is built.

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

/// A build profile. Absent fields are inherited.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub(crate) struct Profile {
    pub(crate) inherits: Option<String>,
    strip: Option<Value>,
    lto: Option<Value>,
    opt_level: Option<Value>,
    debug: Option<Value>,
    /// Built by rustc alone, which keeps the debug information of the standard library.
    #[serde(skip)]
    bare: bool,
    /// With debug information.
    #[serde(skip)]
    full: bool,
}

impl Profile {
    pub(crate) fn of_rustc() -> Profile {
        Profile { bare: true, ..Profile::default() }
    }

    /// A profile of a manifest by name, over what it inherits; `None` if it is not defined.
    pub(crate) fn find(name: &str, manifest: &Manifest) -> Option<Profile> {
        let mut profile = Profile { full: name == "dev", ..Profile::default() };
        let mut name = name.to_string();
        // Profiles inherit in a chain that may not be a circle.
        for _ in 0..8 {
            if let Some(own) = manifest.profile.get(&name) {
                profile.strip = profile.strip.or_else(|| own.strip.clone());
                profile.lto = profile.lto.or_else(|| own.lto.clone());
                profile.opt_level = profile.opt_level.or_else(|| own.opt_level.clone());
                profile.debug = profile.debug.or_else(|| own.debug.clone());
            }
            match name.as_str() {
                "release" | "bench" => return Some(profile),
                "dev" | "test" => {
                    profile.full = true;
                    return Some(profile);
                }
                _ => name = manifest.profile.get(&name)?.inherits.clone()?,
            }
        }
        None
    }

    /// A `-C` flag of rustc, or of `RUSTFLAGS`.
    pub(crate) fn take_flag(&mut self, flag: &str) {
        let (name, value) = flag.split_once('=').unwrap_or((flag, ""));
        match name {
            "strip" => self.strip = Some(Value::String(value.into())),
            "lto" => self.lto = Some(Value::String(if value.is_empty() { "fat" } else { value }.into())),
            "opt-level" => self.opt_level = Some(Value::String(value.into())),
            "debuginfo" => self.debug = Some(Value::String(value.into())),
            "link-arg" | "link-args" if value == "-s" || value == "-Wl,-s" => {
                self.strip = Some(Value::String("symbols".into()));
            }
            _ => {}
        }
    }

    /// The name of the measured program that is built like this: `release`, `release-fat-stripped`, `debug`.
    pub(crate) fn form(&self) -> String {
        let is = |value: &Option<Value>, words: &[&str]| match value {
            Some(Value::Boolean(on)) => words.contains(&if *on { "true" } else { "false" }),
            Some(Value::String(word)) => words.contains(&word.as_str()),
            Some(Value::Integer(number)) => words.contains(&number.to_string().as_str()),
            _ => false,
        };
        let stripped = is(&self.strip, &["true", "symbols", "yes", "y"]);
        let bare = is(&self.strip, &["debuginfo"]);
        let keeps = self.debug.is_some() && !is(&self.debug, &["false", "0", "none"]);
        if !stripped && !bare && (self.full || keeps) {
            return "debug".into();
        }
        if !stripped && !bare && self.bare {
            return "rustc".into();
        }
        if self.full && stripped {
            return "debug-stripped".into();
        }
        let lto = match () {
            () if is(&self.lto, &["true", "fat", "yes"]) => "-fat",
            () if is(&self.lto, &["thin"]) => "-thin",
            () => "",
        };
        let small = if is(&self.opt_level, &["s", "z"]) { "-small" } else { "" };
        format!("release{lto}{small}{}", if stripped { "-stripped" } else { "" })
    }
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

/// Names of the packages in a lock file.
pub(crate) fn locked(text: &str) -> Vec<String> {
    #[derive(Deserialize)]
    struct Lock {
        #[serde(default)]
        package: Vec<TargetEntry>,
    }
    let lock = toml::from_str::<Lock>(text);
    lock.map(|lock| lock.package.into_iter().filter_map(|package| package.name).collect()).unwrap_or_default()
}

/// `build.target` and `build.target-dir` of .cargo/config.toml, in a folder or above it.
pub(crate) fn config(shell: &Shell, folder: &str) -> (Option<String>, Option<String>) {
    #[derive(Default, Deserialize)]
    #[serde(default, rename_all = "kebab-case")]
    struct Build {
        target: Option<String>,
        target_dir: Option<String>,
    }
    #[derive(Deserialize)]
    struct Config {
        #[serde(default)]
        build: Build,
    }
    let mut folder = folder;
    loop {
        for name in [".cargo/config.toml", ".cargo/config"] {
            let Ok(Some(bytes)) = shell.read(&path::join(folder, name)) else { continue };
            if let Ok(config) = toml::from_str::<Config>(&String::from_utf8_lossy(&bytes)) {
                let place = config.build.target_dir.map(|place| path::join(folder, &place));
                return (config.build.target, place);
            }
        }
        if folder == "/" {
            return (None, None);
        }
        folder = path::parent(folder);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(profile: &str, name: &str) -> Option<String> {
        Profile::find(name, &toml::from_str(profile).unwrap()).map(|profile| profile.form())
    }

    #[test]
    fn profiles_inherit_and_name_their_form() {
        assert_eq!(form("", "dev").unwrap(), "debug");
        assert_eq!(
            form("[profile.release]\nstrip = true\nlto = \"fat\"\n", "release").unwrap(),
            "release-fat-stripped"
        );
        let own = "[profile.release]\nlto = \"thin\"\n[profile.small]\ninherits = \"release\"\nopt-level = \"z\"\n";
        assert_eq!(form(own, "small").unwrap(), "release-thin-small");
        assert_eq!(form("[profile.release]\ndebug = 1\n", "release").unwrap(), "debug");
        assert_eq!(form("", "nothing"), None);
        assert_eq!(form("[profile.a]\ninherits = \"b\"\n[profile.b]\ninherits = \"a\"\n", "a"), None);
    }

    #[test]
    fn crates_from_outside_are_told_from_those_beside() {
        let text =
            "[dependencies]\nserde = \"1\"\nx = { path = \"../x\" }\nmaybe = { version = \"1\", optional = true }\n";
        let manifest: Manifest = toml::from_str(text).unwrap();
        assert_eq!(manifest.foreign(&Manifest::default()).collect::<Vec<_>>(), ["serde"]);
        assert_eq!(manifest.local(&Manifest::default()), [("x", "../x", false)]);
        assert_eq!(locked("[[package]]\nname = \"a\"\n[[package]]\nname = \"openssl-sys\"\n"), ["a", "openssl-sys"]);
    }
}
