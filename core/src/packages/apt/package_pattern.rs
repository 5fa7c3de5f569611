//! Package names on apt's command line: `NAME=VERSION`, `NAME/RELEASE`, `NAME:ARCHITECTURE`, patterns.

use crate::fs::shell_matches;
use crate::shell::Effort;

/// The distributions that have apt, by the `ID` of their os-release.
pub(crate) const DISTRIBUTIONS: [&str; 2] = ["debian", "ubuntu"];

/// A package's name without version, release and architecture.
pub(crate) fn package_name(word: &str) -> &str {
    word.split(['=', '/', ':']).next().unwrap_or(word)
}

/// Whether a word of apt's command line matches a package: by its name, a glob pattern or a regular expression.
pub(crate) fn matches_pattern(effort: &Effort, word: &str, name: &str) -> bool {
    if word.contains(['.', '^', '$']) && word.contains(['*', '^', '$']) {
        return crate::shell::regex::extended(effort, word).is_some_and(|pattern| pattern.is_match(name));
    }
    word == name || word.contains(['*', '?', '[']) && shell_matches(word, name)
}
