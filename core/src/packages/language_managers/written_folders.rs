//! The folders that a package manager of a language writes to.

use super::gem_bundler::gem_folder;
use super::named_places::mark_named_places;
use super::npm_install_estimate::{estimated_build, estimated_install, write_estimated_install};
use super::tool_folders::{LanguageManager, typical_folder};
use crate::commands::estimated_files::{write_estimated_files, write_unknown_files};
use crate::fs::{Node, path, shell_matches};
use crate::measure::{TypicalSize, Way};
use crate::shell::Shell;

pub(crate) fn mark_written_folders(shell: &mut Shell, manager: &LanguageManager, name: &str, words: &[String]) {
    let shown: Vec<&str> = std::iter::once(name).chain(words.iter().map(String::as_str)).take(3).collect();
    let shown = shown.join(" ");
    // A name in capitals is an environment variable that is set to something.
    let is_set = |wanted: &str| {
        wanted.chars().all(|c| c.is_ascii_uppercase() || c == '_')
            && shell.var(wanted).is_some_and(|value| !value.is_empty())
    };
    let has = |list: &[&str]| list.iter().any(|wanted| words.iter().any(|word| word == wanted) || is_set(wanted));
    if has(manager.queries) {
        return shell.gap("unknown-output", shown);
    }
    let Some((_, places)) = manager.writes.iter().find(|(writes, _)| has(writes) || writes.contains(&"*")) else {
        return shell.gap("unmodelled-command", name);
    };
    if places.is_empty() {
        return mark_named_places(shell, name, words, &shown);
    }
    let has_no_cache = has(manager.no_cache_words);
    if let Some(typical) = estimated_install(shell, name, words) {
        write_estimated_install(shell, name, &shown, typical);
        return mark_named_places(shell, name, words, &shown);
    }
    if let Some(typical) = estimated_build(shell, name, words) {
        if shell.fs.weighed(&shell.cwd, &shown).is_none() {
            shell.weigh_tree(".", &shown, typical.size_of(&shown, Way::RealBuild));
            shell.recorded_sizes.insert(shown.clone());
        } else {
            shell.make_partial_tree(".");
        }
        return shell.gap("unknown-files", shown);
    }
    // What the files of a project have it run is not known: it may write anywhere in the project.
    let is_unknown = |(_, node): &(&str, &Node)| node.content().is_some_and(|content| content.bytes().is_none());
    if shell.fs.children(&shell.cwd).iter().any(is_unknown) {
        shell.make_partial_tree(".");
    }
    let caches = if has_no_cache { &[] } else { manager.caches };
    let marks: Vec<bool> =
        places.iter().chain(caches).map(|place| mark_folder(shell, place, words, name, &shown)).collect();
    if marks.iter().all(|is_weighed| *is_weighed) {
        shell.recorded_sizes.insert(shown.clone());
    }
    mark_named_places(shell, name, words, &shown);
    shell.gap("unknown-files", shown);
}

/// Marks a folder that `what` writes to. Returns whether its size is recorded there, be it as unknown.
pub(super) fn mark_folder(shell: &mut Shell, place: &str, words: &[String], tool: &str, what: &str) -> bool {
    let typical = typical_folder(tool, place, words);
    if let Some((pattern, folder)) = place.split_once('>') {
        let projects = project_folders(shell, pattern);
        // All of them are written to.
        let written = projects.iter().map(|project| write_files(shell, &path::join(project, folder), what, typical));
        return written.collect::<Vec<bool>>().iter().all(|is_weighed| *is_weighed);
    }
    if place == "BESIDE" {
        let mut sources = words.iter().filter(|word| !word.starts_with('-')).peekable();
        if sources.peek().is_none() {
            shell.make_partial_tree(".");
        }
        sources.for_each(|source| {
            shell.make_partial_folder(path::parent(&path::join("/", &path::join(&shell.cwd, source))))
        });
        return false;
    }
    let (first, rest) = place.split_once('/').map_or((place, None), |(first, rest)| (first, Some(rest)));
    let set = |name: &str| shell.var(name).filter(|value| !value.is_empty()).map(str::to_string);
    let home = || set("HOME").unwrap_or_else(|| "/root".into());
    let known = match first {
        "~" => Some(home()),
        "CARGO" => Some(set("CARGO_HOME").unwrap_or_else(|| "/usr/local/cargo".into())),
        "RUSTUP" => Some(set("RUSTUP_HOME").unwrap_or_else(|| "/usr/local/rustup".into())),
        // The folder of Python's packages, which depends on how Python was installed.
        "PYTHON" => Some(set("VIRTUAL_ENV").unwrap_or_else(|| "/usr/local/lib".into())),
        "CONDA" => {
            Some(set("CONDA_PREFIX").or_else(|| set("MAMBA_ROOT_PREFIX")).unwrap_or_else(|| "/opt/conda".into()))
        }
        "VENDOR" => Some(set("COMPOSER_VENDOR_DIR").unwrap_or_else(|| "./vendor".into())),
        "COMPOSER" => Some(set("COMPOSER_HOME").unwrap_or_else(|| format!("{}/.composer", home()))),
        "GEMS" => {
            let of_bundler = if tool.starts_with("bundle") { set("BUNDLE_PATH") } else { None };
            Some(of_bundler.or_else(|| set("GEM_HOME")).unwrap_or_else(|| gem_folder(shell)))
        }
        "GRADLE" => Some(set("GRADLE_USER_HOME").unwrap_or_else(|| format!("{}/.gradle", home()))),
        "NUGET" => Some(set("NUGET_PACKAGES").unwrap_or_else(|| format!("{}/.nuget/packages", home()))),
        // In yarn 1 root's cache is in a shared folder.
        "YARN" => Some(set("YARN_CACHE_FOLDER").unwrap_or_else(|| match shell.user.uid {
            0 => "/usr/local/share/.cache/yarn".into(),
            _ => format!("{}/.cache/yarn", home()),
        })),
        "OUT" => {
            let names = ["-o", "--output", "-d", "--tool-path"];
            let at = words.iter().position(|word| names.contains(&word.as_str()));
            let glued =
                words.iter().find_map(|word| names.iter().find_map(|name| word.strip_prefix(name)?.strip_prefix('=')));
            match at.and_then(|at| words.get(at + 1)).map(String::as_str).or(glued) {
                Some(folder) => Some(folder.to_string()),
                None => return true,
            }
        }
        _ => None,
    };
    let place = match (known, rest) {
        (Some(known), Some(rest)) => format!("{known}/{rest}"),
        (Some(known), None) => known,
        (None, _) => place.to_string(),
    };
    match place.as_str() {
        "." => {
            shell.make_partial_tree(".");
            false
        }
        place => write_files(shell, place, what, typical),
    }
}

/// Writes files of a tool into a folder: of the size that such files usually have, or of unknown size.
fn write_files(shell: &mut Shell, folder: &str, what: &str, typical: Option<&TypicalSize>) -> bool {
    let is_weighed = match typical {
        Some(typical) => write_estimated_files(shell, folder, what, typical, Way::RealBuild),
        None => write_unknown_files(shell, folder, what, Way::RealBuild),
    };
    if !is_weighed {
        shell.make_partial_folder(folder);
    }
    is_weighed
}

/// The number of files that are searched for project files, at most.
const MAX_FILES: usize = 20_000;

/// The folders at and below the working directory that have a file of this name; the working directory if none has.
fn project_folders(shell: &Shell, pattern: &str) -> Vec<String> {
    let fits = |place: &str| shell_matches(pattern, path::file_name(place));
    let files = shell.fs.walk(&shell.cwd).take(MAX_FILES).filter(|(place, node)| !node.is_dir() && fits(place));
    let mut found: Vec<String> = files.map(|(place, _)| path::parent(place).to_string()).collect();
    found.dedup();
    if found.is_empty() { vec![shell.cwd.clone()] } else { found }
}
