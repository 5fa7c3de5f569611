//! poetry: install and sync, and the settings that decide where to. Words and exit codes are poetry 2.5's.

use super::project::{Project, Selection, Unread, read};
use super::venv::{Maker, make};
use super::{Manner, Python, at_home, bring, bring_elsewhere, folder, is_environment, is_set, table, version};
use crate::fs::{Content, path};
use crate::measure::Size;
use crate::shell::Shell;
use base64ct::{Base64UrlUnpadded, Encoding as _};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeSet;
use toml::Table;

/// The user's settings, under the home.
const SETTINGS: &str = ".config/pypoetry/config.toml";

/// Runs; `None` if that is not for this model.
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
    let mut settings = read(shell, &place).unwrap_or_default();
    let value = match *value {
        "true" | "false" => toml::Value::Boolean(*value == "true"),
        text => toml::Value::String(text.to_string()),
    };
    let section = settings.entry(section).or_insert_with(|| toml::Value::Table(Table::new()));
    section.as_table_mut()?.insert(key.to_string(), value);
    folder(shell, path::parent(&place));
    let text = settings
        .iter()
        .filter_map(|(section, keys)| Some((section, keys.as_table()?)))
        .map(|(section, keys)| {
            let lines: String = keys.iter().map(|(key, value)| format!("{key} = {}\n", written(value))).collect();
            format!("[{section}]\n{lines}")
        })
        .collect::<Vec<_>>()
        .join("\n");
    let content = Content::inline(text.into_bytes());
    let _ = shell.fs.write(&place, content, 0o600, shell.user.uid, shell.user.gid);
    Some(0)
}

/// A value as TOML has it; poetry's settings are words and switches.
fn written(value: &toml::Value) -> String {
    match value {
        toml::Value::Boolean(on) => on.to_string(),
        toml::Value::Integer(number) => number.to_string(),
        other => format!("{:?}", other.as_str().unwrap_or("")),
    }
}

/// A setting of virtual environments: of the environment, the project or the user.
fn setting(shell: &Shell, root: &str, key: &str) -> Option<bool> {
    let variable = format!("POETRY_VIRTUALENVS_{}", key.replace('-', "_").to_uppercase());
    if shell.var(&variable).is_some_and(|value| !value.is_empty()) {
        return Some(is_set(shell, &variable));
    }
    let places = [path::join(root, "poetry.toml"), at_home(shell, SETTINGS)];
    places.iter().find_map(|place| read(shell, place).ok()?.get("virtualenvs")?.get(key)?.as_bool())
}

/// The words behind each use of an option; several in one are set apart by commas or spaces.
fn named(words: &[String], names: &[&str]) -> BTreeSet<String> {
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
    let table = table(shell, "pypi")?;
    let has = |flag: &str| words.iter().any(|word| word == flag);
    if has("--no-dev") {
        shell.err("\nThe option \"--no-dev\" does not exist\n");
        return Some(1);
    }
    if has("--dry-run") {
        return Some(0);
    }
    let from = named(words, &["-C", "--directory", "-P", "--project"]).into_iter().next().unwrap_or_default();
    let project = match Project::find(shell, &path::join(&shell.cwd, &from)) {
        Ok(project) => project,
        Err(Unread::Missing) => {
            shell.err(format!("\nPoetry could not find a pyproject.toml file in {} or its parents\n", shell.cwd));
            return Some(1);
        }
        Err(Unread::Bad(error)) => {
            shell.err(format!("\n{}/pyproject.toml is not a valid TOML file.\n{}\n", shell.cwd, error.trim_end()));
            return Some(1);
        }
        Err(Unread::Unknown) => return None,
    };
    let selection = match selection(&project, words) {
        Ok(selection) => selection,
        Err((group, option)) => {
            shell.err(format!("\nGroup(s) not found: {group} (via {option})\n"));
            return Some(1);
        }
    };
    let place = path::join(&project.root, "poetry.lock");
    let (asked, is_locked) = match read(shell, &place) {
        Ok(lock) => (project.locked_by_poetry(shell, &lock, &selection), true),
        Err(Unread::Missing) => {
            let content = Content::unknown("what poetry writes into its lock file");
            let _ = shell.fs.write(&place, content, 0o644, shell.user.uid, shell.user.gid);
            (project.asked(shell, &selection), false)
        }
        Err(_) => return None,
    };
    let python = python(shell, &project)?;
    let manner = Manner { by: "poetry", with_needs: !is_locked, compiles: has("--compile") };
    let brought = bring(shell, &table, &asked.wanted, &python, &manner);
    if !has("--no-cache") && brought.count > 0 {
        let cache = folder(shell, &cache(shell));
        let size = match is_locked {
            true => Size::modelled(brought.wheels, "the wheels of these packages, kept by poetry's cache"),
            false => Size::unknown(brought.wheels, "what poetry keeps of the index's answers"),
        };
        shell.fs.weigh_whole(&cache, &format!("poetry's cache of {}", brought.count), size);
    }
    asked.elsewhere.iter().for_each(|what| bring_elsewhere(shell, what, "poetry install", &python));
    let is_package = project.flag("tool.poetry.package-mode") != Some(false);
    if !is_package || has("--no-root") {
        return Some(0);
    }
    let name = project.name();
    if project.modules(shell).is_none() {
        if project.may_have_modules(shell) {
            bring_elsewhere(shell, ".", "poetry install", &python);
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

/// The groups and extras that are taken; else a group that there is not, and the option that names it.
fn selection(project: &Project, words: &[String]) -> Result<Selection, (String, &'static str)> {
    let has = |flag: &str| words.iter().any(|word| word == flag);
    let groups = project.groups();
    let (only, with, without) = (named(words, &["--only"]), named(words, &["--with"]), named(words, &["--without"]));
    for (option, asked) in [("--only", &only), ("--with", &with), ("--without", &without)] {
        if let Some(group) = asked.iter().find(|group| *group != "main" && !groups.contains(*group)) {
            return Err((group.clone(), option));
        }
    }
    let extras = match has("--all-extras") {
        true => project.extras(),
        false => named(words, &["--extras", "-E"]),
    };
    if !only.is_empty() || has("--only-root") {
        return Ok(Selection { main: only.contains("main"), groups: only, extras });
    }
    let taken = |group: &String| {
        has("--all-groups") || with.contains(group) || !project.is_optional(group) && !without.contains(group)
    };
    let groups = groups.into_iter().filter(taken).collect();
    Ok(Selection { main: !without.contains("main"), groups, extras })
}

fn cache(shell: &Shell) -> String {
    shell.var("POETRY_CACHE_DIR").map_or_else(|| at_home(shell, ".cache/pypoetry"), str::to_string)
}

/// The environment at work, the project's own, or the image's Python.
fn python(shell: &mut Shell, project: &Project) -> Option<Python> {
    let active = shell.var("VIRTUAL_ENV").map(str::to_string).filter(|root| is_environment(shell, root));
    if let Some(root) = active {
        return Some(Python::of(shell, &root));
    }
    let own = path::join(&project.root, ".venv");
    let in_project = setting(shell, &project.root, "in-project");
    if in_project != Some(false) && is_environment(shell, &own) {
        return Some(Python::of(shell, &own));
    }
    if setting(shell, &project.root, "create") == Some(false) {
        return Python::own(shell);
    }
    // One that an earlier call made in the cache stays in use.
    let digest = Base64UrlUnpadded::encode_string(&Sha256::digest(project.root.as_bytes()));
    let name = format!("{}-{}-py{}", project.name(), digest.get(..8).unwrap_or(""), version(shell));
    let cached = format!("{}/virtualenvs/{name}", cache(shell));
    let root = if in_project == Some(true) && !is_environment(shell, &cached) { own } else { cached };
    match is_environment(shell, &root) {
        true => Some(Python::of(shell, &root)),
        false => make(shell, &root, &Maker::Virtualenv),
    }
}
