//! A size as numbers alone, for sums over many files.

use super::marked_text;
use super::size_text::size_text;
use std::ops::AddAssign;

/// A range is too wide to be called a size when it is more than this part of the best estimate: a third.
const WIDEST: u128 = 3;

/// The range of a size and the best estimate in it, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// The bytes that are known, without any estimate.
    pub known: u64,
    /// The lower end of the range.
    pub low: u64,
    /// The best estimate; of an unknown part, what is known of it.
    pub best: u64,
    /// The upper end of the range; `None` if there is none.
    pub high: Option<u64>,
    /// Whether every part was counted, so that the size needs no mark.
    pub is_counted: bool,
}

impl Default for Bounds {
    fn default() -> Self {
        Bounds::exactly(0)
    }
}

impl Bounds {
    /// A size that is one number.
    pub fn exactly(bytes: u64) -> Self {
        Bounds { known: bytes, low: bytes, best: bytes, high: Some(bytes), is_counted: true }
    }

    /// A size of which a lower bound is known and nothing else.
    pub fn at_least(bytes: u64) -> Self {
        Bounds { high: None, is_counted: false, ..Bounds::exactly(bytes) }
    }

    /// Whether the range is narrow enough for the best estimate to be called the size; otherwise `known` is a lower bound.
    pub fn is_known(&self) -> bool {
        let width = self.high.map(|high| u128::from(high.saturating_sub(self.low)));
        width.is_some_and(|width| width * WIDEST <= u128::from(self.best))
    }

    /// The size as [`marked_text`] writes it.
    pub fn text(&self, precision: usize) -> String {
        let known = self.is_known().then_some(self.best);
        let text = size_text(known, self.high.map(|high| (self.low, high)), self.known, precision);
        marked_text(text, known.is_some() && !self.is_counted)
    }
}

impl AddAssign for Bounds {
    fn add_assign(&mut self, other: Bounds) {
        self.known = self.known.saturating_add(other.known);
        self.low = self.low.saturating_add(other.low);
        self.best = self.best.saturating_add(other.best);
        self.is_counted = self.is_counted && other.is_counted;
        self.high = self.high.zip(other.high).map(|(ours, theirs)| ours.saturating_add(theirs));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sum_is_known_while_its_range_is_narrow() {
        let mut sum = Bounds::exactly(350);
        sum += Bounds { known: 0, low: 50, best: 100, high: Some(200), is_counted: false };
        assert_eq!((sum.is_known(), sum.text(3).as_str()), (true, "≈450B (400–550B)"));
        sum += Bounds { known: 0, low: 0, best: 1, high: Some(50), is_counted: false };
        assert_eq!((sum.is_known(), sum.text(3).as_str()), (false, "≥350B"));
        sum += Bounds::at_least(7);
        assert_eq!((sum.text(3).as_str(), sum.high), ("≥357B", None));
        assert_eq!((Bounds::default().text(3).as_str(), Bounds::at_least(0).text(3).as_str()), ("0B", "?"));
    }
}
