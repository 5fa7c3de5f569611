//! The open lesson: its texts, its workspace, its commands.

use crate::state::effect::Effect;
use crate::state::lesson_index::LessonCommandResult;
use crate::state::model::Model;
use crate::state::panel::Panel;
use stageplay_core::engine::EngineProfile;
use stageplay_core::lesson::{self, Block};
use stageplay_core::words::Language;

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
        if std::mem::take(&mut self.keeps_workspace) { Vec::new() } else { self.start_lesson() }
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

    /// Sets up the host of the lesson and opens its Dockerfile.
    pub(super) fn start_lesson(&mut self) -> Vec<Effect> {
        let Some((_, lesson)) = self.lesson.clone() else {
            return Vec::new();
        };
        let Some(engine) = EngineProfile::find(&lesson.header.engine) else {
            return Vec::new();
        };
        match lesson.host(self.catalogue.clone()) {
            Ok(host) => self.host = host,
            Err(error) => {
                self.notice = Some(error);
                return Vec::new();
            }
        }
        self.builder = lesson.builder(&engine);
        self.engine = engine;
        self.dockerfile = lesson.header.dockerfile.clone();
        self.open_file = self.dockerfile.clone();
        self.terminal.lines.clear();
        self.lesson_results.clear();
        self.simulate();
        vec![Effect::ShowOpenFile { reset: true }, Effect::SaveWorkspace]
    }

    /// Runs a command of the lesson in the terminal and compares its output with the lesson's.
    pub(super) fn run_lesson_command(&mut self, block: &str, index: usize) -> Vec<Effect> {
        let Some((_, lesson)) = &self.lesson else {
            return Vec::new();
        };
        let expected = lesson.blocks.iter().find_map(|one| match one {
            Block::Console { id, commands } if id == block => commands.get(index).cloned(),
            _ => None,
        });
        let Some(expected) = expected else {
            return Vec::new();
        };
        let (output, status) = self.run_command(&expected.command);
        let as_expected = lesson::fits(&expected.output, &output) && expected.status.unwrap_or(status) == status;
        let command = (block.to_string(), index);
        self.lesson_results.retain(|result| result.command != command);
        self.lesson_results.push(LessonCommandResult { command, as_expected });
        self.after_command()
    }
}
