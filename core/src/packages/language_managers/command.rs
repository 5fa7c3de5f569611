//! The command model of the package managers and build tools of languages.

use super::jar::jar;
use super::php_extensions;
use super::tool_folders::find_manager;
use super::tsc::tsc;
use super::written_folders::mark_written_folders;
use crate::commands::interpreters;
use crate::fs::path;
use crate::packages::python;
use crate::shell::Shell;

pub(crate) fn run_language_manager(shell: &mut Shell, argv: &[String]) -> i32 {
    let name = path::file_name(argv.first().map_or("", String::as_str));
    let Some(manager) = find_manager(name) else { return 127 };
    if let Some(status) = interpreters::fail_without_main_file(shell, argv) {
        return status;
    }
    let words = argv.get(1..).unwrap_or(&[]);
    let program = argv.first().map_or("pip", String::as_str);
    let modelled = match name {
        "uv" => python::uv(shell, words),
        "poetry" => python::poetry(shell, words),
        "pipenv" => python::pipenv(shell, words),
        name if name.starts_with("pip") && words.iter().any(|word| word == "install") => {
            python::pip(shell, program, words)
        }
        name if name.starts_with("pip") && python::collects_wheels(words) => python::collect_wheels(shell, words),
        name if name.starts_with("pip") => python::pip_config(shell, words),
        "jar" => jar(shell, words),
        "tsc" => tsc(shell, words),
        "docker-php-source"
        | "docker-php-ext-configure"
        | "docker-php-ext-install"
        | "docker-php-ext-enable"
        | "pecl" => php_extensions::run(shell, name, words),
        _ => None,
    };
    if let Some(status) = modelled {
        return status;
    }
    mark_written_folders(shell, manager, name, words);
    0
}
