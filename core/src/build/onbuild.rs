//! ONBUILD: the triggers of a base image.

use crate::dockerfile::{self, Instruction};

/// Parses a trigger as an instruction on the line of the FROM that names the base image. `None` if it is malformed.
pub(super) fn parse_trigger(trigger: &str, line: usize) -> Option<Instruction> {
    let mut instruction = dockerfile::parse(&format!("FROM x\n{trigger}")).ok()?.instructions.pop()?;
    instruction.line = line;
    Some(instruction)
}
