//! Commands in the terminal.

use crate::state::effect::Effect;
use crate::state::model::Model;
use stageplay_core::host::gap_lines;

impl Model {
    /// Runs a command on the simulated host. Returns its output and its exit code.
    pub(super) fn run_command(&mut self, command: &str) -> (String, i32) {
        self.terminal.add_command(command);
        if command.trim() == "clear" {
            self.terminal.lines.clear();
            return (String::new(), 0);
        }
        let answer = self.host.run(command);
        let gaps = gap_lines(&answer.gaps, self.language);
        self.terminal.add_output(&answer.text);
        self.terminal.add_output(&gaps);
        (answer.text, answer.status)
    }

    /// Shows the files that a command may have written, and simulates with them.
    pub(super) fn after_command(&mut self) -> Vec<Effect> {
        if self.file_text(&self.open_file).is_none() {
            self.open_file = self.dockerfile.clone();
        }
        self.simulate();
        vec![Effect::ShowOpenFile { reset: false }, Effect::SaveWorkspace]
    }
}
