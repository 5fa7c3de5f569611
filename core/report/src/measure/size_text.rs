//! Sizes as text: as Docker prints them, with `≥` before a lower bound and a range behind an estimate.

/// A byte count as Docker prints it: decimal units, `precision` significant digits.
///
/// Docker formats with Go's `%.{precision}g` (docker/go-units `CustomSize`), so 999,500 bytes
/// print as `1e+03kB`. `docker images` uses 3 digits, the classic client's context line 4.
///
/// ```
/// assert_eq!(stageplay_report::measure::human_size(16_260_000, 3), "16.3MB");
/// assert_eq!(stageplay_report::measure::human_size(3_072, 4), "3.072kB");
/// assert_eq!(stageplay_report::measure::human_size(999_500, 3), "1e+03kB");
/// ```
pub fn human_size(bytes: u64, precision: usize) -> String {
    const UNITS: [&str; 7] = ["B", "kB", "MB", "GB", "TB", "PB", "EB"];
    let mut value = bytes as f64;
    let mut unit = 0;
    while value >= 1000.0 && unit + 1 < UNITS.len() {
        value /= 1000.0;
        unit += 1;
    }
    format!("{}{}", go_g(value, precision), UNITS.get(unit).unwrap_or(&"EB"))
}

/// Go's `%.{precision}g` for the values that sizes take: finite and not negative.
fn go_g(value: f64, precision: usize) -> String {
    if value == 0.0 {
        return "0".into();
    }
    let digits = precision.max(1);
    let scientific = format!("{:.*e}", digits - 1, value);
    let Some((mantissa, exponent)) = scientific.split_once('e') else {
        return scientific;
    };
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let trim = |text: &str| -> String {
        if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_string() } else { text.to_string() }
    };
    if exponent < -4 || exponent >= digits as i32 {
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{}e{sign}{:02}", trim(mantissa), exponent.abs());
    }
    let decimals = (digits as i32 - 1 - exponent).max(0) as usize;
    trim(&format!("{value:.decimals$}"))
}

/// A size as text: `16.3MB`; `182MB (170–195MB)` where it lies in a range from `low` to `high` bytes that shows at this
/// precision; `≥16.3MB` where only a lower bound is known; `?` where nothing of it is known.
///
/// `bytes` is `None` for a lower bound. `precision` is the number of significant digits.
///
/// ```
/// use stageplay_report::measure::size_text;
/// assert_eq!(size_text(Some(182_000_000), Some((170_000_000, 195_000_000)), 0, 3), "182MB (170–195MB)");
/// assert_eq!(size_text(None, None, 16_300_000, 3), "≥16.3MB");
/// assert_eq!(size_text(None, None, 0, 3), "?");
/// ```
pub fn size_text(bytes: Option<u64>, range: Option<(u64, u64)>, at_least: u64, precision: usize) -> String {
    let text = |bytes: u64| human_size(bytes, precision);
    let Some(bytes) = bytes else {
        return if at_least == 0 { "?".to_string() } else { format!("≥{}", text(at_least)) };
    };
    match range {
        Some((low, high)) if text(low) != text(high) => {
            format!("{} ({})", text(bytes), range_text(low, high, precision))
        }
        _ => text(bytes),
    }
}

/// A size as text with its mark: `≈` before one that is modelled. [`size_text`] marks lower bounds and what is not known;
/// what was counted has no mark.
pub fn marked_text(text: String, is_modelled: bool) -> String {
    if is_modelled { format!("≈{text}") } else { text }
}

/// A range of bytes as text: `170–195MB`, `980kB–1.02MB`.
pub fn range_text(low: u64, high: u64, precision: usize) -> String {
    let (low, high) = (human_size(low, precision), human_size(high, precision));
    let unit = |text: &str| text.trim_start_matches(|c: char| !c.is_ascii_alphabetic()).to_string();
    let low = if unit(&low) == unit(&high) { low.trim_end_matches(char::is_alphabetic) } else { &low };
    format!("{low}–{high}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_print_as_docker_prints_them() {
        for (bytes, text) in [
            (0, "0B"),
            (5, "5B"),
            (1_982_392, "1.98MB"),
            (999_499, "999kB"),
            (999_500, "1e+03kB"),
            (733_000_000, "733MB"),
            (1_000_000, "1MB"),
            (200_400_000, "200MB"),
        ] {
            assert_eq!(human_size(bytes, 3), text);
        }
        assert_eq!(human_size(5_893_996, 4), "5.894MB");
        assert_eq!(human_size(9_216, 4), "9.216kB");
    }

    #[test]
    fn a_range_is_shown_where_it_shows_and_names_its_unit_once() {
        let text = |bytes, low, high| size_text(Some(bytes), Some((low, high)), 0, 3);
        assert_eq!(text(182_000_000, 170_000_000, 195_000_000), "182MB (170–195MB)");
        assert_eq!(text(1_000_000_000, 900_000_000, 1_100_000_000), "1GB (900MB–1.1GB)");
        assert_eq!(text(999_500, 999_500, 1_000_000), "1e+03kB (1e+03kB–1MB)");
        assert_eq!(text(182_000_000, 181_990_000, 182_010_000), "182MB");
        assert_eq!(size_text(Some(5), None, 0, 3), "5B");
    }
}
