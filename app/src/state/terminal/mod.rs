//! The terminal of the simulated host: its lines, its prompt, the commands that run and that wait.
//!
//! The model holds what is shown as plain lines. The view draws them, with xterm.js or without it.

mod build_step_lines;
mod history;
mod output;
mod pasted_lines;

pub use build_step_lines::{Link, step_lines};
pub use history::Histories;
pub use output::plain;
use std::collections::VecDeque;

/// Lines that the terminal keeps.
const MAX_LINES: usize = 2_000;
/// The bytes of the lines that the terminal keeps.
const MAX_BYTES: usize = 1 << 20;
/// The prompt of a command that goes on in another line.
const CONTINUES: &str = "> ";
/// The sizes of the letters, in CSS pixels.
const FONT_SIZES: std::ops::RangeInclusive<u8> = 10..=28;
const FONT_SIZE: u8 = 13;

/// A line of the terminal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TerminalLine {
    /// The text. Of control sequences it has only those that set colours.
    pub text: String,
    /// What it is.
    pub kind: LineKind,
}

/// What a line of the terminal is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineKind {
    /// A command behind its prompt, which takes this many bytes.
    Command(usize),
    /// Output.
    Output,
    /// What the simulator says in its own voice.
    Note,
}

/// An action in the terminal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TerminalMsg {
    /// Ctrl-C, with the line that was typed.
    Interrupt(String),
    /// Ctrl-D in an empty line.
    EndInput,
    /// Empty the terminal.
    Clear,
    /// Open what a link in the output names.
    Open(Link),
    /// Make the letters larger or smaller by this many CSS pixels.
    ResizeFont(i8),
    /// Show the terminal alone, or with the other panels again.
    ToggleFullScreen,
    /// Close what is open over the page: the full screen.
    Escape,
    /// Open the search in the output.
    Search,
    /// The person comes to the terminal.
    Wanted,
    /// The script that draws it is loaded, or could not be loaded.
    Loaded(bool),
    /// xterm.js draws it.
    Drawn,
}

/// What draws the terminal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DrawnBy {
    /// A log and a field.
    #[default]
    Plain,
    /// The same, while the script of xterm.js is loaded.
    Loading,
    /// The same, and the script is loaded.
    Loaded,
    /// xterm.js.
    Xterm,
}

/// The terminal of the simulated host.
#[derive(Clone, Debug)]
pub struct Terminal {
    /// The lines shown: at most 2,000, and 1 MiB of text.
    pub lines: VecDeque<TerminalLine>,
    /// The number of the first of these lines, counted over all that were printed.
    pub first: u64,
    /// How often the terminal was emptied.
    pub cleared: u32,
    /// The commands so far, for each workspace.
    pub histories: Histories,
    /// The size of the letters in CSS pixels.
    pub font_size: u8,
    /// Whether the terminal is shown alone.
    pub is_full_screen: bool,
    /// What draws it.
    pub drawn_by: DrawnBy,
    /// The host's prompt.
    host_prompt: String,
    /// The lines of a command that goes on in the next line.
    continued: Option<String>,
    /// The command that was sent last.
    sent: String,
    /// How many commands were sent that did not end.
    running: usize,
    /// Whether they were asked to end.
    is_interrupted: bool,
    /// Lines that wait for the commands before them.
    waiting: VecDeque<String>,
    bytes: usize,
}

impl Default for Terminal {
    fn default() -> Self {
        Terminal {
            lines: VecDeque::new(),
            first: 0,
            cleared: 0,
            histories: Histories::default(),
            font_size: FONT_SIZE,
            is_full_screen: false,
            drawn_by: DrawnBy::Plain,
            host_prompt: "~/work $ ".into(),
            continued: None,
            sent: String::new(),
            running: 0,
            is_interrupted: false,
            waiting: VecDeque::new(),
            bytes: 0,
        }
    }
}

/// What the simulator is to be asked.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Ask {
    /// To end the commands that wait for data.
    Interrupt,
    /// To end the input of a container's shell; of a command that goes on, with all its lines.
    EndInput(Option<String>),
    /// Nothing helps but to stop it.
    Stop,
}

impl Terminal {
    /// The prompt; empty while a command runs.
    pub fn prompt(&self) -> &str {
        match (self.running, &self.continued) {
            (0, Some(_)) => CONTINUES,
            (0, None) => &self.host_prompt,
            _ => "",
        }
    }

    /// Whether a command runs.
    pub fn is_running(&self) -> bool {
        self.running > 0
    }

    /// Whether the commands that run were asked to end.
    pub fn is_interrupted(&self) -> bool {
        self.is_interrupted
    }

    /// The typed lines that wait for the commands before them.
    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// The next command to run of the lines that wait, with all its lines; `None` while one runs.
    pub(super) fn next_command(&mut self, workspace: &str) -> Option<String> {
        while self.running == 0 {
            let line = self.waiting.pop_front()?;
            self.show_typed(&line);
            let command = match self.continued.take() {
                Some(before) => format!("{before}\n{line}"),
                None if line.trim().is_empty() => continue,
                None => line,
            };
            self.histories.add(workspace, &command);
            self.sent = command.clone();
            self.started();
            return Some(command);
        }
        None
    }

    /// Shows a line behind the prompt.
    fn show_typed(&mut self, line: &str) {
        let prompt = if self.continued.is_some() { CONTINUES.to_string() } else { self.host_prompt.clone() };
        self.show_command(&prompt, line);
    }

    /// Shows a command, which may have several lines, behind a prompt.
    pub(super) fn show_command(&mut self, prompt: &str, command: &str) {
        let prompts = std::iter::once(prompt).chain(std::iter::repeat(CONTINUES));
        for (prompt, line) in prompts.zip(command.split('\n')) {
            let text = format!("{prompt}{}", output::without_control(line));
            self.push(TerminalLine { text, kind: LineKind::Command(prompt.len()) });
        }
    }

    /// A command was sent.
    pub(super) fn started(&mut self) {
        (self.running, self.is_interrupted) = (self.running + 1, false);
    }

    /// A command ended.
    pub(super) fn ended(&mut self) {
        self.running = self.running.saturating_sub(1);
        self.is_interrupted &= self.running > 0;
    }

    /// The command that was sent goes on in the next line.
    pub(super) fn continues(&mut self) {
        self.ended();
        self.continued = Some(std::mem::take(&mut self.sent));
    }

    /// Ctrl-C: what is typed is dropped, commands that wait are ended; if that does not help, the simulator is stopped.
    pub(super) fn interrupt(&mut self, typed: &str) -> Option<Ask> {
        self.waiting.clear();
        if self.running == 0 {
            self.show_typed(&format!("{typed}^C"));
            self.continued = None;
            return None;
        }
        if std::mem::replace(&mut self.is_interrupted, true) {
            return Some(Ask::Stop);
        }
        self.push(TerminalLine { text: "^C".into(), kind: LineKind::Output });
        Some(Ask::Interrupt)
    }

    /// Ctrl-D. A command that goes on is run as it is.
    pub(super) fn end_input(&mut self) -> Option<Ask> {
        if self.running > 0 {
            return None;
        }
        self.started();
        Some(Ask::EndInput(self.continued.take()))
    }

    /// The host's prompt is another one.
    pub(super) fn set_prompt(&mut self, prompt: String) {
        self.host_prompt = prompt;
    }

    /// The host is gone with what it ran.
    pub(super) fn stopped(&mut self) {
        let fresh = Terminal::default();
        (self.running, self.is_interrupted, self.continued) = (0, false, None);
        self.host_prompt = fresh.host_prompt;
        self.waiting.clear();
    }

    /// Empties the terminal.
    pub(super) fn clear(&mut self) {
        self.first += self.lines.len() as u64;
        self.lines.clear();
        (self.cleared, self.bytes) = (self.cleared.wrapping_add(1), 0);
    }

    /// Makes the letters larger or smaller.
    pub(super) fn resize_font(&mut self, by: i8) {
        self.font_size = self.font_size.saturating_add_signed(by).clamp(*FONT_SIZES.start(), *FONT_SIZES.end());
    }

    /// Prints a text.
    pub(super) fn print(&mut self, text: &str, kind: LineKind) {
        for line in output::lines(text) {
            self.push(TerminalLine { text: line, kind });
        }
    }

    fn push(&mut self, line: TerminalLine) {
        self.bytes += line.text.len();
        self.lines.push_back(line);
        while self.lines.len() > MAX_LINES || self.bytes > MAX_BYTES {
            let Some(gone) = self.lines.pop_front() else { break };
            self.first += 1;
            self.bytes -= gone.text.len();
        }
    }

    /// What is kept in the browser's storage, as JSON.
    pub fn to_json(&self) -> String {
        serde_json::json!({ "fontSize": self.font_size, "histories": self.histories.to_value() }).to_string()
    }

    /// Takes what was kept; what of it is not valid is left out.
    pub fn restore(&mut self, json: &str) {
        let value: serde_json::Value = serde_json::from_str(json).unwrap_or_default();
        if let Some(size) = value["fontSize"].as_u64().and_then(|size| u8::try_from(size).ok()) {
            self.font_size = size.clamp(*FONT_SIZES.start(), *FONT_SIZES.end());
        }
        self.histories = Histories::from_value(&value["histories"]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(terminal: &Terminal) -> Vec<&str> {
        terminal.lines.iter().map(|line| line.text.as_str()).collect()
    }

    #[test]
    fn a_command_of_several_lines_has_a_prompt_for_each() {
        let mut terminal = Terminal::default();
        terminal.enter("echo 'a\nb'");
        terminal.next_command("");
        terminal.continues();
        assert_eq!(terminal.prompt(), "> ");
        assert_eq!(terminal.next_command(""), Some("echo 'a\nb'".into()));
        assert_eq!(texts(&terminal), ["~/work $ echo 'a", "> b'"]);
        terminal.ended();
        assert_eq!(terminal.prompt(), "~/work $ ");
        assert_eq!(terminal.histories.of(""), ["echo 'a\nb'"], "it is remembered as a whole");
    }

    #[test]
    fn an_interrupt_drops_what_is_typed_and_ends_what_runs() {
        let mut terminal = Terminal::default();
        assert_eq!(terminal.interrupt("ech"), None);
        assert_eq!(texts(&terminal), ["~/work $ ech^C"]);
        terminal.enter("docker build .\nls");
        terminal.next_command("");
        assert_eq!(terminal.interrupt(""), Some(Ask::Interrupt));
        assert_eq!((terminal.waiting(), terminal.is_interrupted()), (0, true));
        assert_eq!(terminal.interrupt(""), Some(Ask::Stop));
        terminal.stopped();
        assert!(!terminal.is_running() && !terminal.is_interrupted());
    }

    #[test]
    fn end_of_input_runs_what_goes_on_or_leaves_the_shell() {
        let mut terminal = Terminal::default();
        assert_eq!(terminal.end_input(), Some(Ask::EndInput(None)));
        assert_eq!(terminal.end_input(), None, "while something runs");
        terminal.ended();
        terminal.enter("cat <<E");
        terminal.next_command("");
        terminal.continues();
        assert_eq!(terminal.end_input(), Some(Ask::EndInput(Some("cat <<E".into()))));
    }

    #[test]
    fn lines_and_bytes_are_bounded_and_keep_their_numbers() {
        let mut terminal = Terminal::default();
        terminal.print(&"x\n".repeat(MAX_LINES + 5), LineKind::Output);
        assert_eq!((terminal.lines.len(), terminal.first), (MAX_LINES, 5));
        for _ in 0..300 {
            terminal.print(&"y".repeat(9_000), LineKind::Output);
        }
        assert!(terminal.bytes <= MAX_BYTES && terminal.lines.len() < 200);
        terminal.clear();
        assert_eq!((terminal.lines.len(), terminal.first, terminal.cleared), (0, 2_305, 1));
    }

    #[test]
    fn what_is_kept_is_checked_when_it_comes_back() {
        let mut terminal = Terminal::default();
        terminal.resize_font(3);
        terminal.histories.add("then/1", "ls");
        let mut other = Terminal::default();
        other.restore(&terminal.to_json());
        assert_eq!((other.font_size, other.histories.of("then/1")), (16, &["ls".to_string()][..]));
        for bad in ["", "[]", r#"{"fontSize":-1,"histories":[3]}"#, r#"{"fontSize":200,"histories":{"a":[1,"b"]}}"#] {
            let mut other = Terminal::default();
            other.restore(bad);
            assert!(FONT_SIZES.contains(&other.font_size));
        }
    }
}
