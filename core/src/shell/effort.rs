//! What the scripts of a build may cost beside the number of their commands: one command can be asked for endless work.

use std::cell::Cell;
use std::rc::Rc;

/// Steps of some ten nanoseconds: a byte that is read, expanded or printed is one or a few.
const MAX_STEPS: u64 = 1 << 27;

/// The steps that are left. A clone takes from the same ones.
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

    /// Takes so many steps; whether there were as many.
    pub(crate) fn spend(&self, steps: usize) -> bool {
        let left = self.0.get().checked_sub(steps as u64);
        self.0.set(left.unwrap_or(0));
        left.is_some()
    }

    /// Takes all that is left: what was asked for is too much in another way.
    pub(super) fn use_up(&self) {
        self.0.set(0);
    }

    /// Whether nothing more can be done.
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
