//! The command model of npm, yarn and pnpm.

use super::cache::clean_cache;
use super::install::install;
use super::request::{parse_request, tool_name};
use super::{corepack, init, run_scripts};
use crate::fs::path;
use crate::packages::language_managers::run_language_manager;
use crate::shell::Shell;

/// The command model of npm, yarn and pnpm.
pub(crate) fn npm(shell: &mut Shell, argv: &[String]) -> i32 {
    let tool = tool_name(argv);
    if let Some((folder, rest)) = split_folder(&tool, argv) {
        return npm_in(shell, &tool, &folder, &rest);
    }
    let elsewhere = argv
        .iter()
        .any(|word| ["-w", "--workspace", "--workspaces"].contains(&word.as_str()) || word.starts_with("--workspace="));
    let request = parse_request(shell, argv);
    if tool != "npm" {
        corepack::fetch_behind_shim(shell, &tool);
    }
    if elsewhere {
        return run_language_manager(shell, argv);
    }
    match (request.verb.as_str(), tool.as_str()) {
        ("install" | "i" | "add" | "ci" | "clean-install" | "prune", _) => install(shell, argv, &tool, &request),
        ("run" | "run-script", _) => match request.names.first() {
            Some(name) => run_scripts::run_script(shell, argv, name),
            None => run_language_manager(shell, argv),
        },
        ("start" | "stop" | "test" | "restart", _) => run_scripts::run_script(shell, argv, &request.verb),
        ("cache", _) if request.names.first().is_some_and(|word| word == "clean" || word == "clear") => {
            clean_cache(shell, &tool);
            0
        }
        ("init", _) => init::init(shell, argv),
        (verb, "yarn" | "pnpm") if run_scripts::is_script(shell, verb) => run_scripts::run_script(shell, argv, verb),
        _ => run_language_manager(shell, argv),
    }
}

/// The folder of `--prefix` and `-C` (npm), `--dir` and `-C` (pnpm) or `--cwd` (yarn), and the words without the option.
fn split_folder(tool: &str, argv: &[String]) -> Option<(String, Vec<String>)> {
    let names: &[&str] = match tool {
        "npm" => &["--prefix", "-C"],
        "pnpm" => &["--dir", "-C"],
        _ => &["--cwd"],
    };
    // What follows `--` is for a script.
    let own = argv.iter().position(|word| word == "--").unwrap_or(argv.len());
    let at = argv.iter().take(own).position(|word| names.contains(&word.split('=').next().unwrap_or(word)))?;
    let (folder, taken) = match argv.get(at)?.split_once('=') {
        Some((_, value)) => (value.to_string(), 1),
        None => (argv.get(at + 1)?.clone(), 2),
    };
    let rest = argv.iter().take(at).chain(argv.iter().skip(at + taken)).cloned().collect();
    (!folder.is_empty()).then_some((folder, rest))
}

/// Runs a command line in another folder. With `-g` the folder of `--prefix` gets npm's global packages.
fn npm_in(shell: &mut Shell, tool: &str, folder: &str, argv: &[String]) -> i32 {
    let request = parse_request(shell, argv);
    let folder = path::join(&shell.cwd, folder);
    if request.global {
        let before = shell.vars.get("NPM_CONFIG_PREFIX").cloned();
        shell.set_var("NPM_CONFIG_PREFIX", folder, true);
        let status = npm(shell, argv);
        match before {
            Some(before) => shell.vars.insert("NPM_CONFIG_PREFIX".into(), before),
            None => shell.vars.remove("NPM_CONFIG_PREFIX"),
        };
        return status;
    }
    let installs = ["install", "i", "add", "ci", "clean-install"].contains(&request.verb.as_str());
    if tool == "npm" && installs {
        let (mode, uid, gid) = (shell.folder_mode(), shell.user.uid, shell.user.gid);
        let _ = shell.fs.mkdir_all(&folder, mode, uid, gid);
    }
    let folder = shell.fs.resolve("/", &folder, true).unwrap_or(folder);
    let before = std::mem::replace(&mut shell.cwd, folder);
    let status = npm(shell, argv);
    shell.cwd = before;
    status
}
