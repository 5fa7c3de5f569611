//! The program of the image on every base image.

use crate::state::model::Model;
use stageplay_core::compat::against_bases;
use stageplay_core::report::match_report;

impl Model {
    pub(super) fn compare_base_images(&mut self) {
        self.base_image_matrix = self.started_program().map(|program| {
            let matches = against_bases(&program, &self.catalogue, &self.engine);
            matches.iter().map(|one| match_report(one, self.language)).collect()
        });
    }
}
