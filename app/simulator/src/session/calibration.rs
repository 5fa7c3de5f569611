//! Facts on base images that an engine gave, in place of the catalogue's.

use super::Session;
use stageplay_core::base_images::Catalogue;
use stageplay_protocol::Event;

impl Session {
    /// Uses facts from now on, and tells the page, which keeps them.
    pub(super) fn apply_calibration(&mut self, facts: Result<String, String>) {
        match facts.and_then(|facts| self.calibrate(&facts)) {
            Ok(()) => {
                self.simulate();
                self.tell(Event::Calibrated(self.calibration.clone()));
            }
            Err(error) => self.notice(error),
        }
    }

    /// Puts facts on base images, one a line, into the catalogue in place of those before.
    ///
    /// # Errors
    /// A message that names the line that cannot be parsed; the catalogue is unchanged.
    pub(super) fn calibrate(&mut self, facts: &str) -> Result<(), String> {
        let mut catalogue = Catalogue::clone(&self.catalogue);
        catalogue.forget_added();
        catalogue.add(facts)?;
        self.set_catalogue(catalogue);
        self.calibration = facts.to_string();
        Ok(())
    }
}
