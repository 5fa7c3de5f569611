//! The entrypoint scripts of official images, as the table of [`EntrypointScript`] describes them.

use super::Shell;
use super::language::Language;
use crate::exec::{Cause, Credentials};
use crate::fs::path;
use crate::image::{Condition, EntrypointScript};

/// A failure whose cause is known: it explains the exit code of the command that fails.
#[derive(Clone, Debug)]
pub struct KnownFailure {
    /// The cause.
    pub cause: Cause,
    /// The exit code.
    pub status: i32,
}

impl Shell {
    /// Runs an entrypoint script at `place`: changes the command as the script does and passes on to it.
    pub(super) fn run_entrypoint_script(
        &mut self,
        script: &EntrypointScript,
        place: &str,
        arguments: Vec<String>,
    ) -> i32 {
        let mut words = arguments;
        let default = script.default_program(&words, |condition| self.holds(condition, script, &words));
        if let Some(default) = default {
            words = [default, &words].concat();
        }
        let Some(program) = words.first().cloned() else {
            // `exec` without a command does nothing.
            return 0;
        };
        if let Some(required) = &script.requires
            && required.are_missing(&words, |name| self.var(name))
            && let Some(initialized) = required.initialized_path(|name| self.var(name))
            && self.fs.stat("/", &initialized).is_err()
            && self.fs.doubt() == crate::fs::Doubt::None
        {
            // The message names the same variables at length; its words differ between releases.
            self.gap("unknown-log", place);
            let cause = Cause::VariableMissing { path: place.to_string(), variables: required.one_of.clone() };
            return self.fails_by(cause, required.exit_code);
        }
        if let Some(change) = script.user.as_ref().filter(|change| self.user.uid == 0 && change.applies_to(&program))
            && let Ok(who) = Credentials::of(&self.fs, &change.name)
        {
            let home = who.home(&self.fs);
            self.user = who;
            self.set_var("HOME", home, true);
        }
        let (found, hidden) = match program.contains('/') {
            true => (self.fs.stat(&self.cwd, &program).is_ok(), self.fs.may_hide(&self.cwd, &program)),
            false => super::find_program(self, &program),
        };
        if !found && !hidden {
            if let Some(line) = script.exec_line {
                let text = match self.language() {
                    Language::Ash => format!("{place}: exec: line {line}: {program}: not found\n"),
                    _ => format!("{place}: {line}: exec: {program}: not found\n"),
                };
                self.err(text);
            } else {
                self.gap("unknown-log", place);
            }
            let in_path = !program.contains('/');
            return self.fails_by(Cause::NotFound { path: program, in_path }, 127);
        }
        if !found && !script.has_program(&program) {
            self.unlisted_command = Some(program);
        }
        self.call(&words)
    }

    /// Whether a condition of a script holds for a command.
    fn holds(&self, condition: Condition, script: &EntrypointScript, words: &[String]) -> bool {
        let first = words.first().map_or("", String::as_str);
        match condition {
            Condition::Nothing => words.is_empty(),
            Condition::Option => first.starts_with('-'),
            Condition::NotACommand if first.contains('/') => {
                let node = self.fs.stat(&self.cwd, first).ok().map(|(_, node)| node);
                match node {
                    Some(node) => node.is_dir() || !self.user.may(node, 1),
                    None => !self.fs.may_hide(&self.cwd, first),
                }
            }
            Condition::NotACommand => {
                let (found, hidden) = super::find_program(self, first);
                !found && !hidden && self.builtin(first).is_none() && !script.has_program(first)
            }
            Condition::NotExecutable => {
                let node = self.fs.stat(&self.cwd, first).ok().map(|(_, node)| node);
                node.is_some_and(|node| node.content().is_some() && !self.user.may(node, 1))
            }
        }
    }

    /// Notes the cause of a failure; returns its exit code.
    pub(super) fn fails_by(&mut self, cause: Cause, status: i32) -> i32 {
        self.note_failure();
        self.failure = Some(KnownFailure { cause, status });
        status
    }

    /// Notes that the file which a program is to run does not exist; returns the program's exit code.
    pub(crate) fn fails_without_main_file(&mut self, program: &str, path: String, status: i32) -> i32 {
        self.fails_by(Cause::MainFileMissing { program: program.to_string(), path }, status)
    }

    /// The entrypoint script that a file is, if it is one of an official image as it came.
    pub(super) fn script_of(&self, place: &str) -> Option<&'static EntrypointScript> {
        let place = path::join(&self.cwd, place);
        let (_, node) = self.fs.stat("/", &place).ok()?;
        EntrypointScript::of_content(node.content()?)
    }
}
