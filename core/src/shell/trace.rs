//! What `set -x` tells.

use super::Shell;
use super::state::Language;
use brush_parser::ast::{Assignment, AssignmentName};

impl Shell {
    /// An assignment as it is shown.
    pub(super) fn traced(&self, assignment: &Assignment) -> Option<String> {
        let AssignmentName::VariableName(name) = &assignment.name else { return None };
        Some(self.assigned(name))
    }

    fn assigned(&self, name: &str) -> String {
        format!("{name}={}", quoted(self.var(name).unwrap_or(""), self.language()))
    }

    /// Tells assignments: bash each by itself.
    pub(super) fn trace(&mut self, assignments: &[String]) {
        match self.language() {
            Language::Bash => assignments.iter().for_each(|one| self.err(format!("+ {one}\n"))),
            _ => self.err(format!("+ {}\n", assignments.join(" "))),
        }
    }

    /// Tells a command and the variables that are set before it.
    pub(super) fn trace_command<'a>(&mut self, variables: impl Iterator<Item = &'a str>, argv: &[String]) {
        let language = self.language();
        let mut line: Vec<String> = variables.map(|name| self.assigned(name)).collect();
        if language == Language::Bash {
            self.trace(&std::mem::take(&mut line));
        }
        line.extend(argv.iter().map(|word| quoted(word, language)));
        self.err(format!("+ {}\n", line.join(" ")));
    }
}

/// A word as it is printed: dash as it is, the others quoted, each by its own rules.
fn quoted(word: &str, language: Language) -> String {
    let safe = match language {
        Language::Dash => return word.to_string(),
        Language::Bash => "-_./:=,+@%^{}~",
        Language::Ash => "-_./:,+@%^]",
    };
    let plain = word.chars().all(|c| c.is_alphanumeric() || safe.contains(c));
    match word {
        "" if language == Language::Ash => String::new(),
        _ if plain && !word.is_empty() => word.to_string(),
        _ => format!("'{}'", word.replace('\'', "'\\''")),
    }
}
