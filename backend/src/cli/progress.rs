//! How far a command is, on standard error: only on a terminal, and only if the command takes longer than a second.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::time::Duration;

/// How long a command is silent.
const SILENT: Duration = Duration::from_secs(1);

/// A line that counts. It disappears when the value is dropped.
#[derive(Debug)]
pub(super) struct Progress(ProgressBar);

impl Progress {
    /// Starts to count up to `all`. `what` is what is counted, in the plural.
    pub(super) fn new(all: usize, what: &'static str) -> Self {
        let bar = ProgressBar::with_draw_target(Some(all as u64), ProgressDrawTarget::hidden());
        let style = ProgressStyle::with_template("{pos} of {len} {msg}, {elapsed}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        bar.set_message(what);
        let shown = bar.clone();
        // A single piece of work may take long, so that the line cannot wait for it.
        std::thread::spawn(move || {
            std::thread::sleep(SILENT);
            if !shown.is_finished() {
                // Draws nothing where standard error is no terminal.
                shown.set_draw_target(ProgressDrawTarget::stderr());
                shown.enable_steady_tick(Duration::from_millis(250));
            }
        });
        Progress(bar)
    }

    /// One more is done.
    pub(super) fn advance(&self) {
        self.0.inc(1);
    }

    /// Writes to standard output or standard error while the line is away.
    pub(super) fn suspend<T>(&self, write: impl FnOnce() -> T) -> T {
        self.0.suspend(write)
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
