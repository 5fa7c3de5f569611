//! What a script may do at most: commands, output, nesting and lengths; and the work that one command counts as.

use super::work_budget::Effort;
use super::{Shell, failure_certainty};

/// The steps of effort of a command, of a program, and of a created file.
pub(super) const STEPS_OF_COMMAND: usize = 256;
pub(super) const STEPS_OF_PROGRAM: usize = 1 << 14;
pub(super) const STEPS_OF_FILE: usize = 512;
/// Commands that are recorded in [`Shell::called`]: enough for every script that a person writes.
pub(super) const MAX_RECORDED: usize = 500;

/// The number of commands that one shell may run by default, so that endless loops end.
pub(super) const MAX_STEPS: u32 = 20_000;
/// The steps of effort for one character of a script.
pub(super) const STEPS_OF_LETTER: usize = 32;
/// The bytes that one script may print or write to files through redirections.
pub(super) const MAX_OUTPUT: usize = 1 << 20;
/// Nesting of functions, substitutions and sourced scripts.
pub(crate) const MAX_DEPTH: u32 = 24;
/// Longest result of one expansion, in bytes.
pub(super) const MAX_WORD: usize = 1 << 16;
/// Nesting of brackets and compound commands in a script's text, on which the parser recurses.
pub(super) const MAX_NESTING: usize = 40;
/// Longest script text, in bytes.
pub(super) const MAX_SCRIPT: usize = 1 << 16;

impl Shell {
    /// Resets the limits of a shell that stays in use, such as a host's.
    pub(crate) fn reset_limits(&mut self) {
        self.steps_left = MAX_STEPS;
        self.effort = Effort::default();
        self.printed = 0;
        self.called.clear();
        self.buffers.clear();
        self.incomplete_buffers.clear();
        self.refused = None;
        self.failure = None;
        self.certainty = failure_certainty::Certainty::default();
        self.stdin.clear();
    }
}
