//! WORKDIR: the working directory in the image configuration, and the directory that it makes.

use super::stage_state::{StageState, StepEffect};
use super::state::BuildState;
use super::{BuildError, engine_messages};
use crate::dockerfile::{Instruction, Kind};
use crate::exec::Credentials;
use crate::fs::path;

/// The working directory as the image configuration stores it. Before Docker 25 an absolute path is stored as written;
/// since then (BuildKit's `NormalizeWorkdir`) it is cleaned but keeps a slash at its end.
fn written_workdir(state: &BuildState, requested: &str, directory: &str) -> String {
    let modern = state.request.engine.major() >= 25;
    match requested.starts_with('/') {
        true if !modern => requested.to_string(),
        _ if modern && requested.ends_with('/') && directory != "/" => format!("{directory}/"),
        _ => directory.to_string(),
    }
}

/// Carries WORKDIR out.
pub(super) fn workdir(
    state: &mut BuildState,
    stage: &mut StageState,
    instruction: &Instruction,
) -> Result<StepEffect, BuildError> {
    let Kind::Workdir(requested) = &instruction.kind else {
        return Ok(StepEffect::default());
    };
    let requested = stage.expand(requested, instruction.line)?;
    let classic = state.is_classic();
    if requested.is_empty() && classic {
        return Err(BuildError::on_line("workdir", "cannot normalize nothing".into(), instruction.line));
    }
    let directory = path::join(&stage.image.config.working_dir, &requested);
    let written = written_workdir(state, &requested, &directory);
    let owner = match stage.image.config.user.as_str() {
        _ if classic => Some((0, 0)),
        "" => None,
        user => {
            let who = Credentials::of(&stage.image.tree, user).unwrap_or_default();
            Some((who.uid, who.gid))
        }
    };
    // BuildKit makes no layer for the root directory, which exists.
    if directory == "/" && !classic {
        stage.image.config.working_dir = written;
        return Ok(stage.metadata_effect(state, "WORKDIR /"));
    }
    let mut tree = stage.image.tree.clone();
    if let Err(error) = tree.mkdir_all_as_builder(&directory, owner) {
        let prefix = engine_messages::solve_prefix(state.request);
        let message = format!(
            "{prefix}failed to create workdir {directory}: mkdir {directory}: {}",
            error.errno.message().to_lowercase()
        );
        return Err(BuildError::on_line("workdir", message, instruction.line));
    }
    let created_by =
        if classic { format!("/bin/sh -c #(nop) WORKDIR {written}") } else { format!("WORKDIR {written}") };
    stage.image.config.working_dir = written;
    Ok(StepEffect { tree: Some(tree), created_by, ..StepEffect::default() })
}
