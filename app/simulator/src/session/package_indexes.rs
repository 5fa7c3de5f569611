//! Package indexes that a build needs.

use super::Session;
use crate::effect::Effect;
use stageplay_core::base_images::Catalogue;

impl Session {
    /// Requests the indexes that the last simulation lacked, each of them once.
    pub(super) fn request_package_indexes(&mut self) {
        let Some(simulation) = &self.simulation else { return };
        let names = self.package_indexes.request_missing(simulation);
        self.effects.extend(names.into_iter().map(Effect::FetchPackageIndex));
    }

    /// Takes an index that arrived and simulates with it. After an error the next edit requests it again.
    pub fn take_package_index(&mut self, name: &str, table: Result<String, String>) {
        match table {
            Ok(table) => {
                if !self.package_indexes.add(name, table) {
                    return;
                }
                self.set_catalogue(Catalogue::clone(&self.catalogue));
                self.simulate();
                self.request_missing_data();
            }
            Err(error) => {
                self.package_indexes.request_failed(name);
                self.notice(error);
            }
        }
    }
}
