//! `python3 -m pip`, `python3 -m venv`, and a main file that is missing.

use super::known_managers::find_manager;
use super::written_folders::mark_written_folders;
use crate::commands::interpreters;
use crate::fs::{Content, path};
use crate::packages::python;
use crate::shell::Shell;

/// `python3 -m pip …` and `python3 -m venv`; what other Python programs do is not known, but whether the main file
/// exists.
pub(crate) fn python(shell: &mut Shell, argv: &[String]) -> i32 {
    if let Some(status) = run_module(shell, argv) {
        return status;
    }
    if let Some(status) = interpreters::fail_without_main_file(shell, argv) {
        return status;
    }
    if let Some(status) = get_pip(shell, argv) {
        return status;
    }
    if interpreters::ends_without_input(shell, argv) {
        return 0;
    }
    let queries = argv.iter().skip(1).all(|word| word == "--version" || word == "-V") && argv.len() > 1;
    let name = argv.first().map_or("python3", String::as_str);
    shell.gap(if queries { "unknown-output" } else { "unmodelled-command" }, path::file_name(name));
    0
}

/// `get-pip.py`, from a file or a pipe: it installs pip with its own copy of pip, and setuptools and wheel into a Python
/// before 3.12 (as its documentation says).
fn get_pip(shell: &mut Shell, argv: &[String]) -> Option<i32> {
    let program = argv.first().map_or("python3", String::as_str);
    let words = argv.get(1..).unwrap_or(&[]);
    let script = words.iter().find(|word| !word.starts_with('-'));
    let is_get_pip = |address: &str| address.contains("bootstrap.pypa.io/") && address.ends_with("get-pip.py");
    let content = script.and_then(|script| shell.fs.stat(&shell.cwd, script).ok()?.1.content());
    let is_file = content.and_then(Content::address).is_some_and(is_get_pip);
    let is_piped = script.is_none() && shell.piped_address().is_some_and(is_get_pip);
    if !is_file && !is_piped {
        return None;
    }
    // In a Python that the distribution manages it does what pip does, which depends on settings.
    if python::refuses_installations(shell, program)? {
        return None;
    }
    if is_piped {
        shell.claim_download();
    }
    let packages = ["pip", "setuptools", "wheel"];
    let without = |name: &&&str| words.iter().any(|word| word.strip_prefix("--no-") == Some(**name));
    let options = words.iter().filter(|word| word.starts_with('-') && !word.starts_with("--no-"));
    let mut install = vec!["install".to_string(), "--no-cache-dir".into()];
    install.extend(packages.iter().filter(|name| !without(name)).map(ToString::to_string));
    install.extend(options.cloned());
    python::pip(shell, program, &install)
}

fn run_module(shell: &mut Shell, argv: &[String]) -> Option<i32> {
    let at = argv.iter().position(|word| word == "-m");
    let words = at.and_then(|at| argv.get(at + 1..)).unwrap_or(&[]);
    match words.split_first() {
        Some((run_module, rest)) if run_module == "pip" => {
            let program = argv.first().map_or("python3", String::as_str);
            if rest.iter().any(|word| word == "install")
                && let Some(status) = python::pip(shell, program, rest)
            {
                return Some(status);
            }
            mark_written_folders(shell, find_manager("pip")?, "pip", rest);
            Some(0)
        }
        Some((run_module, rest)) if run_module == "venv" => {
            if let Some(folder) = rest.iter().find(|word| !word.starts_with('-'))
                && !python::venv(shell, folder)
            {
                shell.make_partial_folder(folder);
                shell.gap("unknown-files", "python -m venv");
            }
            Some(0)
        }
        _ => None,
    }
}
