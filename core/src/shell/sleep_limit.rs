//! When a program that sleeps counts as one that never ends: no time passes in a simulation.

use super::Shell;

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
}
