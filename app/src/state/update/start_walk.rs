//! The walk through a start.

use crate::state::effect::Effect;
use crate::state::model::Model;
use crate::state::start_walk::{WalkMsg, positions};
use stageplay_protocol::Outcome;
use stageplay_report::RunReport;

/// The position of the step that fails; the first one if none does.
fn first_position(run: Option<&RunReport>) -> usize {
    run.and_then(|run| run.steps.iter().rposition(|step| !step.ok)).unwrap_or(0)
}

impl Model {
    /// The step that is shown: the chosen one, or the one that fails.
    pub fn walk_position(&self) -> usize {
        let Some(outcome) = &self.outcome else { return 0 };
        let position = self.start_walk.position.unwrap_or_else(|| first_position(outcome.report.run.as_ref()));
        position.min(positions(outcome).saturating_sub(1))
    }

    pub(super) fn update_walk(&mut self, msg: WalkMsg) -> Vec<Effect> {
        let last = self.outcome.as_ref().map_or(0, |outcome| positions(outcome)).saturating_sub(1);
        let now = self.walk_position();
        let walk = &mut self.start_walk;
        let (position, plays) = match msg {
            WalkMsg::To(position) => (position.min(last), false),
            WalkMsg::Next => ((now + 1).min(last), false),
            WalkMsg::Previous => (now.saturating_sub(1), false),
            WalkMsg::Play if walk.is_playing => (now, false),
            WalkMsg::Play if now == last => (0, last > 0),
            WalkMsg::Play => (now, true),
            WalkMsg::Tick(play) if walk.is_playing && play == walk.play => ((now + 1).min(last), now + 1 < last),
            WalkMsg::Tick(_) => return Vec::new(),
        };
        (walk.position, walk.is_playing) = (Some(position), plays);
        if !plays {
            return Vec::new();
        }
        walk.play += 1;
        vec![Effect::WaitForStep(walk.play)]
    }

    /// A result with another verdict or other steps begins a walk of its own.
    pub(super) fn restart_walk(&mut self, before: Option<&Outcome>) {
        let steps = |outcome: &Outcome| {
            let start = outcome.start.as_ref()?;
            Some(start.steps.iter().map(|step| (step.code.clone(), step.params.clone())).collect::<Vec<_>>())
        };
        if before.map(steps) != self.outcome.as_deref().map(steps) {
            (self.start_walk.position, self.start_walk.is_playing) = (None, false);
        }
    }
}
