//! Modification times of files.

/// Nanoseconds in a second.
const SECOND: i64 = 1_000_000_000;

/// A time of modification. Later ones are greater.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Time {
    /// An unknown time before the simulation.
    #[default]
    Past,
    /// Nanoseconds since 1970 (UTC): from an archive, a disk, or a command that set it.
    At(i64),
    /// During the simulation. The simulator has no clock, so the number only gives the order.
    Now(u64),
}

impl Time {
    /// A time in seconds and nanoseconds since 1970 (UTC), saturating at 64 bits.
    pub fn at(seconds: i64, nanoseconds: u32) -> Self {
        Time::At(seconds.saturating_mul(SECOND).saturating_add(i64::from(nanoseconds)))
    }

    /// Seconds since 1970, rounded down, and nanoseconds; `None` if only the order is known.
    pub fn known(self) -> Option<(i64, u32)> {
        match self {
            Time::At(at) => Some((at.div_euclid(SECOND), u32::try_from(at.rem_euclid(SECOND)).unwrap_or(0))),
            Time::Past | Time::Now(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_now_is_newer_than_any_date() {
        let mut times = [Time::Now(2), Time::at(1_700_000_000, 5), Time::Past, Time::Now(1), Time::at(-1, 999_999_999)];
        times.sort();
        assert_eq!(
            times,
            [Time::Past, Time::at(-1, 999_999_999), Time::at(1_700_000_000, 5), Time::Now(1), Time::Now(2)]
        );
        assert_eq!(Time::at(-1, 7).known(), Some((-1, 7)));
        assert_eq!(Time::at(i64::MAX, 0).known().unwrap().0, i64::MAX / SECOND);
    }
}
