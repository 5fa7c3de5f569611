//! The open lesson: its commands, and its beginning anew.

use crate::state::effect::Effect;
use crate::state::lesson_progress::{CommandId, LessonProgress, is_goal_met};
use crate::state::model::Model;
use crate::state::panel::Panel;
use crate::state::workspaces::StepKind;
use stageplay_protocol::Request;

impl Model {
    /// Whether the image of the Dockerfile does what the lesson's task wants; `None` if the task is to run the commands.
    pub fn is_goal_met(&self) -> Option<bool> {
        is_goal_met(self.lesson.as_ref()?, self.outcome.as_deref())
    }

    pub(super) fn select_lesson(&mut self, slug: &str) -> Vec<Effect> {
        self.panel = Panel::Lesson;
        self.lesson_progress = LessonProgress::default();
        self.open_lesson_or_exercise(slug)
    }

    /// Runs a command of the lesson.
    pub(super) fn run_lesson_command(&mut self, command: CommandId) -> Vec<Effect> {
        self.lesson_progress.wait_for([command]);
        self.run_next_lesson_command()
    }

    /// Runs the commands of the lesson that were not run.
    pub(super) fn run_rest_of_lesson(&mut self) -> Vec<Effect> {
        let Some(lesson) = &self.lesson else { return Vec::new() };
        self.lesson_progress.wait_for(self.lesson_progress.rest(lesson));
        self.run_next_lesson_command()
    }

    pub(super) fn run_next_lesson_command(&mut self) -> Vec<Effect> {
        let Some((block, index)) = self.lesson_progress.next() else { return Vec::new() };
        self.terminal.started();
        self.expected_change = Some(StepKind::Command);
        let mut effects = self.draw_terminal();
        effects.extend(self.ask(Request::RunLessonCommand(block, index)));
        effects
    }
}
