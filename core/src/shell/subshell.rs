//! Subshells: a child shell, whose changes to the shell itself are undone when it ends.

use super::Shell;
use super::interpret::Flow;
use super::limits::MAX_DEPTH;

/// The value of `$$`.
pub(crate) const OWN_PROCESS: &str = "1";

/// The value of `$!`. A background job has ended before the next command begins.
pub(crate) const BACKGROUND_PROCESS: &str = "2";

impl Shell {
    /// Runs something in a subshell. Its changes to the shell's own state are undone afterwards; the file system
    /// keeps them.
    pub(crate) fn nested(&mut self, positional: Vec<String>, run: impl FnOnce(&mut Shell) -> i32) -> i32 {
        if self.depth >= MAX_DEPTH {
            self.gap("too-many-steps", "nesting");
            return 0;
        }
        let positional = std::mem::replace(&mut self.positional, positional);
        let (vars, functions) = (self.vars.clone(), self.functions.clone());
        let (options, umask, outputs, exec_files) = (self.options, self.umask, self.outputs, self.exec_files.len());
        let (cwd, locals, ignoring_failures) =
            (self.cwd.clone(), std::mem::take(&mut self.locals), self.ignoring_failures);
        let (exit_trap, traps) = (self.exit_trap.take(), std::mem::take(&mut self.traps));
        if let Some(action) = traps.get("ERR").filter(|_| self.options.errtrace) {
            self.traps.insert("ERR".into(), action.clone());
        }
        let in_subshell = std::mem::replace(&mut self.in_subshell, true);
        self.depth += 1;
        let mut status = run(self);
        // The subshell's EXIT trap runs last.
        if let Some(action) = self.exit_trap.take() {
            self.last_status = status;
            self.pending_flow = None;
            self.options.errexit = false;
            if self.run_text(&action) == Flow::Exit {
                status = self.last_status;
            }
        }
        self.depth -= 1;
        self.in_subshell = in_subshell;
        self.pending_flow = None;
        self.close_exec_files(exec_files);
        (self.exit_trap, self.traps) = (exit_trap, traps);
        (self.positional, self.vars, self.functions) = (positional, vars, functions);
        (self.options, self.umask, self.outputs) = (options, umask, outputs);
        (self.cwd, self.locals, self.ignoring_failures) = (cwd, locals, ignoring_failures);
        self.last_status = status;
        status
    }
}
