//! The build cache key of a step: by what an engine's build cache finds it, for each builder.
//!
//! This is not the key of the simulation's own cache ([`super::step_cache`]): an engine may take a step from its cache
//! although a change would give another image, and may run a step again that gives the same image.
//!
//! Observed with Docker 20.10.24; `tests/fidelity/cache.rs` asks a real one.

use super::copy_sources::ResolvedCopy;
use super::stage_state::StageState;
use super::state::BuildState;
use super::{history_text, run_mounts, tree_digest};
use crate::dockerfile::{Instruction, Kind};
use crate::fs::{Tree, path};
use crate::image::Hasher;

/// The build cache key of one step, with the parts that it is made of.
#[derive(Clone, Debug)]
pub(super) struct BuildCacheKey {
    pub(super) digest: String,
    /// The parts of the key, each with the message id for a change of it; the parent comes last.
    pub(super) parts: Vec<(&'static str, String)>,
    /// The tree and the paths that COPY and ADD copy from.
    pub(super) copied_files: Option<(Tree, Vec<String>)>,
}

impl BuildCacheKey {
    fn new(
        parent: &str,
        parts: Vec<(&'static str, String)>,
        copied_files: Option<(Tree, Vec<String>)>,
    ) -> BuildCacheKey {
        let mut parts = parts;
        parts.push(("rerun.parent", parent.to_string()));
        let digest = parts.iter().fold(Hasher::default(), |hasher, (id, part)| hasher.part(id).part(part)).finish();
        BuildCacheKey { digest, parts, copied_files }
    }
}

/// The build cache key of a step; `None` for an instruction that the builder does not cache.
///
/// The classic builder caches each instruction by its parent and its words with variables expanded. BuildKit caches the
/// instructions that change files: RUN with its whole environment, COPY and ADD with the files they copy, WORKDIR. A
/// label or a port between them does not change its keys.
pub(super) fn of_step(
    state: &mut BuildState,
    stage: &StageState,
    instruction: &Instruction,
    copied: Option<&ResolvedCopy>,
) -> Option<BuildCacheKey> {
    let line = instruction.line;
    let expanded = |text: &str| stage.expand(text, line).unwrap_or_else(|_| text.to_string());
    let mut words = vec![instruction.keyword.to_ascii_uppercase()];
    words.extend(instruction.heredocs.iter().map(|document| document.content.to_string()));
    let mut parts = Vec::new();
    let mut copied_files = None;
    match &instruction.kind {
        Kind::Run(_) => {
            words.push(instruction.arguments.clone());
            for flag in instruction.flags.iter().filter(|flag| flag.name != "mount") {
                words.extend([flag.name.clone(), flag.value.clone().unwrap_or_default()]);
            }
            let mut mounts = Hasher::default();
            for mount in run_mounts::read_mounts(stage, instruction).unwrap_or_default() {
                mounts = mounts.part(&mount.kind).part(&mount.target).part(&mount.source);
                // A bind mount counts by the content of its source.
                if mount.kind == "bind"
                    && let Ok(tree) = state.source_tree(stage.index, mount.from.as_deref(), line, false)
                {
                    mounts = tree_digest::digest(&tree, &path::join("/", &mount.source), mounts);
                }
            }
            parts.push(("rerun.mount", mounts.finish()));
            parts.push(("rerun.arguments", history_text::build_args_prefix(state, stage)));
            if !state.is_classic() {
                let config = &stage.image.config;
                parts.push(("rerun.environment", stage.environment().join("\n")));
                parts.push(("rerun.shell", config.shell().join("\n")));
                parts.push(("rerun.user", config.user.clone()));
                parts.push(("rerun.folder", config.working_dir.clone()));
            }
        }
        Kind::Copy { destination, .. } | Kind::Add { destination, .. } => {
            words.push(expanded(destination));
            let flags = instruction.flags.iter().filter(|flag| flag.name != "from");
            words.extend(flags.map(|flag| expanded(flag.value.as_deref().unwrap_or(""))));
            parts.push(("rerun.files", copied.map(|copy| copy.key.clone()).unwrap_or_default()));
            copied_files = copied.map(ResolvedCopy::files);
        }
        Kind::Workdir(_) => {
            words.push(expanded(&instruction.arguments));
            if !state.is_classic() {
                parts.push(("rerun.user", stage.image.config.user.clone()));
            }
        }
        _ if !state.is_classic() => return None,
        Kind::Env(_) | Kind::Label(_) | Kind::Arg(_) | Kind::User(_) | Kind::Expose(_) | Kind::Volume(_) => {
            words.push(expanded(&instruction.arguments));
        }
        _ => words.push(instruction.arguments.clone()),
    }
    parts.insert(0, ("rerun.instruction", words.join("\n")));
    Some(BuildCacheKey::new(&stage.build_cache_key, parts, copied_files))
}
