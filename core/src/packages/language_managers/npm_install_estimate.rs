//! The estimated size of `node_modules` and of npm's cache after an installation by a package.json of unknown content.

use super::tool_folders::find_manager;
use super::written_folders::mark_folder;
use crate::commands::estimated_files::write_estimated_files;
use crate::measure::{TypicalSize, Way, typical_tool_size};
use crate::shell::Shell;

/// What an installation by a package.json of unknown content usually brings; `None` for any other command line.
pub(super) fn estimated_install(shell: &Shell, name: &str, words: &[String]) -> Option<&'static TypicalSize> {
    if !matches!(name, "npm" | "yarn" | "yarnpkg" | "pnpm" | "bun") || !shell.is_unknown_file("package.json") {
        return None;
    }
    let verb = words.first().map(String::as_str);
    let installs = matches!(verb, Some("ci" | "install" | "i")) || verb.is_none() && name.starts_with("yarn");
    let is_global = |word: &String| matches!(word.as_str(), "-g" | "--global") || word.starts_with("--prefix");
    let has_names = words.iter().skip(1).any(|word| !word.starts_with('-'));
    if !installs || has_names || words.iter().any(is_global) {
        return None;
    }
    let omits = |word: &String| {
        matches!(
            word.as_str(),
            "--production" | "--production=true" | "--omit=dev" | "--only=production" | "-P" | "--prod"
        )
    };
    let omits_dev = words.iter().any(omits) || shell.var("NODE_ENV") == Some("production");
    typical_tool_size(if omits_dev { "npm-install-production" } else { "npm-install" })
}

/// What the script `build` of a package.json of unknown content usually writes into its folder; `None` for any other command
/// line.
pub(super) fn estimated_build(shell: &Shell, name: &str, words: &[String]) -> Option<&'static TypicalSize> {
    if !matches!(name, "npm" | "yarn" | "yarnpkg" | "pnpm" | "bun") || !shell.is_unknown_file("package.json") {
        return None;
    }
    let mut plain = words.iter().map(String::as_str).filter(|word| !word.starts_with('-'));
    let script = match plain.next()? {
        "run" | "run-script" => plain.next()?,
        script if name != "npm" && name != "bun" => script,
        _ => return None,
    };
    (script == "build" || script.starts_with("build:")).then(|| typical_tool_size("node-build")).flatten()
}

/// Writes `node_modules` and the cache of an installation of estimated size.
pub(super) fn write_estimated_install(shell: &mut Shell, name: &str, shown: &str, typical: &TypicalSize) {
    if write_estimated_files(shell, "node_modules", shown, typical, Way::LockFile) {
        shell.recorded_sizes.insert(shown.to_string());
    }
    shell.gap("unknown-files", shown);
    let home = shell.var("HOME").filter(|home| !home.is_empty()).unwrap_or("/root").to_string();
    let cache = format!("{name}'s cache");
    // Only npm's cache was measured.
    let is_weighed = match (name, typical_tool_size("npm-cache")) {
        ("npm", Some(kept)) => write_estimated_files(shell, &format!("{home}/.npm"), &cache, kept, Way::LockFile),
        ("npm", None) => false,
        _ => find_manager(name)
            .is_some_and(|manager| manager.caches.iter().all(|place| mark_folder(shell, place, &[], name, &cache))),
    };
    match is_weighed {
        true if name == "npm" => {}
        true => {
            shell.recorded_sizes.insert(cache.clone());
            shell.gap("unknown-files", cache);
        }
        false => shell.gap("unknown-files", cache),
    }
}
