//! pipenv: `install` and `sync` of a project, by a Pipfile of unknown content. Messages and folders are those of pipenv
//! 2024.

use super::install_packages::{at_home, is_set, make_folder};
use super::interpreter::{Python, is_environment};
use super::unknown_project::{install_unknown_project, keep_unknown_wheels};
use super::venv::{EnvironmentMaker, make_environment};
use crate::fs::path;
use crate::shell::Shell;

/// Options that take the next word.
const WITH_VALUE: [&str; 9] = [
    "-i",
    "--index",
    "-r",
    "--requirements",
    "--categories",
    "--extra-pip-args",
    "--python",
    "--pypi-mirror",
    "--site-packages",
];

/// Runs pipenv; `None` if the command line, or a Pipfile of known content, is not modelled.
pub(crate) fn pipenv(shell: &mut Shell, words: &[String]) -> Option<i32> {
    let mut operands: Vec<&str> = Vec::new();
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        match word.as_str() {
            option if WITH_VALUE.contains(&option) => {
                rest.next();
            }
            option if option.starts_with('-') => {}
            operand => operands.push(operand),
        }
    }
    let has = |flag: &str| words.iter().any(|word| word == flag);
    if !matches!(operands.as_slice(), ["install" | "sync"]) || has("-r") || !shell.is_unknown_file("Pipfile") {
        return None;
    }
    let python = environment(shell, has("--system"))?;
    install_unknown_project(shell, &python, "pipenv install", true);
    if !is_set(shell, "PIP_NO_CACHE_DIR") {
        let cache = shell.var("PIPENV_CACHE_DIR").map_or_else(|| at_home(shell, ".cache/pipenv"), str::to_string);
        keep_unknown_wheels(shell, &cache, "pipenv install", "pip-cache");
    }
    Some(0)
}

/// The Python that pipenv installs for: the image's own, the active environment, or one of the project.
fn environment(shell: &mut Shell, is_system: bool) -> Option<Python> {
    if is_system || is_set(shell, "PIPENV_SYSTEM") {
        return Python::of_image(shell);
    }
    let active = shell.var("VIRTUAL_ENV").map(str::to_string).filter(|root| is_environment(shell, root));
    if let Some(root) = active {
        return Some(Python::in_prefix(shell, &root));
    }
    let own = path::join(&shell.cwd, ".venv");
    if is_environment(shell, &own) {
        return Some(Python::in_prefix(shell, &own));
    }
    if is_set(shell, "PIPENV_VENV_IN_PROJECT") {
        return make_environment(shell, &own, &EnvironmentMaker::Virtualenv);
    }
    // The environment's name holds a digest.
    let home = shell.var("WORKON_HOME").map_or_else(|| at_home(shell, ".local/share/virtualenvs"), str::to_string);
    let folder = make_folder(shell, &home);
    Some(Python { packages: folder.clone(), programs: folder.clone(), ..Python::in_prefix(shell, &folder) })
}
