//! ONBUILD: the triggers of a base image, which run in their order before the instructions of the stage.

use super::BuildError;
use super::stage::step;
use super::stage_state::StageState;
use super::state::BuildState;
use crate::dockerfile::{self, Instruction};

/// Parses a trigger as an instruction on the line of the FROM that names the base image. `None` if it is malformed.
pub(super) fn parse_trigger(trigger: &str, line: usize) -> Option<Instruction> {
    let mut instruction = dockerfile::parse(&format!("FROM x\n{trigger}")).ok()?.instructions.pop()?;
    instruction.line = line;
    Some(instruction)
}

/// Runs the triggers of the base image of a stage. `line`: of the FROM that names the image.
///
/// # Errors
/// The first step that fails.
pub(super) fn run_triggers(state: &mut BuildState, stage: &mut StageState, line: usize) -> Result<(), BuildError> {
    let triggers = std::mem::take(&mut stage.image.config.on_build);
    for trigger in &triggers {
        stage.spend(trigger.len(), line)?;
        if let Some(instruction) = parse_trigger(trigger, line) {
            step(state, stage, &instruction)?;
        }
    }
    Ok(())
}
