//! How far the reader of the open lesson is: what came of its commands, which of them wait, whether its task is done.

use stageplay_protocol::{CommandResult, LessonBlock, LessonView, Outcome};
use std::collections::VecDeque;

/// A command of a lesson: the id of its block, its index in the block.
pub type CommandId = (String, usize);

/// How far the reader of the open lesson is.
#[derive(Clone, Debug, Default)]
pub struct LessonProgress {
    /// What came of the commands that were run.
    results: Vec<(CommandId, CommandResult)>,
    /// The command that runs.
    running: Option<CommandId>,
    /// The commands that run after it.
    waiting: VecDeque<CommandId>,
}

/// Whether the image of the Dockerfile does what the lesson's task wants; `None` if the task is to run the commands.
pub(super) fn is_goal_met(lesson: &LessonView, outcome: Option<&Outcome>) -> Option<bool> {
    let goal = lesson.goal.as_deref()?;
    let verdict = outcome.and_then(|outcome| outcome.report.run.as_ref()).map(|run| run.verdict.as_ref());
    Some(verdict == Some(goal))
}

impl LessonProgress {
    /// What came of a command; `None` if it was not run.
    pub fn result(&self, block: &str, index: usize) -> Option<&CommandResult> {
        let found = self.results.iter().find(|((of, at), _)| of == block && *at == index);
        found.map(|(_, result)| result)
    }

    /// Whether a command runs or waits for those before it.
    pub fn is_running(&self, block: &str, index: usize) -> bool {
        self.running.iter().chain(&self.waiting).any(|(of, at)| of == block && *at == index)
    }

    /// Whether any command runs.
    pub fn is_any_running(&self) -> bool {
        self.running.is_some()
    }

    /// How many commands the lesson has, and how many of them were run.
    pub fn count(&self, lesson: &LessonView) -> (usize, usize) {
        let all = commands(lesson);
        let run = all.iter().filter(|(block, index)| self.result(block, *index).is_some()).count();
        (all.len(), run)
    }

    /// Puts commands behind those that wait.
    pub(super) fn wait_for(&mut self, commands: impl IntoIterator<Item = CommandId>) {
        let new: Vec<CommandId> =
            commands.into_iter().filter(|(block, index)| !self.is_running(block, *index)).collect();
        self.waiting.extend(new);
    }

    /// The commands that were not run.
    pub(super) fn rest(&self, lesson: &LessonView) -> Vec<CommandId> {
        commands(lesson).into_iter().filter(|(block, index)| self.result(block, *index).is_none()).collect()
    }

    /// The next command to run; `None` while one runs.
    pub(super) fn next(&mut self) -> Option<CommandId> {
        if self.running.is_some() {
            return None;
        }
        self.running = self.waiting.pop_front();
        self.running.clone()
    }

    /// A command was run. One that gave something else than the lesson expects ends the row of those that wait.
    pub(super) fn on_result(&mut self, command: CommandId, result: CommandResult) {
        if !result.as_expected {
            self.waiting.clear();
        }
        self.running.take_if(|running| *running == command);
        self.results.retain(|(other, _)| *other != command);
        self.results.push((command, result));
    }

    /// No command runs any more.
    pub(super) fn on_stop(&mut self) {
        self.running = None;
        self.waiting.clear();
    }
}

/// The commands of a lesson in order.
fn commands(lesson: &LessonView) -> Vec<CommandId> {
    let of_block = |block: &LessonBlock| match block {
        LessonBlock::Console(id, commands) => (0..commands.len()).map(|index| (id.clone(), index)).collect(),
        _ => Vec::new(),
    };
    lesson.blocks.iter().flat_map(of_block).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use stageplay_protocol::LessonCommand;

    fn lesson() -> LessonView {
        let command = || LessonCommand::default();
        let blocks = vec![
            LessonBlock::Prose("x".into()),
            LessonBlock::Console("a".into(), vec![command(), command()]),
            LessonBlock::Console("b".into(), vec![command()]),
        ];
        LessonView { blocks, ..LessonView::default() }
    }

    fn result(as_expected: bool) -> CommandResult {
        CommandResult { as_expected, ..CommandResult::default() }
    }

    #[test]
    fn the_rest_runs_one_after_the_other() {
        let mut progress = LessonProgress::default();
        progress.wait_for([("a".into(), 0)]);
        let first = progress.next().unwrap();
        assert_eq!(first, ("a".into(), 0));
        progress.wait_for(progress.rest(&lesson()));
        assert_eq!(progress.next(), None, "one runs");
        progress.on_result(first, result(true));
        assert_eq!(progress.next(), Some(("a".into(), 1)));
        assert!(progress.is_running("b", 0) && progress.is_any_running());
        assert_eq!(progress.count(&lesson()), (3, 1));
    }

    #[test]
    fn a_result_that_is_not_expected_ends_the_row() {
        let mut progress = LessonProgress::default();
        progress.wait_for(progress.rest(&lesson()));
        let first = progress.next().unwrap();
        progress.on_result(first, result(false));
        assert_eq!(progress.next(), None);
        assert_eq!(progress.rest(&lesson()).len(), 2);
    }
}
