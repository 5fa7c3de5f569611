//! Which packages the operands of `go build` and `go install` name (`go help packages`): `./...` without testdata and
//! vendor, files, folders; "no Go files in …"; and the name of the program.

use super::build::has_unknown_files;
use super::command_line::Request;
use super::go_mod::{Module, module_of};
use super::packages::go_files;
use crate::fs::path;
use crate::shell::Shell;

/// The number of packages that a pattern such as `./...` may name, at most.
const MAX_TARGETS: usize = 1_000;

/// A package that is built: a program, or one that is compiled and thrown away.
#[derive(Debug)]
pub(super) struct Goal {
    /// Its name in messages: its import path, or `command-line-arguments`.
    pub(super) title: String,
    /// The name of the program by default.
    pub(super) program: String,
    /// Its folder; empty if its files are named one by one.
    pub(super) folder: String,
    /// Its files: their absolute paths, and their paths in messages.
    pub(super) names: Vec<(String, String)>,
}

/// The folders that a request names: of a pattern its top.
pub(super) fn named_folders(request: &Request) -> Vec<&str> {
    let folders: Vec<&str> = request.targets.iter().map(|target| target.trim_end_matches("/...")).collect();
    if folders.is_empty() { vec!["."] } else { folders }
}

/// The packages that a request names; `None` if that is not known.
///
/// # Errors
/// The exit code, if one of them does not exist.
pub(super) fn goals(shell: &mut Shell, request: &Request, go_mod: bool) -> Result<Option<Vec<Goal>>, i32> {
    let is_file = |name: &String| name.ends_with(".go");
    if !request.targets.is_empty() && request.targets.iter().all(is_file) {
        return named_files(shell, &request.targets, go_mod).map(|goal| Some(vec![goal]));
    }
    let mut goals: Vec<Goal> = Vec::new();
    let targets: Vec<String> = if request.targets.is_empty() { vec![".".into()] } else { request.targets.clone() };
    for target in targets {
        let (folder, is_pattern) = match target.strip_suffix("/...") {
            Some(folder) => (folder.to_string(), true),
            None => (target.clone(), false),
        };
        let module = module_of(shell, &shell.cwd.clone());
        let full = match module.as_ref().and_then(|module| module.folder_of(&folder)) {
            Some(folder) => folder,
            None if folder.starts_with(['.', '/']) => path::join(&shell.cwd, &folder),
            None => return Ok(None),
        };
        let real = shell.fs.resolve("/", &full, true).unwrap_or(full);
        let module = module_of(shell, &real);
        if go_mod && module.is_none() {
            shell
                .err("go: go.mod file not found in current directory or any parent directory; see 'go help modules'\n");
            return Err(1);
        }
        if !is_pattern {
            goals.push(named_folder(shell, &real, module.as_ref())?);
            continue;
        }
        for folder in folders_below(shell, &real) {
            if has_unknown_files(shell, &folder) {
                return Ok(None);
            }
            if !go_files(shell, &folder).is_empty() {
                goals.push(named_folder(shell, &folder, module.as_ref())?);
            }
        }
    }
    Ok(Some(goals))
}

/// The folders that `FOLDER/...` names (`go help packages`).
fn folders_below(shell: &Shell, top: &str) -> Vec<String> {
    let is_left_out = |part: &str| part.starts_with(['.', '_']) || part == "testdata" || part == "vendor";
    let below = shell.fs.walk(top).filter(|(_, node)| node.is_dir()).map(|(key, _)| key.to_string());
    let named = below
        .filter(|key| !key.get(top.len()..).unwrap_or("").split('/').any(|part| !part.is_empty() && is_left_out(part)));
    let all: Vec<String> = named.take(MAX_TARGETS).collect();
    let is_module = |key: &&String| key.as_str() != top && shell.fs.stat("/", &format!("{key}/go.mod")).is_ok();
    let others: Vec<String> = all.iter().filter(is_module).cloned().collect();
    all.into_iter().filter(|key| !others.iter().any(|other| path::is_within(key, other))).collect()
}

/// The package of files that are named one by one.
fn named_files(shell: &mut Shell, names: &[String], go_mod: bool) -> Result<Goal, i32> {
    for name in names {
        if shell.fs.stat(&shell.cwd, name).is_err() {
            let words = if go_mod {
                format!(
                    "no required module provides package {name}: go.mod file not found in current directory or any parent directory; see 'go help modules'\n"
                )
            } else {
                format!("stat {}: no such file or directory\n", path::join(&shell.cwd, name))
            };
            shell.err(words);
            return Err(1);
        }
    }
    let first = names.first().map_or("", String::as_str);
    let shown = |name: &String| if name.starts_with(['/', '.']) { name.clone() } else { format!("./{name}") };
    Ok(Goal {
        title: "command-line-arguments".into(),
        program: path::file_name(first).trim_end_matches(".go").to_string(),
        folder: String::new(),
        names: names.iter().map(|name| (path::join(&shell.cwd, name), shown(name))).collect(),
    })
}

/// The package of a folder.
fn named_folder(shell: &mut Shell, folder: &str, module: Option<&Module>) -> Result<Goal, i32> {
    let names = go_files(shell, folder);
    if names.is_empty() {
        let words = match shell.fs.stat("/", folder) {
            Ok(_) => format!("no Go files in {folder}\n"),
            Err(_) => format!("stat {folder}: directory not found\n"),
        };
        shell.err(words);
        return Err(1);
    }
    let title = match module {
        Some(module) => format!("{}{}", module.name, folder.strip_prefix(&module.root).unwrap_or_default()),
        None => folder.to_string(),
    };
    let title = title.trim_end_matches('/').to_string();
    // A major version is not the name (`go help install`).
    let is_version = |part: &str| part.strip_prefix('v').is_some_and(|rest| rest.parse::<u32>().is_ok());
    let mut parts = title.rsplit('/');
    let last = parts.next().unwrap_or_default();
    let program = if is_version(last) { parts.next().unwrap_or(last) } else { last }.to_string();
    Ok(Goal { title, program, folder: folder.to_string(), names })
}
