//! The model: everything that the page knows.

use super::checks::{Check, findings};
use super::effect::Effect;
use super::lesson_index::{LessonCommandResult, LessonEntry};
use super::panel::Panel;
use super::real_build::RealBuilds;
use super::simulator::{Simulator, WorkerState};
use super::terminal::Terminal;
use super::theme::Theme;
use stageplay_protocol::{
    BaseMatch, EngineProfile, ExplorerView, FirstVisit, ImageDataView, InspectedProgram, LessonView, Loaded, Outcome,
    Workspace,
};
use stageplay_report::words::Language;
use std::rc::Rc;

/// Everything that the page knows.
#[derive(Debug)]
pub struct Model {
    /// The result of the example and the engines.
    pub(super) first: FirstVisit,
    /// The files, the engine and the lesson. It is what is saved and shared.
    pub workspace: Workspace,
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
    /// The results of the lesson's commands that were run.
    pub lesson_results: Vec<LessonCommandResult>,
    /// The language of the page.
    pub language: Language,
    /// The color theme.
    pub theme: Theme,
    /// The panel that a small screen shows.
    pub panel: Panel,
    /// The notice at the top of the page.
    pub notice: Option<String>,
    /// The real builds.
    pub real_builds: RealBuilds,
    /// The data about base images that was asked for.
    pub image_data: ImageDataView,
    /// The text that the layer explorer searches for; empty for the whole tree.
    pub explorer_query: String,
    /// Whether the layer explorer is open.
    pub explorer_is_open: bool,
    /// What the layer explorer shows.
    pub explorer: ExplorerView,
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
    /// The model of a first visit: the example with its result.
    pub fn new(first: FirstVisit, language: Language, theme: Theme) -> Self {
        let mut model = Model {
            workspace: first.workspace.clone(),
            first,
            programs: Vec::new(),
            open_file: String::new(),
            simulator: Simulator::default(),
            outcome: None,
            deferred_outcome: None,
            base_image_matrix: None,
            checks: Vec::new(),
            inspected_program: None,
            terminal: Terminal::default(),
            lessons: LessonEntry::all(),
            lesson: None,
            lesson_results: Vec::new(),
            language,
            theme,
            panel: Panel::Editor,
            notice: None,
            real_builds: RealBuilds::default(),
            image_data: ImageDataView::default(),
            explorer_query: String::new(),
            explorer_is_open: false,
            explorer: ExplorerView::default(),
            version: String::new(),
            has_new_version: false,
        };
        model.open_file = model.workspace.dockerfile.clone();
        model.show_example_outcome();
        model
    }

    /// Shows the result that was computed when the page was built.
    pub(super) fn show_example_outcome(&mut self) {
        self.outcome = Some(match self.language {
            Language::English => self.first.english.clone(),
            Language::Chinese => self.first.chinese.clone(),
        });
        self.run_checks();
    }

    /// Opens a saved or shared workspace, which is simulated once the worker is ready.
    pub fn open_workspace(&mut self, workspace: Workspace) -> Vec<Effect> {
        (self.outcome, self.deferred_outcome) = (None, None);
        self.open_file = workspace.dockerfile.clone();
        self.workspace = workspace;
        self.run_checks();
        let mut effects = vec![Effect::ShowOpenFile { reset: true }];
        match self.simulator.state {
            WorkerState::Ready | WorkerState::Starting => {
                let loaded = self.loaded(self.workspace.clone());
                effects.extend(self.simulator.load(loaded));
            }
            WorkerState::Absent | WorkerState::Stopped(_) => effects.extend(self.simulator.start(&self.workspace)),
        }
        effects
    }

    /// A workspace with what its simulation depends on.
    pub(super) fn loaded(&self, workspace: Workspace) -> Loaded {
        let language = self.language.tag().to_string();
        Loaded { workspace, language, calibration: self.real_builds.calibration.clone() }
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

    /// Whether the name of a file is that of a Dockerfile.
    pub fn is_dockerfile(path: &str) -> bool {
        file_name(path).to_ascii_lowercase().contains("dockerfile")
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
        self.checks = findings(self.dockerfile_text(), self.file_text(".dockerignore"), self.outcome.as_deref());
    }
}

/// The last name of a path.
pub(super) fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}
