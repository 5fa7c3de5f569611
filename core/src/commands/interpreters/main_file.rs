//! The main file that an interpreter's command names, where what it holds is not known.

use super::{dotnet, full, java, node, options, perl, php, plain_name, python, ruby};
use crate::fs::path;
use crate::shell::Shell;

/// The full path of the main file of a command if its content is not known, and whether the file is listed.
pub(crate) fn unknown_main_file(shell: &Shell, argv: &[String]) -> Option<(String, bool)> {
    let place = full(shell, word(argv)?);
    // Node.js adds the end of a name.
    let names = [place.clone(), format!("{place}.js")];
    let is_known = |name: &String| Some(shell.fs.stat("/", name).ok()?.1.content()?.bytes_known());
    match names.iter().find_map(|name| Some((name, is_known(name)?))) {
        Some((name, is_known)) => (!is_known).then(|| (name.clone(), true)),
        None => (shell.fs.stat("/", &place).is_err() && shell.fs.may_hide("/", &place)).then_some((place, false)),
    }
}

/// The word that names the main file.
fn word(argv: &[String]) -> Option<&str> {
    let at = |options| options::main_file(argv, options);
    let position = match plain_name(path::file_name(argv.first()?)) {
        "node" | "nodejs" => at(&node::OPTIONS),
        "perl" => at(&perl::OPTIONS),
        "php" => at(&php::OPTIONS),
        "ruby" => at(&ruby::OPTIONS),
        "python" | "python3" => return python::main_file(argv),
        "java" => java::jar(argv),
        "dotnet" => dotnet::library(argv),
        "npm" | "yarn" | "pnpm" => return Some("package.json"),
        _ => None,
    };
    argv.get(position?).map(String::as_str)
}
