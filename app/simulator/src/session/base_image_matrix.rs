//! The program of the image on every base image.

use super::simulate::is_lacking_images;
use super::{Session, has_elf_magic};
use stageplay_core::compat::against_bases;
use stageplay_core::fs::Content;
use stageplay_core::report::{MatchReport, match_report};
use stageplay_protocol::BaseMatch;
use std::collections::BTreeSet;

impl Session {
    /// The ELF file that the image starts, with its path, if this build added it to the image.
    pub(super) fn started_program(&self) -> Option<(String, Content)> {
        let done = self.simulation.as_ref()?;
        let (image, run) = (done.built.image.as_ref()?, done.run.as_ref()?);
        let (real_path, node) = image.tree.stat("/", run.argv.first()?).ok()?;
        let is_added = image.layers.iter().flat_map(|layer| &layer.entries).any(|entry| *entry.path == *real_path);
        let content = node.content().filter(|content| has_elf_magic(content))?;
        is_added.then(|| (real_path.to_string(), content.clone()))
    }

    /// Starts the image's program on every listed base image.
    ///
    /// # Errors
    /// The names of the data that is not loaded, unless `anyway`.
    pub(super) fn compare_base_images(&mut self, anyway: bool) -> Result<(), BTreeSet<String>> {
        if !anyway && self.simulation.as_ref().is_some_and(is_lacking_images) {
            // Whether the image starts a program is not known before that.
            return Err(self.image_data.loading().map(str::to_string).collect());
        }
        let Some((place, program)) = self.started_program() else { return Ok(()) };
        let matches = against_bases(&program, &place, &self.catalogue, &self.engine, self.day());
        let missing = self.catalogue.take_missing();
        if !missing.is_empty() && !anyway {
            return Err(missing);
        }
        self.matrix = Some(matches.iter().map(|one| base_match(match_report(one, self.language))).collect());
        Ok(())
    }
}

fn base_match(report: MatchReport) -> BaseMatch {
    BaseMatch {
        image: report.image,
        libc: report.libc,
        verdict: report.verdict.to_string(),
        reason: report.reason,
        size: report.size,
    }
}
