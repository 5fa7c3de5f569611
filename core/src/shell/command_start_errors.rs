//! The messages and exit codes of a shell whose command is not found or is not executed.

use super::Shell;
use super::language::Language;
use crate::exec::{self, Outcome};
use crate::fs::path;

impl Shell {
    /// Prints the message for a command that is not found; returns 127.
    pub(crate) fn not_found(&mut self, name: &str) -> i32 {
        let is_command = self.language() == Language::Bash && !self.is_replacing_itself;
        let words = if is_command { "command not found" } else { "not found" };
        let prefix = self.command_prefix(false);
        self.err(format!("{prefix}: {name}: {words}\n"));
        self.fails_by(exec::Cause::NotFound { path: name.to_string(), in_path: !name.contains('/') }, 127)
    }

    /// The result of a shell that reads a binary file as a script. Its first line that has a parenthesis, a quote or
    /// another operator ends it as a syntax error: of 120 programs of Debian 12, taken for those of another machine,
    /// busybox 1.35 ended each with 2. Without such a sign the line is a command that is not found. Which words are
    /// printed depends on all bytes.
    pub(super) fn read_binary(&mut self, place: &str) -> i32 {
        const SYNTAX: &[u8] = b"()&;|<>\"'`";
        let node = self.fs.stat(&self.cwd, place).ok().map(|(_, node)| node);
        let bytes = node.and_then(|node| node.content()?.bytes());
        let is_plain = bytes.is_some_and(|bytes| !bytes.iter().any(|byte| SYNTAX.contains(byte)));
        self.gap("unknown-output", place);
        if is_plain { 127 } else { 2 }
    }

    /// Prints the shell's message for a program that the kernel or the loader refused.
    pub(super) fn start_failed(&mut self, place: &str, outcome: &Outcome) -> i32 {
        if let Some((code, words)) = &outcome.loader {
            self.err(words);
            return *code;
        }
        let Some(errno) = outcome.errno else {
            return 126;
        };
        let missing = errno == crate::fs::Errno::Enoent;
        let there = self.fs.stat(&self.cwd, place).is_ok();
        let words = match (self.language(), missing) {
            (Language::Bash, false) if errno == crate::fs::Errno::Enoexec => {
                "cannot execute binary file: Exec format error"
            }
            (Language::Bash, true) if there => "cannot execute: required file not found",
            (Language::Bash, _) | (_, false) => errno.message(),
            (_, true) => "not found",
        };
        let is_bash_exec = self.is_replacing_itself && self.language() == Language::Bash;
        let place = if is_bash_exec { path::join(&self.cwd, place) } else { place.to_string() };
        let mut text = format!("{}: {place}: {words}\n", self.command_prefix(true));
        if is_bash_exec && !missing {
            let errno = errno.message();
            text += &format!("{}: {place}: cannot execute: {errno}\n", self.builtin_prefix("exec"));
        }
        self.err(text);
        if missing { 127 } else { 126 }
    }
}
