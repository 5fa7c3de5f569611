//! The model: everything that the page knows.

use super::applied_fix::AppliedFix;
use super::checks::{Check, add_own_findings};
use super::dialog::Dialog;
use super::dockerfile_language::dockerfile_language;
use super::effect::Effect;
use super::example_list::ExampleList;
use super::exercises::Exercises;
use super::layers::Layers;
use super::lesson_index::LessonEntry;
use super::lesson_progress::LessonProgress;
use super::message::Msg;
use super::misspelt_stage::misspelt_stage;
use super::panel::Panel;
use super::panel_layout::PanelLayout;
use super::piece::Pieces;
use super::real_build::RealBuilds;
use super::result_tab::ResultTab;
use super::simulator::{Simulator, WorkerState};
use super::stages::StageView;
use super::start_walk::StartWalkState;
use super::terminal::Terminal;
use super::theme::Theme;
use super::toast::Toast;
use super::workspaces::{History, Library, StepKind};
use stageplay_protocol::{
    BaseMatch, EngineProfile, FirstResult, FirstVisit, ImageDataView, InspectedProgram, LessonView, Loaded, Outcome,
    Workspace,
};
use stageplay_report::words::Language;
use std::collections::BTreeSet;
use std::rc::Rc;

/// Everything that the page knows.
#[derive(Debug)]
pub struct Model {
    /// The example and the engines.
    pub(super) first: FirstVisit,
    /// The result of the example, once it is read.
    pub(super) first_result: Option<FirstResult>,
    /// Whether the result of the example is to be shown as soon as it is read.
    pub(super) awaits_first_result: bool,
    /// Messages that wait for [`Piece::Result`](super::Piece::Result).
    pub(super) waiting: Vec<Msg>,
    /// The files, the engine and the lesson. It is what is saved and shared.
    pub workspace: Workspace,
    /// The workspaces of the person, and which one is open.
    pub library: Library,
    /// What can be undone and redone.
    pub history: History,
    /// The time, in milliseconds since 1970; set before each message.
    pub now: f64,
    /// Whether the workspace came by a link and waits for the person's wish to be simulated.
    pub is_held: bool,
    /// What changes of the workspace that the simulator tells come from.
    pub(super) expected_change: Option<StepKind>,
    /// The list of examples, once it was asked for.
    pub examples: Option<Result<ExampleList, String>>,
    /// The dialog that is open.
    pub dialog: Option<Dialog>,
    /// The public address that is asked for.
    pub asked_address: Option<String>,
    /// The share link in the open dialog; or why there is none.
    pub share_link: Option<Result<String, String>>,
    /// What of the share dialog is in the clipboard, and whether the browser let it in.
    pub copied: Option<(&'static str, bool)>,
    /// The text that the start page is searched for.
    pub home_query: String,
    /// Whether the person showed or hid the file tree.
    pub(super) file_tree_is_open: Option<bool>,
    /// The file of the tree whose menu is open, by its path.
    pub file_menu: Option<String>,
    /// Folders of the file tree that are closed.
    pub closed_folders: BTreeSet<String>,
    /// Folders that hold no file yet.
    pub empty_folders: BTreeSet<String>,
    /// The paths of the ELF files of the build context.
    pub programs: Vec<String>,
    /// The path of the file in the editor.
    pub open_file: String,
    /// What the simulator was asked and has answered.
    pub simulator: Simulator,
    /// The last result, in the language of the page.
    pub outcome: Option<Rc<Outcome>>,
    /// A result that waits for data about base images: until that arrived or failed, the last one is shown.
    pub(super) deferred_outcome: Option<Rc<Outcome>>,
    /// The result of the image's program on every base image, once it was asked for.
    pub base_image_matrix: Option<Vec<BaseMatch>>,
    /// The stage graph.
    pub stages: StageView,
    /// The findings of the checks, in the language of the page.
    pub checks: Vec<Check>,
    /// The program of the build context whose ELF headers are shown.
    pub inspected_program: Option<InspectedProgram>,
    /// The terminal.
    pub terminal: Terminal,
    /// The list of lessons.
    pub lessons: Vec<LessonEntry>,
    /// The open lesson in the language of the page.
    pub lesson: Option<LessonView>,
    /// How far the reader of the lesson is.
    pub lesson_progress: LessonProgress,
    /// The exercises.
    pub exercises: Exercises,
    /// The language of the page.
    pub language: Language,
    /// The color theme.
    pub theme: Theme,
    /// The panel that a small screen shows.
    pub panel: Panel,
    /// The tab of the result that is shown.
    pub result_tab: ResultTab,
    /// The sizes of the panels, and which are folded.
    pub panel_layout: PanelLayout,
    /// The notice at the top of the page.
    pub notice: Option<String>,
    /// The toast, with its number.
    pub toast: Option<(u64, Toast)>,
    /// The number of toasts so far.
    pub(super) toasts: u64,
    /// The fix that was applied last.
    pub applied_fix: Option<AppliedFix>,
    /// Whether the editor is scrolled to the line that the next result fails at: a whole Dockerfile was pasted.
    pub shows_failing_line: bool,
    /// The text in the command palette; `None` while it is closed.
    pub palette: Option<String>,
    /// The real builds.
    pub real_builds: RealBuilds,
    /// The data about base images that was asked for.
    pub image_data: ImageDataView,
    /// The layer explorer.
    pub layers: Layers,
    /// The walk through the start.
    pub start_walk: StartWalkState,
    /// How far the pieces of the page's program are.
    pub pieces: Pieces,
    /// The version of the page.
    pub version: String,
    /// Whether a newer version of the page is loaded and can take over.
    pub has_new_version: bool,
}

/// A file of the build context.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContextFileEntry {
    /// The path in the build context, without a leading slash.
    pub path: String,
    /// The size in bytes.
    pub bytes: u64,
    /// Whether the editor can show it: it is UTF-8 text.
    pub is_text: bool,
}

impl Model {
    /// The model of a first visit: the example, whose result follows with [`Msg::FirstResultRead`].
    pub fn new(first: FirstVisit, language: Language, theme: Theme) -> Self {
        let mut model = Model {
            workspace: first.workspace.clone(),
            first,
            first_result: None,
            awaits_first_result: true,
            waiting: Vec::new(),
            library: Library::new(),
            history: History::default(),
            now: 0.0,
            is_held: false,
            expected_change: None,
            examples: None,
            dialog: None,
            asked_address: None,
            share_link: None,
            copied: None,
            home_query: String::new(),
            file_tree_is_open: None,
            file_menu: None,
            closed_folders: BTreeSet::new(),
            empty_folders: BTreeSet::new(),
            programs: Vec::new(),
            open_file: String::new(),
            simulator: Simulator::default(),
            outcome: None,
            deferred_outcome: None,
            base_image_matrix: None,
            stages: StageView::default(),
            checks: Vec::new(),
            inspected_program: None,
            terminal: Terminal::default(),
            lessons: LessonEntry::all(),
            lesson: None,
            lesson_progress: LessonProgress::default(),
            exercises: Exercises::default(),
            language,
            theme,
            panel: Panel::Editor,
            result_tab: ResultTab::default(),
            panel_layout: PanelLayout::default(),
            notice: None,
            toast: None,
            toasts: 0,
            applied_fix: None,
            shows_failing_line: false,
            palette: None,
            real_builds: RealBuilds::default(),
            image_data: ImageDataView::default(),
            layers: Layers::default(),
            start_walk: StartWalkState::default(),
            pieces: Pieces::of_page(language),
            version: String::new(),
            has_new_version: false,
        };
        model.open_file = model.workspace.dockerfile.clone();
        model.run_checks();
        model
    }

    /// Shows the result that was computed when the page was built, at once or when it is read.
    pub(super) fn show_example_outcome(&mut self) {
        self.awaits_first_result = self.first_result.is_none();
        if let Some(first) = &self.first_result {
            self.set_outcome(match self.language {
                Language::English => first.english.clone(),
                Language::Chinese => first.chinese.clone(),
            });
        }
    }

    /// Whether what the HTML shows of the example is still to be shown: its result is not read yet.
    pub fn shows_first_html(&self) -> bool {
        self.awaits_first_result && self.outcome.is_none()
    }

    /// Shows a result.
    pub(super) fn set_outcome(&mut self, outcome: Rc<Outcome>) {
        self.awaits_first_result = false;
        self.outcome = Some(outcome);
        self.run_checks();
    }

    /// Opens a saved or shared workspace, which is simulated once the worker is ready.
    pub(super) fn open_workspace(&mut self, workspace: Workspace) -> Vec<Effect> {
        self.forget_results();
        self.open_file = workspace.dockerfile.clone();
        if self.lesson.as_ref().map(|lesson| &lesson.slug) != workspace.lesson.as_ref() {
            self.lesson = None;
        }
        self.workspace = workspace;
        self.run_checks();
        let mut effects = vec![Effect::ShowOpenFile { reset: true }];
        effects.extend(self.load_into_simulator());
        effects.extend(self.follow_exercise());
        effects
    }

    /// Forgets what was found out about another workspace.
    pub(super) fn forget_results(&mut self) {
        self.awaits_first_result = false;
        (self.outcome, self.deferred_outcome) = (None, None);
        (self.base_image_matrix, self.inspected_program) = (None, None);
        self.layers = Layers { is_open: self.layers.is_open, ..Layers::default() };
        self.start_walk = StartWalkState::default();
        self.programs.clear();
        self.empty_folders.clear();
        self.closed_folders.clear();
        self.lesson_progress = LessonProgress::default();
        self.terminal.clear();
    }

    /// Has the simulator open the workspace, in place of what it had.
    pub(super) fn load_into_simulator(&mut self) -> Vec<Effect> {
        let mut effects = match self.simulator.state {
            WorkerState::Ready | WorkerState::Starting => {
                let loaded = self.loaded(self.workspace.clone());
                self.simulator.load(loaded)
            }
            WorkerState::Absent | WorkerState::Stopped(_) => return self.simulator.start(&self.workspace),
        };
        let parts = self.files_held_in_part();
        if !parts.is_empty() {
            effects.push(Effect::TakeFilesAgain(parts, false));
        }
        effects
    }

    /// A workspace with what its simulation depends on.
    pub(super) fn loaded(&self, workspace: Workspace) -> Loaded {
        let language = self.language.tag().to_string();
        Loaded { workspace, language, calibration: self.real_builds.calibration.clone() }
    }

    /// Whether there is a column with a lesson or with exercises.
    pub fn has_lesson_column(&self) -> bool {
        self.exercises.is_open || self.lesson.is_some()
    }

    /// The engines, oldest first.
    pub fn engines(&self) -> &[EngineProfile] {
        &self.first.engines
    }

    /// The day on which tags are looked up, `YYYY-MM-DD`; empty for an unknown engine.
    pub fn day(&self) -> String {
        let engine = self.engines().iter().find(|engine| engine.id == self.workspace.engine);
        let of_engine = || engine.map(|engine| engine.day.clone());
        self.workspace.as_of.clone().or_else(of_engine).unwrap_or_default()
    }

    /// Whether the simulated build needs data about base images that is not loaded.
    pub fn lacks_image_data(&self) -> bool {
        self.outcome.as_ref().is_some_and(|outcome| outcome.lacks_image_data)
    }

    /// The files of the build context.
    pub fn files(&self) -> Vec<ContextFileEntry> {
        let files = self.workspace.files.iter().map(|file| ContextFileEntry {
            path: file.path.clone(),
            bytes: file.len(),
            is_text: file.text().is_some(),
        });
        files.collect()
    }

    /// The text of a file of the build context; `None` if it is not UTF-8 text.
    pub fn file_text(&self, path: &str) -> Option<&str> {
        self.workspace.text(path)
    }

    /// The text of the Dockerfile that is built; empty if there is none.
    pub fn dockerfile_text(&self) -> &str {
        self.file_text(&self.workspace.dockerfile).unwrap_or_default()
    }

    /// Whether the shown result is not that of the present text and settings.
    pub fn is_result_awaited(&self) -> bool {
        self.simulator.is_result_awaited() || (self.deferred_outcome.is_some() && !self.is_outcome_current())
    }

    /// Whether the edits in the last result fit the present text.
    pub fn is_outcome_current(&self) -> bool {
        self.outcome.as_ref().is_some_and(|outcome| outcome.dockerfile == self.dockerfile_text())
    }

    /// Lists the findings of the checks.
    pub(super) fn run_checks(&mut self) {
        let text = self.dockerfile_text();
        let mut checks = dockerfile_language()
            .map(|language| (language.check)(text, self.file_text(".dockerignore")))
            .unwrap_or_default();
        if let Some(outcome) = &self.outcome {
            checks.extend(misspelt_stage(text, outcome));
            add_own_findings(&mut checks, outcome);
        }
        checks.sort_by_key(|check| check.line);
        self.checks = checks;
    }
}

/// The last name of a path.
pub(super) fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}
