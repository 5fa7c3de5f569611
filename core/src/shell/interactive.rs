//! A shell at a terminal: one that is started without a script waits for commands.

use super::language::Language;
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

/// How long and how often the programs of a shell may sleep before it counts as asleep: no time passes in a simulation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SleepLimit {
    /// In seconds, all sleeps together.
    pub seconds: f64,
    /// How many sleeps.
    pub times: u32,
}

impl Shell {
    /// Lets the shell end where it would be asleep for longer than a limit.
    pub(crate) fn limit_sleep(&mut self, limit: SleepLimit) {
        self.sleep_limit = Some(limit);
    }

    /// Sleeps. Past the limit the shell stays asleep: it goes on with nothing, and `never-ends` is noted.
    pub(crate) fn sleep(&mut self, seconds: f64) {
        let Some(limit) = &mut self.sleep_limit else { return };
        limit.seconds -= seconds;
        limit.times = limit.times.saturating_sub(1);
        if limit.seconds < 0.0 || limit.times == 0 {
            self.never_wakes();
        }
    }

    /// Notes that a program never ends, and ends a shell that would wait for it.
    pub(crate) fn never_wakes(&mut self) {
        self.gap("never-ends", "sleep");
        if self.sleep_limit.is_some() {
            // Nothing more runs, and that is no limit of the simulation.
            self.steps_left = 0;
            self.asleep = true;
        }
    }

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

    /// The name of the user in /etc/passwd; what bash says where there is none.
    fn login_name(&self) -> String {
        let passwd = self.fs.stat("/", "/etc/passwd").ok().and_then(|(_, node)| node.content()?.bytes());
        let passwd = String::from_utf8_lossy(passwd.unwrap_or(&[])).into_owned();
        let uid = self.user.uid.to_string();
        let is_own = |line: &&str| line.split(':').nth(2) == Some(uid.as_str());
        match passwd.lines().find(is_own).and_then(|line| line.split(':').next()) {
            Some(name) => name.to_string(),
            None if self.user.uid == 0 => "root".into(),
            None => "I have no name!".into(),
        }
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

    /// The prompt: PS1 if it is set, or else what the shell of the image shows. `release` is the ID of os-release.
    pub(crate) fn prompt(&self, release: &str) -> String {
        let is_root = self.user.uid == 0;
        let usual = match (self.language(), release) {
            // /etc/bash.bashrc of Debian and Ubuntu, /etc/bashrc of Red Hat's family; bash's own has its version.
            (Language::Bash, "debian" | "ubuntu") => "\\u@\\h:\\w\\$ ",
            (Language::Bash, "fedora" | "rhel" | "centos" | "almalinux" | "rocky" | "amzn" | "ol") => {
                "[\\u@\\h \\W]\\$ "
            }
            (Language::Bash, _) => "\\s\\$ ",
            (Language::Ash, _) => "\\w \\$ ",
            (Language::Dash, _) if is_root => "# ",
            (Language::Dash, _) => "$ ",
        };
        let template = self.var("PS1").unwrap_or(usual);
        let expands = self.language() != Language::Dash;
        let home = self.var("HOME").filter(|home| home.len() > 1).unwrap_or("");
        let folder = match self.cwd.strip_prefix(home) {
            Some(rest) if !home.is_empty() && (rest.is_empty() || rest.starts_with('/')) => format!("~{rest}"),
            _ => self.cwd.clone(),
        };
        let mut prompt = String::new();
        let mut letters = template.chars();
        while let Some(letter) = letters.next() {
            if letter != '\\' || !expands {
                prompt.push(letter);
                continue;
            }
            match letters.next() {
                Some('u') => prompt.push_str(&self.login_name()),
                Some('h' | 'H') => prompt.push_str(self.hostname.as_deref().unwrap_or("localhost")),
                Some('w') => prompt.push_str(&folder),
                Some('W') => prompt.push_str(match folder.rsplit('/').next() {
                    Some("") | None => "/",
                    Some(last) => last,
                }),
                Some('s') => prompt.push_str(self.name.rsplit('/').next().unwrap_or("bash")),
                Some('$') => prompt.push(if is_root { '#' } else { '$' }),
                Some('n') => prompt.push('\n'),
                Some('[' | ']' | 'e' | 'a') | None => {}
                Some(other) => prompt.push(other),
            }
        }
        prompt
    }
}
