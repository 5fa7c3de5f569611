//! Which stages start from which.

use super::{Base, Stage};

/// For all stages, which ones start from them, or from ones that do. Each has a place, and its descendants have those
/// behind it.
pub(super) struct Descendants {
    /// Of each stage, its place, and the number of its descendants with itself.
    ranges: Vec<(usize, usize)>,
}

impl Descendants {
    /// Takes time in proportion to the number of stages.
    pub(super) fn of(stages: &[Stage]) -> Self {
        // A base is an earlier stage.
        let base = |stage: &Stage| match stage.base {
            Base::Stage(base) => Some(base),
            Base::Scratch | Base::Image(_) => None,
        };
        let mut ranges = vec![(0, 1); stages.len()];
        for stage in stages.iter().rev() {
            let own = ranges.get(stage.index).map_or(0, |range| range.1);
            if let Some(range) = base(stage).and_then(|base| ranges.get_mut(base)) {
                range.1 += own;
            }
        }
        // The next free place behind each stage, and behind all that start from none.
        let (mut free, mut top) = (vec![0; stages.len()], 0);
        for stage in stages {
            let Some(range) = ranges.get_mut(stage.index) else { continue };
            let next = base(stage).and_then(|base| free.get_mut(base)).unwrap_or(&mut top);
            range.0 = *next;
            *next += range.1;
            if let Some(next) = free.get_mut(stage.index) {
                *next = range.0 + 1;
            }
        }
        Descendants { ranges }
    }

    /// Whether `stage` starts from `other`, or from one that does.
    pub(super) fn contain(&self, other: usize, stage: usize) -> bool {
        match (self.ranges.get(other), self.ranges.get(stage)) {
            (Some((start, count)), Some((place, _))) => place > start && place - start < *count,
            _ => false,
        }
    }
}
