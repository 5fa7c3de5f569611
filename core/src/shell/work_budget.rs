//! The budget of work for the scripts of a build, beside the limit on the number of commands: a single command can
//! require endless work.

use std::cell::Cell;
use std::rc::Rc;

/// The number of steps. One step is about ten nanoseconds: a byte that is read, expanded or printed costs one or a
/// few.
const MAX_STEPS: u64 = 1 << 27;

/// Unpacked bytes for one step: the scripts of a build unpack at most 512 MiB.
const BYTES_OF_STEP: u64 = 4;

/// The remaining steps. Clones share one budget.
#[derive(Clone, Debug)]
pub struct Effort(Rc<Cell<u64>>);

impl Default for Effort {
    fn default() -> Self {
        Effort(Rc::new(Cell::new(MAX_STEPS)))
    }
}

impl Effort {
    #[cfg(test)]
    pub(super) fn of(steps: u64) -> Self {
        Effort(Rc::new(Cell::new(steps)))
    }

    /// Spends steps; returns whether there were enough.
    pub(crate) fn spend(&self, steps: usize) -> bool {
        let left = self.0.get().checked_sub(steps as u64);
        self.0.set(left.unwrap_or(0));
        left.is_some()
    }

    /// The bytes to which packed data may be unpacked: they stay in memory with the files.
    pub(crate) fn unpackable_bytes(&self) -> u64 {
        self.0.get().saturating_mul(BYTES_OF_STEP)
    }

    /// Spends the steps of unpacked bytes.
    pub(crate) fn spend_unpacked(&self, bytes: u64) {
        self.spend((bytes / BYTES_OF_STEP) as usize);
    }

    /// Spends all remaining steps, for work that is refused for another reason.
    pub(super) fn use_up(&self) {
        self.0.set(0);
    }

    /// Whether the budget is used up.
    pub fn is_over(&self) -> bool {
        self.0.get() == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clones_share_what_is_left() {
        let effort = Effort::default();
        let other = effort.clone();
        assert!(effort.spend(MAX_STEPS as usize - 1) && !other.is_over());
        assert!(!other.spend(2) && effort.is_over());
    }
}
