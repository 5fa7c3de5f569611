//! The command line of npm, yarn and pnpm.

use crate::fs::path;
use crate::shell::Shell;

/// What a command line asks for.
#[derive(Debug, Default)]
pub(crate) struct Request {
    pub(crate) verb: String,
    pub(crate) names: Vec<String>,
    pub(crate) global: bool,
    pub(crate) dev: bool,
    pub(crate) saves: bool,
    pub(crate) omits_dev: bool,
    pub(crate) runs_scripts: bool,
    pub(crate) lock_only: bool,
    /// The lockfile must not change.
    pub(crate) frozen: bool,
    /// The folder of the packages, if yarn's `--modules-folder` names one.
    pub(crate) modules: Option<String>,
}

pub(crate) fn parse_request(shell: &Shell, argv: &[String]) -> Request {
    let tool = path::file_name(argv.first().map_or("", String::as_str));
    let mut request = Request { saves: true, runs_scripts: true, ..Request::default() };
    let is_set = |name: &str, value: &str| shell.var(name).is_some_and(|have| have.eq_ignore_ascii_case(value));
    request.omits_dev =
        is_set("NODE_ENV", "production") || is_set("NPM_CONFIG_OMIT", "dev") || is_set("NPM_CONFIG_PRODUCTION", "true");
    let mut words = argv.iter().skip(1);
    while let Some(word) = words.next() {
        match word.as_str() {
            "-g" | "--global" => request.global = true,
            "global" if tool != "npm" && request.verb.is_empty() => request.global = true,
            "-D" | "--save-dev" | "--dev" => request.dev = true,
            "--no-save" => request.saves = false,
            "--production" | "--omit=dev" | "--only=production" | "--only=prod" | "--prod" | "-P"
            | "--production=true" => {
                request.omits_dev = true;
            }
            "--include=dev" | "--production=false" => request.omits_dev = false,
            "--ignore-scripts" => request.runs_scripts = false,
            "--frozen-lockfile" | "--immutable" => request.frozen = true,
            "--package-lock-only" | "--lockfile-only" => request.lock_only = true,
            "--modules-folder" => request.modules = words.next().cloned(),
            "--omit" | "--only" => {
                request.omits_dev |= words.next().is_some_and(|what| what == "dev" || what.starts_with("prod"))
            }
            "--prefix" | "--registry" | "--cache" | "--loglevel" | "--fetch-retries" | "--network-timeout"
            | "--cache-folder" | "--workspace" | "-w" | "--filter" | "-F" | "--tag" | "--cwd" | "-C" => {
                words.next();
            }
            word if word.starts_with("--modules-folder=") => {
                request.modules = word.split_once('=').map(|(_, folder)| folder.to_string());
            }
            word if word.starts_with('-') => {}
            word if request.verb.is_empty() => request.verb = word.to_string(),
            word => request.names.push(word.to_string()),
        }
    }
    if request.verb.is_empty()
        && tool == "yarn"
        && !argv.iter().skip(1).any(|word| word.starts_with("-v") || word == "--version")
    {
        request.verb = "install".into();
    }
    request
}

/// The tool that is called, by its name: `yarnpkg` is yarn.
pub(crate) fn tool_name(argv: &[String]) -> String {
    path::file_name(argv.first().map_or("npm", String::as_str)).trim_end_matches("pkg").to_string()
}
