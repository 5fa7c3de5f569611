//! poetry: `install`, `sync`, and the settings that choose the environment. Messages and exit codes are those of
//! poetry 2.5.

use super::install_packages::{InstallOptions, at_home, install_packages, is_set, make_folder, mark_unlisted_files};
use super::interpreter::{Python, is_environment, python_version};
use super::pyproject::{DependencySelection, Project};
use super::toml_file::{TomlError, read_toml};
use super::unknown_project::{install_unknown_project, keep_unknown_wheels};
use super::venv::{EnvironmentMaker, make_environment};
use crate::fs::{Content, path};
use crate::measure::Size;
use crate::packages::index_lookup::language_index;
use crate::shell::Shell;
use base64ct::{Base64UrlUnpadded, Encoding as _};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeSet;
use toml::Table;

/// The user's settings, in the home.
const SETTINGS: &str = ".config/pypoetry/config.toml";

/// Runs poetry; `None` if the command line is not modelled.
pub(crate) fn poetry(shell: &mut Shell, words: &[String]) -> Option<i32> {
    let verb = words.iter().position(|word| !word.starts_with('-'))?;
    let rest: Vec<String> =
        words.iter().enumerate().filter(|(at, _)| *at != verb).map(|(_, word)| word.clone()).collect();
    match words.get(verb)?.as_str() {
        "config" => config(shell, &rest),
        "install" | "sync" => install(shell, &rest),
        _ => None,
    }
}

/// `poetry config NAME.KEY VALUE`.
fn config(shell: &mut Shell, words: &[String]) -> Option<i32> {
    let operands: Vec<&str> = words.iter().map(String::as_str).filter(|word| !word.starts_with('-')).collect();
    let [name, value] = operands.as_slice() else { return None };
    let (section, key) = name.split_once('.')?;
    let place = match words.iter().any(|word| word == "--local") {
        true => path::join(&shell.cwd, "poetry.toml"),
        false => at_home(shell, SETTINGS),
    };
    let mut settings = read_toml(shell, &place).unwrap_or_default();
    let value = match *value {
        "true" | "false" => toml::Value::Boolean(*value == "true"),
        text => toml::Value::String(text.to_string()),
    };
    let section = settings.entry(section).or_insert_with(|| toml::Value::Table(Table::new()));
    section.as_table_mut()?.insert(key.to_string(), value);
    make_folder(shell, path::parent(&place));
    let text = settings
        .iter()
        .filter_map(|(section, keys)| Some((section, keys.as_table()?)))
        .map(|(section, keys)| {
            let lines: String = keys.iter().map(|(key, value)| format!("{key} = {}\n", toml_text(value))).collect();
            format!("[{section}]\n{lines}")
        })
        .collect::<Vec<_>>()
        .join("\n");
    let content = Content::inline(text.into_bytes());
    let _ = shell.fs.write(&place, content, 0o600, shell.user.uid, shell.user.gid);
    Some(0)
}

/// A value in TOML syntax. poetry's settings are strings and booleans.
fn toml_text(value: &toml::Value) -> String {
    match value {
        toml::Value::Boolean(on) => on.to_string(),
        toml::Value::Integer(number) => number.to_string(),
        other => format!("{:?}", other.as_str().unwrap_or("")),
    }
}

/// A setting for virtual environments, from an environment variable, the project's or the user's settings.
fn setting(shell: &Shell, root: &str, key: &str) -> Option<bool> {
    let variable = format!("POETRY_VIRTUALENVS_{}", key.replace('-', "_").to_uppercase());
    if shell.var(&variable).is_some_and(|value| !value.is_empty()) {
        return Some(is_set(shell, &variable));
    }
    let places = [path::join(root, "poetry.toml"), at_home(shell, SETTINGS)];
    places.iter().find_map(|place| read_toml(shell, place).ok()?.get("virtualenvs")?.get(key)?.as_bool())
}

/// The values of an option over all its uses. Commas or spaces separate several values in one word.
fn option_values(words: &[String], names: &[&str]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let (name, value) = word.split_once('=').map_or((word.as_str(), None), |(name, value)| (name, Some(value)));
        if names.contains(&name) {
            let value = value.or_else(|| words.next().map(String::as_str)).unwrap_or("");
            found.extend(value.split([',', ' ']).filter(|part| !part.is_empty()).map(str::to_string));
        }
    }
    found
}

fn install(shell: &mut Shell, words: &[String]) -> Option<i32> {
    let table = language_index(shell, "pypi")?;
    let has = |flag: &str| words.iter().any(|word| word == flag);
    if has("--no-dev") {
        shell.err("\nThe option \"--no-dev\" does not exist\n");
        return Some(1);
    }
    if has("--dry-run") {
        return Some(0);
    }
    let from = option_values(words, &["-C", "--directory", "-P", "--project"]).into_iter().next().unwrap_or_default();
    let project = match Project::find(shell, &path::join(&shell.cwd, &from)) {
        Ok(project) => project,
        Err(TomlError::Missing) => {
            shell.err(format!("\nPoetry could not find a pyproject.toml file in {} or its parents\n", shell.cwd));
            return Some(1);
        }
        Err(TomlError::Bad(error)) => {
            shell.err(format!("\n{}/pyproject.toml is not a valid TOML file.\n{}\n", shell.cwd, error.trim_end()));
            return Some(1);
        }
        Err(TomlError::Unknown) => return install_unknown(shell, words, &path::join(&shell.cwd, &from)),
    };
    let selection = match selection(&project, words) {
        Ok(selection) => selection,
        Err((group, option)) => {
            shell.err(format!("\nGroup(s) not found: {group} (via {option})\n"));
            return Some(1);
        }
    };
    let place = path::join(&project.root, "poetry.lock");
    let (requirements, is_locked) = match read_toml(shell, &place) {
        Ok(lock) => (project.locked_by_poetry(shell, &lock, &selection), true),
        Err(TomlError::Missing) => {
            let content = Content::unknown("what poetry writes into its lock file");
            let _ = shell.fs.write(&place, content, 0o644, shell.user.uid, shell.user.gid);
            (project.requirements(shell, &selection), false)
        }
        Err(_) => return None,
    };
    let python = interpreter(shell, &project)?;
    let install_options = InstallOptions { by: "poetry", with_dependencies: !is_locked, compiles: has("--compile") };
    let summary = install_packages(shell, &table, &requirements.packages, &python, &install_options);
    if !has("--no-cache") && !summary.is_empty() {
        let cache = make_folder(shell, &cache_folder(shell));
        let size = match is_locked {
            true => Size::ZERO,
            false => Size::unknown(0, "what poetry keeps of the index's answers"),
        };
        let size = summary.kept_wheels("the wheels of these packages, kept by poetry's cache") + size;
        shell.fs.weigh_whole(&cache, &format!("poetry's cache of {}", summary.count), size);
    }
    for what in &requirements.direct_references {
        mark_unlisted_files(shell, what, "poetry install", &python);
    }
    let is_package = project.flag("tool.poetry.package-mode") != Some(false);
    if !is_package || has("--no-root") {
        return Some(0);
    }
    let name = project.name();
    if project.modules(shell).is_none() {
        if project.may_have_modules(shell) {
            mark_unlisted_files(shell, ".", "poetry install", &python);
            return Some(0);
        }
        shell.err(format!(
            "\nError: The current project could not be installed: No file/folder found for package {name}\n\
             If you do not want to install the current project use --no-root.\n"
        ));
        return Some(1);
    }
    project.install(shell, &python, true);
    Some(0)
}

/// `poetry install` of a project whose pyproject.toml is not known; `None` if it has no lock file.
fn install_unknown(shell: &mut Shell, words: &[String], root: &str) -> Option<i32> {
    if matches!(read_toml(shell, &path::join(root, "poetry.lock")), Err(TomlError::Missing)) {
        return None;
    }
    let python = match environment(shell, root)? {
        Environment::Known(python) => python,
        Environment::New(folder) => make_environment(shell, &folder, &EnvironmentMaker::Virtualenv)?,
        // Its name begins with that of the project.
        Environment::Cached => {
            let folder = format!("{}/virtualenvs", cache_folder(shell));
            Python { packages: folder.clone(), programs: folder.clone(), ..Python::in_prefix(shell, &folder) }
        }
    };
    let compiles = words.iter().any(|word| word == "--compile");
    install_unknown_project(shell, &python, "poetry install", compiles);
    if !words.iter().any(|word| word == "--no-cache") {
        let cache = cache_folder(shell);
        keep_unknown_wheels(shell, &cache, "poetry install", "pip-cache");
    }
    Some(0)
}

/// The selected groups and extras; otherwise a group that does not exist, and the option that names it.
fn selection(project: &Project, words: &[String]) -> Result<DependencySelection, (String, &'static str)> {
    let has = |flag: &str| words.iter().any(|word| word == flag);
    let groups = project.groups();
    let (only, with, without) =
        (option_values(words, &["--only"]), option_values(words, &["--with"]), option_values(words, &["--without"]));
    for (option, requirements) in [("--only", &only), ("--with", &with), ("--without", &without)] {
        if let Some(group) = requirements.iter().find(|group| *group != "main" && !groups.contains(*group)) {
            return Err((group.clone(), option));
        }
    }
    let extras = match has("--all-extras") {
        true => project.extras(),
        false => option_values(words, &["--extras", "-E"]),
    };
    if !only.is_empty() || has("--only-root") {
        return Ok(DependencySelection { main: only.contains("main"), groups: only, extras });
    }
    let taken = |group: &String| {
        has("--all-groups") || with.contains(group) || !project.is_optional(group) && !without.contains(group)
    };
    let groups = groups.into_iter().filter(taken).collect();
    Ok(DependencySelection { main: !without.contains("main"), groups, extras })
}

fn cache_folder(shell: &Shell) -> String {
    shell.var("POETRY_CACHE_DIR").map_or_else(|| at_home(shell, ".cache/pypoetry"), str::to_string)
}

/// Where poetry installs packages.
enum Environment {
    /// An environment that is there, or the image's Python.
    Known(Python),
    /// An environment that is to be made in this folder.
    New(String),
    /// One of the environments in the cache.
    Cached,
}

/// The active environment, the project's own, or the image's Python; otherwise where a new one is made.
fn environment(shell: &Shell, root: &str) -> Option<Environment> {
    let active = shell.var("VIRTUAL_ENV").map(str::to_string).filter(|root| is_environment(shell, root));
    if let Some(root) = active {
        return Some(Environment::Known(Python::in_prefix(shell, &root)));
    }
    let own = path::join(root, ".venv");
    let in_project = setting(shell, root, "in-project");
    if in_project != Some(false) && is_environment(shell, &own) {
        return Some(Environment::Known(Python::in_prefix(shell, &own)));
    }
    if setting(shell, root, "create") == Some(false) {
        return Some(Environment::Known(Python::of_image(shell)?));
    }
    Some(if in_project == Some(true) { Environment::New(own) } else { Environment::Cached })
}

/// The Python of a project.
fn interpreter(shell: &mut Shell, project: &Project) -> Option<Python> {
    let place = environment(shell, &project.root)?;
    if let Environment::Known(python) = place {
        return Some(python);
    }
    // An environment that an earlier call created in the cache stays in use.
    let digest = Base64UrlUnpadded::encode_string(&Sha256::digest(project.root.as_bytes()));
    let name = format!("{}-{}-py{}", project.name(), digest.get(..8).unwrap_or(""), python_version(shell));
    let cached = format!("{}/virtualenvs/{name}", cache_folder(shell));
    let root = match place {
        Environment::New(own) if !is_environment(shell, &cached) => own,
        _ => cached,
    };
    match is_environment(shell, &root) {
        true => Some(Python::in_prefix(shell, &root)),
        false => make_environment(shell, &root, &EnvironmentMaker::Virtualenv),
    }
}
