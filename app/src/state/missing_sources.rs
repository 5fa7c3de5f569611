//! The files that a failed COPY or ADD lacks.

use super::file_names::path_problem;
use super::model::Model;
use stageplay_dockerfile::{Keyword, syntax};

/// The most files that are named.
const MAX_NAMED: usize = 8;

/// Whether a path may name a file: it is no pattern, no directory, and has no variable.
pub fn names_a_file(path: &str) -> bool {
    path != "." && !path.ends_with('/') && !path.contains(['*', '?', '[', '$', '"', '\\', '<'])
}

impl Model {
    /// The sources of the COPY or ADD that failed which the build context lacks, as far as they name a file.
    pub fn missing_sources(&self) -> Vec<String> {
        let line = self.outcome.as_ref().and_then(|outcome| outcome.report.error.as_ref()?.line);
        let file = syntax::parse(self.dockerfile_text());
        let is_here = |node: &&syntax::Node<'_>| {
            line.is_some_and(|line| (node.line as usize..=node.end_line as usize).contains(&line))
        };
        let Some(node) = file.nodes.iter().find(is_here).filter(|_| self.is_outcome_current()) else {
            return Vec::new();
        };
        let copies = matches!(node.head.kind, Some(Keyword::Copy | Keyword::Add));
        if !copies || node.head.json || node.head.flags.iter().any(|flag| flag.starts_with("--from")) {
            return Vec::new();
        }
        let words: Vec<&str> = file.words(node).collect();
        let sources = words.split_last().map_or(&[][..], |(_, sources)| sources);
        let paths = sources.iter().filter(|path| names_a_file(path) && !path.contains("://"));
        let paths = paths.map(|path| path.trim_start_matches("./").trim_start_matches('/').to_string());
        paths.filter(|path| path_problem(&self.workspace, path, None).is_none()).take(MAX_NAMED).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_and_a_pattern_name_no_file_to_create() {
        assert!(names_a_file("src/main.go") && names_a_file("app"));
        assert!(!names_a_file(".") && !names_a_file("src/") && !names_a_file("*.csproj") && !names_a_file("$A"));
    }
}
