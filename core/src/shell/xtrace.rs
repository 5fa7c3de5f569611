//! The trace of commands under `set -x`.

use super::Shell;
use super::language::Language;
use brush_parser::ast::{Assignment, AssignmentName, AssignmentValue};

impl Shell {
    /// An assignment as the trace shows it.
    pub(super) fn assignment_text(&self, assignment: &Assignment) -> Option<String> {
        match (&assignment.name, &assignment.value) {
            // What is added, and arrays, as they are written.
            (_, AssignmentValue::Array(_)) => Some(assignment.to_string()),
            _ if assignment.append => Some(assignment.to_string()),
            (AssignmentName::VariableName(name), _) => Some(self.assigned(name)),
            _ => None,
        }
    }

    /// The prefix of each line: PS4. bash repeats its first character for each enclosing `$(…)`, eval and sourced
    /// file.
    fn ps4(&self) -> String {
        let ps4 = self.var("PS4").unwrap_or("+ ");
        let first = ps4.chars().next().filter(|_| self.language() == Language::Bash);
        first.into_iter().cycle().take(self.indirection).chain(ps4.chars()).collect()
    }

    pub(super) fn assigned(&self, name: &str) -> String {
        format!("{name}={}", quoted(self.var(name).unwrap_or(""), self.language()))
    }

    fn write_trace(&mut self, words: &str) {
        let line = format!("{}{words}\n", self.ps4());
        self.err(line);
    }

    /// Traces assignments. bash prints each on a line of its own.
    pub(super) fn trace(&mut self, assignments: &[String]) {
        match self.language() {
            Language::Bash => assignments.iter().for_each(|one| self.write_trace(one)),
            _ => self.write_trace(&assignments.join(" ")),
        }
    }

    /// Traces the header of a compound command, which only bash does. The words are printed as written.
    pub(super) fn trace_construct(&mut self, words: impl FnOnce(&Shell) -> String) {
        if self.options.xtrace && self.language() == Language::Bash {
            let words = words(self);
            self.write_trace(&words);
        }
    }

    /// Traces a command and the assignments before it.
    pub(super) fn trace_command<'a>(&mut self, variables: impl Iterator<Item = &'a str>, argv: &[String]) {
        let language = self.language();
        let mut line: Vec<String> = variables.map(|name| self.assigned(name)).collect();
        if language == Language::Bash {
            self.trace(&std::mem::take(&mut line));
        }
        line.extend(argv.iter().map(|word| quoted(word, language)));
        self.write_trace(&line.join(" "));
    }
}

/// A word as the trace prints it. dash prints it unchanged, the other shells quote it by their own rules.
fn quoted(word: &str, language: Language) -> String {
    let safe = match language {
        Language::Dash => return word.to_string(),
        Language::Bash => "-_./:=,+@%^~",
        Language::Ash => "-_./:,+@%^]",
    };
    let plain = word.chars().all(|c| c.is_alphanumeric() || safe.contains(c));
    match word {
        "" if language == Language::Ash => String::new(),
        _ if plain && !word.is_empty() => word.to_string(),
        _ => format!("'{}'", word.replace('\'', "'\\''")),
    }
}
