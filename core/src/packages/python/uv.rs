//! uv: `pip install`, `sync`, `add`, `run`, `venv` and `tool install`. Messages and exit codes are those of uv 0.13.

use super::externally_managed::refuses;
use super::install_packages::{
    InstallOptions, InstallSummary, at_home, install_packages, is_set, make_folder, mark_unlisted_files,
};
use super::interpreter::{Python, is_environment};
use super::pyproject::{DependencySelection, Project};
use super::requirements_txt::Requirements;
use super::toml_file::{TomlError, read_toml};
use super::unknown_project::{install_unknown_project, keep_unknown_wheels};
use super::venv::{EnvironmentMaker, make_environment};
use crate::fs::{Content, path};
use crate::measure::{Size, Way, typical_tool_size};
use crate::packages::index_lookup::language_index;
use crate::shell::Shell;
use std::collections::BTreeSet;

/// Options that take the next word.
const WITH_VALUE: [&str; 43] = [
    "--allow-insecure-host",
    "--build-constraints",
    "--cache-dir",
    "--color",
    "--config-file",
    "--config-setting",
    "--constraints",
    "--default-index",
    "--directory",
    "--editable",
    "--exclude-newer",
    "--extra",
    "--extra-index-url",
    "--find-links",
    "--group",
    "--index",
    "--index-strategy",
    "--index-url",
    "--keyring-provider",
    "--link-mode",
    "--no-binary-package",
    "--no-build-package",
    "--no-extra",
    "--no-group",
    "--no-install-package",
    "--only-group",
    "--overrides",
    "--package",
    "--prefix",
    "--prerelease",
    "--project",
    "--prompt",
    "--python",
    "--python-platform",
    "--python-version",
    "--refresh-package",
    "--requirement",
    "--requirements",
    "--resolution",
    "--target",
    "--torch-backend",
    "--upgrade-package",
    "--with",
];

/// Short forms of options that take a value.
const SHORT_OPTIONS: [(&str, &str); 7] = [
    ("-c", "--constraints"),
    ("-C", "--config-setting"),
    ("-e", "--editable"),
    ("-f", "--find-links"),
    ("-i", "--index-url"),
    ("-p", "--python"),
    ("-r", "--requirements"),
];

/// A command line: options with their values, and operands.
#[derive(Default)]
struct CommandLine {
    options: Vec<(String, Option<String>)>,
    operands: Vec<String>,
}

impl CommandLine {
    /// `ends`: no word after the first operand is an option.
    fn read(words: &[String], ends: bool) -> CommandLine {
        let mut command = CommandLine::default();
        let mut words = words.iter();
        while let Some(word) = words.next() {
            if !word.starts_with('-') || word == "--" {
                command.operands.extend(Some(word.clone()).filter(|word| word != "--"));
                if ends || word == "--" {
                    command.operands.extend(words.by_ref().cloned());
                }
                continue;
            }
            let (name, value) = word.split_once('=').map_or((word.as_str(), None), |(name, value)| (name, Some(value)));
            let name = SHORT_OPTIONS.iter().find(|(letter, _)| *letter == name).map_or(name, |(_, long)| long);
            let value = match value {
                Some(value) => Some(value.to_string()),
                None if WITH_VALUE.contains(&name) => words.next().cloned(),
                None => None,
            };
            command.options.push((name.to_string(), value));
        }
        command
    }

    fn has(&self, name: &str) -> bool {
        self.options.iter().any(|(one, _)| one == name)
    }

    fn all<'c>(&'c self, names: &'c [&str]) -> impl Iterator<Item = &'c str> {
        self.options.iter().filter(|(name, _)| names.contains(&name.as_str())).filter_map(|(_, value)| value.as_deref())
    }

    fn value<'c>(&'c self, name: &'c str) -> Option<&'c str> {
        self.options.iter().rev().find(|(one, _)| one == name)?.1.as_deref()
    }
}

/// Runs uv; `None` if the command line is not modelled.
pub(crate) fn uv(shell: &mut Shell, words: &[String]) -> Option<i32> {
    let ends = words.iter().find(|word| !word.starts_with('-')).is_some_and(|verb| verb == "run");
    let at = words.iter().position(|word| !word.starts_with('-'))?;
    let (verb, rest) = (words.get(at)?.as_str(), words.get(at + 1..)?);
    let command = CommandLine::read(&[words.get(..at)?, rest].concat(), ends);
    match verb {
        "pip" => match command.operands.first().map(String::as_str) {
            Some("install" | "sync") => pip(shell, &command),
            _ => None,
        },
        "venv" => {
            let place = command.operands.first().map_or(".venv", String::as_str);
            make_environment(shell, &path::join(&shell.cwd, place), &EnvironmentMaker::Uv)?;
            Some(0)
        }
        "sync" => sync(shell, &command).err().unwrap_or(Some(0)),
        "run" => run(shell, &command),
        "tool" if command.operands.first().is_some_and(|word| word == "install") => tool(shell, &command),
        _ => None,
    }
}

/// `uv pip install` and `uv pip sync`.
fn pip(shell: &mut Shell, command: &CommandLine) -> Option<i32> {
    let table = language_index(shell, "pypi")?;
    let is_sync = command.operands.first().is_some_and(|word| word == "sync");
    let mut requirements = Requirements::default();
    for word in command.operands.iter().skip(1) {
        match is_sync {
            true => requirements.add_file(shell, word),
            false => requirements.add(shell, word),
        }
    }
    command.all(&["--requirements", "--requirement"]).for_each(|file| {
        if path::file_name(file) == "pyproject.toml" {
            let root = path::join(&shell.cwd, path::parent(&path::join("/", file)).trim_start_matches('/'));
            match Project::find(shell, &root) {
                Ok(project) => {
                    let own = project
                        .requirements(shell, &DependencySelection { main: true, ..DependencySelection::default() });
                    requirements.packages.extend(own.packages);
                    requirements.direct_references.extend(own.direct_references);
                }
                Err(_) => requirements.direct_references.push(file.to_string()),
            }
        } else {
            requirements.add_file(shell, file);
        }
    });
    requirements.direct_references.extend(command.all(&["--editable"]).map(str::to_string));
    if let Some(file) = requirements.missing_files.first() {
        shell.err(format!("error: File not found: {file}\n"));
        return Some(2);
    }
    requirements.take_repositories();
    let python = match interpreter(shell, command) {
        Ok(python) => python,
        Err(status) => return status,
    };
    let install_options = install_options(shell, command, !is_sync && !command.has("--no-deps"));
    let summary = install_packages(shell, &table, &requirements.packages, &python, &install_options);
    // uv asks the index for the available versions, and caches the answers.
    write_cache(shell, command, &summary, true);
    for what in &requirements.direct_references {
        mark_unlisted_files(shell, what, "uv pip install", &python);
    }
    Some(0)
}

/// The Python that `uv pip` installs for; otherwise the exit code, or `None` if that is not known.
fn interpreter(shell: &mut Shell, command: &CommandLine) -> Result<Python, Option<i32>> {
    for name in ["--target", "--prefix"] {
        if let Some(place) = command.value(name) {
            let root = path::join(&shell.cwd, place);
            let mut python = Python::in_prefix(shell, &root);
            if name == "--target" {
                python.packages = root;
            }
            return Ok(python);
        }
    }
    // `--python` takes an environment, its Python, or a version.
    let named =
        command.value("--python").filter(|named| named.contains('/')).map(|named| path::join(&shell.cwd, named));
    let root = named.map(|named| match shell.fs.stat("/", &named) {
        Ok((_, node)) if node.is_dir() => named,
        _ => path::parent(path::parent(&named)).to_string(),
    });
    let is_system = command.has("--system") || is_set(shell, "UV_SYSTEM_PYTHON");
    let roots: Vec<String> = match (&root, is_system) {
        (Some(root), _) => vec![root.clone()],
        (None, true) => Vec::new(),
        (None, false) => {
            let mut folder = shell.cwd.as_str();
            let mut above = vec![path::join(folder, ".venv")];
            while folder != "/" {
                folder = path::parent(folder);
                above.push(path::join(folder, ".venv"));
            }
            shell.var("VIRTUAL_ENV").map(|root| path::join(&shell.cwd, root)).into_iter().chain(above).collect()
        }
    };
    if let Some(root) = roots.iter().find(|root| is_environment(shell, root)) {
        return Ok(Python::in_prefix(shell, root));
    }
    if root.is_none() && !is_system {
        if roots.iter().any(|root| shell.fs.may_hide("/", root)) {
            return Err(None);
        }
        shell.err(
            "error: No virtual environment found; run `uv venv` to create an environment, or pass `--system` to \
             install into a non-virtual environment\n",
        );
        return Err(Some(2));
    }
    let python = Python::of_image(shell).ok_or(None)?;
    let breaks = command.has("--break-system-packages") || is_set(shell, "UV_BREAK_SYSTEM_PACKAGES");
    if !breaks && refuses(shell, python.managed) {
        shell.err(format!("error: The interpreter at {} is externally managed\n", path::parent(&python.programs)));
        return Err(Some(2));
    }
    Ok(python)
}

fn install_options(shell: &Shell, command: &CommandLine, with_dependencies: bool) -> InstallOptions {
    let compiles = command.has("--compile-bytecode") || is_set(shell, "UV_COMPILE_BYTECODE");
    InstallOptions { by: "uv", with_dependencies, compiles }
}

/// Adds packages to uv's cache. Its files are hard links to the installed ones, unless uv copies. The length of the
/// index's answers is not known.
fn write_cache(shell: &mut Shell, command: &CommandLine, summary: &InstallSummary, asks_index: bool) {
    let Some(cache) = cache_folder(shell, command).filter(|_| !summary.is_empty()) else { return };
    let cache = make_folder(shell, &cache);
    let copies = command.value("--link-mode").or(shell.var("UV_LINK_MODE")) == Some("copy");
    let mut size = match copies {
        true => summary.kept_files("copies of these packages, kept by uv's cache"),
        false => Size::modelled(0, "uv's cache has the same files by other names"),
    };
    if asks_index {
        size += index_answers(summary);
    }
    shell.fs.weigh_whole(&cache, &format!("uv's cache of {}", summary.count), size);
}

/// `uv sync`: the environment that it creates or updates; otherwise the exit code, or `None` if that is not known.
fn sync(shell: &mut Shell, command: &CommandLine) -> Result<Python, Option<i32>> {
    let table = language_index(shell, "pypi").ok_or(None)?;
    let from = command.value("--project").or(command.value("--directory")).unwrap_or(".");
    let project = match Project::find(shell, &path::join(&shell.cwd, from)) {
        Ok(project) => project,
        Err(TomlError::Missing) => {
            shell.err("error: No `pyproject.toml` found in current directory or any parent directory\n");
            return Err(Some(2));
        }
        Err(TomlError::Bad(_)) => {
            shell.err("error: Failed to parse: pyproject.toml\n");
            return Err(Some(2));
        }
        Err(TomlError::Unknown) => return sync_unknown(shell, command, &path::join(&shell.cwd, from)),
    };
    // Workspaces are not modelled.
    if project.has("tool.uv.workspace") || command.has("--package") || command.has("--all-packages") {
        return Err(None);
    }
    let place = path::join(&project.root, "uv.lock");
    let selection = selection(&project, command);
    let mut is_package = project.flag("tool.uv.package").unwrap_or_else(|| project.has("build-system"));
    let (requirements, is_locked) = match read_toml(shell, &place) {
        Ok(lock) => {
            is_package = project.is_locked_as_package(&lock);
            (project.locked_by_uv(shell, &lock, &selection), true)
        }
        Err(TomlError::Missing) => {
            let flags = ["frozen", "locked"];
            let set = |flag: &&&str| {
                command.has(&format!("--{flag}")) || is_set(shell, &format!("UV_{}", flag.to_uppercase()))
            };
            if let Some(flag) = flags.iter().find(set) {
                shell.err(format!(
                    "error: Unable to find lockfile at `uv.lock`, but `--{flag}` was provided. To create a lockfile, \
                     run `uv lock` or `uv sync` without the flag.\n"
                ));
                return Err(Some(1));
            }
            let content = Content::unknown("what uv writes into its lock file");
            let _ = shell.fs.write(&place, content, 0o644, shell.user.uid, shell.user.gid);
            (project.requirements(shell, &selection), false)
        }
        Err(_) => return Err(None),
    };
    let root = shell.var("UV_PROJECT_ENVIRONMENT").unwrap_or(".venv").to_string();
    let root = path::join(&project.root, &root);
    let has_python = shell.fs.stat("/", &format!("{root}/bin/python3")).is_ok();
    let python = match has_python {
        true => Python::in_prefix(shell, &root),
        false => make_environment(shell, &root, &EnvironmentMaker::Uv).ok_or(None)?,
    };
    let install_options = install_options(shell, command, !is_locked);
    let summary = install_packages(shell, &table, &requirements.packages, &python, &install_options);
    write_cache(shell, command, &summary, !is_locked);
    let skips_local = command.has("--no-install-local") || command.has("--no-install-workspace");
    if !skips_local {
        for what in &requirements.direct_references {
            mark_unlisted_files(shell, what, "uv sync", &python);
        }
    }
    if !is_package || !selection.main || skips_local || command.has("--no-install-project") {
        return Ok(python);
    }
    if project.modules(shell).is_none() {
        if project.may_have_modules(shell) {
            mark_unlisted_files(shell, ".", "uv sync", &python);
            return Ok(python);
        }
        shell.err(format!(
            "error: Failed to build `{} @ file://{}`\n  cause: The build backend returned an error\n",
            project.name(),
            project.root
        ));
        return Err(Some(1));
    }
    project.install(shell, &python, !command.has("--no-editable") && !is_set(shell, "UV_NO_EDITABLE"));
    Ok(python)
}

/// `uv sync` of a project whose pyproject.toml is not known. The installation needs no answers of the index, as the project
/// has a lock file; otherwise nothing can be said.
fn sync_unknown(shell: &mut Shell, command: &CommandLine, root: &str) -> Result<Python, Option<i32>> {
    if matches!(read_toml(shell, &path::join(root, "uv.lock")), Err(TomlError::Missing)) {
        return Err(None);
    }
    let environment = shell.var("UV_PROJECT_ENVIRONMENT").unwrap_or(".venv").to_string();
    let environment = path::join(root, &environment);
    let python = match shell.fs.stat("/", &format!("{environment}/bin/python3")).is_ok() {
        true => Python::in_prefix(shell, &environment),
        false => make_environment(shell, &environment, &EnvironmentMaker::Uv).ok_or(None)?,
    };
    let compiles = install_options(shell, command, false).compiles;
    install_unknown_project(shell, &python, "uv sync", compiles);
    let copies = command.value("--link-mode").or(shell.var("UV_LINK_MODE")) == Some("copy");
    if let Some(cache) = cache_folder(shell, command).filter(|_| copies) {
        keep_unknown_wheels(shell, &cache, "uv sync", "pip-install");
    }
    Ok(python)
}

/// The size of the index's answers on each package, and of the metadata of the wheels, as uv's cache keeps them.
fn index_answers(summary: &InstallSummary) -> Size {
    const WHAT: &str = "what uv keeps of the index's answers";
    match typical_tool_size("uv-index-answers") {
        Some(typical) => typical.times(summary.packages()).size_of(WHAT, Way::RealBuild),
        None => Size::unknown(0, WHAT),
    }
}

/// uv's cache, if it keeps one.
fn cache_folder(shell: &Shell, command: &CommandLine) -> Option<String> {
    if command.has("--no-cache") || command.has("-n") || is_set(shell, "UV_NO_CACHE") {
        return None;
    }
    let place = command.value("--cache-dir").or(shell.var("UV_CACHE_DIR")).map(|place| path::join(&shell.cwd, place));
    Some(place.unwrap_or_else(|| at_home(shell, ".cache/uv")))
}

/// The dependencies that `uv sync` installs: those of the project, and the requested groups and extras.
fn selection(project: &Project, command: &CommandLine) -> DependencySelection {
    let named = |names: &[&str]| command.all(names).map(str::to_string).collect::<BTreeSet<String>>();
    let only = named(&["--only-group"]);
    let is_only_dev = command.has("--only-dev");
    if !only.is_empty() || is_only_dev {
        let dev = Some("dev".to_string()).filter(|_| is_only_dev);
        return DependencySelection { groups: only.into_iter().chain(dev).collect(), ..DependencySelection::default() };
    }
    let mut groups = match command.has("--no-default-groups") {
        true => BTreeSet::new(),
        false => project.default_groups(),
    };
    groups.extend(named(&["--group"]));
    groups.extend(Some("dev".to_string()).filter(|_| command.has("--dev")));
    if command.has("--all-groups") {
        groups.extend(project.groups());
    }
    let mut without = named(&["--no-group"]);
    without.extend(Some("dev".to_string()).filter(|_| command.has("--no-dev")));
    groups.retain(|group| !without.contains(group));
    let extras = if command.has("--all-extras") { project.extras() } else { named(&["--extra"]) };
    DependencySelection { main: true, groups, extras }
}

/// `uv run`: installs what is missing, then runs the command in the environment.
fn run(shell: &mut Shell, command: &CommandLine) -> Option<i32> {
    let is_project = Project::find(shell, &shell.cwd.clone()).is_ok();
    let skips = command.has("--no-project") || !is_project;
    // The packages of `--with` are installed into a temporary environment.
    if skips || command.has("--with") || command.operands.is_empty() {
        return None;
    }
    let python = match command.has("--no-sync") || is_set(shell, "UV_NO_SYNC") {
        true => {
            let root = shell.var("UV_PROJECT_ENVIRONMENT").unwrap_or(".venv").to_string();
            Python::in_prefix(shell, &path::join(&shell.cwd, &root))
        }
        false => match sync(shell, command) {
            Ok(python) => python,
            Err(status) => return status,
        },
    };
    let before = shell.var("PATH").unwrap_or("").to_string();
    shell.set_var("PATH", format!("{}:{before}", python.programs), true);
    let status = shell.call(&command.operands);
    shell.set_var("PATH", before, true);
    Some(status)
}

/// `uv tool install`: creates an environment for the tool, and links to its programs.
fn tool(shell: &mut Shell, command: &CommandLine) -> Option<i32> {
    let table = language_index(shell, "pypi")?;
    let mut requirements = Requirements::default();
    command.operands.iter().skip(1).for_each(|word| requirements.add(shell, word));
    command.all(&["--with"]).for_each(|word| requirements.add(shell, word));
    let (name, _) = requirements.packages.first()?;
    let name = name.split('[').next().unwrap_or(name).to_string();
    let row = table.find(&name).filter(|_| requirements.direct_references.is_empty())?;
    let place = |variable: &str, usual: &str| {
        shell.var(variable).map_or_else(|| at_home(shell, usual), |place| path::join(&shell.cwd, place))
    };
    let (tools, programs) = (place("UV_TOOL_DIR", ".local/share/uv/tools"), place("UV_TOOL_BIN_DIR", ".local/bin"));
    let python = make_environment(shell, &format!("{tools}/{name}"), &EnvironmentMaker::Uv)?;
    let install_options = install_options(shell, command, true);
    let summary = install_packages(shell, &table, &requirements.packages, &python, &install_options);
    write_cache(shell, command, &summary, true);
    let programs = make_folder(shell, &programs);
    for file in row.files() {
        if let crate::packages::index::ListedFile::File(_, name) = file {
            let (uid, gid) = (shell.user.uid, shell.user.gid);
            let target = format!("{}/{name}", python.programs);
            let _ = shell.fs.symlink(&target, &format!("{programs}/{name}"), uid, gid);
        }
    }
    Some(0)
}
