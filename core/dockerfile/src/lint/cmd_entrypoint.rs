//! CMD, ENTRYPOINT and HEALTHCHECK of a stage: MultipleInstructionsDisallowed, as only the last of each counts, and
//! JSONArgsRecommended for a CMD or ENTRYPOINT in shell form, unless a SHELL instruction stands before it.

use super::dispatch::Work;
use super::{Place, rules};
use crate::Command;

/// Where an instruction that counts only once stood last.
#[derive(Default)]
pub(super) struct Last {
    pub(super) cmd: Option<Place>,
    pub(super) entrypoint: Option<Place>,
    pub(super) healthcheck: Option<Place>,
}

impl Work<'_, '_, '_> {
    /// Of instructions that count once, all but the last are told.
    pub(super) fn once(&mut self, slot: &mut Option<Place>) {
        let keyword = self.step.instruction.keyword;
        if let Some(place) = slot.replace(self.step.place.clone()) {
            self.walk.report.warn(self.config, &rules::MULTIPLE_INSTRUCTIONS_DISALLOWED, &place, || {
                format!("Multiple {keyword} instructions should not be used in the same stage because only the last one will be used")
            });
        }
    }

    pub(super) fn json_recommended(&mut self, command: &Command<&str>) {
        if matches!(command, Command::Shell(_)) && !self.state.shell_set {
            let keyword = self.step.instruction.keyword;
            self.warn(
                &rules::JSON_ARGS_RECOMMENDED,
                format!(
                    "JSON arguments recommended for {keyword} to prevent unintended behavior related to OS signals"
                ),
            );
        }
    }
}
