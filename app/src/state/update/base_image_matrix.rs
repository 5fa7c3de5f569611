//! The program of the image on every base image.

use crate::state::model::Model;
use stageplay_core::compat::against_bases;
use stageplay_core::report::match_report;
use std::collections::BTreeSet;

impl Model {
    /// Starts the image's program on every listed base image.
    ///
    /// # Errors
    /// The names of the data that is not loaded, unless `anyway`.
    pub(super) fn compare_base_images(&mut self, anyway: bool) -> Result<(), BTreeSet<String>> {
        let Some(program) = self.started_program() else { return Ok(()) };
        let matches = against_bases(&program, &self.catalogue, &self.engine, self.day());
        let missing = self.catalogue.take_missing();
        if !missing.is_empty() && !anyway {
            return Err(missing);
        }
        self.base_image_matrix = Some(matches.iter().map(|one| match_report(one, self.language)).collect());
        Ok(())
    }
}
