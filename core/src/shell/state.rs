//! What a shell is at one moment: its language, options, variables, and what a child of it inherits.

use super::arrays::Array;
use super::{MAX_DEPTH, Shell};
use crate::fs::path;
use std::collections::BTreeMap;

/// Which shell's language a script is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Language {
    Dash,
    Bash,
    /// busybox's.
    Ash,
}

/// What `set` turns on and off.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Options {
    /// `-e`: exit on the first failure.
    pub(super) errexit: bool,
    /// `-u`.
    pub(super) nounset: bool,
    /// `-x`.
    pub(super) xtrace: bool,
    /// `-n`: commands are read, and not run.
    pub(super) noexec: bool,
    /// `-C`: what exists is not written over.
    pub(super) noclobber: bool,
    /// `-f`: no patterns.
    pub(super) noglob: bool,
    /// `-a`: what is assigned is exported.
    pub(super) allexport: bool,
    pub(super) pipefail: bool,
    /// bash's `-E`: functions and subshells have the ERR trap, too.
    pub(super) errtrace: bool,
    /// bash's `nullglob`: a pattern that nothing matches is no word.
    pub(super) nullglob: bool,
    /// bash's `dotglob`: `*` stands for names with a dot, too.
    pub(super) dotglob: bool,
    /// bash's `globstar`: `**` goes through folders.
    pub(super) globstar: bool,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Variable {
    pub(super) value: String,
    pub(crate) exported: bool,
    pub(super) readonly: bool,
    /// The elements, if it is an array; then `value` is not used.
    pub(super) array: Option<Array>,
}

impl Variable {
    /// What `$name` stands for.
    pub(super) fn text(&self) -> Option<&str> {
        match &self.array {
            Some(array) => array.first(),
            None => Some(&self.value),
        }
    }

    /// Its elements; what was no array becomes one.
    pub(super) fn as_array(&mut self, named: bool) -> &mut Array {
        let value = std::mem::take(&mut self.value);
        self.array.get_or_insert_with(|| match Array::new(named) {
            Array::Indexed(mut elements) if !value.is_empty() => {
                elements.insert(0, value);
                Array::Indexed(elements)
            }
            array => array,
        })
    }
}

pub(crate) type Variables = BTreeMap<String, Variable>;

/// A variable that `local` hid, or nothing if there was none.
pub(super) type Hidden = (String, Option<Variable>);

/// A name that stands for words, from the line behind its definition on.
#[derive(Clone, Debug)]
pub(crate) struct Alias {
    pub(crate) text: String,
    pub(crate) line: usize,
}

/// What `$$` is.
pub(crate) const OWN_PROCESS: &str = "1";

/// What `$!` is. A child in the background has been waited for by the next command.
pub(crate) const BACKGROUND_PROCESS: &str = "2";

impl Shell {
    /// The language of the shell at work.
    pub(super) fn language(&self) -> Language {
        self.language.unwrap_or_else(|| match self.dialect() {
            "bash" => Language::Bash,
            "ash" => Language::Ash,
            _ => Language::Dash,
        })
    }

    /// The language of a shell that is started under a name.
    pub(super) fn language_of(&self, name: &str) -> Option<Language> {
        let place = if name.contains('/') { Some(name.to_string()) } else { self.which(name).0 };
        let real = place.and_then(|place| self.fs.resolve(&self.cwd, &place, true).ok())?;
        match path::file_name(&real) {
            "bash" => Some(Language::Bash),
            "dash" => Some(Language::Dash),
            "busybox" | "ash" => Some(Language::Ash),
            _ => None,
        }
    }

    /// What error messages of a script start with.
    pub(super) fn message_prefix(&self) -> String {
        match self.language() {
            Language::Bash => format!("{}: line {}", self.name, self.line),
            Language::Ash if self.from_file => format!("{}: line {}", self.name, self.line),
            Language::Ash => self.name.clone(),
            Language::Dash => format!("{}: {}", self.name, self.line),
        }
    }

    /// What an error message of a builtin starts with.
    pub(super) fn builtin_prefix(&self, builtin: &str) -> String {
        match self.language() {
            // busybox counts the lines of `-c` from zero.
            Language::Ash => {
                let line = if self.from_file { self.line } else { self.line.saturating_sub(1) };
                format!("{}: {builtin}: line {line}", self.name)
            }
            _ => format!("{}: {builtin}", self.message_prefix()),
        }
    }

    /// Sets a variable.
    ///
    /// # Errors
    /// It is read-only: the shell's words.
    pub(super) fn assign_var(&mut self, name: &str, value: String, export: bool) -> Result<(), String> {
        if self.vars.get(name).is_some_and(|var| var.readonly) {
            let words = if self.language() == Language::Bash { "readonly variable" } else { "is read only" };
            return Err(format!("{}: {name}: {words}", self.message_prefix()));
        }
        self.set_var(name, value, export);
        Ok(())
    }

    pub(crate) fn set_var(&mut self, name: &str, value: String, export: bool) {
        let all = self.options.allexport;
        let variable = self.vars.entry(name.to_string()).or_default();
        match &mut variable.array {
            Some(array) => array.set_first(value),
            None => variable.value = value,
        }
        variable.exported |= export || all;
    }

    /// Hides a variable until the function that is running ends.
    pub(super) fn hide(&mut self, name: &str) {
        let old = self.vars.get(name).cloned();
        if let Some(frame) = self.locals.last_mut()
            && !frame.iter().any(|(known, _)| known == name)
        {
            frame.push((name.to_string(), old));
        }
    }

    /// Brings hidden variables back.
    pub(super) fn unhide(&mut self, frame: Vec<Hidden>) {
        for (name, old) in frame {
            match old {
                Some(variable) => self.vars.insert(name, variable),
                None => self.vars.remove(&name),
            };
        }
    }

    /// Runs something in a child shell; what it changes of the shell itself comes back as it was.
    pub(crate) fn nested(&mut self, positional: Vec<String>, run: impl FnOnce(&mut Shell) -> i32) -> i32 {
        if self.depth >= MAX_DEPTH {
            self.gap("too-many-steps", "nesting");
            return 0;
        }
        let positional = std::mem::replace(&mut self.positional, positional);
        let (vars, functions) = (self.vars.clone(), self.functions.clone());
        let (options, umask, sinks, kept) = (self.options, self.umask, self.sinks, self.kept.len());
        let (cwd, locals, tested) = (self.cwd.clone(), std::mem::take(&mut self.locals), self.tested);
        let (exit_trap, traps) = (self.exit_trap.take(), std::mem::take(&mut self.traps));
        if let Some(action) = traps.get("ERR").filter(|_| self.options.errtrace) {
            self.traps.insert("ERR".into(), action.clone());
        }
        let in_subshell = std::mem::replace(&mut self.in_subshell, true);
        self.depth += 1;
        let mut status = run(self);
        // The child's trap is its last deed.
        if let Some(action) = self.exit_trap.take() {
            self.last_status = status;
            self.leaving = None;
            self.options.errexit = false;
            if self.run_text(&action) == super::interpret::Flow::Exit {
                status = self.last_status;
            }
        }
        self.depth -= 1;
        self.in_subshell = in_subshell;
        self.leaving = None;
        self.close_kept(kept);
        (self.exit_trap, self.traps) = (exit_trap, traps);
        (self.positional, self.vars, self.functions) = (positional, vars, functions);
        (self.options, self.umask, self.sinks) = (options, umask, sinks);
        (self.cwd, self.locals, self.tested) = (cwd, locals, tested);
        self.last_status = status;
        status
    }
}
