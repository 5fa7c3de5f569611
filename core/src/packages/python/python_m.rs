//! `python3 -m pip`, `python3 -m venv`, and a main file that is missing.

use super::get_pip::get_pip;
use super::pip;
use super::venv::venv;
use crate::commands::interpreters;
use crate::fs::path;
use crate::packages::language_managers::{find_manager, mark_written_folders};
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

fn run_module(shell: &mut Shell, argv: &[String]) -> Option<i32> {
    let at = argv.iter().position(|word| word == "-m");
    let words = at.and_then(|at| argv.get(at + 1..)).unwrap_or(&[]);
    match words.split_first() {
        Some((run_module, rest)) if run_module == "pip" => {
            let program = argv.first().map_or("python3", String::as_str);
            if rest.iter().any(|word| word == "install")
                && let Some(status) = pip::install(shell, program, rest)
            {
                return Some(status);
            }
            if pip::collects_wheels(rest)
                && let Some(status) = pip::collect_wheels(shell, rest)
            {
                return Some(status);
            }
            mark_written_folders(shell, find_manager("pip")?, "pip", rest);
            Some(0)
        }
        Some((run_module, rest)) if run_module == "venv" => {
            if let Some(folder) = rest.iter().find(|word| !word.starts_with('-'))
                && !venv(shell, folder)
            {
                shell.make_partial_folder(folder);
                shell.gap("unknown-files", "python -m venv");
            }
            Some(0)
        }
        _ => None,
    }
}
