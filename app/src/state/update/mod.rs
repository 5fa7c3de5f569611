//! What each message does to the model. A file for each part of the page; this one dispatches.

mod choose_base;
mod choose_dockerfile;
mod context_files;
mod dockerfile_edits;
mod edit_conflict;
mod exercises;
#[cfg(test)]
mod exercises_tests;
mod layers;
mod lesson;
mod panels;
mod pasted_dockerfile;
mod pieces;
mod real_build;
mod shared_link;
mod simulator;
mod stages;
mod start_walk;
mod target_stage;
mod terminal;
#[cfg(test)]
mod tests;
mod toast;
mod workspaces;
#[cfg(test)]
mod workspaces_tests;

use super::dialog::Dialog;
use super::effect::Effect;
use super::message::Msg;
use super::model::Model;
use super::panel::Panel;
use super::piece::{Piece, PieceState};
use super::result_tab::ResultTab;
use super::toast::Toast;
use super::workspaces::StepKind;
use crate::i18n::t;
use stageplay_protocol::{ExplorerRequest, Request};
use stageplay_report::words::Language;

impl Model {
    /// Selects an engine of the list and one of its builders. It is saved at once, and not only when the simulator answers.
    fn select_engine(&mut self, id: String, builder: String) -> Vec<Effect> {
        self.record_step(StepKind::Settings);
        if self.engines().iter().any(|engine| engine.id == id && engine.builders.contains(&builder)) {
            (self.workspace.engine, self.workspace.builder) = (id.clone(), builder.clone());
        }
        let mut effects = self.ask(Request::SelectEngine(id, builder));
        effects.push(Effect::SaveWorkspace);
        effects
    }

    /// Applies a message. The effects are for the caller to carry out.
    pub fn update(&mut self, msg: Msg) -> Vec<Effect> {
        let mut effects = match msg {
            Msg::FileEdited(path, text) => self.edit_file(&path, text),
            Msg::FirstResultRead(result) => {
                self.first_result = Some(*result);
                if self.shows_first_html() {
                    self.show_example_outcome();
                }
                Vec::new()
            }
            Msg::EditApplied | Msg::EditorLoaded(true) => Vec::new(),
            Msg::RequestLost | Msg::EditorLoaded(false) => {
                self.show_toast(Toast::text(t(self.language, "piece.failed")))
            }
            Msg::LoadPiece(piece) => self.load_piece(piece).into_iter().collect(),
            Msg::PieceLoaded(piece, is_loaded) => self.on_piece_loaded(piece, is_loaded),
            Msg::SetTheme(theme) => {
                self.theme = theme;
                vec![Effect::SaveSettings]
            }
            Msg::ShowPanel(panel) => {
                self.panel = panel;
                Vec::new()
            }
            Msg::StartSimulator => self.start_simulator(),
            Msg::WorkspaceStored(stored) => self.on_stored(stored),
            msg => self.apply_with_piece(msg),
        };
        effects.extend(self.load_needed_pieces());
        effects
    }

    /// Applies a message that the first screen does not need.
    pub(super) fn apply(&mut self, msg: Msg) -> Vec<Effect> {
        match msg {
            Msg::OpenFile(path) => self.open_file(path),
            Msg::CreateFile(path) => self.create_file(&path),
            Msg::ConvertLineEnds(path) => self.convert_line_ends(&path),
            Msg::AssumeFiles(on) => self.assume_files(on),
            Msg::CreateFolder(path) => self.create_folder(&path),
            Msg::RenameFile(from, to) => self.rename_file(&from, &to),
            Msg::DuplicateFile(path) => self.duplicate_file(&path),
            Msg::RemoveFile(path) => self.remove_file(&path),
            Msg::ToggleFolder(path) => {
                if !self.closed_folders.remove(&path) {
                    self.closed_folders.insert(path);
                }
                Vec::new()
            }
            Msg::ShowFileTree(is_shown) => {
                self.file_tree_is_open = Some(is_shown);
                Vec::new()
            }
            Msg::ShowFileMenu(path) => {
                if path.is_some() {
                    self.file_tree_is_open = Some(true);
                }
                self.file_menu = path;
                Vec::new()
            }
            Msg::SearchHome(query) => {
                self.home_query = query;
                Vec::new()
            }
            Msg::FilesAdded(paths, is_folder) => self.add_files(paths, is_folder),
            Msg::ArchiveAdded(path) => self.add_archive(path),
            Msg::FilesAddedAgain(paths) => self.ask(Request::TakeFiles(paths)),
            Msg::Undo => self.undo(),
            Msg::Redo => self.redo(),
            Msg::OpenWorkspace(id) => self.open_by_id(id),
            Msg::NewWorkspace => self.new_workspace(),
            Msg::RenameWorkspace(id, name) => self.rename_workspace(id, &name),
            Msg::DuplicateWorkspace(id) => self.duplicate_workspace(id),
            Msg::RemoveWorkspace(id) => vec![Effect::RemoveRecord(id)],
            Msg::RestoreRemoved => self.restore_removed(),
            Msg::RestartWorkspace => self.restart_workspace(),
            Msg::WorkspaceFound(id, found) => self.on_found(id, found),
            Msg::WorkspaceFetched(name, fetched) => self.on_fetched(name, fetched),
            Msg::WorkspacesListed(entries) => {
                self.library.entries = entries;
                Vec::new()
            }
            Msg::WorkspaceRemoved(id, json) => self.on_removed(id, json),
            Msg::StorageChanged(id, revision) => self.on_storage_changed(&id, revision),
            Msg::TakeOtherVersion => self.take_other_version(),
            Msg::KeepOwnVersion => self.keep_own_version(),
            Msg::ExamplesListed(list) => {
                self.examples = Some(list);
                Vec::new()
            }
            Msg::OpenLink(link) => vec![Effect::ReadLink(link)],
            Msg::LinkRead(workspace) => self.on_link_read(workspace),
            Msg::OpenPrefill(prefill) => self.open_prefill(prefill),
            Msg::OpenAddress(address) => self.open_address(&address),
            Msg::AddressFetched(address, text) => self.on_address_fetched(address, text),
            Msg::SimulateLink => self.release(),
            Msg::ShowDialog(dialog) => self.show_dialog(dialog),
            Msg::ShareLinkMade(link) => {
                self.share_link = Some(link);
                Vec::new()
            }
            Msg::CopyText(name, text) => vec![Effect::CopyText(name, text)],
            Msg::Copied(name, is_copied) => {
                self.copied = Some((name, is_copied));
                Vec::new()
            }
            Msg::ShareNatively => self.share_natively(),
            Msg::DownloadFiles => self.ask(Request::DownloadFiles),
            Msg::DownloadReport => self.download_report(),
            Msg::InspectProgram(path) => self.ask(Request::InspectProgram(path)),
            Msg::StartProgram(path) => self.start_program(&path),
            Msg::SelectEngine(id, builder) => self.select_engine(id, builder),
            Msg::SetAsOf(day) => {
                self.expected_change = Some(StepKind::Settings);
                self.ask(Request::SetAsOf(day))
            }
            Msg::RunCommand(lines) => self.enter_lines(&lines),
            Msg::Terminal(msg) => self.update_terminal(msg),
            Msg::ApplyFix(index) => self.apply_fix(index),
            Msg::ApplyCheckFix(index) => self.apply_check_fix(index),
            Msg::TakeImage(index, name) => self.take_image(index, name),
            Msg::ApplySafeFixes => self.apply_safe_fixes(),
            Msg::CompareBaseImages => {
                (self.result_tab, self.panel) = (ResultTab::Bases, Panel::Result);
                self.ask(Request::CompareBaseImages)
            }
            Msg::GoToLine(line) => {
                self.open_file = self.workspace.dockerfile.clone();
                self.panel = Panel::Editor;
                self.mark_layer_at(line);
                vec![Effect::ShowOpenFile { reset: false }, Effect::GoToLine(line)]
            }
            Msg::Explore(request) => self.explore(request),
            Msg::Layers(msg) => {
                self.layers.update(msg);
                Vec::new()
            }
            Msg::WalkStart(msg) => self.update_walk(msg),
            Msg::SelectLesson(slug) => self.select_lesson(&slug),
            Msg::RunLessonCommand(block, index) => self.run_lesson_command((block, index)),
            Msg::RunRestOfLesson => self.run_rest_of_lesson(),
            Msg::SetLanguage(language) => self.set_language(language),
            Msg::ShowResultTab(tab) => {
                (self.result_tab, self.panel) = (tab, Panel::Result);
                // Files are listed only while they are seen.
                self.explore(ExplorerRequest::SetOpen(tab == ResultTab::Layers))
            }
            Msg::ResizePanel(splitter, size) => self.resize_panel(splitter, size),
            Msg::FoldPanel(panel, is_folded) => self.fold_panel(panel, is_folded),
            Msg::FocusPanel(panel) => {
                self.panel = panel;
                vec![Effect::FocusPanel(panel)]
            }
            Msg::ShowPalette(is_open) => self.show_palette(is_open.then(String::new)),
            Msg::ShowKeys => self.show_palette(Some("?".to_string())),
            Msg::SearchCommands(text) => self.show_palette(Some(text)),
            Msg::RunFromPalette(msg) => self.run_from_palette(*msg),
            Msg::RunFirstFound(text) => self.run_first_found(&text),
            Msg::CloseToast => self.close_toast(),
            Msg::ExpireToast(number) => self.expire_toast(number),
            Msg::ShowFixedCause(is_shown) => self.show_fixed_cause(is_shown),
            Msg::ShowNotice(text) => self.show_notice(text),
            Msg::DismissNotice => {
                self.notice = None;
                Vec::new()
            }
            Msg::RetryImageData => self.ask(Request::RetryImageData),
            Msg::AskSimulator(id, question) => self.ask(Request::Ask(id, question)),
            Msg::WorkerReady => self.on_worker_ready(),
            Msg::WorkerLoads(is_loading) => {
                self.simulator.is_loading = is_loading;
                Vec::new()
            }
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
            Msg::Exercises(msg) => self.update_exercises(msg),
            Msg::Stages(msg) => self.update_stages(msg),
            Msg::RealBuild(msg) => self.update_real_build(msg),
            // `update` applies these.
            Msg::EditApplied
            | Msg::EditorLoaded(_)
            | Msg::FileEdited(..)
            | Msg::FirstResultRead(_)
            | Msg::LoadPiece(_)
            | Msg::PieceLoaded(..)
            | Msg::RequestLost
            | Msg::SetTheme(_)
            | Msg::ShowPanel(_)
            | Msg::StartSimulator
            | Msg::WorkspaceStored(_) => Vec::new(),
        }
    }

    fn show_dialog(&mut self, dialog: Option<Dialog>) -> Vec<Effect> {
        let mut effects = match &dialog {
            Some(Dialog::Home) => vec![Effect::ListWorkspaces],
            Some(Dialog::Share) => {
                (self.share_link, self.copied) = (None, None);
                vec![Effect::MakeShareLink(self.workspace.to_json())]
            }
            _ => Vec::new(),
        };
        if dialog == Some(Dialog::Home) && !matches!(self.examples, Some(Ok(_))) {
            effects.push(Effect::FetchExampleList);
        }
        if dialog.is_none() {
            self.asked_address = None;
        }
        self.dialog = dialog;
        effects
    }

    fn share_natively(&mut self) -> Vec<Effect> {
        match &self.share_link {
            Some(Ok(link)) => vec![Effect::ShareNatively(link.clone(), self.title())],
            _ => Vec::new(),
        }
    }

    fn download_report(&self) -> Vec<Effect> {
        let Some(outcome) = &self.outcome else { return Vec::new() };
        let json = serde_json::to_string_pretty(&outcome.report).unwrap_or_default();
        vec![Effect::DownloadFile("stageplay-report.json".into(), json.into_bytes())]
    }

    fn show_notice(&mut self, text: String) -> Vec<Effect> {
        self.notice = Some(text);
        Vec::new()
    }

    /// Switches the language. The example's result is there in both languages.
    fn set_language(&mut self, language: Language) -> Vec<Effect> {
        if language == Language::Chinese && self.pieces.state(Piece::Chinese) != PieceState::Loaded {
            return self.load_piece(Piece::Chinese).into_iter().collect();
        }
        self.language = language;
        let mut effects = vec![Effect::SaveSettings];
        if self.is_first_visit() {
            self.show_example_outcome();
        } else {
            effects.extend(self.ask(Request::SetLanguage(language.tag().to_string())));
        }
        effects
    }
}
