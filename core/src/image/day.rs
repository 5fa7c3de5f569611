//! Days of the calendar, on which a tag means one build or another.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

/// A day of the proleptic Gregorian calendar, as the number of days since 1970-01-01.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(i32);

/// A text is no day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoDay;

impl fmt::Display for NoDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a day is written YYYY-MM-DD, such as 2018-01-08")
    }
}

impl std::error::Error for NoDay {}

impl Day {
    /// 1970-01-01.
    pub const EPOCH: Day = Day(0);

    /// The number of days from another day to this one.
    pub fn days_since(self, other: Day) -> i32 {
        self.0 - other.0
    }

    /// The day of a year from 1970 to 9999.
    fn new(year: i32, month: i32, day: i32) -> Option<Self> {
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let last = match month {
            2 if leap => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            1..=12 => 31,
            _ => return None,
        };
        ((1970..=9999).contains(&year) && (1..=last).contains(&day)).then(|| {
            // The year begins in March here, so that the leap day is its last.
            let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
            let of_year = (153 * month + 2) / 5 + day - 1;
            Day(year * 365 + year / 4 - year / 100 + year / 400 + of_year - 719_468)
        })
    }

    fn parts(self) -> (i32, i32, i32) {
        let days = self.0 + 719_468;
        let era = days.div_euclid(146_097);
        let of_era = days.rem_euclid(146_097);
        let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month = (5 * of_year + 2) / 153;
        let day = of_year - (153 * month + 2) / 5 + 1;
        let month = if month < 10 { month + 3 } else { month - 9 };
        (year_of_era + era * 400 + i32::from(month <= 2), month, day)
    }
}

impl FromStr for Day {
    type Err = NoDay;

    fn from_str(text: &str) -> Result<Self, NoDay> {
        let digits = |part: &str, length: usize| -> Option<i32> {
            (part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit())).then(|| part.parse().ok())?
        };
        let mut parts = text.split('-');
        let (year, month, day) = (parts.next(), parts.next(), parts.next());
        let day = match (year, month, day, parts.next()) {
            (Some(year), Some(month), Some(day), None) => {
                Day::new(digits(year, 4).ok_or(NoDay)?, digits(month, 2).ok_or(NoDay)?, digits(day, 2).ok_or(NoDay)?)
            }
            _ => None,
        };
        day.ok_or(NoDay)
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.parts();
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

impl Serialize for Day {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(|error: NoDay| serde::de::Error::custom(format!("{text}: {error}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_is_read_as_it_is_written() {
        let first: Day = "1970-01-01".parse().unwrap();
        assert_eq!(first, Day(0));
        assert_eq!("2000-03-01".parse::<Day>().unwrap().days_since(first), 11_017);
        let mut last = Day(-1);
        for number in 0..40_000 {
            let text = Day(number).to_string();
            let day: Day = text.parse().unwrap();
            assert_eq!(day, Day(number), "{text}");
            assert_eq!(day.days_since(last), 1);
            last = day;
        }
    }

    #[test]
    fn what_is_no_day_is_refused() {
        for text in [
            "",
            "2018",
            "2018-1-8",
            "2018-02-30",
            "2019-02-29",
            "1900-01-01",
            "2018-13-01",
            "2018-01-08-1",
            "２018-01-08",
        ] {
            assert!(text.parse::<Day>().is_err(), "{text}");
        }
        assert!("2020-02-29".parse::<Day>().is_ok());
    }
}
