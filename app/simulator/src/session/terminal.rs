//! Commands in the terminal.

use super::Session;
use crate::image_data::WaitingAction;
use serde_json::{Value, json};
use stageplay_core::host::{CommandOutput, Host, HostEvent, gap_lines};
use stageplay_protocol::{Event, Utf16Offsets};
use std::collections::BTreeSet;

/// The exit code of a command that was interrupted.
const INTERRUPTED: i32 = 130;

impl Session {
    /// Runs a command of the terminal now or when its data arrived; asks for another line if it goes on there, unless no
    /// more lines come.
    pub(super) fn run_typed(&mut self, command: String, is_whole: bool) {
        if !is_whole && Host::is_unfinished(&command) {
            self.tell(Event::CommandContinues);
        } else {
            self.carry_out(WaitingAction::Command(command));
        }
    }

    /// Gives up the commands that wait for data.
    pub(super) fn interrupt_commands(&mut self) {
        let is_command =
            |action: &WaitingAction| matches!(action, WaitingAction::Command(_) | WaitingAction::LessonCommand(..));
        let before = self.waiting.len();
        self.waiting.retain(|(action, _)| !is_command(action));
        for _ in self.waiting.len()..before {
            self.tell(Event::CommandEnded(INTERRUPTED));
        }
    }

    /// Runs a command on the simulated host and shows its output. Returns its output and its exit code.
    ///
    /// # Errors
    /// The names of the data that is not loaded, unless `anyway`; the host is as before.
    pub(super) fn run_command(&mut self, command: &str, anyway: bool) -> Result<(String, i32), BTreeSet<String>> {
        self.host.set_assumes_context(self.assumes_context);
        let answer = if anyway { self.host.run(command) } else { self.host.run_or_lack(command)? };
        self.note_command(command);
        Ok(self.show_answer(answer))
    }

    /// Ends the input of the shell in a container.
    pub(super) fn end_input(&mut self) {
        let answer = self.host.end_of_input();
        let (_, status) = self.show_answer(answer);
        self.tell(Event::CommandEnded(status));
        self.after_command();
    }

    /// Leaves the shells in containers in which the terminal is.
    pub(super) fn leave_containers(&mut self) {
        while self.host.session().is_some() {
            let answer = self.host.end_of_input();
            self.show_answer(answer);
        }
    }

    pub(super) fn show_answer(&mut self, answer: CommandOutput) -> (String, i32) {
        for event in answer.events {
            self.tell(match event {
                HostEvent::Clear => Event::ClearTerminal,
                HostEvent::OpenFile(path) => Event::OpenFile(path),
            });
        }
        if !answer.text.is_empty() {
            self.tell(Event::Output(answer.text.clone()));
        }
        let gaps = gap_lines(&answer.gaps, self.language);
        if !gaps.is_empty() {
            self.tell(Event::Note(gaps));
        }
        (answer.text, answer.status)
    }

    /// Simulates with the files that a command may have written.
    pub(super) fn after_command(&mut self) {
        self.may_have_other_workspace = true;
        self.simulate();
    }

    /// Answers the question `{"ask": "complete-command", "text", "at"}` for a line of the terminal and its cursor in UTF-16
    /// code units: `{"from", "candidates"}`, where a candidate replaces what stands between `from` and the cursor. `None` for
    /// another question.
    pub(super) fn complete_command(&self, question: &str) -> Option<String> {
        let question: Value = serde_json::from_str(question).ok()?;
        if question["ask"] != "complete-command" {
            return None;
        }
        let line = question["text"].as_str().unwrap_or("");
        let offsets = Utf16Offsets::new(line);
        let at = question["at"].as_u64().and_then(|at| usize::try_from(at).ok()).unwrap_or(usize::MAX);
        let found = self.host.completions(line, offsets.byte(at));
        Some(json!({ "from": offsets.unit(found.start), "candidates": found.candidates }).to_string())
    }
}
