//! Dates of files without a clock: which day it is in a simulated build, when `ls -l` shows the year, and how old a
//! file is at least.

use super::strftime::print;
use crate::fs::Time;
use crate::shell::Shell;

/// The earliest time at which a simulated build runs: 2026-11-26, in seconds since 1970.
pub(crate) const TODAY: i64 = 1_795_651_200;

/// Half a year in seconds. `ls` shows the year of files that are older.
pub(crate) const HALF_A_YEAR: i64 = 31_556_952 / 2;

/// A file's date as `ls -l` prints it: with its year if it is older than half a year.
///
/// `None` where that needs a clock.
pub(crate) fn of_file(time: Time) -> Option<String> {
    let (seconds, _) = time.known().filter(|(seconds, _)| *seconds < TODAY - HALF_A_YEAR)?;
    print(seconds, 0, "%b %e  %Y").ok()
}

/// Formats a time in strftime's format. There is no clock: if only the order of times is known, the epoch stands in,
/// and the command gets a gap.
pub(crate) fn shown(shell: &mut Shell, time: Time, format: &str, command: &str) -> String {
    let (seconds, nanoseconds) = time.known().unwrap_or_else(|| {
        shell.gap("no-clock", command);
        (0, 0)
    });
    print(seconds, nanoseconds, format).unwrap_or_default()
}

/// The minimum age of a file in seconds; `None` if it is not known.
pub(crate) fn least_age(time: Time) -> Option<i64> {
    match time {
        Time::Now(_) => Some(0),
        Time::At(_) => time.known().map(|(seconds, _)| (TODAY - seconds).max(0)),
        Time::Past => None,
    }
}
