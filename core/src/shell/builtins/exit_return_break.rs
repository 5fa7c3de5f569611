//! `exit`, `return`, `break` and `continue`: where the script goes on, with which exit code, and what a wrong number
//! makes the shell say ("Illegal number", "numeric argument required").

use crate::shell::Shell;
use crate::shell::interpret::Flow;
use crate::shell::language::Language;

/// The builtins that the interpreter itself carries out.
pub(super) const FLOW: [&str; 4] = ["break", "continue", "exit", "return"];

impl Shell {
    /// The control flow after one of these builtins, and its exit code. `None` if its number is none: that is told,
    /// `last_status` is 2, and the shell ends.
    pub(crate) fn flow_of_builtin(&mut self, name: &str, argv: &[String]) -> Option<(Flow, i32)> {
        let number = argv.get(1).and_then(|text| text.parse::<i32>().ok());
        if let Some(wrong) = argv.get(1).filter(|_| number.is_none() && matches!(name, "exit" | "return")) {
            let prefix = self.builtin_prefix(name);
            self.err(match self.language() {
                Language::Bash => format!("{prefix}: {wrong}: numeric argument required\n"),
                _ => format!("{prefix}: Illegal number: {wrong}\n"),
            });
            self.last_status = 2;
            return None;
        }
        let flow = match name {
            "exit" => Flow::Exit,
            "return" => Flow::Return,
            "break" => Flow::Break(number.unwrap_or(1).max(1) as u32),
            _ => Flow::Continue(number.unwrap_or(1).max(1) as u32),
        };
        self.exited |= flow == Flow::Exit && !self.in_subshell;
        if number.is_some() {
            self.note_failure();
        }
        let status = match flow {
            Flow::Exit | Flow::Return => number.map_or(self.last_status, |code| code & 255),
            _ => 0,
        };
        Some((flow, status))
    }
}
