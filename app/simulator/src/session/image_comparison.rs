//! With which images the shown one can be compared, and which one it is compared with.

use super::Session;
use stageplay_core::base_images::How;
use stageplay_core::build::Images;
use stageplay_core::image::{Image, Reference};
use stageplay_protocol::Comparand;
use std::sync::Arc;

impl Session {
    /// An image of the terminal's engine, a dropped one, or one of the catalogue.
    pub(super) fn image_named(&self, reference: &str) -> Option<Arc<Image>> {
        let reference = Reference::parse(reference).ok()?;
        let local = self.host.store().lock().ok().and_then(|store| store.snapshot().find(&reference));
        local.or_else(|| self.catalogue.image(&reference, self.day()).ok())
    }

    /// Whether nothing is known of an image but its name.
    fn is_unknown(&self, reference: &str) -> bool {
        let Ok(reference) = Reference::parse(reference) else { return true };
        let is_local = self.host.store().lock().is_ok_and(|store| store.snapshot().find(&reference).is_some());
        !is_local && self.catalogue.resolve(&reference, self.day()).is_ok_and(|found| found.how == How::Unknown)
    }

    /// Finds the image that the shown one is compared with.
    pub(super) fn find_compared_image(&mut self) {
        let found = match &self.explorer.comparand {
            None | Some(Comparand::Layer(_)) => None,
            Some(Comparand::Stage(stage)) => {
                let stages = self.simulation.as_ref().map(|done| &done.built.stages);
                stages.and_then(|stages| stages.get(*stage)?.clone())
            }
            Some(Comparand::Image(reference)) => self.image_named(reference).filter(|_| !self.is_unknown(reference)),
            Some(Comparand::Kept) => self.compared.image().cloned(),
        };
        self.explorer.compared = found;
    }

    /// What the shown image could be compared with.
    pub(super) fn comparands(&self) -> Vec<Comparand> {
        let mut comparands = Vec::new();
        if self.compared.image().is_some() {
            comparands.push(Comparand::Kept);
        }
        let shown = self.explorer.shown.as_ref();
        if let Some(base) = shown.and_then(|shown| shown.steps.base.clone()) {
            comparands.push(Comparand::Image(base));
        }
        let dropped = self.dropped_images.iter().map(|(reference, _)| Comparand::Image(reference.to_string()));
        comparands.extend(dropped);
        let built = self.simulation.iter().flat_map(|done| done.built.stages.iter().enumerate());
        let other =
            built.filter(|(index, image)| image.is_some() && shown.is_some_and(|one| one.stage != Some(*index)));
        comparands.extend(other.map(|(index, _)| Comparand::Stage(index)));
        comparands
    }
}
