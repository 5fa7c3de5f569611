//! The editor's questions that need base images or files.

use super::Session;
use stageplay_core::language::{CatalogueImages, Surroundings, stage_files};
use stageplay_core::words::say;
use stageplay_protocol::{Event, LanguageService};

impl Session {
    /// Answers a question of the editor, or keeps it until the data arrived that the answer may lack.
    pub(super) fn ask(&mut self, id: u64, question: String) {
        if let Some(answer) = self.complete_command(&question) {
            return self.tell(Event::Answer(id, answer));
        }
        let answer = self.answer(&question);
        self.request_image_data();
        if self.image_data.loading().next().is_some() {
            self.questions.push((id, question));
        } else {
            self.tell(Event::Answer(id, answer));
        }
    }

    /// Answers the questions that waited, once nothing is being fetched.
    pub(super) fn answer_waiting(&mut self) {
        if self.image_data.loading().next().is_some() {
            return;
        }
        for (id, question) in std::mem::take(&mut self.questions) {
            let answer = self.answer(&question);
            self.tell(Event::Answer(id, answer));
        }
    }

    fn answer(&self, question: &str) -> String {
        let images = CatalogueImages { catalogue: &self.catalogue, day: self.day() };
        let stages = stage_files(&self.stage_trees);
        let context = self.simulation.as_ref().map(|done| done.request.context.clone()).unwrap_or_default();
        let surroundings = Surroundings { images: &images, context: &context, stages: &stages };
        LanguageService { surroundings, language: self.language, say }.answer(question)
    }
}
