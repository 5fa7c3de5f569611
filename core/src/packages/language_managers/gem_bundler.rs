//! Where the tools of Ruby write: gem and Bundler.

use super::tool_folders::LanguageManager;
use crate::shell::Shell;

const GEMS: &[&str] = &["GEMS", "GEMS/bin", "/usr/local/bin"];

pub(super) const MANAGERS: &[LanguageManager] = &[
    LanguageManager {
        names: &["gem"],
        queries: &["--version", "-v", "list", "env", "environment", "search", "which", "outdated"],
        writes: &[
            (&["sources", "cleanup", "uninstall"], &[]),
            (&["build", "fetch", "unpack"], &["."]),
            (&["--user-install"], &["~/.gem", "~/.local/share/gem"]),
            (&["*"], GEMS),
        ],
        caches: &[],
        no_cache_words: &[],
    },
    LanguageManager {
        names: &["bundle", "bundler"],
        queries: &["--version", "-v", "list", "check", "env", "show", "outdated", "info"],
        writes: &[
            (&["config"], &["~/.bundle", "./.bundle"]),
            (&["lock", "init"], &["."]),
            (&["exec"], &["."]),
            (&["BUNDLE_PATH"], &["GEMS", "./.bundle"]),
            (&["--path", "--deployment", "BUNDLE_DEPLOYMENT"], &["./vendor", "./.bundle"]),
            (&["install", "update", "add", "package", "cache"], &["GEMS", "GEMS/bin", "/usr/local/bin", "./vendor"]),
            (&["*"], &["."]),
        ],
        caches: &["~/.bundle"],
        no_cache_words: &[],
    },
];

/// The folder that gem installs into: of the official images, Alpine or Debian.
pub(super) fn gem_folder(shell: &Shell) -> String {
    let places = ["/usr/local/bundle", "/usr/lib/ruby/gems", "/var/lib/gems"];
    let known = places.iter().find(|place| shell.fs.stat("/", place).is_ok());
    (*known.unwrap_or(&places[0])).to_string()
}
