//! Sizes that record how they are known.
//!
//! Every size that is shown is exact, modelled or unknown ("at least"); a sum is as certain as its least certain part.

use std::ops::{Add, AddAssign};
use std::sync::Arc;

/// How a size is known, from the most to the least certain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Honesty {
    /// Counted byte by byte, or read from the real thing.
    Exact,
    /// Computed from named data: a listing, a measurement of a similar case, an estimate.
    Modelled,
    /// Part of it is not known; the known part is a lower bound.
    Unknown,
}

impl Honesty {
    /// The word used in reports: `exact`, `modelled` or `unknown`.
    pub fn as_str(self) -> &'static str {
        match self {
            Honesty::Exact => "exact",
            Honesty::Modelled => "modelled",
            Honesty::Unknown => "unknown",
        }
    }
}

/// A size in bytes, how it is known and, unless exact, its source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Size {
    known: u64,
    honesty: Honesty,
    basis: Option<Arc<str>>,
}

impl Size {
    /// No bytes, exactly.
    pub const ZERO: Size = Size { known: 0, honesty: Honesty::Exact, basis: None };

    /// A size that was counted.
    pub fn exact(bytes: u64) -> Self {
        Size { known: bytes, honesty: Honesty::Exact, basis: None }
    }

    /// A size computed from named data; `basis` names that data.
    pub fn modelled(bytes: u64, basis: impl Into<Arc<str>>) -> Self {
        Size { known: bytes, honesty: Honesty::Modelled, basis: Some(basis.into()) }
    }

    /// A size of which only `at_least` bytes are known; `why` says what is missing.
    pub fn unknown(at_least: u64, why: impl Into<Arc<str>>) -> Self {
        Size { known: at_least, honesty: Honesty::Unknown, basis: Some(why.into()) }
    }

    /// The size in bytes; `None` when it is not known.
    pub fn bytes(&self) -> Option<u64> {
        (self.honesty != Honesty::Unknown).then_some(self.known)
    }

    /// The part that is known: the size itself, or a lower bound.
    pub fn at_least(&self) -> u64 {
        self.known
    }

    /// How the size is known.
    pub fn honesty(&self) -> Honesty {
        self.honesty
    }

    /// The source of a modelled size, or why the size is unknown.
    pub fn basis(&self) -> Option<&str> {
        self.basis.as_deref()
    }

    /// The size as `docker images` prints it, with `≥` before a lower bound.
    pub fn human(&self) -> String {
        let text = human_size(self.known, 3);
        if self.honesty == Honesty::Unknown { format!("≥{text}") } else { text }
    }
}

impl Add for Size {
    type Output = Size;
    fn add(mut self, other: Size) -> Size {
        self += other;
        self
    }
}

impl AddAssign for Size {
    fn add_assign(&mut self, other: Size) {
        self.known = self.known.saturating_add(other.known);
        if other.honesty > self.honesty {
            self.honesty = other.honesty;
            self.basis = other.basis;
        }
    }
}

impl std::iter::Sum for Size {
    fn sum<I: Iterator<Item = Size>>(sizes: I) -> Size {
        sizes.fold(Size::ZERO, Add::add)
    }
}

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
    fn a_sum_is_as_honest_as_its_weakest_part() {
        let sum = Size::exact(1) + Size::modelled(2, "a listing") + Size::exact(3);
        assert_eq!((sum.bytes(), sum.honesty(), sum.basis()), (Some(6), Honesty::Modelled, Some("a listing")));
        let sum = sum + Size::unknown(0, "no model");
        assert_eq!((sum.bytes(), sum.at_least()), (None, 6));
    }
}
