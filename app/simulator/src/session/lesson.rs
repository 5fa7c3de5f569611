//! The open lesson: its texts, its workspace, its commands.

use super::Session;
use crate::effect::Effect;
use crate::image_data::WaitingAction;
use pulldown_cmark::{Event as Markdown, Options, Parser, html::push_html};
use stageplay_core::engine::EngineProfile;
use stageplay_core::lesson::{self, Block, Expected, Lesson};
use stageplay_core::words::Language;
use stageplay_protocol::{Event, LessonBlock, LessonCommand, LessonView};
use std::collections::BTreeSet;

impl Session {
    /// Fetches a lesson. `keeps_workspace` says that it belongs to the loaded workspace, which it must not replace.
    pub(super) fn request_lesson(&mut self, slug: String, keeps_workspace: bool) {
        self.keeps_workspace = keeps_workspace;
        self.awaited_lesson = Some(slug.clone());
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
            return Ok(());
        };
        let (output, status) = self.run_command(&expected.command, anyway)?;
        let as_expected = lesson::fits(&expected.output, &output) && expected.status.unwrap_or(status) == status;
        self.tell(Event::LessonResult(block.to_string(), index, as_expected));
        self.after_command();
        Ok(())
    }
}

/// Renders Markdown. HTML in it is shown as text.
fn html(text: &str) -> String {
    let events = Parser::new_ext(text, Options::ENABLE_TABLES).map(|event| match event {
        Markdown::Html(raw) | Markdown::InlineHtml(raw) => Markdown::Text(raw),
        event => event,
    });
    let mut out = String::new();
    push_html(&mut out, events);
    out
}

fn lesson_view(slug: &str, lesson: &Lesson) -> LessonView {
    let command =
        |expected: &Expected| LessonCommand { command: expected.command.clone(), output: expected.output.clone() };
    let block = |block: &Block| match block {
        Block::Prose(text) => LessonBlock::Prose(html(text)),
        Block::File { name, text, .. } => LessonBlock::File(name.clone(), text.clone()),
        Block::Console { id, commands } => LessonBlock::Console(id.clone(), commands.iter().map(command).collect()),
    };
    LessonView {
        slug: slug.to_string(),
        title: lesson.header.title.clone(),
        blocks: lesson.blocks.iter().map(block).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::html;

    #[test]
    fn html_in_a_lesson_is_text() {
        assert_eq!(html("a <b>b</b>\n"), "<p>a &lt;b&gt;b&lt;/b&gt;</p>\n");
        assert!(!html("<script>alert(1)</script>\n").contains("<script"));
    }
}
