//! The output format of a command, and writing to standard output.

use clap::ValueEnum;
use std::io::Write;

/// The output format.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum Format {
    /// Text for people
    Text,
    /// JSON for programs
    Json,
}

/// Writes to standard output. Errors are ignored, because the reader of a pipe may have ended.
pub(super) fn print(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}
