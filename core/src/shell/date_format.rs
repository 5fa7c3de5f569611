//! Dates: parsed as `date -d` and `touch -t` do, and printed with a strftime format. UTC is the only time zone.

use crate::fs::Time;
use crate::shell::Shell;

pub(crate) const DAY: i64 = 86_400;

/// The years of dates that are read and printed: those of four digits.
pub(crate) const YEARS: std::ops::RangeInclusive<i64> = 0..=9999;

/// The earliest time at which a simulated build runs: 2026-11-26, in seconds since 1970.
pub(crate) const TODAY: i64 = 1_795_651_200;

/// Half a year in seconds. `ls` shows the year of files that are older.
pub(crate) const HALF_A_YEAR: i64 = 31_556_952 / 2;

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
    year: i64,
    month: i64,
    day: i64,
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
    fn of(seconds: i64) -> Self {
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

/// The result of parsing a date.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum ParsedDate {
    At(Time),
    /// The date is relative to today.
    FromNow,
    Invalid,
}

/// Seconds since 1970 of a date given by its parts; `None` if there is no such day.
pub(crate) fn moment(year: i64, month: i64, day: i64, seconds: i64) -> Option<i64> {
    let days = days_of(year, month, day);
    let there = CalendarTime::of(days * DAY);
    let real = (there.year, there.month, there.day) == (year, month, day);
    (YEARS.contains(&year) && real).then_some(days * DAY + seconds)
}

/// `HH:MM`, `HH:MM:SS`, `HH:MM:SS.fraction`: seconds of a day, nanoseconds.
pub(crate) fn clock(text: &str) -> Option<(i64, u32)> {
    let (text, fraction) = text.split_once(['.', ',']).unwrap_or((text, ""));
    let mut parts = text.split(':').map(|part| part.parse::<i64>().ok().filter(|_| part.len() <= 2));
    let (hour, minute, second) = (parts.next()??, parts.next()??, parts.next().unwrap_or(Some(0))?);
    let nanoseconds = if fraction.is_empty() { 0 } else { format!("{fraction:0<9}").get(..9)?.parse().ok()? };
    let fits = hour < 24 && minute < 60 && second < 61 && parts.next().is_none();
    fits.then_some((hour * 3_600 + minute * 60 + second, nanoseconds))
}

/// The UTC offset of a time zone in seconds: `Z`, `UTC`, `+02:00`, `-0800`.
pub(crate) fn zone(text: &str) -> Option<i64> {
    if ["Z", "UTC", "GMT", "UT"].contains(&text.to_ascii_uppercase().as_str()) {
        return Some(0);
    }
    let (sign, digits) =
        if let Some(digits) = text.strip_prefix('+') { (1, digits) } else { (-1, text.strip_prefix('-')?) };
    let digits = digits.replace(':', "");
    let number: i64 = digits.parse().ok()?;
    match digits.len() {
        2 => Some(sign * number * 3_600),
        4 => Some(sign * (number / 100 * 3_600 + number % 100 * 60)),
        _ => None,
    }
}

/// A month by its name or its first three letters.
pub(crate) fn month(text: &str) -> Option<i64> {
    let text = text.to_ascii_lowercase();
    let at = MONTHS.iter().position(|name| {
        let name = name.to_ascii_lowercase();
        name == text || text.len() == 3 && name.starts_with(&text)
    })?;
    i64::try_from(at + 1).ok()
}

/// Parses a date as `date -d` and `touch -d` do, without relative dates.
pub(crate) fn read(text: &str) -> ParsedDate {
    if let Some(seconds) = text.trim().strip_prefix('@') {
        let (whole, fraction) = seconds.split_once('.').unwrap_or((seconds, ""));
        let nanoseconds = format!("{fraction:0<9}").get(..9).and_then(|digits| digits.parse().ok());
        return match (whole.parse(), nanoseconds) {
            (Ok(seconds), Some(nanoseconds)) => ParsedDate::At(Time::at(seconds, nanoseconds)),
            _ => ParsedDate::Invalid,
        };
    }
    // `2020-01-02T03:04:05Z`, and a zone that stands at the clock.
    let mut spaced = String::new();
    let all: Vec<char> = text.chars().collect();
    for (at, &c) in all.iter().enumerate() {
        let between = |before: fn(&char) -> bool, after: fn(&char) -> bool| {
            at.checked_sub(1).and_then(|at| all.get(at)).is_some_and(before) && all.get(at + 1).is_some_and(after)
        };
        let clock_before = spaced.rsplit(' ').next().is_some_and(|word| word.contains(':'));
        match c {
            'T' | 't' if between(char::is_ascii_digit, char::is_ascii_digit) => spaced.push(' '),
            '+' | '-' | 'Z' | 'z' if clock_before && !spaced.ends_with(' ') => spaced.extend([' ', c]),
            ',' if at + 1 == all.len() || all.get(at + 1) == Some(&' ') => spaced.push(' '),
            c => spaced.push(c),
        }
    }
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let (mut date, mut time, mut offset, mut name, mut numbers) = (None, None, 0, None, Vec::new());
    for word in &words {
        let digits = word.chars().all(|c| c.is_ascii_digit());
        let parts: Vec<Option<i64>> = word.split(['-', '/']).map(|part| part.parse().ok()).collect();
        match parts.as_slice() {
            [Some(year), Some(month), Some(day)] if date.is_none() && !word.starts_with(['-', '+']) => {
                // `1/2/2020` has the month first.
                let american = word.contains('/') && *day > 31;
                date = Some(if american { (*day, *year, *month) } else { (*year, *month, *day) });
            }
            _ if digits && word.len() == 8 && date.is_none() => {
                let part =
                    |range: std::ops::Range<usize>| word.get(range).and_then(|part| part.parse().ok()).unwrap_or(0);
                date = Some((part(0..4), part(4..6), part(6..8)));
            }
            _ if digits => numbers.push(word.parse::<i64>().unwrap_or(i64::MAX)),
            _ if clock(word).is_some() => time = clock(word),
            _ if time.is_some() && zone(word).is_some() || zone(word) == Some(0) => offset = zone(word).unwrap_or(0),
            _ if month(word).is_some() => name = month(word),
            _ if WEEKDAYS.iter().any(|day| {
                let day = day.to_ascii_lowercase();
                let word = word.to_ascii_lowercase();
                day == word || day.get(..3) == Some(&word)
            }) && words.len() > 1 => {}
            _ => {
                const RELATIVE: [&str; 22] = [
                    "now",
                    "today",
                    "yesterday",
                    "tomorrow",
                    "ago",
                    "next",
                    "last",
                    "second",
                    "seconds",
                    "minute",
                    "minutes",
                    "hour",
                    "hours",
                    "day",
                    "days",
                    "week",
                    "weeks",
                    "month",
                    "months",
                    "year",
                    "years",
                    "sec",
                ];
                let word = word.trim_start_matches(['+', '-']).trim_start_matches(|c: char| c.is_ascii_digit());
                let relative = word.is_empty() || RELATIVE.contains(&word.to_ascii_lowercase().as_str());
                return if relative { ParsedDate::FromNow } else { ParsedDate::Invalid };
            }
        }
    }
    if let Some(month) = name {
        // `2 Jan 2020`, `Jan 2 2020`.
        match numbers.as_slice() {
            [day, year] if *day <= 31 => date = Some((*year, month, *day)),
            [_] => return ParsedDate::FromNow,
            _ => return ParsedDate::Invalid,
        }
    } else if !numbers.is_empty() {
        return ParsedDate::Invalid;
    }
    let Some((year, month, day)) = date else { return ParsedDate::FromNow };
    let (seconds, nanoseconds) = time.unwrap_or((0, 0));
    match moment(year, month, day, seconds) {
        Some(at) => ParsedDate::At(Time::at(at - offset, nanoseconds)),
        None => ParsedDate::Invalid,
    }
}

/// `[[CC]YY]MMDDhhmm[.ss]`, of `touch -t`.
pub(crate) fn stamp(text: &str) -> ParsedDate {
    let (digits, second) = text.split_once('.').unwrap_or((text, "0"));
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return ParsedDate::Invalid;
    }
    let part = |from: usize| digits.get(from..from + 2).and_then(|part| part.parse::<i64>().ok()).unwrap_or(0);
    let (year, rest) = match digits.len() {
        8 => return ParsedDate::FromNow,
        // POSIX: from 69 on it is the last century.
        10 => (if part(0) < 69 { 2_000 } else { 1_900 } + part(0), 2),
        12 => (part(0) * 100 + part(2), 4),
        _ => return ParsedDate::Invalid,
    };
    let Ok(second) = second.parse::<i64>() else { return ParsedDate::Invalid };
    let (hour, minute) = (part(rest + 4), part(rest + 6));
    let fits = hour < 24 && minute < 60 && (0..=60).contains(&second);
    match moment(year, part(rest), part(rest + 2), hour * 3_600 + minute * 60 + second).filter(|_| fits) {
        Some(at) => ParsedDate::At(Time::at(at, 0)),
        None => ParsedDate::Invalid,
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_in_the_forms_that_people_write() {
        let at = |text: &str| match read(text) {
            ParsedDate::At(time) => time.known(),
            _ => None,
        };
        let new_year = 1_577_836_800;
        for text in ["@1577836800", "2020-01-01", "20200101", "2020/01/01", "1/1/2020", "Jan 1 2020", "1 January 2020"]
        {
            assert_eq!(at(text), Some((new_year, 0)), "{text}");
        }
        for text in [
            "2020-01-01T02:00:00+02:00",
            "2020-01-01 00:00Z",
            "2020-01-01 00:00:00 UTC",
            "Wed, 01 Jan 2020 00:00:00 +0000",
        ] {
            assert_eq!(at(text), Some((new_year, 0)), "{text}");
        }
        assert_eq!(at("2020-01-01 00:00:01.25"), Some((new_year + 1, 250_000_000)));
        assert_eq!(read("2020-02-30"), ParsedDate::Invalid);
        assert_eq!(read("yesterday"), ParsedDate::FromNow);
        assert_eq!(read("-1 day"), ParsedDate::FromNow);
        assert_eq!(read("nonsense"), ParsedDate::Invalid);
        assert_eq!(stamp("202001010000.30"), ParsedDate::At(Time::at(new_year + 30, 0)));
    }

    #[test]
    fn every_day_has_its_date_and_back() {
        for day in (-800_000..2_000_000_i64).step_by(97) {
            let civil = CalendarTime::of(day * DAY);
            assert_eq!(days_of(civil.year, civil.month, civil.day), day);
        }
    }
}
