//! `pip install`.

use super::externally_managed::{Managed, refuses};
use super::install_packages::{
    InstallOptions, at_home, install_packages, is_set, make_folder, mark_unlisted_files, write_wheels,
};
use super::interpreter::{Python, is_environment};
use super::pip_config::is_switched_on;
use super::requirements_txt::Requirements;
use crate::commands::estimated_files::write_estimated_files;
use crate::fs::path;
use crate::measure::{Way, typical_tool_size};
use crate::packages::index_lookup::language_index;
use crate::shell::Shell;
use std::collections::BTreeSet;

/// Options that take the next word.
const WITH_VALUE: [&str; 26] = [
    "-r",
    "--requirement",
    "-c",
    "--constraint",
    "-i",
    "--index-url",
    "--extra-index-url",
    "-f",
    "--find-links",
    "-t",
    "--target",
    "--prefix",
    "--root",
    "--platform",
    "--python-version",
    "--trusted-host",
    "--timeout",
    "--retries",
    "--cache-dir",
    "--progress-bar",
    "--root-user-action",
    "--only-binary",
    "-w",
    "--wheel-dir",
    "-d",
    "--dest",
];

/// The command line of `pip install`.
#[derive(Debug, Default)]
struct Command {
    requirements: Requirements,
    /// `--target`.
    target: Option<String>,
    /// `--prefix`, or the home of `--user`.
    prefix: Option<String>,
    /// `--root`: the directory below which everything is installed.
    root: Option<String>,
    /// `--wheel-dir` of `pip wheel`, `--dest` of `pip download`.
    wheels: Option<String>,
    /// The options of the command line.
    flags: BTreeSet<String>,
}

/// Installs packages; `None` if the command line is not modelled.
pub(crate) fn install(shell: &mut Shell, program: &str, words: &[String]) -> Option<i32> {
    let table = language_index(shell, "pypi")?;
    let mut command = read(shell, words);
    if let Some(file) = command.requirements.missing_files.first() {
        return Some(missing_requirements(shell, file));
    }
    command.requirements.take_kept_wheels(shell);
    command.requirements.take_repositories();
    let has = |flag: &str| command.flags.contains(flag);
    let mut python = interpreter(shell, program)?;
    if let Some(prefix) = &command.prefix {
        let interpreter = python.interpreter;
        python = Python {
            interpreter,
            managed: python.managed,
            ..Python::in_prefix(shell, &path::join(&shell.cwd, prefix))
        };
    }
    let asks = command.target.is_none()
        && !has("--prefix")
        && command.root.is_none()
        && !has("--break-system-packages")
        && !is_switched_on(shell, "break-system-packages");
    if asks && refuses(shell, python.managed) {
        shell.err(EXTERNALLY_MANAGED);
        return Some(1);
    }
    if let Some(target) = &command.target {
        python.packages = path::join(&shell.cwd, target);
        python.programs = format!("{}/bin", python.packages);
    }
    if let Some(root) = &command.root {
        let below = |place: &str| path::join(&path::join(&shell.cwd, root), place.trim_start_matches('/'));
        (python.packages, python.programs) = (below(&python.packages), below(&python.programs));
    }
    let compiles = !has("--no-compile") && !is_set(shell, "PIP_NO_COMPILE");
    let install_options = InstallOptions { by: "pip", with_dependencies: !has("--no-deps"), compiles };
    let summary = install_packages(shell, &table, &command.requirements.packages, &python, &install_options);
    let keeps = !has("--no-cache-dir") && !is_set(shell, "PIP_NO_CACHE_DIR");
    if keeps && !summary.is_empty() {
        let cache = make_folder(shell, &at_home(shell, ".cache/pip"));
        let size = summary.kept_wheels("the wheels of these packages, kept by pip's cache");
        shell.fs.weigh_whole(&cache, &format!("pip's cache of {}", summary.count), size);
    }
    for what in &command.requirements.direct_references {
        if mark_unlisted_files(shell, what, "pip install", &python) && keeps {
            let (cache, name) = (at_home(shell, ".cache/pip"), format!("pip's cache of {what}"));
            let typical = typical_tool_size("pip-cache");
            let is_weighed =
                typical.is_some_and(|size| write_estimated_files(shell, &cache, &name, size, Way::RequirementsFile));
            if !is_weighed {
                shell.gap("unknown-files", name);
            }
        }
    }
    Some(0)
}

/// Whether the distribution manages the Python of a program, so that pip refuses to install into it; `None` if there is no
/// such Python.
pub(crate) fn refuses_installations(shell: &mut Shell, program: &str) -> Option<bool> {
    Some(interpreter(shell, program)?.managed == Managed::Yes)
}

/// pip's message if the distribution manages Python (pip 23.0).
const EXTERNALLY_MANAGED: &str = "error: externally-managed-environment

× This environment is externally managed
╰─> To install Python packages system-wide, use the distribution's own packages, or make a virtual
    environment: python3 -m venv path/to/venv, and its path/to/venv/bin/pip.
";

/// The message for a requirements file that does not exist, and the exit code.
fn missing_requirements(shell: &mut Shell, file: &str) -> i32 {
    shell.err(format!("ERROR: Could not open requirements file: [Errno 2] No such file or directory: '{file}'\n"));
    1
}

/// `pip wheel` and `pip download`: the wheels of packages and of all that they need, in one directory; `None` if the
/// index is not loaded.
pub(crate) fn collect_wheels(shell: &mut Shell, words: &[String]) -> Option<i32> {
    let table = language_index(shell, "pypi")?;
    let command = read(shell, words);
    if let Some(file) = command.requirements.missing_files.first() {
        return Some(missing_requirements(shell, file));
    }
    let folder = command.wheels.or_else(|| set(shell, "PIP_WHEEL_DIR")).or_else(|| set(shell, "PIP_DEST"));
    let folder = make_folder(shell, &path::join(&shell.cwd, folder.as_deref().unwrap_or(".")));
    let packages = &command.requirements.packages;
    let collected = write_wheels(shell, &table, packages, &folder, !command.flags.contains("--no-deps"));
    let keeps = !command.flags.contains("--no-cache-dir") && !is_set(shell, "PIP_NO_CACHE_DIR");
    if keeps && !collected.is_empty() {
        let cache = make_folder(shell, &at_home(shell, ".cache/pip"));
        let size = collected.kept_wheels("the wheels of these packages, kept by pip's cache");
        shell.fs.weigh_whole(&cache, &format!("pip's cache of {}", collected.count), size);
    }
    for what in &command.requirements.direct_references {
        shell.fs.set_partial(&folder);
        shell.gap("unknown-files", format!("pip wheel {what}"));
    }
    Some(0)
}

/// The value of a variable that is not empty.
fn set(shell: &Shell, name: &str) -> Option<String> {
    shell.var(name).filter(|value| !value.is_empty()).map(str::to_string)
}

/// Where `--user` installs (Python's documentation of `site`).
fn user_base(shell: &Shell) -> String {
    set(shell, "PYTHONUSERBASE").unwrap_or_else(|| at_home(shell, ".local"))
}

fn read(shell: &Shell, words: &[String]) -> Command {
    // pip's documentation, "Environment variables".
    let mut command = Command {
        target: set(shell, "PIP_TARGET"),
        prefix: set(shell, "PIP_PREFIX").or_else(|| is_set(shell, "PIP_USER").then(|| user_base(shell))),
        root: set(shell, "PIP_ROOT"),
        ..Command::default()
    };
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let (name, value) = match word.split_once('=') {
            Some((name, value)) if name.starts_with("--") => (name, Some(value.to_string())),
            _ => (word.as_str(), None),
        };
        if !name.starts_with('-') {
            if !["install", "wheel", "download"].contains(&word.as_str()) {
                command.requirements.add(shell, word);
            }
            continue;
        }
        command.flags.insert(name.to_string());
        // `-rfile` in one word.
        let glued = word.strip_prefix("-r").filter(|rest| !rest.is_empty() && !word.starts_with("--"));
        let value = match (value, glued) {
            (Some(value), _) => Some(value),
            (None, Some(rest)) => Some(rest.to_string()),
            (None, None) if WITH_VALUE.contains(&name) => words.next().cloned(),
            (None, None) => None,
        };
        match (name, value) {
            ("-r" | "--requirement", Some(file)) => command.requirements.add_file(shell, &file),
            ("-t" | "--target", value) => command.target = value,
            ("--prefix", value) => command.prefix = value,
            ("--root", value) => command.root = value,
            ("-w" | "--wheel-dir" | "-d" | "--dest", value) => command.wheels = value,
            ("--user", _) => command.prefix = Some(user_base(shell)),
            ("-e" | "--editable", _) => {
                let what = words.next().cloned().unwrap_or_default();
                command.requirements.direct_references.push(what);
            }
            (_, Some(file)) if glued.is_some() => command.requirements.add_file(shell, &file),
            _ => {}
        }
    }
    command
}

fn interpreter(shell: &Shell, program: &str) -> Option<Python> {
    let place = if program.contains('/') { Some(program.to_string()) } else { shell.which(program).0 };
    let place = place.map(|place| path::join(&shell.cwd, &place));
    // A virtual environment is recognized by pyvenv.cfg above its programs.
    let by_program = place.as_deref().map(|place| path::parent(path::parent(place)).to_string());
    let by_variable = shell.var("VIRTUAL_ENV").map(str::to_string);
    match by_program.into_iter().chain(by_variable).find(|root| is_environment(shell, root)) {
        Some(root) => Some(Python::in_prefix(shell, &root)),
        None => Python::of_image(shell),
    }
}

/// Whether the words of pip are those of `pip wheel` or `pip download`.
pub(crate) fn collects_wheels(words: &[String]) -> bool {
    let verb = words.iter().find(|word| !word.starts_with('-'));
    verb.is_some_and(|verb| verb == "wheel" || verb == "download")
}
