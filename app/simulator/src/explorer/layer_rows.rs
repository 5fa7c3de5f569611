//! The layers of an image as rows: who made each, what it holds, and how large it is.

use super::layer_reason::reason;
use super::repeated_files::Repeated;
use stageplay_core::base_images::bytes_per_compressed_byte;
use stageplay_core::build::Built;
use stageplay_core::fs::{Change, EntryKind, LayerEntry as Entry};
use stageplay_core::image::{Image, Layer};
use stageplay_core::measure::Size;
use stageplay_core::plan::Base;
use stageplay_core::words::{Language, say};
use stageplay_protocol::LayerRow;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The step that made a layer.
#[derive(Clone, Debug)]
pub(crate) struct LayerStep {
    pub(crate) line: usize,
    pub(crate) stage: usize,
    pub(crate) instruction: String,
    /// Of RUN: the commands that its script called.
    pub(crate) commands: Arc<[Vec<String>]>,
}

/// The steps that made the layers of an image.
#[derive(Clone, Debug, Default)]
pub(crate) struct LayerSteps {
    /// A step for each layer; `None` for those of the base image.
    pub(crate) steps: Vec<Option<LayerStep>>,
    /// The reference of the base image.
    pub(crate) base: Option<String>,
}

impl LayerSteps {
    /// The steps of the image of a stage.
    ///
    /// Layers are kept from build to build while the lines of their steps move, so they know no lines themselves.
    pub(crate) fn of(image: &Image, built: &Built, stage: usize) -> LayerSteps {
        let stages = built.plan.iter().flat_map(|plan| &plan.stages);
        let bases: BTreeMap<usize, &Base> = stages.map(|stage| (stage.index, &stage.base)).collect();
        let mut chain = vec![stage];
        let mut base = None;
        while let Some(below) = chain.last().and_then(|last| bases.get(last)) {
            match below {
                // A stage comes before those that start from it, so this ends.
                Base::Stage(below) if chain.iter().all(|known| known > below) => chain.push(*below),
                Base::Image(reference) => {
                    base = Some(reference.to_string());
                    break;
                }
                _ => break,
            }
        }
        let mut of_layer: BTreeMap<*const Layer, LayerStep> = BTreeMap::new();
        for step in built.steps.iter().filter(|step| chain.contains(&step.stage)) {
            let Some(layer) = &step.layer else { continue };
            of_layer.insert(
                Arc::as_ptr(layer),
                LayerStep {
                    line: step.line,
                    stage: step.stage,
                    instruction: step.text.clone(),
                    commands: step.commands.clone(),
                },
            );
        }
        LayerSteps { steps: image.layers.iter().map(|layer| of_layer.remove(&Arc::as_ptr(layer))).collect(), base }
    }

    pub(crate) fn step(&self, layer: usize) -> Option<&LayerStep> {
        self.steps.get(layer)?.as_ref()
    }
}

/// The layers of the target's image; `None` without one.
pub(crate) fn target_layers(built: &Built, language: Language) -> Option<Vec<LayerRow>> {
    let image = built.image.as_ref()?;
    let target = built.plan.as_ref().map_or(0, |plan| plan.target);
    Some(layer_rows(image, &LayerSteps::of(image, built, target), None, language))
}

/// The layers of an image, from the lowest to the highest.
pub(crate) fn layer_rows(
    image: &Image,
    steps: &LayerSteps,
    repeated: Option<&Repeated>,
    language: Language,
) -> Vec<LayerRow> {
    let distribution = image.base.as_ref().and_then(|facts| facts.distro.get("id")).map_or("", String::as_str);
    let row = |(index, layer): (usize, &Arc<Layer>)| {
        let step = steps.step(index);
        let lost = repeated.and_then(|repeated| repeated.by_layer.get(index).copied()).unwrap_or_default();
        let is_base = step.is_none() && steps.base.is_some();
        let count = |change: Change| {
            let of_change = |entry: &&Entry| entry.change == change && !is_parent(entry);
            layer.entries.iter().filter(of_change).count()
        };
        LayerRow {
            instruction: step.map_or_else(|| layer.created_by.clone(), |step| step.instruction.clone()),
            line: step.map(|step| step.line),
            stage: step.map(|step| step.stage),
            base: steps.base.clone().filter(|_| is_base),
            size: stageplay_core::report::Size::said(&layer.size, language),
            known_bytes: layer.size.at_least(),
            compressed: step.and_then(|_| compressed(&layer.size, distribution, language)),
            reason: reason(layer, is_base, language),
            changes: [count(Change::Added), count(Change::Modified), count(Change::Removed)],
            reclaimable: lost.bytes,
            reclaimable_size: lost.text(),
        }
    };
    image.layers.iter().enumerate().map(row).collect()
}

/// A directory that a layer holds because something below it changed.
fn is_parent(entry: &Entry) -> bool {
    entry.kind == EntryKind::Dir && entry.change == Change::Modified
}

/// The size of a layer as it is transferred, by what layers of its kind usually shrink to.
fn compressed(size: &Size, distribution: &str, language: Language) -> Option<stageplay_core::report::Size> {
    let bytes = size.bytes()?;
    let packed = (bytes as f64 / bytes_per_compressed_byte(distribution)).round() as u64;
    let basis = say::<&str>(language, "layer.compressed", &[]);
    Some((&Size::modelled(packed, basis)).into())
}
