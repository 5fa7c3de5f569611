//! The stage that is built (`--target`): whether it is named by its name or its number.

use crate::state::effect::Effect;
use crate::state::model::Model;
use stageplay_protocol::Request;

impl Model {
    /// Builds a stage, which is named by its name if it has one that no other stage has, and else by its number.
    pub(super) fn select_target(&mut self, stage: Option<usize>) -> Vec<Effect> {
        let stages = self.outcome.as_ref().map(|outcome| outcome.report.stages.as_slice()).unwrap_or_default();
        let is_last = |index: usize| index + 1 == stages.len();
        let target = stage.filter(|index| !is_last(*index)).map(|index| {
            let name = stages.get(index).and_then(|stage| stage.name.clone());
            let is_its = |name: &String| {
                let same = |other: &&str| other.eq_ignore_ascii_case(name);
                stages.iter().filter_map(|stage| stage.name.as_deref()).filter(same).count() == 1
            };
            name.filter(is_its).unwrap_or_else(|| index.to_string())
        });
        self.workspace.target = target.clone();
        let mut effects = self.ask(Request::SelectTarget(target));
        effects.push(Effect::SaveWorkspace);
        effects
    }
}
