//! `set -e` and the ERR trap: which failures end a shell (POSIX, 2.14.1, set), and which go unnoticed in the middle of
//! a script.

use super::Shell;
use super::interpret::Flow;
use brush_parser::ast::{Command, CompoundCommand, Pipeline};

impl Shell {
    /// Runs something in which `set -e` does not apply.
    pub(super) fn with_failures_ignored<T>(&mut self, run: impl FnOnce(&mut Shell) -> T) -> T {
        self.ignoring_failures += 1;
        let result = run(self);
        self.ignoring_failures = self.ignoring_failures.saturating_sub(1);
        result
    }

    /// Runs the ERR trap after the last pipeline of a list failed, and ends the shell under `set -e`.
    pub(super) fn exit_on_failure(&mut self, pipeline: &Pipeline) -> Flow {
        let fails = self.ignoring_failures == 0 && self.last_status != 0;
        if !fails || !ends_a_shell(pipeline) {
            return Flow::Next;
        }
        match self.run_err_trap() {
            Flow::Next if self.options.errexit => Flow::Exit,
            flow => flow,
        }
    }

    /// Records a command that failed in the middle of a script. The script goes on, and its status is that of its
    /// last command. A failing condition is not recorded.
    pub(super) fn record_ignored_failure(&mut self) {
        let argv = self.called.last().cloned().unwrap_or_default();
        let is_test = matches!(argv.first().map(String::as_str), None | Some("[" | "test" | "false" | "read"));
        let ignored =
            self.is_last_status_own && self.ignoring_failures == 0 && self.last_status != 0 && !self.options.errexit;
        if ignored && !is_test && self.depth <= 1 {
            let what: Vec<&str> = argv.iter().take(4).map(String::as_str).collect();
            self.gap("ignored-failure", what.join(" "));
        }
    }
}

/// Whether a failed pipeline ends the shell under `set -e`. Failures inside other compound commands were handled
/// there.
fn ends_a_shell(pipeline: &Pipeline) -> bool {
    match pipeline.seq.as_slice() {
        [Command::Compound(compound, _)] => {
            matches!(compound, CompoundCommand::Subshell(_) | CompoundCommand::Arithmetic(_))
        }
        _ => true,
    }
}
