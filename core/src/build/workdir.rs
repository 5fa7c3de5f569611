//! WORKDIR: the working directory in the image configuration, and the directory that it makes.

use super::stage_state::{StageState, StepEffect};
use super::state::BuildState;
use super::{BuildError, engine_messages};
use crate::dockerfile::{Instruction, Kind};
use crate::exec::Credentials;
use crate::fs::{self, Tree, path};

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

/// The folders of a path that are not listed and lie in a folder to which a step brought unlisted files, such as a cloned
/// repository: they may be among those. The second value says whether the size of those files is recorded.
fn unlisted_by_steps(tree: &Tree, base: &Tree, directory: &str) -> (Vec<String>, bool) {
    let (mut missing, mut at) = (Vec::new(), directory);
    while tree.get(at).is_none() && at != "/" {
        missing.push(at.to_string());
        at = path::parent(at);
    }
    let is_partial = |tree: &Tree| matches!(tree.get(at).map(|node| &node.kind), Some(fs::Kind::Dir { partial: true }));
    if !is_partial(tree) || is_partial(base) {
        return (Vec::new(), false);
    }
    let held = tree.get(at).and_then(|node| node.unlisted());
    (missing, held.is_some_and(|held| held.is_whole()))
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
    let (unlisted, is_weighed) = unlisted_by_steps(&tree, &stage.base, &directory);
    if let Err(error) = tree.mkdir_all_as_builder(&directory, owner) {
        let prefix = engine_messages::solve_prefix(state.request);
        let message = format!(
            "{prefix}failed to create workdir {directory}: mkdir {directory}: {}",
            error.errno.message().to_lowercase()
        );
        return Err(BuildError::on_line("workdir", message, instruction.line));
    }
    for folder in unlisted {
        match is_weighed {
            true => tree.hold_weighed(&folder),
            false => tree.set_partial(&folder),
        }
    }
    let created_by =
        if classic { format!("/bin/sh -c #(nop) WORKDIR {written}") } else { format!("WORKDIR {written}") };
    stage.image.config.working_dir = written;
    Ok(StepEffect { tree: Some(tree), created_by, ..StepEffect::default() })
}
