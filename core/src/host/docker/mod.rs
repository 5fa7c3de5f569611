//! The `docker` command of a simulated host.

mod build;
mod command_line;
mod cp;
mod history;
mod images;
mod inspect;
mod ps_rm;
mod pull;
mod run_create;
mod tabwriter;

use super::store::Store;
use crate::shell::{Gap, HostCommands, Shell};
use std::sync::{Arc, Mutex, MutexGuard};

/// The client. The state of the engine is in the store.
pub(super) struct Docker {
    pub(super) store: Arc<Mutex<Store>>,
}

/// Prints Docker's usage error.
fn usage(shell: &mut Shell, command: &str, error: &str) -> i32 {
    shell.err(format!("{error}\nSee 'docker {command} --help'.\n"));
    125
}

/// Prints an error of the daemon.
fn daemon_error(shell: &mut Shell, error: &str) -> i32 {
    shell.err(format!("Error response from daemon: {error}\n"));
    1
}

/// Notes that an image cannot be told before data is loaded. No engine says that.
fn not_loaded(shell: &mut Shell, data: String) {
    shell.gaps.push(Gap { code: "images-not-loaded", what: data });
}

impl Docker {
    fn lock(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    pub(super) fn run(&mut self, shell: &mut Shell, argv: &[String]) -> i32 {
        let (command, rest) = match argv.get(1..).unwrap_or(&[]).split_first() {
            Some((group, rest)) if matches!(group.as_str(), "image" | "container" | "builder") && !rest.is_empty() => {
                let (command, rest) = rest.split_first().map_or(("", rest), |(c, r)| (c.as_str(), r));
                let command = match (group.as_str(), command) {
                    ("image", "ls") => "images",
                    ("image", "rm") => "rmi",
                    ("container", "ls") => "ps",
                    (_, command) => command,
                };
                (command, rest)
            }
            Some((command, rest)) => (command.as_str(), rest),
            None => ("help", argv.get(1..).unwrap_or(&[])),
        };
        match command {
            "build" => self.build(shell, rest),
            "images" => self.images(shell, rest),
            "history" => self.history(shell, rest),
            "run" => self.start(shell, rest),
            "create" => self.create(shell, rest),
            "cp" => self.cp(shell, rest),
            "rm" => self.rm(shell, rest),
            "rmi" => self.rmi(shell, rest),
            "ps" => self.ps(shell, rest),
            "tag" => self.tag(shell, rest),
            "inspect" => self.inspect(shell, rest),
            "pull" => self.pull(shell, rest),
            "version" | "--version" | "-v" => {
                let version = self.lock().engine.version.clone();
                shell.out(format!("Docker version {version}\n"));
                0
            }
            "help" | "--help" => {
                shell.out("docker: build images history run create cp rm rmi ps tag inspect pull version\n");
                0
            }
            other => {
                const REAL: [&str; 24] = [
                    "attach", "commit", "diff", "events", "exec", "export", "import", "info", "kill", "load", "login",
                    "logout", "logs", "network", "port", "push", "restart", "save", "search", "start", "stats", "stop",
                    "volume", "system",
                ];
                if REAL.contains(&other) {
                    shell.gaps.push(Gap { code: "unmodelled-command", what: format!("docker {other}") });
                    return 0;
                }
                shell.err(format!("docker: '{other}' is not a docker command.\nSee 'docker --help'\n"));
                1
            }
        }
    }
}

/// The least width of a column in a table: 20 in old clients, 10 in newer ones.
fn column_width(store: &Store) -> usize {
    if store.engine.major() < 18 { 20 } else { 10 }
}

impl HostCommands for Docker {
    fn call(&mut self, shell: &mut Shell, argv: &[String]) -> Option<i32> {
        (argv.first().map(String::as_str) == Some("docker")).then(|| self.run(shell, argv))
    }
}
