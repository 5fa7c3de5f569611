//! The language of a script: dash, bash or busybox ash; and the prefixes of their error messages.

use super::Shell;
use crate::fs::path;

/// The shell whose language a script is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Language {
    Dash,
    Bash,
    /// busybox's shell.
    Ash,
}

impl Shell {
    /// The language of this shell.
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

    /// The prefix of error messages of a script.
    pub(super) fn message_prefix(&self) -> String {
        match self.language() {
            Language::Bash if self.interactive => self.name.clone(),
            Language::Bash => format!("{}: line {}", self.name, self.line),
            Language::Ash if self.from_file => format!("{}: line {}", self.name, self.line),
            Language::Ash => self.name.clone(),
            Language::Dash => format!("{}: {}", self.name, self.line),
        }
    }

    /// The prefix of the message about a command that is not found or does not start. Dash and busybox name `exec` as a
    /// builtin, bash does so only for a command that is not found (observed with dash 0.5.12, busybox 1.35 and bash 5.2).
    pub(super) fn command_prefix(&self, is_found: bool) -> String {
        let is_named = self.is_replacing_itself && (self.language() != Language::Bash || !is_found);
        if is_named { self.builtin_prefix("exec") } else { self.message_prefix() }
    }

    /// The prefix of an error message of a builtin.
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

    /// Which family of shells this is, by where `/bin/sh` leads.
    pub(crate) fn dialect(&self) -> &'static str {
        match self.fs.resolve("/", "/bin/sh", true) {
            Ok(real) if real.ends_with("bash") => "bash",
            Ok(real) if real.ends_with("busybox") => "ash",
            _ => "dash",
        }
    }
}
