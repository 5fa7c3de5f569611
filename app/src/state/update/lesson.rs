//! The open lesson: its texts, its workspace, its commands.

use crate::state::effect::Effect;
use crate::state::image_data::WaitingAction;
use crate::state::lesson_index::LessonCommandResult;
use crate::state::model::Model;
use crate::state::panel::Panel;
use stageplay_core::engine::EngineProfile;
use stageplay_core::lesson::{self, Block, Expected};
use stageplay_core::words::Language;
use std::collections::BTreeSet;

impl Model {
    pub(super) fn select_lesson(&mut self, slug: String) -> Vec<Effect> {
        self.keeps_workspace = false;
        self.panel = Panel::Lesson;
        vec![Effect::FetchLesson(slug)]
    }

    /// Opens a lesson whose texts arrived. Its workspace is set up unless the page loaded a workspace of it.
    pub(super) fn open_lesson(&mut self, slug: &str, texts: (String, String)) -> Vec<Effect> {
        self.lesson_texts = Some(texts);
        self.parse_lesson(slug);
        if std::mem::take(&mut self.keeps_workspace) {
            return Vec::new();
        }
        self.carry_out(WaitingAction::StartLesson)
    }

    /// Parses the lesson's text in the language of the page.
    pub(super) fn parse_lesson(&mut self, slug: &str) {
        let Some((english, translation)) = &self.lesson_texts else {
            return;
        };
        let parsed = lesson::parse(english, None).and_then(|original| match self.language {
            Language::English => Ok(original),
            Language::Chinese => lesson::parse(translation, Some(&original)),
        });
        match parsed {
            Ok(lesson) => self.lesson = Some((slug.to_string(), lesson)),
            Err(error) => self.notice = Some(format!("{slug}: {error}")),
        }
    }

    /// Sets up the host of the lesson and opens its Dockerfile. Tags mean what they meant on the day of its engine.
    ///
    /// # Errors
    /// The names of the data that is not loaded, unless `anyway`.
    pub(super) fn start_lesson(&mut self, anyway: bool) -> Result<Vec<Effect>, BTreeSet<String>> {
        let Some((_, lesson)) = self.lesson.clone() else {
            return Ok(Vec::new());
        };
        let Some(engine) = EngineProfile::find(&lesson.header.engine) else {
            return Ok(Vec::new());
        };
        let host = lesson.host(self.catalogue.clone());
        let missing = self.catalogue.take_missing();
        if !missing.is_empty() && !anyway {
            return Err(missing);
        }
        match host {
            Ok(host) => self.host = host,
            Err(error) => {
                self.notice = Some(error);
                return Ok(Vec::new());
            }
        }
        self.as_of = None;
        self.builder = lesson.builder(&engine);
        self.engine = engine;
        self.dockerfile = lesson.header.dockerfile.clone();
        self.open_file = self.dockerfile.clone();
        self.terminal.lines.clear();
        self.lesson_results.clear();
        self.simulate();
        Ok(vec![Effect::ShowOpenFile { reset: true }, Effect::SaveWorkspace])
    }

    /// A command of the lesson: by the id of its block and its index in the block.
    pub(super) fn lesson_command(&self, block: &str, index: usize) -> Option<Expected> {
        let (_, lesson) = self.lesson.as_ref()?;
        lesson.blocks.iter().find_map(|one| match one {
            Block::Console { id, commands } if id == block => commands.get(index).cloned(),
            _ => None,
        })
    }

    /// Runs a command of the lesson in the terminal and compares its output with the lesson's.
    ///
    /// # Errors
    /// The names of the data that is not loaded, unless `anyway`.
    pub(super) fn run_lesson_command(
        &mut self,
        block: &str,
        index: usize,
        anyway: bool,
    ) -> Result<Vec<Effect>, BTreeSet<String>> {
        let Some(expected) = self.lesson_command(block, index) else {
            return Ok(Vec::new());
        };
        let (output, status) = self.run_command(&expected.command, anyway)?;
        let as_expected = lesson::fits(&expected.output, &output) && expected.status.unwrap_or(status) == status;
        let command = (block.to_string(), index);
        self.lesson_results.retain(|result| result.command != command);
        self.lesson_results.push(LessonCommandResult { command, as_expected });
        Ok(self.after_command())
    }
}
