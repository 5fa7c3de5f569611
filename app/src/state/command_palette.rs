//! The commands of the page as data: the command palette lists them, and the keys of some are listed with them.

use super::dialog::Dialog;
use super::exercises::ExercisesMsg;
use super::message::Msg;
use super::model::Model;
use super::panel::Panel;
use super::panel_layout::FoldablePanel;
use super::theme::Theme;
use crate::i18n::{colon, t};
use stageplay_report::words::Language;

/// A command of the page.
#[derive(Clone, Debug)]
pub struct Command {
    /// A stable id.
    pub id: String,
    /// What it does, in the language of the page.
    pub words: String,
    /// Its keys, such as `Ctrl+K`; empty for none.
    pub keys: &'static str,
    /// What it does; `None` for keys that the editor answers.
    pub msg: Option<Msg>,
}

/// The keys that the editor answers: the ids of their words, and the keys.
const EDITOR_KEYS: [(&str, &str); 9] = [
    ("keys.complete", "Ctrl+Space"),
    ("keys.fixes", "Ctrl+."),
    ("keys.next-check", "F8"),
    ("keys.definition", "F12"),
    ("keys.rename", "F2"),
    ("keys.format", "Shift+Alt+F"),
    ("keys.fold", "Ctrl+Shift+["),
    ("keys.search", "Ctrl+F"),
    ("keys.leave", "Escape"),
];

impl Model {
    /// All commands, those that fit the present state first.
    pub fn commands(&self) -> Vec<Command> {
        let words = |id: &str| t(self.language, id);
        let command = |id: &str, keys, msg| Command { id: id.to_string(), words: words(id), keys, msg: Some(msg) };
        let mut commands = Vec::new();
        if let Some(step) = self.next_step() {
            let button = words(step.words);
            let said = if step.title.is_empty() { button } else { [button, step.title].join(colon(self.language)) };
            commands.push(Command { id: "next-step".into(), words: said, keys: "", msg: Some(step.msg) });
        }
        if self.checks.iter().filter_map(|check| check.fix.as_ref()).any(|fix| fix.safe) {
            commands.push(command("apply-safe", "", Msg::ApplySafeFixes));
        }
        if self.applied_fix.as_ref().is_some_and(|fix| !fix.shows_cause) {
            commands.push(command("toast.why-failed", "", Msg::ShowFixedCause(true)));
        }
        commands.push(command("undo", "Ctrl+Z", Msg::Undo));
        commands.push(command("redo", "Ctrl+Y", Msg::Redo));
        if self.can_start_over() {
            commands.push(command("start-over", "", Msg::RestartWorkspace));
        }
        commands.push(command("share", "", Msg::ShowDialog(Some(Dialog::Share))));
        commands.push(command("home.open", "", Msg::ShowDialog(Some(Dialog::Home))));
        commands.push(command("home.new", "", Msg::NewWorkspace));
        commands.push(command("address.title", "", Msg::ShowDialog(Some(Dialog::OpenAddress))));
        commands.push(command("files.new-file", "", Msg::ShowDialog(Some(Dialog::NewFile(String::new())))));
        commands.push(command("share.zip", "", Msg::DownloadFiles));
        for tab in self.result_tabs() {
            let said = format!("{} · {}", words("result"), words(&format!("tab.{}", tab.id())));
            let msg = Some(Msg::ShowResultTab(tab));
            commands.push(Command { id: format!("tab-{}", tab.id()), words: said, keys: "", msg });
        }
        commands.push(command("go.editor", "", Msg::FocusPanel(Panel::Editor)));
        commands.push(command("go.terminal", "", Msg::FocusPanel(Panel::Terminal)));
        let is_folded = self.panel_layout.is_folded(FoldablePanel::Terminal);
        let fold = if is_folded { "terminal.unfold" } else { "terminal.fold" };
        commands.push(command(fold, "", Msg::FoldPanel(FoldablePanel::Terminal, !is_folded)));
        if self.lesson.is_some() {
            let is_folded = self.panel_layout.is_folded(FoldablePanel::Lesson);
            let fold = if is_folded { "lesson.unfold" } else { "lesson.fold" };
            commands.push(command(fold, "", Msg::FoldPanel(FoldablePanel::Lesson, !is_folded)));
            commands.push(command("present-lesson", "", Msg::Exercises(ExercisesMsg::PresentLesson)));
        }
        commands.push(command("exercises", "", Msg::Exercises(ExercisesMsg::Show)));
        commands.push(command("matrix.compare", "", Msg::CompareBaseImages));
        for theme in [Theme::System, Theme::Dark, Theme::Light] {
            let said = format!("{} · {}", words("theme"), words(&format!("theme.{}", theme.as_str())));
            let msg = Some(Msg::SetTheme(theme));
            commands.push(Command { id: format!("theme-{}", theme.as_str()), words: said, keys: "", msg });
        }
        let (other, name) = match self.language {
            Language::English => (Language::Chinese, "中文"),
            Language::Chinese => (Language::English, "English"),
        };
        let msg = Some(Msg::SetLanguage(other));
        commands.push(Command { id: "language".into(), words: name.to_string(), keys: "", msg });
        for engine in self.engines().iter().rev() {
            for builder in &engine.builders {
                let said = format!("Docker {} · {}", engine.version, words(&format!("builder.{builder}")));
                let id = format!("engine-{}-{builder}", engine.id);
                let msg = Some(Msg::SelectEngine(engine.id.clone(), builder.clone()));
                commands.push(Command { id, words: said, keys: "", msg });
            }
        }
        commands.push(command("palette", "Ctrl+K", Msg::ShowPalette(true)));
        commands.extend(EDITOR_KEYS.map(|(id, keys)| Command { id: id.into(), words: words(id), keys, msg: None }));
        commands
    }

    /// The commands whose words hold each word of a query, in any order and case. An empty query finds all; a question
    /// mark finds those with keys.
    pub fn find_commands(&self, query: &str) -> Vec<Command> {
        let mut found = self.commands();
        if query.trim() == "?" || query.trim() == "？" {
            found.retain(|command| !command.keys.is_empty());
            return found;
        }
        let wanted: Vec<String> = query.split_whitespace().map(str::to_lowercase).collect();
        found.retain(|command| {
            let text = format!("{} {} {}", command.words, command.id, command.keys).to_lowercase();
            command.msg.is_some() && wanted.iter().all(|word| text.contains(word))
        });
        found
    }
}
