//! Commands in the terminal.

use crate::state::effect::Effect;
use crate::state::model::Model;
use stageplay_core::host::gap_lines;
use std::collections::BTreeSet;

impl Model {
    /// Runs a command on the simulated host and shows its output. Returns its output and its exit code.
    ///
    /// # Errors
    /// The names of the data that is not loaded, unless `anyway`; the host is as before.
    pub(super) fn run_command(&mut self, command: &str, anyway: bool) -> Result<(String, i32), BTreeSet<String>> {
        if command.trim() == "clear" {
            self.terminal.lines.clear();
            return Ok((String::new(), 0));
        }
        let answer = if anyway { self.host.run(command) } else { self.host.run_or_lack(command)? };
        let gaps = gap_lines(&answer.gaps, self.language);
        self.terminal.add_output(&answer.text);
        self.terminal.add_output(&gaps);
        Ok((answer.text, answer.status))
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
