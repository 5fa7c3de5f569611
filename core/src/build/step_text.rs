//! The text by which an engine announces a step.

use super::stage_state::StageState;
use super::state::BuildState;
use crate::dockerfile::{Command, Instruction, Kind, Lex};

/// The instruction as the engine announces it.
pub(super) fn announced(state: &BuildState, instruction: &Instruction) -> String {
    if state.request.engine.major() >= 18 {
        return instruction.original.clone();
    }
    // 17.09 prints the parsed words: upper-case keyword, flags, then arguments without JSON.
    let mut words = vec![instruction.keyword.to_ascii_uppercase()];
    words.extend(instruction.flags.iter().map(|flag| match &flag.value {
        Some(value) => format!("--{}={value}", flag.name),
        None => format!("--{}", flag.name),
    }));
    match &instruction.kind {
        Kind::Run(Command::Exec(argv)) | Kind::Cmd(Command::Exec(argv)) | Kind::Entrypoint(Command::Exec(argv)) => {
            words.extend(argv.iter().cloned());
        }
        Kind::Shell(list) | Kind::Volume(list) => words.extend(list.iter().cloned()),
        Kind::Env(pairs) | Kind::Label(pairs) => {
            words.extend(pairs.iter().flat_map(|(name, value)| [name.clone(), value.clone()]));
        }
        Kind::Copy { sources, destination } | Kind::Add { sources, destination } => {
            words.extend(sources.iter().cloned());
            words.push(destination.clone());
        }
        _ => words.push(instruction.arguments.clone()),
    }
    words.join(" ")
}

/// As [`announced`], for a step of a stage: BuildKit expands the variables that are set in RUN, COPY, ADD and WORKDIR.
pub(super) fn announced_expanded(state: &BuildState, stage: &StageState, instruction: &Instruction) -> String {
    let text = announced(state, instruction);
    let carried_out =
        matches!(instruction.kind, Kind::Run(_) | Kind::Copy { .. } | Kind::Add { .. } | Kind::Workdir(_));
    if state.is_classic() || !carried_out {
        return text;
    }
    let lex = Lex { raw_quotes: true, skip_unset: true, ..Lex::new(stage.escape) };
    stage.expand_with(lex, &text, instruction.line).unwrap_or(text)
}
