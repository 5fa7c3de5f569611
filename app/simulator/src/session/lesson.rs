//! The open lesson: its texts, its workspace, its commands.

use super::Session;
use crate::effect::Effect;
use crate::image_data::WaitingAction;
use crate::markdown::html;
use stageplay_core::engine::EngineProfile;
use stageplay_core::lesson::{self, Block, Expected, Lesson};
use stageplay_core::words::Language;
use stageplay_protocol::{CommandResult, Event, LessonBlock, LessonCommand, LessonView, is_exercise};
use std::collections::BTreeSet;

impl Session {
    /// Fetches a lesson. `keeps_workspace` says that it belongs to the loaded workspace, which it must not replace.
    pub(super) fn request_lesson(&mut self, slug: String, keeps_workspace: bool) {
        self.keeps_workspace = keeps_workspace;
        self.awaited_lesson = Some(slug.clone());
        if is_exercise(&slug) {
            return self.request_exercise(&slug);
        }
        self.effects.push(Effect::FetchLesson(slug));
    }

    /// Opens a lesson whose texts arrived: English, Chinese. Texts that nobody waits for any more are dropped.
    pub fn take_lesson(&mut self, slug: &str, texts: Result<(String, String), String>) {
        if self.awaited_lesson.as_deref() != Some(slug) {
            return;
        }
        self.awaited_lesson = None;
        let keeps_workspace = std::mem::take(&mut self.keeps_workspace);
        match texts {
            Ok(texts) => {
                self.exercise = None;
                self.lesson_texts = Some(texts);
                self.parse_lesson(slug);
                if !keeps_workspace {
                    self.carry_out(WaitingAction::StartLesson);
                }
            }
            Err(error) => self.notice(error),
        }
        self.request_missing_data();
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
            Ok(lesson) => {
                self.update.lesson = Some(lesson_view(slug, &lesson));
                self.lesson = Some((slug.to_string(), lesson));
            }
            Err(error) => self.notice(format!("{slug}: {error}")),
        }
    }

    /// Sets up the host of the lesson and opens its Dockerfile. Tags mean what they meant on the day of its engine.
    ///
    /// # Errors
    /// The names of the data that is not loaded, unless `anyway`.
    pub(super) fn start_lesson(&mut self, anyway: bool) -> Result<(), BTreeSet<String>> {
        let Some((_, lesson)) = self.lesson.clone() else {
            return Ok(());
        };
        let Some(engine) = EngineProfile::find(&lesson.header.engine) else {
            return Ok(());
        };
        let host = lesson.host(self.catalogue.clone());
        let missing = self.catalogue.take_missing();
        if !missing.is_empty() && !anyway {
            return Err(missing);
        }
        match host {
            Ok(host) => self.host = host,
            Err(error) => {
                self.notice(error);
                return Ok(());
            }
        }
        self.as_of = None;
        self.builder = lesson.builder(&engine);
        self.engine = engine;
        self.dockerfile = lesson.header.dockerfile.clone();
        self.may_have_other_workspace = true;
        self.tell(Event::ClearTerminal);
        self.tell(Event::LessonStarted);
        self.compared.clear();
        self.simulate();
        Ok(())
    }

    /// A command of the lesson: by the id of its block and its index in the block.
    fn lesson_command(&self, block: &str, index: usize) -> Option<Expected> {
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
    ) -> Result<(), BTreeSet<String>> {
        let Some(expected) = self.lesson_command(block, index) else {
            self.tell(Event::CommandEnded(1));
            return Ok(());
        };
        // Commands of a lesson are for the host.
        self.leave_containers();
        let prompt = self.host.prompt();
        let answer =
            if anyway { self.host.run(&expected.command) } else { self.host.run_or_lack(&expected.command)? };
        self.tell(Event::CommandTyped(prompt, expected.command.clone()));
        let (output, status) = self.show_answer(answer);
        let as_expected = lesson::fits(&expected.output, &output) && expected.status.unwrap_or(status) == status;
        let differences =
            if as_expected { lesson::Differences::default() } else { lesson::differences(&expected.output, &output) };
        let result = CommandResult {
            output: beginning(output),
            status,
            as_expected,
            unexpected: differences.unexpected,
            missing: differences.missing,
        };
        self.tell(Event::LessonResult(block.to_string(), index, result));
        self.tell(Event::CommandEnded(status));
        self.after_command();
        Ok(())
    }
}

/// The beginning of what a command of a lesson printed.
fn beginning(mut output: String) -> String {
    const MAX_BYTES: usize = 1 << 16;
    let end = (0..=MAX_BYTES.min(output.len())).rev().find(|at| output.is_char_boundary(*at)).unwrap_or(0);
    output.truncate(end);
    output
}

fn lesson_view(slug: &str, lesson: &Lesson) -> LessonView {
    let command = |expected: &Expected| LessonCommand {
        command: expected.command.clone(),
        output: expected.output.clone(),
        status: expected.status,
    };
    let block = |block: &Block| match block {
        Block::Prose(text) => LessonBlock::Prose(html(text)),
        Block::File { name, text, .. } => LessonBlock::File(name.clone(), text.clone()),
        Block::Console { id, commands } => LessonBlock::Console(id.clone(), commands.iter().map(command).collect()),
    };
    LessonView {
        slug: slug.to_string(),
        title: lesson.header.title.clone(),
        task: lesson.header.task.clone(),
        goal: lesson.header.goal.map(|goal| goal.verdict().to_string()),
        blocks: lesson.blocks.iter().map(block).collect(),
    }
}
