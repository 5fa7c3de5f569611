//! The layer of a step: whether it makes one, an empty one or none, and what its size and digest are made of.

use super::stage_state::{StageState, StepEffect};
use super::state::BuildState;
use super::{BuildError, Step, engine_messages, tree_digest, unknown_parts};
use crate::fs::{self, LayerEntry};
use crate::image::{Hasher, History, Layer};
use crate::measure::Size;
use std::sync::Arc;

/// The most layers of an image that Docker makes (moby `layer.maxLayerDepth`).
const MAX_LAYERS: usize = 125;

/// Refuses a step for which the image has too many layers.
///
/// # Errors
/// The builder's message.
pub(super) fn check_depth(state: &BuildState, stage: &StageState, line: usize) -> Result<(), BuildError> {
    match stage.image.layers.len() {
        ..MAX_LAYERS => Ok(()),
        _ => Err(engine_messages::max_depth_exceeded(state.request, line)),
    }
}

/// Turns the effect of a step into a layer and an entry of the image history.
pub(super) fn finish(
    state: &mut BuildState,
    stage: &mut StageState,
    record: &mut Step,
    effect: StepEffect,
) -> Result<(), BuildError> {
    for gap in &effect.gaps {
        state.remark_gap(gap, record.line);
    }
    record.created_by = effect.created_by.clone();
    record.output = effect.output;
    record.exit_code = effect.exit_code;
    record.commands = effect.commands.into();
    let classic = state.is_classic();
    let mut empty_layer = true;
    if let Some(tree) = effect.tree {
        let entries: Vec<LayerEntry> = fs::diff(&stage.image.tree, &tree);
        // The classic builder makes no layer without changes; BuildKit makes an empty one.
        let always = !classic || matches!(record.keyword.as_str(), "COPY" | "ADD");
        if always || !entries.is_empty() || !effect.unknown.is_empty() {
            let unlisted = fs::diff_unlisted(&stage.image.tree, &tree);
            let mut size =
                fs::layer_size(entries.iter().filter(|entry| !effect.packaged.contains(&entry.path)), classic);
            let unknown = unknown_parts::sum(effect.unknown, &unlisted);
            size = unlisted.iter().map(|(_, size)| size.clone()).sum::<Size>() + size + unknown;
            let mut hasher = Hasher::default();
            for entry in &entries {
                hasher = hasher.part(entry.path.as_bytes()).part(entry.kind.as_str()).number(u64::from(entry.mode));
                if let Some(node) = tree.get(&entry.path) {
                    hasher = tree_digest::digest_node(node, hasher);
                }
            }
            for (what, size) in &unlisted {
                hasher = hasher.part(what.as_bytes()).number(size.at_least());
            }
            let unlisted = unlisted
                .into_iter()
                .filter(|(_, size)| *size != Size::ZERO)
                .map(|(what, size)| (what.to_string(), size))
                .collect();
            let (created_by, diff_id) = (effect.created_by.clone(), hasher.finish());
            let layer = Arc::new(Layer { created_by, size, entries, unlisted, diff_id });
            stage.image.layers.push(layer.clone());
            record.layer = Some(layer);
            empty_layer = false;
        }
        stage.image.tree = tree.seal();
    }
    let comment = (!classic).then(|| "buildkit.dockerfile.v0".into());
    stage.image.history.push(History { created_by: effect.created_by.into(), empty_layer, comment });
    Ok(())
}
