//! Launches a program in a root: look-up by the engine's runtime, then the kernel, then the loader.

mod chroot;
mod container;
mod program_search;
mod run_error_messages;

use crate::engine::{EngineProfile, RuntimeProfile};
use crate::exec::{Cause, Credentials, Missing, Outcome, Searched, System, TraceStep, Verdict, Who};
use crate::fs::Errno;

/// A process to start, as the configuration of an image describes it.
#[derive(Clone, Copy, Debug)]
pub struct Process<'a> {
    /// Program and arguments.
    pub argv: &'a [String],
    /// `NAME=value`.
    pub env: &'a [String],
    /// The working directory.
    pub cwd: &'a str,
    /// `USER`: a name or number, either with `:group`; empty for root.
    pub user: &'a str,
}

/// The result of a launch.
#[derive(Clone, Debug)]
pub struct Launch {
    /// Whether control reaches the program.
    pub verdict: Verdict,
    /// The exit code of the engine's command; `None` once the program has started.
    pub exit_code: Option<i32>,
    /// The error output of the engine or the loader.
    pub stderr: String,
    /// Why the launch fails.
    pub cause: Option<Cause>,
    /// Why the result is unknown: a message id, and what is not known.
    pub unknown: Option<(&'static str, String)>,
    /// The steps, in order.
    pub trace: Vec<TraceStep>,
    /// Everything that is missing, in the order in which it is needed.
    pub missing: Vec<Missing>,
    /// The program that started, with its environment and user.
    pub started: Option<(Outcome, Vec<String>, Credentials)>,
}

/// Who launches a program. It determines the look-up and the messages.
#[derive(Clone, Copy, Debug)]
pub enum Launcher<'a> {
    /// A container engine with its runtime.
    Engine(&'a EngineProfile),
    /// A runtime alone, as engines call it: `runc run` or `crun run`.
    Runtime(&'a RuntimeProfile),
    /// `chroot` of GNU coreutils: only the kernel and glibc's `execvp`.
    Chroot,
}

/// Launches a program.
pub fn launch(system: &System<'_>, process: &Process<'_>, launcher: Launcher<'_>) -> Launch {
    let mut launch = Launch {
        verdict: Verdict::Starts,
        exit_code: None,
        stderr: String::new(),
        cause: None,
        unknown: None,
        trace: Vec::new(),
        missing: Vec::new(),
        started: None,
    };
    match launcher {
        Launcher::Engine(engine) => {
            launch.contained(system, process, &|refusal| run_error_messages::of_engine(engine, refusal))
        }
        Launcher::Runtime(runtime) => {
            launch.contained(system, process, &|refusal| run_error_messages::of_runtime(runtime, refusal))
        }
        Launcher::Chroot => launch.chrooted(system, process),
    }
    launch
}

impl Launch {
    fn step(&mut self, code: &'static str, params: &[(&'static str, &str)], ok: bool) {
        self.trace.push(TraceStep::new(Who::Engine, code, params, ok));
    }

    /// Adds the places in which the last step looked.
    fn searched(&mut self, searched: Vec<Searched>) {
        if let Some(step) = self.trace.last_mut() {
            step.searched = searched;
        }
    }

    fn refused(&mut self, cause: Cause, refusal: Option<(String, i32)>) {
        let (words, code) = refusal.unwrap_or_default();
        self.refuse(cause, &words, code);
    }

    fn refuse(&mut self, cause: Cause, words: &str, code: i32) {
        self.verdict = Verdict::Fails;
        self.cause = Some(cause);
        self.stderr = format!("{words}\n");
        self.exit_code = Some(code);
    }

    fn is_unknown(&mut self, code: &'static str, what: &str) {
        self.verdict = Verdict::Unknown;
        self.unknown = Some((code, what.to_string()));
    }

    fn misses(&mut self, kind: &'static str, name: &str) {
        self.missing.push(Missing { kind, name: name.to_string(), needed_by: String::new() });
    }

    /// Takes the outcome of execve: the program started, execve failed, or the process ended before.
    fn take_outcome(
        &mut self,
        outcome: Outcome,
        words: &dyn Fn(Errno) -> String,
        code: &dyn Fn(Errno) -> i32,
        env: &[String],
        who: Credentials,
    ) {
        self.trace.extend(outcome.trace.iter().cloned());
        self.missing.extend(outcome.missing.iter().cloned());
        self.verdict = outcome.verdict;
        match outcome.verdict {
            Verdict::Unknown => self.unknown = outcome.unknown,
            Verdict::Starts => {
                self.stderr.clone_from(&outcome.warnings);
                self.started = Some((outcome, env.to_vec(), who));
            }
            Verdict::Fails => {
                self.cause = outcome.cause;
                if let Some((code, words)) = outcome.loader {
                    (self.stderr, self.exit_code) = (words, Some(code));
                } else if let Some(errno) = outcome.errno {
                    (self.stderr, self.exit_code) = (words(errno), Some(code(errno)));
                }
            }
        }
    }
}
