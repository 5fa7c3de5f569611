//! The walk through the steps of a start.

use stageplay_protocol::Outcome;

/// How long a step of a start is shown while the steps follow one another, in milliseconds.
pub const STEP_MS: u32 = 2_200;

/// Where the walk is.
#[derive(Debug, Default)]
pub struct StartWalkState {
    /// The step that is shown, from 0; `None` until the person chose one.
    pub(super) position: Option<usize>,
    /// Whether the steps follow one another by themselves.
    pub is_playing: bool,
    /// The number of the present play, so that the clock of an earlier one is ignored.
    pub(super) play: u64,
}

/// An action in the walk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WalkMsg {
    /// Show a step, counted from 0.
    To(usize),
    /// Show the next step.
    Next,
    /// Show the step before.
    Previous,
    /// Let the steps follow one another, from the first one if the last one is shown; or stop.
    Play,
    /// The time of a step has passed, in the play of this number.
    Tick(u64),
}

/// The number of positions of a walk: a step each, and one for the program that runs.
pub fn positions(outcome: &Outcome) -> usize {
    let runs = outcome.start.as_ref().is_some_and(|start| !start.argv.is_empty());
    outcome.report.run.as_ref().map_or(0, |run| run.steps.len()) + usize::from(runs)
}
