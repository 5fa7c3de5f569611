//! The system clock in the forms that facts and engines use.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

fn since_epoch() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

/// The current time in seconds since 1970.
pub(super) fn unix_seconds() -> u64 {
    since_epoch().as_secs()
}

/// The current time as the Docker API reads it: seconds since 1970 with nine decimal places.
pub(super) fn unix_time_text() -> String {
    let now = since_epoch();
    format!("{}.{:09}", now.as_secs(), now.subsec_nanos())
}

/// The current date in UTC, such as `2026-11-25`.
pub fn today() -> String {
    let (year, month, day) = date(unix_seconds() / 86_400);
    format!("{year:04}-{month:02}-{day:02}")
}

/// The date of a day, counted from 1970-01-01, in the proleptic Gregorian calendar: year, month, day.
fn date(days: u64) -> (u64, u64, u64) {
    let is_leap = |year: u64| year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let (mut year, mut remaining) = (1970, days);
    while remaining >= 365 + u64::from(is_leap(year)) {
        remaining -= 365 + u64::from(is_leap(year));
        year += 1;
    }
    let lengths = [31, 28 + u64::from(is_leap(year)), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let mut month = 1;
    for length in lengths {
        if remaining < length {
            break;
        }
        remaining -= length;
        month += 1;
    }
    (year, month, remaining + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_become_dates() {
        assert_eq!(date(0), (1970, 1, 1));
        assert_eq!(date(19_782), (2024, 2, 29));
        assert_eq!(date(20_782), (2026, 11, 25));
    }
}
