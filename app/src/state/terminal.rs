//! The lines of the terminal and the history of its commands.

/// Lines that the terminal keeps.
const MAX_LINES: usize = 2_000;

/// A line of the terminal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TerminalLine {
    /// The text.
    pub text: String,
    /// Whether it is a command that was typed, rather than output.
    pub is_command: bool,
}

/// The terminal of the simulated host.
#[derive(Clone, Debug, Default)]
pub struct Terminal {
    /// The lines shown, at most 2,000.
    pub lines: Vec<TerminalLine>,
    /// The commands so far, oldest first; a repeated command counts once.
    pub history: Vec<String>,
}

impl Terminal {
    /// Shows a command and adds it to the history.
    pub(super) fn add_command(&mut self, command: &str) {
        self.print(&format!("$ {command}"), true);
        if self.history.last().map(String::as_str) != Some(command) {
            self.history.push(command.to_string());
        }
    }

    /// Shows the output of a command.
    pub(super) fn add_output(&mut self, text: &str) {
        self.print(text, false);
    }

    fn print(&mut self, text: &str, is_command: bool) {
        self.lines.extend(text.lines().map(|line| TerminalLine { text: line.to_string(), is_command }));
        let extra = self.lines.len().saturating_sub(MAX_LINES);
        self.lines.drain(..extra);
    }
}
