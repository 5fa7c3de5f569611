//! Sizes that record how they are known.
//!
//! Every size that is shown is exact, modelled or unknown ("at least"); a sum is as certain as its least certain part.
//! A sum keeps the parts that are estimated or not known, so that a person can be told which they are.

mod size_range;
mod size_text;
mod typical_downloads;
mod typical_sizes;
mod uncertain_part;

pub use size_range::Bounds;
pub use size_text::{human_size, marked_text, range_text, size_text};
pub use typical_downloads::{TypicalDownload, typical_download};
pub use typical_sizes::{
    ContextKind, TypicalSize, typical_context_size, typical_image_file_size, typical_pattern_size, typical_state_size,
    typical_tool_size,
};
pub use uncertain_part::{MAX_PARTS, Part, Way};

use std::ops::{Add, AddAssign};
use std::sync::Arc;
use uncertain_part::Uncertainty;

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
///
/// A size with estimated parts has a range. It is modelled while the range is at most a third of the best estimate;
/// a wider one says too little, and the size is unknown with what is known of it as its lower bound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Size {
    /// The best estimate; of a part that is not known, what is known of it.
    best: u64,
    /// How the parts outside of `uncertainty` are known: exact or modelled.
    counted: Honesty,
    /// The source of the modelled parts.
    basis: Option<Arc<str>>,
    /// The parts that are estimated or not known.
    uncertainty: Option<Arc<Uncertainty>>,
}

impl Size {
    /// No bytes, exactly.
    pub const ZERO: Size = Size { best: 0, counted: Honesty::Exact, basis: None, uncertainty: None };

    /// A size that was counted.
    pub fn exact(bytes: u64) -> Self {
        Size { best: bytes, ..Size::ZERO }
    }

    /// A size computed from named data; `basis` names that data.
    pub fn modelled(bytes: u64, basis: impl Into<Arc<str>>) -> Self {
        Size { counted: Honesty::Modelled, basis: Some(basis.into()), ..Size::exact(bytes) }
    }

    /// A size of which only `at_least` bytes are known; `why` says what is missing.
    pub fn unknown(at_least: u64, why: impl Into<Arc<str>>) -> Self {
        let why = why.into();
        Size::unknown_part(Part::new(why.clone(), why, Way::RealBuild).at_least(at_least))
    }

    /// A size that can only be estimated, in the part's range with `best` as the best estimate; the part's `why` is the
    /// basis. Without a range it is unknown, whatever `best` is.
    pub fn estimated(best: u64, part: Part) -> Self {
        let best = part.range.map_or(part.at_least, |(low, high)| best.clamp(low, high.max(low)));
        let basis = Some(part.why.clone());
        Size { best, counted: Honesty::Modelled, basis, uncertainty: Some(Arc::new(Uncertainty::of(best, part))) }
    }

    /// A size of which nothing but a lower bound is known, with the part's name and how it could be told.
    pub fn unknown_part(part: Part) -> Self {
        Size::estimated(0, Part { range: None, ..part })
    }

    /// The size of a part of this size of which the rest is not known: from nothing to all of it.
    #[must_use]
    pub fn at_most(&self) -> Size {
        let bounds = self.bounds();
        let what = self.parts().first().cloned();
        let why = self.basis().unwrap_or("a part of it").to_string();
        let part = what.unwrap_or_else(|| Part::new(why.clone(), why, Way::RealBuild)).at_least(0);
        match bounds.high {
            Some(high) => Size::estimated(bounds.best, part.between(0, high)),
            None => Size::unknown_part(part),
        }
    }

    /// The size in bytes; `None` when it is not known.
    pub fn bytes(&self) -> Option<u64> {
        (self.honesty() != Honesty::Unknown).then_some(self.best)
    }

    /// The part that is known: the size itself, or a lower bound.
    pub fn at_least(&self) -> u64 {
        let bounds = self.bounds();
        if bounds.is_known() { bounds.best } else { bounds.known }
    }

    /// The range in bytes, both ends included, of a size with estimated parts; `None` where there is no range, or the
    /// size is unknown.
    pub fn range(&self) -> Option<(u64, u64)> {
        let bounds = self.uncertainty.as_ref()?.around(self.best);
        bounds.high.filter(|_| bounds.is_known()).map(|high| (bounds.low, high))
    }

    /// The range and the best estimate, also of an unknown size.
    pub fn bounds(&self) -> Bounds {
        let whole = Bounds { is_counted: self.counted == Honesty::Exact, ..Bounds::exactly(self.best) };
        self.uncertainty.as_ref().map_or(whole, |parts| parts.around(self.best))
    }

    /// How the size is known.
    pub fn honesty(&self) -> Honesty {
        if self.bounds().is_known() { self.counted } else { Honesty::Unknown }
    }

    /// The source of a modelled size, or why the size is unknown.
    pub fn basis(&self) -> Option<&str> {
        match &self.uncertainty {
            Some(uncertainty) if self.honesty() == Honesty::Unknown => uncertainty.why(),
            _ => self.basis.as_deref(),
        }
    }

    /// The parts that are estimated or not known: the first [`MAX_PARTS`].
    pub fn parts(&self) -> &[Part] {
        self.uncertainty.as_ref().map_or(&[], |uncertainty| uncertainty.parts())
    }

    /// The number of further parts, which [`Size::parts`] leaves out.
    pub fn more_parts(&self) -> usize {
        self.uncertainty.as_ref().map_or(0, |uncertainty| uncertainty.more())
    }

    /// The size with its parts changed, for example named after the file that they are the size of.
    #[must_use]
    pub fn with_parts(mut self, change: impl FnMut(&mut Part)) -> Self {
        if let Some(uncertainty) = &mut self.uncertainty {
            Arc::make_mut(uncertainty).change(change);
        }
        self
    }

    /// The size with three significant digits and its mark, as [`marked_text`] writes it.
    pub fn human(&self) -> String {
        let text = size_text(self.bytes(), self.range(), self.at_least(), 3);
        marked_text(text, self.honesty() == Honesty::Modelled)
    }

    /// The size for a table of an engine, which knows neither ranges nor estimates: otherwise as [`Size::human`].
    pub fn in_docker_table(&self) -> String {
        size_text(self.bytes(), None, self.at_least(), 3)
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
        self.best = self.best.saturating_add(other.best);
        if other.counted > self.counted {
            self.counted = other.counted;
            self.basis = other.basis;
        }
        match (&mut self.uncertainty, other.uncertainty) {
            (Some(ours), Some(theirs)) => Arc::make_mut(ours).add(&theirs),
            (None, theirs) => self.uncertainty = theirs,
            (Some(_), None) => {}
        }
    }
}

impl std::iter::Sum for Size {
    fn sum<I: Iterator<Item = Size>>(sizes: I) -> Size {
        sizes.fold(Size::ZERO, Add::add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn estimated(low: u64, best: u64, high: u64) -> Size {
        Size::estimated(best, Part::new("p", "a median", Way::PackageIndex).between(low, high))
    }

    #[test]
    fn a_sum_is_as_honest_as_its_weakest_part() {
        let sum = Size::exact(1) + Size::modelled(2, "a listing") + Size::exact(3);
        assert_eq!((sum.bytes(), sum.honesty(), sum.basis()), (Some(6), Honesty::Modelled, Some("a listing")));
        let sum = sum + Size::unknown(0, "no model");
        assert_eq!((sum.bytes(), sum.at_least(), sum.basis()), (None, 6, Some("no model")));
        assert_eq!(sum.human(), "≥6B");
        assert_eq!(Size::unknown(0, "no model").human(), "?");
        let range = Size::exact(9_000) + estimated(50, 100, 200);
        assert_eq!((range.human().as_str(), range.in_docker_table().as_str()), ("≈9.1kB (9.05–9.2kB)", "9.1kB"));
        let modelled = Size::modelled(5, "a listing");
        assert_eq!((modelled.human(), modelled.bounds().text(3)), ("≈5B".to_string(), "≈5B".to_string()));
        assert_eq!((Size::exact(5).human(), Size::exact(5).bounds().text(3)), ("5B".to_string(), "5B".to_string()));
    }

    #[test]
    fn an_estimated_part_gives_a_range_up_to_a_third_of_the_whole() {
        let alone = estimated(50, 100, 200);
        assert_eq!((alone.bytes(), alone.at_least(), alone.range()), (None, 0, None));
        assert_eq!((alone.honesty(), alone.basis()), (Honesty::Unknown, Some("a median")));
        let whole = Size::exact(350) + alone.clone();
        assert_eq!((whole.bytes(), whole.range(), whole.honesty()), (Some(450), Some((400, 550)), Honesty::Modelled));
        let less = Size::exact(349) + alone;
        assert_eq!((less.bytes(), less.at_least()), (None, 349));
    }

    #[test]
    fn a_part_without_an_estimate_leaves_what_is_known_without_any() {
        let sum = Size::exact(1_000) + estimated(50, 100, 200) + Size::unknown(7, "no model");
        assert_eq!((sum.bytes(), sum.at_least(), sum.range()), (None, 1_007, None));
        assert_eq!(sum.basis(), Some("no model"), "what has no bound at all is said first");
        let names: Vec<&str> = sum.parts().iter().map(|part| &*part.what).collect();
        assert_eq!(names, ["p", "no model"]);
    }

    #[test]
    fn an_estimate_is_kept_inside_of_its_range() {
        assert_eq!((Size::exact(9_000) + estimated(50, 10, 200)).range(), Some((9_050, 9_200)));
        assert_eq!((Size::exact(9_000) + estimated(50, 300, 200)).bytes(), Some(9_200));
        assert_eq!((Size::exact(9_000) + estimated(200, 100, 50)).range(), Some((9_200, 9_200)));
        let huge = estimated(1, u64::MAX, u64::MAX) + estimated(1, u64::MAX, u64::MAX);
        assert_eq!(huge.at_least(), 0, "a bound that saturates is still a bound");
    }

    #[test]
    fn the_list_of_parts_is_bounded_and_the_sums_are_not() {
        let sum: Size = (0..250).map(|_| estimated(1, 2, 3)).sum::<Size>() + Size::exact(10_000);
        assert_eq!((sum.parts().len(), sum.more_parts()), (MAX_PARTS, 250 - MAX_PARTS));
        assert_eq!((sum.bytes(), sum.range()), (Some(10_500), Some((10_250, 10_750))));
        let twice = sum.clone() + sum;
        assert_eq!((twice.parts().len(), twice.more_parts()), (MAX_PARTS, 500 - MAX_PARTS));
        let last: Size = (0..150).map(|_| estimated(1, 2, 3)).sum::<Size>() + Size::unknown(0, "no model");
        assert_eq!(last.basis(), Some("no model"));
    }

    #[test]
    fn parts_can_be_named_and_placed() {
        let size = Size::unknown(1, "no model").with_parts(|part| {
            part.what = "/etc/x".into();
            part.line = Some(3);
        });
        let part = &size.parts()[0];
        assert_eq!((&*part.what, &*part.why, part.line, part.at_least), ("/etc/x", "no model", Some(3), 1));
    }
}
