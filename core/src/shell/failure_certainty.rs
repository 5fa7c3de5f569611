//! Whether the failure of a script follows from what is known of it.

use super::{Gap, Shell};
use brush_parser::ast::Word;

/// Gaps that do not affect the exit code of the command.
pub(crate) const GAPS_WITHOUT_EXIT_CODE: [&str; 7] = [
    "assumed-processors",
    "ignored-failure",
    "no-clock",
    "partial-listing",
    "taken-for-fresh",
    "unknown-log",
    "unlisted-removal",
];

/// Further gaps that concern a value, which no program needs to be found or started: after them the script goes on.
const GAPS_OF_VALUES: [&str; 2] = ["unknown-output", "unlisted-user"];

/// Gaps that concern no value either.
const REMARKS: [&str; 2] = ["ignored-failure", "unknown-log"];

/// What a shell notes to tell it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Certainty {
    /// A condition, a loop or `||` went by something that is not known.
    branched: bool,
    /// `&&` did: what follows it may not run, but then its list fails.
    continued: bool,
    /// How many leading words of the command at work are written in the script as they are; `exec` does not count.
    literal_words: usize,
    /// As many for the last program that was not found, did not start, or lacked its main file, and for `exit`.
    failed_words: usize,
}

impl Default for Certainty {
    fn default() -> Self {
        // A command that is not a script's is known as a whole.
        Certainty { branched: false, continued: false, literal_words: usize::MAX, failed_words: 0 }
    }
}

impl Shell {
    /// Notes that the script goes one of several ways, by what was just evaluated.
    pub(super) fn note_branch(&mut self) {
        self.certainty.branched = self.certainty.branched || self.met_something_unknown();
    }

    /// As [`Shell::note_branch`], for a command behind `&&`.
    pub(super) fn note_and(&mut self) {
        self.certainty.continued = self.certainty.continued || self.met_something_unknown();
    }

    fn met_something_unknown(&self) -> bool {
        self.met_unknown_content.get() || self.gaps.iter().any(|gap| !REMARKS.contains(&gap.code))
    }

    /// Whether the way that a script goes hangs on something that is not known, so that it may not come to the command that
    /// fails.
    pub(crate) fn may_go_another_way(&self) -> bool {
        self.certainty.branched
    }

    /// Notes how much of a command stands in the script as it is.
    pub(super) fn note_words<'w>(&mut self, words: impl Iterator<Item = &'w Word>, argv: &[String]) {
        let is_literal = |word: &&Word| !word.value.contains(['$', '`', '*', '?', '[', '~']);
        let words: Vec<&Word> = words.collect();
        let own = words.iter().take_while(|word| is_literal(word)).count();
        let is_exec = argv.first().is_some_and(|name| name == "exec");
        self.certainty.literal_words = match own == words.len() {
            true => usize::MAX,
            false => own.saturating_sub(usize::from(is_exec)),
        };
        self.certainty.failed_words = 0;
    }

    /// Notes that the command at work fails, or that it is an `exit`.
    pub(super) fn note_failure(&mut self) {
        self.certainty.failed_words = self.certainty.literal_words;
    }

    /// Whether a script that ended with an error does so whatever is not known of it: nothing unknown decides which way
    /// it goes or may keep it running, and the first `words` of the command that fails stand in it as they are.
    pub(crate) fn fails_for_certain(&self, words: usize) -> bool {
        let is_harmless = |gap: &Gap| GAPS_WITHOUT_EXIT_CODE.contains(&gap.code) || GAPS_OF_VALUES.contains(&gap.code);
        !self.certainty.branched
            && !self.certainty.continued
            && self.certainty.failed_words >= words
            && self.exit_trap.is_none()
            && self.gaps.iter().all(is_harmless)
    }
}
