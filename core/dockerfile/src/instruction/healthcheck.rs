//! HEALTHCHECK: its test, and its durations and numbers, as Go parses them.

use super::{Command, HealthTest, Instruction, Kind, at_least_one, flags};
use crate::keyword::Keyword;
use crate::syntax::Node;
use crate::text::go_quote;

/// Checks a duration: empty, zero, or at least a millisecond.
fn interval(flag: &str, text: &str) -> Result<(), String> {
    if text.is_empty() {
        return Ok(());
    }
    let nanoseconds = go_duration(text)?;
    if nanoseconds != 0 && nanoseconds < 1_000_000 {
        return Err(format!("Interval {} cannot be less than 1ms", go_quote(flag)));
    }
    Ok(())
}

/// Checks a number of retries.
fn retries(text: &str) -> Result<(), String> {
    if text.is_empty() {
        return Ok(());
    }
    let number = go_int(text, i64::from(i32::MIN), i64::from(i32::MAX))?;
    if number < 0 {
        return Err(format!("--retries cannot be negative ({number})"));
    }
    Ok(())
}

/// Go's `strconv.ParseInt` in base ten.
///
/// # Errors
/// Go's message for an invalid number, or one that is not between `low` and `high`.
pub(crate) fn go_int(text: &str, low: i64, high: i64) -> Result<i64, String> {
    let fail = |reason: &str| Err(format!("strconv.ParseInt: parsing {}: {reason}", go_quote(text)));
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return fail("invalid syntax");
    }
    match text.parse::<i64>() {
        Ok(number) if (low..=high).contains(&number) => Ok(number),
        _ => fail("value out of range"),
    }
}

/// Go's `time.ParseDuration`, in nanoseconds.
///
/// # Errors
/// Go's message for an invalid duration.
pub fn go_duration(text: &str) -> Result<i64, String> {
    let invalid = || format!("time: invalid duration {}", go_quote(text));
    let (negative, mut rest) = match text.strip_prefix(['-', '+']) {
        Some(rest) => (text.starts_with('-'), rest),
        None => (false, text),
    };
    if rest == "0" {
        return Ok(0);
    }
    if rest.is_empty() {
        return Err(invalid());
    }
    let mut total: i128 = 0;
    while !rest.is_empty() {
        let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
        let (whole, tail) = rest.split_at(digits(rest));
        let (fraction, tail) = match tail.strip_prefix('.') {
            Some(tail) => tail.split_at(digits(tail)),
            None => ("", tail),
        };
        if whole.is_empty() && fraction.is_empty() {
            return Err(invalid());
        }
        let end = tail.find(|c: char| c == '.' || c.is_ascii_digit()).unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(end);
        if unit.is_empty() {
            return Err(format!("time: missing unit in duration {}", go_quote(text)));
        }
        let factor: i128 = match unit {
            "ns" => 1,
            "us" | "µs" | "μs" => 1_000,
            "ms" => 1_000_000,
            "s" => 1_000_000_000,
            "m" => 60_000_000_000,
            "h" => 3_600_000_000_000,
            _ => return Err(format!("time: unknown unit {} in duration {}", go_quote(unit), go_quote(text))),
        };
        // More than 19 digits are more nanoseconds than Go can hold.
        if whole.trim_start_matches('0').len() > 19 {
            return Err(invalid());
        }
        let whole: i128 = if whole.is_empty() { 0 } else { whole.parse().map_err(|_| invalid())? };
        let fraction: String = fraction.chars().take(18).collect();
        let part: i128 = if fraction.is_empty() { 0 } else { fraction.parse().map_err(|_| invalid())? };
        total += whole * factor + part * factor / 10i128.pow(fraction.len() as u32);
        rest = tail;
    }
    i64::try_from(if negative { -total } else { total }).map_err(|_| invalid())
}

pub(super) fn health<'a>(
    out: &mut Instruction<&'a str>,
    mut words: impl ExactSizeIterator<Item = &'a str> + Clone,
    node: &'a Node<'_>,
) -> Result<Kind<&'a str>, String> {
    let Some(test) = words.next() else {
        return Err(at_least_one(Keyword::Healthcheck));
    };
    let test = test.to_uppercase();
    if test == "NONE" {
        if words.len() != 0 {
            return Err("HEALTHCHECK NONE takes no arguments".into());
        }
        return Ok(Kind::Healthcheck(HealthTest::None));
    }
    out.flags = flags::read(&node.head.flags, Keyword::Healthcheck)?;
    if test != "CMD" {
        return Err(format!("Unknown type {} in HEALTHCHECK (try CMD)", go_quote(&test)));
    }
    let command = if node.head.json {
        Command::Exec(words.clone().collect())
    } else {
        Command::Shell(words.clone().next().unwrap_or(""))
    };
    if words.len() == 0 {
        return Err("Missing command after HEALTHCHECK CMD".into());
    }
    for name in ["interval", "timeout", "start-period", "start-interval"] {
        interval(name, out.flag(name).unwrap_or(""))?;
    }
    retries(out.flag("retries").unwrap_or(""))?;
    Ok(Kind::Healthcheck(HealthTest::Cmd(command)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_gos() {
        assert_eq!(go_duration("1m30s"), Ok(90_000_000_000));
        assert_eq!(go_duration("1.5s"), Ok(1_500_000_000));
        assert_eq!(go_duration("-.5h"), Ok(-1_800_000_000_000));
        assert_eq!(go_duration("5").unwrap_err(), "time: missing unit in duration \"5\"");
        assert_eq!(go_duration("5x").unwrap_err(), "time: unknown unit \"x\" in duration \"5x\"");
        for bad in ["", ".", "-", "x", "99999999999h", "s"] {
            assert_eq!(go_duration(bad).unwrap_err(), format!("time: invalid duration {bad:?}"));
        }
        assert_eq!(interval("timeout", "1ns").unwrap_err(), "Interval \"timeout\" cannot be less than 1ms");
    }
}
