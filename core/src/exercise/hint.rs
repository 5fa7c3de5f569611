//! Hints: which one to show for what is seen.

use super::attempt::Attempt;
use super::goal::ask;
use super::observation::Standing;
use super::pack::Pack;

/// The index of the hint to show for a workspace that has not reached all goals: the first of which the condition is true.
pub fn hint(attempt: &Attempt<'_>) -> Option<usize> {
    attempt
        .pack
        .hints
        .iter()
        .position(|hint| hint.when.as_ref().is_some_and(|when| ask(when, attempt).standing == Standing::Reached))
}

/// The indices of all hints that apply to a workspace.
pub(super) fn applying(attempt: &Attempt<'_>) -> Vec<usize> {
    let hints = attempt.pack.hints.iter().enumerate();
    let applying = hints
        .filter(|(_, hint)| hint.when.as_ref().is_some_and(|when| ask(when, attempt).standing == Standing::Reached));
    applying.map(|(index, _)| index).collect()
}

/// The indices of the hints without a condition, which are shown on request, one after the other.
pub fn hints_on_request(pack: &Pack) -> Vec<usize> {
    let hints = pack.hints.iter().enumerate();
    hints.filter(|(_, hint)| hint.when.is_none()).map(|(index, _)| index).collect()
}
