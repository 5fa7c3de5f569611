//! Data about base images that is missing, and what waits for it.

use super::Session;
use crate::effect::Effect;
use crate::image_data::{self, WaitingAction};
use stageplay_core::base_images::Catalogue;
use stageplay_protocol::Event;
use std::collections::BTreeSet;

impl Session {
    /// Fetches what the catalogue was asked for and does not have.
    pub(super) fn request_image_data(&mut self) {
        let missing = self.catalogue.take_missing();
        self.fetch_image_data(missing);
    }

    /// Fetches data, each piece once.
    fn fetch_image_data(&mut self, missing: BTreeSet<String>) {
        let names = self.image_data.request(missing);
        self.effects.extend(names.into_iter().map(Effect::FetchImageData));
    }

    /// Takes a piece of data that arrived, and simulates with it.
    pub fn take_image_data(&mut self, name: &str, bytes: Result<Vec<u8>, String>) {
        let mut catalogue = Catalogue::clone(&self.catalogue);
        let added = bytes.and_then(|bytes| {
            let added = image_data::add_to(&mut catalogue, name, &bytes);
            added.map_err(|error| format!("{}: {error}", image_data::image_data_path(name)))
        });
        if added.is_ok() {
            self.set_catalogue(catalogue);
            self.has_new_data = true;
        }
        self.image_data.arrived(name, added);
        // Of what arrives one after the other only the whole is worth a simulation.
        if self.image_data.loading().next().is_none() && std::mem::take(&mut self.has_new_data) {
            let had_matrix = self.matrix.is_some();
            // Only a build that waited for the data is another one; a repetition is no edit.
            let kept = (!self.simulation.as_ref().is_some_and(super::simulate::is_lacking_images))
                .then(|| std::mem::take(&mut self.build_cache));
            self.simulate();
            if let Some(kept) = kept {
                self.build_cache = kept;
            }
            if had_matrix {
                self.waiting.push_back((WaitingAction::CompareBaseImages, BTreeSet::new()));
            }
        }
        self.carry_out_waiting();
        self.request_missing_data();
        self.answer_waiting();
    }

    /// Fetches again what could not be fetched.
    pub(super) fn retry_image_data(&mut self) {
        let names = self.image_data.retry();
        self.effects.extend(names.into_iter().map(Effect::FetchImageData));
    }

    /// Carries an action out, or keeps it until the data that it needs arrived. Actions keep their order.
    pub(super) fn carry_out(&mut self, action: WaitingAction) {
        self.waiting.push_back((action, BTreeSet::new()));
        self.carry_out_waiting();
    }

    /// Carries out what waits, as far as the data that it needs is there.
    fn carry_out_waiting(&mut self) {
        self.request_image_data();
        while let Some((action, needs)) = self.waiting.front().cloned() {
            if self.image_data.loading().any(|name| needs.contains(name)) {
                break;
            }
            let done = self.act(&action, false).or_else(|missing| {
                self.fetch_image_data(missing.clone());
                if self.image_data.loading().any(|name| missing.contains(name)) {
                    return Err(missing);
                }
                // What it lacks cannot be fetched: it is carried out without it, and says so.
                self.act(&action, true)
            });
            match done {
                Ok(()) => {
                    self.waiting.pop_front();
                }
                Err(missing) => {
                    if let Some((_, needs)) = self.waiting.front_mut() {
                        *needs = missing;
                    }
                    break;
                }
            }
        }
    }

    /// Carries an action out. If it lacks data, nothing of it remains unless `anyway`.
    ///
    /// # Errors
    /// The names of the data that it lacks; never with `anyway`.
    fn act(&mut self, action: &WaitingAction, anyway: bool) -> Result<(), BTreeSet<String>> {
        match action {
            WaitingAction::Command(command) => {
                let (_, status) = self.run_command(command, anyway)?;
                self.tell(Event::CommandEnded(status));
                self.after_command();
                Ok(())
            }
            WaitingAction::LessonCommand(block, index) => self.run_lesson_command(block, *index, anyway),
            WaitingAction::StartLesson => self.start_lesson(anyway),
            WaitingAction::CompareBaseImages => self.compare_base_images(anyway),
        }
    }
}
