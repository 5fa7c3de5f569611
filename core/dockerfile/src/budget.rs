//! Limits on the cost of expanding words and keeping settings: a short Dockerfile could otherwise take endless time.

use std::cell::Cell;

/// The most steps of one file. Reading a character, or matching it against a pattern, is one step. The limit is about one
/// second in a browser.
const MAX_STEPS: usize = 1 << 25;
/// The most bytes that the expansion of variables may produce in one file.
const MAX_BYTES: usize = 16 << 20;
/// Longest `NAME=value` of a variable, in bytes. Linux starts no program with a longer one
/// (`MAX_ARG_STRLEN`, 32 pages, of which the last byte is the end of the text).
pub(crate) const MAX_VARIABLE: usize = (128 << 10) - 1;
/// Bytes of all variables that are set. Linux gives the arguments and the environment of a program
/// a quarter of its stack (`setup_arg_pages`), which is 8 MiB by default.
pub(crate) const MAX_VARIABLES: usize = 2 << 20;

/// The remaining budget of one file.
#[derive(Debug)]
pub struct Budget {
    steps: Cell<usize>,
    bytes: Cell<usize>,
    variables: Cell<usize>,
}

impl Default for Budget {
    fn default() -> Self {
        Budget { steps: Cell::new(MAX_STEPS), bytes: Cell::new(MAX_BYTES), variables: Cell::new(MAX_VARIABLES) }
    }
}

impl Budget {
    #[cfg(test)]
    pub(crate) fn of_steps(steps: usize) -> Self {
        Budget { steps: Cell::new(steps), ..Budget::default() }
    }

    /// Charges steps.
    ///
    /// # Errors
    /// The budget is used up.
    pub fn spend(&self, steps: usize) -> Result<(), String> {
        take(&self.steps, steps).ok_or_else(|| {
            format!(
                "the words and settings of this file take more than {MAX_STEPS} steps; use fewer instructions, shorter values or simpler patterns"
            )
        })
    }

    /// The remaining steps.
    pub fn steps_left(&self) -> usize {
        self.steps.get()
    }

    /// Whether the budget of steps or bytes is used up.
    pub fn is_used_up(&self) -> bool {
        self.steps.get() == 0 || self.bytes.get() == 0
    }

    /// Charges bytes of text.
    ///
    /// # Errors
    /// The budget is used up.
    pub fn make(&self, bytes: usize) -> Result<(), String> {
        take(&self.bytes, bytes).ok_or_else(|| {
            format!(
                "variables make more than {} MiB of this file; use shorter values, or copy them in a file",
                MAX_BYTES >> 20
            )
        })
    }

    /// Charges a variable that is set.
    ///
    /// # Errors
    /// The variable, or all variables together, exceed what Linux can pass to a program.
    pub fn set(&self, name: &str, value: &str) -> Result<(), String> {
        let length = name.len() + 1 + value.len();
        if length > MAX_VARIABLE {
            return Err(format!(
                "the variable {name} is {length} bytes long: Linux starts no program with one of more than {MAX_VARIABLE}; put it into a file"
            ));
        }
        take(&self.variables, length + 1).ok_or_else(|| {
            format!(
                "the variables up to {name} are more than {} MiB together: Linux starts no program with so many; put them into a file",
                MAX_VARIABLES >> 20
            )
        })
    }
}

fn take(left: &Cell<usize>, count: usize) -> Option<()> {
    let rest = left.get().checked_sub(count);
    left.set(rest.unwrap_or(0));
    rest.map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_used_up_stays_used_up() {
        let budget = Budget::default();
        assert!(budget.spend(MAX_STEPS).is_ok());
        assert!(budget.spend(1).unwrap_err().contains("steps"));
        assert!(budget.make(MAX_BYTES + 1).is_err() && budget.make(1).is_err());
    }

    #[test]
    fn variables_are_bounded_as_those_of_a_program_are() {
        let budget = Budget::default();
        let longest = "x".repeat(MAX_VARIABLE - 2);
        assert!(budget.set("A", &longest).is_ok());
        assert!(budget.set("AB", &longest).unwrap_err().contains("the variable AB is 131072 bytes long"));
        let refused = (0..20).find_map(|_| budget.set("C", &longest).err());
        assert!(refused.unwrap().contains("together"));
    }
}
