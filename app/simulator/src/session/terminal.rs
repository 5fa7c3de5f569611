//! Commands in the terminal.

use super::Session;
use stageplay_core::host::gap_lines;
use stageplay_protocol::Event;
use std::collections::BTreeSet;

impl Session {
    /// Runs a command on the simulated host and shows its output. Returns its output and its exit code.
    ///
    /// # Errors
    /// The names of the data that is not loaded, unless `anyway`; the host is as before.
    pub(super) fn run_command(&mut self, command: &str, anyway: bool) -> Result<(String, i32), BTreeSet<String>> {
        if command.trim() == "clear" {
            self.tell(Event::ClearTerminal);
            return Ok((String::new(), 0));
        }
        let answer = if anyway { self.host.run(command) } else { self.host.run_or_lack(command)? };
        let gaps = gap_lines(&answer.gaps, self.language);
        for text in [&answer.text, &gaps].into_iter().filter(|text| !text.is_empty()) {
            self.tell(Event::Output(text.clone()));
        }
        Ok((answer.text, answer.status))
    }

    /// Simulates with the files that a command may have written.
    pub(super) fn after_command(&mut self) {
        self.may_have_other_workspace = true;
        self.simulate();
    }
}
