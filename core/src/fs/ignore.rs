//! `.dockerignore`: which files of a directory are left out of the build context.

use super::glob;
use crate::text;

/// Patterns of a `.dockerignore` file, in order; the last one that matches decides.
///
/// `**` stands for any number of directories, a leading `!` brings files back, and a pattern that
/// matches a directory matches everything below it (moby/patternmatcher).
#[derive(Clone, Debug, Default)]
pub struct Ignore {
    patterns: Vec<(bool, Vec<String>)>,
}

impl Ignore {
    /// Reads the patterns. Lines that start with `#` are comments.
    pub fn parse(patterns_text: &str) -> Self {
        let mut patterns = Vec::new();
        for line in patterns_text.trim_start_matches('\u{feff}').lines() {
            if line.starts_with('#') {
                continue;
            }
            let line = line.trim();
            let (excludes, line) = match line.strip_prefix('!') {
                Some(rest) => (false, rest.trim()),
                None => (true, line),
            };
            let cleaned = super::path::join("/", line);
            let parts: Vec<String> = cleaned.split('/').filter(|p| !p.is_empty()).map(str::to_string).collect();
            if !parts.is_empty() {
                patterns.push((excludes, parts));
            }
        }
        Ignore { patterns }
    }

    /// Whether the file at `path` (relative to the context, no leading slash) is left out.
    pub fn excludes(&self, path: &str) -> bool {
        let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
        let mut excluded = false;
        for (excludes, pattern) in &self.patterns {
            if *excludes != excluded && (1..=parts.len()).any(|n| parts.get(..n).is_some_and(|p| matches(pattern, p))) {
                excluded = *excludes;
            }
        }
        excluded
    }
}

/// Matches components; `**` stands for any number of them.
fn matches(pattern: &[String], path: &[&str]) -> bool {
    text::sequence_fits(pattern, path, |part| part == "**", |part, name| glob::matches(part, name))
}

#[cfg(test)]
mod tests {
    use super::Ignore;

    #[test]
    fn the_last_matching_pattern_decides() {
        let ignore = Ignore::parse("# comment\n*.md\n!README.md\nnode_modules\n**/*.log\n/secret/");
        for (path, excluded) in [
            ("a.md", true),
            ("README.md", false),
            ("sub/a.md", false),
            ("node_modules/x/y.js", true),
            ("a/b/c.log", true),
            ("c.log", true),
            ("secret/key", true),
            ("main.go", false),
        ] {
            assert_eq!(ignore.excludes(path), excluded, "{path}");
        }
    }
}
