//! What is typed and clicked in the terminal.

use crate::state::effect::Effect;
use crate::state::model::Model;
use crate::state::panel::Panel;
use crate::state::simulator::StopReason;
use crate::state::terminal::{Ask, DrawnBy, Link, TerminalMsg};
use crate::state::workspaces::StepKind;
use stageplay_protocol::Request;

impl Model {
    /// The name under which the commands of the workspace are kept.
    pub fn history_key(&self) -> &str {
        self.workspace.lesson.as_deref().unwrap_or_default()
    }

    /// Takes lines of the terminal and runs the first, unless a command runs.
    pub(super) fn enter_lines(&mut self, lines: &str) -> Vec<Effect> {
        self.terminal.enter(lines);
        let mut effects = self.draw_terminal();
        effects.extend(self.run_next_command());
        effects
    }

    /// Runs the next line that waits.
    pub(super) fn run_next_command(&mut self) -> Vec<Effect> {
        let key = self.history_key().to_string();
        let Some(command) = self.terminal.next_command(&key) else { return Vec::new() };
        self.expected_change = Some(StepKind::Command);
        let mut effects = self.ask(Request::RunCommand(command, false));
        effects.push(Effect::SaveTerminal(self.terminal.to_json()));
        effects
    }

    pub(super) fn update_terminal(&mut self, msg: TerminalMsg) -> Vec<Effect> {
        match msg {
            TerminalMsg::Interrupt(typed) => {
                self.lesson_progress.on_stop();
                match self.terminal.interrupt(&typed) {
                    Some(Ask::Stop) => self.stop_simulator(StopReason::Interrupted),
                    Some(_) => self.ask(Request::InterruptCommands),
                    None => Vec::new(),
                }
            }
            TerminalMsg::EndInput => match self.terminal.end_input() {
                Some(Ask::EndInput(Some(command))) => self.ask(Request::RunCommand(command, true)),
                Some(_) => self.ask(Request::EndInput),
                None => Vec::new(),
            },
            TerminalMsg::Clear => {
                self.terminal.clear();
                Vec::new()
            }
            TerminalMsg::Open(link) => self.open_link(link),
            TerminalMsg::ResizeFont(by) => {
                self.terminal.resize_font(by);
                vec![Effect::SaveTerminal(self.terminal.to_json())]
            }
            TerminalMsg::ToggleFullScreen => {
                self.terminal.is_full_screen = !self.terminal.is_full_screen;
                Vec::new()
            }
            TerminalMsg::Escape => {
                self.terminal.is_full_screen = false;
                Vec::new()
            }
            TerminalMsg::Search => vec![Effect::SearchTerminal],
            TerminalMsg::Wanted => self.draw_terminal(),
            TerminalMsg::Loaded(is_loaded) => {
                self.terminal.drawn_by = if is_loaded { DrawnBy::Loaded } else { DrawnBy::Plain };
                Vec::new()
            }
            TerminalMsg::Drawn => {
                self.terminal.drawn_by = DrawnBy::Xterm;
                Vec::new()
            }
        }
    }

    /// Loads the script that draws the terminal.
    pub(super) fn draw_terminal(&mut self) -> Vec<Effect> {
        if self.terminal.drawn_by != DrawnBy::Plain {
            return Vec::new();
        }
        self.terminal.drawn_by = DrawnBy::Loading;
        vec![Effect::LoadTerminal]
    }

    fn open_link(&mut self, link: Link) -> Vec<Effect> {
        self.terminal.is_full_screen = false;
        match link {
            Link::Line(line) => {
                self.open_file = self.workspace.dockerfile.clone();
                self.panel = Panel::Editor;
                vec![Effect::ShowOpenFile { reset: false }, Effect::GoToLine(line)]
            }
            Link::File(path, line) => {
                if self.file_text(&path).is_none() {
                    return Vec::new();
                }
                let mut effects = self.open_file(path);
                effects.extend(line.map(Effect::GoToLine));
                effects
            }
        }
    }

    /// Opens a file that a command asks to edit. One that is not there is created.
    pub(super) fn open_or_create_file(&mut self, path: String) -> Vec<Effect> {
        self.terminal.is_full_screen = false;
        if self.file_text(&path).is_some() { self.open_file(path) } else { self.create_file(&path) }
    }
}
