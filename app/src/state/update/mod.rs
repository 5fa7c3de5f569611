//! What each message does to the model. A file for each part of the page; this one dispatches.

mod context_files;
mod dockerfile_edits;
mod real_build;
mod simulator;
#[cfg(test)]
mod tests;

use super::effect::Effect;
use super::message::Msg;
use super::model::Model;
use super::panel::Panel;
use stageplay_protocol::{ExplorerRequest, Request};
use stageplay_report::words::Language;

impl Model {
    /// Selects an engine of the list and one of its builders. It is saved at once, and not only when the simulator answers.
    fn select_engine(&mut self, id: String, builder: String) -> Vec<Effect> {
        if self.engines().iter().any(|engine| engine.id == id && engine.builders.contains(&builder)) {
            (self.workspace.engine, self.workspace.builder) = (id.clone(), builder.clone());
        }
        let mut effects = self.ask(Request::SelectEngine(id, builder));
        effects.push(Effect::SaveWorkspace);
        effects
    }

    /// Applies a message. The effects are for the caller to carry out.
    pub fn update(&mut self, msg: Msg) -> Vec<Effect> {
        match msg {
            Msg::FileEdited(path, text) => self.edit_file(&path, text),
            Msg::OpenFile(path) => self.open_file(path),
            Msg::CreateFile(path) => self.create_file(&path),
            Msg::AssumeFiles(on) => self.assume_files(on),
            Msg::FileAdded(name) => self.ask(Request::TakeFile(name)),
            Msg::InspectProgram(path) => self.ask(Request::InspectProgram(path)),
            Msg::StartProgram(path) => self.start_program(&path),
            Msg::SelectEngine(id, builder) => self.select_engine(id, builder),
            Msg::SetAsOf(day) => self.ask(Request::SetAsOf(day)),
            Msg::RunCommand(command) => {
                self.terminal.add_command(&command);
                self.ask(Request::RunCommand(command))
            }
            Msg::ApplyFix(index) => self.apply_fix(index),
            Msg::ApplyCheckFix(index) => self.apply_check_fix(index),
            Msg::ApplySafeFixes => self.apply_safe_fixes(),
            Msg::CompareBaseImages => self.ask(Request::CompareBaseImages),
            Msg::GoToLine(line) => {
                self.open_file = self.workspace.dockerfile.clone();
                self.panel = Panel::Editor;
                vec![Effect::ShowOpenFile { reset: false }, Effect::GoToLine(line)]
            }
            Msg::Explore(request) => self.explore(request),
            Msg::ShowLayer(index, is_shown) => self.ask(Request::ShowLayer(index, is_shown)),
            Msg::SelectLesson(slug) => {
                self.panel = Panel::Lesson;
                self.ask(Request::OpenLesson(slug))
            }
            Msg::RunLessonCommand(block, index) => {
                if let Some(command) = self.lesson_command(&block, index) {
                    self.terminal.add_command(&command);
                }
                self.ask(Request::RunLessonCommand(block, index))
            }
            Msg::RestartLesson => self.ask(Request::RestartLesson),
            Msg::SetLanguage(language) => self.set_language(language),
            Msg::SetTheme(theme) => {
                self.theme = theme;
                vec![Effect::SaveSettings]
            }
            Msg::ShowPanel(panel) => {
                self.panel = panel;
                Vec::new()
            }
            Msg::CopyShareLink => vec![Effect::CopyShareLink(self.workspace.to_json())],
            Msg::ShowNotice(text) => self.show_notice(text),
            Msg::DismissNotice => {
                self.notice = None;
                Vec::new()
            }
            Msg::RetryImageData => self.ask(Request::RetryImageData),
            Msg::AskSimulator(id, question) => self.ask(Request::Ask(id, question)),
            Msg::StartSimulator => self.start_simulator(),
            Msg::WorkerReady => self.on_worker_ready(),
            Msg::WorkerUpdate(update) => self.on_worker_update(*update),
            Msg::WorkerFailed(message) => self.on_worker_failed(message),
            Msg::DeadlinePassed(number) => self.on_deadline(number),
            Msg::RestartSimulator => self.restart_simulator(),
            Msg::BeginWithoutText => self.begin_without_text(),
            Msg::NewVersionLoaded => {
                self.has_new_version = true;
                Vec::new()
            }
            Msg::UseNewVersion => vec![Effect::UseNewVersion],
            Msg::RealBuild(msg) => self.update_real_build(msg),
        }
    }

    fn show_notice(&mut self, text: String) -> Vec<Effect> {
        self.notice = Some(text);
        Vec::new()
    }

    fn explore(&mut self, request: ExplorerRequest) -> Vec<Effect> {
        match &request {
            ExplorerRequest::SetOpen(is_open) => self.explorer_is_open = *is_open,
            ExplorerRequest::Search(query) => self.explorer_query = query.clone(),
            _ => {}
        }
        self.ask(Request::Explore(request))
    }

    /// Switches the language. The example's result is there in both languages.
    fn set_language(&mut self, language: Language) -> Vec<Effect> {
        self.language = language;
        let mut effects = vec![Effect::SaveSettings];
        if self.is_first_visit() {
            self.show_example_outcome();
        } else {
            effects.extend(self.ask(Request::SetLanguage(language.tag().to_string())));
        }
        effects
    }

    /// A command of the lesson: by the id of its block and its index in the block.
    fn lesson_command(&self, block: &str, index: usize) -> Option<String> {
        use stageplay_protocol::LessonBlock::Console;
        self.lesson.as_ref()?.blocks.iter().find_map(|one| match one {
            Console(id, commands) if id == block => commands.get(index).map(|command| command.command.clone()),
            _ => None,
        })
    }
}
