//! A shell at a terminal: one that is started without a script waits for commands.

use super::{Credentials, Shell};

/// A shell that was started at a terminal without a script: what it began with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenedShell {
    /// The name that it was called by: `sh`, `/bin/bash`.
    pub name: String,
    /// Its working directory.
    pub cwd: String,
    /// Its environment, `NAME=value`.
    pub env: Vec<String>,
    /// Its user.
    pub user: Credentials,
}

impl Shell {
    /// Lets a shell that is started without a script wait at the terminal, instead of reading its standard input.
    pub(crate) fn attach_terminal(&mut self) {
        self.terminal = true;
    }

    /// The shell that was started at the terminal, if one was.
    pub(crate) fn take_opened(&mut self) -> Option<OpenedShell> {
        self.opened.take().map(|opened| *opened)
    }

    /// Notes that a shell begins to wait at the terminal. False if there is no terminal, or something is piped to it.
    pub(super) fn opens_at_terminal(&mut self, name: &str) -> bool {
        let at_terminal = self.terminal && self.stdin.is_empty() && self.stdin_redirects == 0;
        if at_terminal {
            self.opened = Some(Box::new(OpenedShell {
                name: name.to_string(),
                cwd: self.cwd.clone(),
                env: self.environment(),
                user: self.user.clone(),
            }));
        }
        at_terminal
    }

    /// Gives the first command some bytes of standard input.
    pub(crate) fn set_input(&mut self, bytes: Vec<u8>) {
        self.stdin = bytes;
    }

    /// Sets what `$?` is.
    pub(crate) fn set_last_status(&mut self, status: i32) {
        self.last_status = status;
    }

    /// Takes the bytes of standard input.
    pub(crate) fn take_input(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.stdin)
    }

    /// Whether the current command reads from the terminal: neither a pipe nor a file is its standard input.
    pub(crate) fn input_is_terminal(&self) -> bool {
        self.stdin.is_empty() && self.stdin_redirects == 0
    }

    /// Makes this the shell of a name that waits at the terminal for commands.
    pub(crate) fn become_interactive(&mut self, name: &str) {
        self.name = name.trim_start_matches('-').to_string();
        self.language = self.language_of(&self.name);
        self.interactive = true;
        self.become_process();
    }

    /// Runs a command that was typed at the prompt; returns its exit code, and whether the shell ends.
    pub(crate) fn run_typed(&mut self, text: &str) -> (i32, bool) {
        self.exited = false;
        let status = self.run_script(text);
        (status, self.exited)
    }
}
