//! The command model of npm, yarn and pnpm.

use super::cache::clean_cache;
use super::corepack;
use super::install::install;
use super::request::{parse_request, tool_name};
use super::run_scripts;
use crate::packages::language_managers::run_language_manager;
use crate::shell::Shell;

/// The command model of npm, yarn and pnpm.
pub(crate) fn npm(shell: &mut Shell, argv: &[String]) -> i32 {
    let tool = tool_name(argv);
    let elsewhere = argv.iter().any(|word| {
        ["--prefix", "--cwd", "-C", "-w", "--workspace", "--workspaces"].contains(&word.as_str())
            || word.starts_with("--prefix=")
    });
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
        ("init", _) => run_scripts::init(shell, argv),
        (verb, "yarn" | "pnpm") if run_scripts::is_script(shell, verb) => run_scripts::run_script(shell, argv, verb),
        _ => run_language_manager(shell, argv),
    }
}
