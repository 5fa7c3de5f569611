//! Dates printed in a format of strftime. UTC is the only time zone.

pub(crate) const DAY: i64 = 86_400;

/// The years of dates that are read and printed: those of four digits.
pub(crate) const YEARS: std::ops::RangeInclusive<i64> = 0..=9999;

pub(crate) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

pub(crate) const WEEKDAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// A time as calendar date and clock time.
pub(crate) struct CalendarTime {
    pub(crate) year: i64,
    pub(crate) month: i64,
    pub(crate) day: i64,
    /// From 0, Sunday.
    weekday: i64,
    /// From 1.
    day_of_year: i64,
    hour: i64,
    minute: i64,
    second: i64,
}

impl CalendarTime {
    /// Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms".
    pub(crate) fn of(seconds: i64) -> Self {
        let (days, rest) = (seconds.div_euclid(DAY), seconds.rem_euclid(DAY));
        let shifted = days + 719_468;
        let era = shifted.div_euclid(146_097);
        let day_of_era = shifted.rem_euclid(146_097);
        let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let from_march = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted_month = (5 * from_march + 2) / 153;
        let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        CalendarTime {
            year,
            month,
            day: from_march - (153 * shifted_month + 2) / 5 + 1,
            weekday: (days + 4).rem_euclid(7),
            day_of_year: days - days_of(year, 1, 1) + 1,
            hour: rest / 3_600,
            minute: rest / 60 % 60,
            second: rest % 60,
        }
    }

    /// The week of ISO 8601 and the year that it belongs to.
    fn iso_week(&self) -> (i64, i64) {
        let from_monday = (self.weekday + 6) % 7;
        let week = (self.day_of_year - 1 - from_monday + 10) / 7;
        let weeks_in = |year: i64| {
            let first = CalendarTime::of(days_of(year, 1, 1) * DAY).weekday;
            let leap = days_of(year + 1, 1, 1) - days_of(year, 1, 1) == 366;
            if first == 4 || leap && first == 3 { 53 } else { 52 }
        };
        match week {
            0 => (self.year - 1, weeks_in(self.year - 1)),
            53 if weeks_in(self.year) == 52 => (self.year + 1, 1),
            week => (self.year, week),
        }
    }
}

/// Days since 1970, by the same source.
pub(crate) fn days_of(year: i64, month: i64, day: i64) -> i64 {
    let year = year - i64::from(month <= 2);
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let from_march = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + from_march - 719_468
}

/// Formats a time in strftime's format with GNU's flags. The error is the conversion letter that is not known.
pub(crate) fn print(seconds: i64, nanoseconds: u32, format: &str) -> Result<String, char> {
    let civil = CalendarTime::of(seconds);
    let mut out = String::new();
    let mut chars = format.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        let mut flag = None;
        while let Some(next) = chars.next_if(|next| "-_0^#".contains(*next)) {
            flag = Some(next);
        }
        let colons = std::iter::from_fn(|| chars.next_if(|next| *next == ':')).count();
        let width: String = std::iter::from_fn(|| chars.next_if(char::is_ascii_digit)).collect();
        let width: Option<usize> = width.parse().ok();
        let Some(field) = chars.next() else {
            out.push('%');
            break;
        };
        let number = |value: i64, usual: usize, fill: char| {
            let width = width.unwrap_or(usual).min(64);
            match flag.unwrap_or(fill) {
                '-' => value.to_string(),
                '_' => format!("{value:width$}"),
                _ => format!("{value:0width$}"),
            }
        };
        let name = |names: &[&'static str], at: i64| {
            usize::try_from(at).ok().and_then(|at| names.get(at).copied()).unwrap_or("")
        };
        let short = |name: &'static str| name.get(..3).unwrap_or(name);
        let of_twelve = if civil.hour % 12 == 0 { 12 } else { civil.hour % 12 };
        let whole = |format: &str| print(seconds, nanoseconds, format);
        let piece = match field {
            'Y' => number(civil.year, 4, '0'),
            'C' => number(civil.year.div_euclid(100), 2, '0'),
            'y' => number(civil.year.rem_euclid(100), 2, '0'),
            'm' => number(civil.month, 2, '0'),
            'd' => number(civil.day, 2, '0'),
            'e' => number(civil.day, 2, '_'),
            'j' => number(civil.day_of_year, 3, '0'),
            'H' => number(civil.hour, 2, '0'),
            'k' => number(civil.hour, 2, '_'),
            'I' => number(of_twelve, 2, '0'),
            'l' => number(of_twelve, 2, '_'),
            'M' => number(civil.minute, 2, '0'),
            'S' => number(civil.second, 2, '0'),
            's' => seconds.to_string(),
            'N' => {
                let digits = format!("{nanoseconds:09}");
                digits.get(..width.unwrap_or(9).min(9)).unwrap_or(&digits).to_string()
            }
            'u' => (if civil.weekday == 0 { 7 } else { civil.weekday }).to_string(),
            'w' => civil.weekday.to_string(),
            'U' => number((civil.day_of_year + 6 - civil.weekday) / 7, 2, '0'),
            'W' => number((civil.day_of_year + 6 - (civil.weekday + 6) % 7) / 7, 2, '0'),
            'V' => number(civil.iso_week().1, 2, '0'),
            'G' => number(civil.iso_week().0, 4, '0'),
            'g' => number(civil.iso_week().0.rem_euclid(100), 2, '0'),
            'a' => short(name(&WEEKDAYS, civil.weekday)).into(),
            'A' => name(&WEEKDAYS, civil.weekday).into(),
            'b' | 'h' => short(name(&MONTHS, civil.month - 1)).into(),
            'B' => name(&MONTHS, civil.month - 1).into(),
            'p' => if civil.hour < 12 { "AM" } else { "PM" }.into(),
            'P' => if civil.hour < 12 { "am" } else { "pm" }.into(),
            'Z' => "UTC".into(),
            'z' => ["+0000", "+00:00", "+00:00:00"].get(colons).copied().unwrap_or("+00").into(),
            'F' => whole("%Y-%m-%d")?,
            'D' | 'x' => whole("%m/%d/%y")?,
            'T' | 'X' => whole("%H:%M:%S")?,
            'R' => whole("%H:%M")?,
            'r' => whole("%I:%M:%S %p")?,
            'c' => whole("%a %b %e %H:%M:%S %Y")?,
            'n' => "\n".into(),
            't' => "\t".into(),
            '%' => "%".into(),
            other => return Err(other),
        };
        out.push_str(&if flag == Some('^') { piece.to_uppercase() } else { piece });
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_has_its_date_and_back() {
        for day in (-800_000..2_000_000_i64).step_by(97) {
            let civil = CalendarTime::of(day * DAY);
            assert_eq!(days_of(civil.year, civil.month, civil.day), day);
        }
    }
}
