//! Dates as people write them (gnulib's parse_datetime): `date -d`, `touch -d` and `-t`, `find -newermt`, `tar
//! --mtime`. UTC is the only time zone.

use crate::fs::Time;
use crate::shell::strftime::{CalendarTime, DAY, MONTHS, WEEKDAYS, YEARS, days_of};

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
}
