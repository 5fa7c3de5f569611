//! A session: one workspace with its simulated host, its results, and what the page asks of it.
//!
//! [`Session::handle`] carries a request out. [`Session::take_effects`] is the work that is then left for the worker,
//! and [`Session::take_update`] what changed for the page. A file for each part of the page's requests.

mod authoring;
mod base_details;
mod base_image_matrix;
mod calibration;
mod changes;
mod downloads;
mod dropped_archive;
mod dropped_image;
mod edit_plays;
mod engine;
mod exercise;
mod explorer;
mod grading;
mod image_comparison;
mod image_data;
mod language;
mod large_programs;
mod lesson;
mod outcome;
mod package_indexes;
mod real_build;
mod simulate;
mod take_files;
mod terminal;
#[cfg(test)]
mod tests;
mod workspace;

use crate::build_cache::BuildCacheStatus;
use crate::checks::CheckResults;
use crate::effect::Effect;
use crate::explorer::{Explorer, LayerSteps};
use crate::first_visit_example::{ENGINE, example_workspace};
use crate::image_data::{ImageData, WaitingAction};
use crate::package_indexes::PackageIndexes;
use crate::stage_graph::LastLayout;
use changes::ComparedState;
use stageplay_core::base_images::Catalogue;
use stageplay_core::build::Request as BuildRequest;
use stageplay_core::elf::is_elf;
use stageplay_core::engine::{Builder, EngineProfile};
use stageplay_core::fs::{Content, PagedFile, Tree};
use stageplay_core::host::Host;
use stageplay_core::image::{Day, Image, Reference};
use stageplay_core::lesson::Lesson;
use stageplay_core::simulate::Simulation;
use stageplay_core::words::Language;
use stageplay_protocol::{
    BaseMatch, EditPlays, Event, ExplorerView, ImageDataView, InspectedProgram, Request, ToWorker, Update, Workspace,
};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::rc::Rc;
use std::sync::Arc;

/// One workspace, its results, and what was told of them.
#[allow(missing_debug_implementations, reason = "the host has no Debug")]
pub struct Session {
    catalogue: Arc<Catalogue>,
    /// The simulated host: the build context, and what the terminal's commands work on.
    host: Host,
    engine: Arc<EngineProfile>,
    builder: Builder,
    /// The day on which tags are looked up; `None` for the day of the engine.
    as_of: Option<Day>,
    /// The path of the Dockerfile that is built.
    dockerfile: String,
    /// The stage that is built; `None` for the last one.
    target: Option<String>,
    /// Files that the build context lacks are assumed to exist. That begins when the workspace holds nothing but
    /// Dockerfiles, or at a click, and ends at a click.
    assumes_context: bool,
    simulation: Option<Simulation>,
    check_results: Option<CheckResults>,
    /// The result of the image's program on every base image, once it was asked for.
    matrix: Option<Vec<BaseMatch>>,
    /// What edits make an engine run again, once it was asked for.
    edit_plays: Option<EditPlays>,
    /// The state that the present one is compared with.
    compared: ComparedState,
    /// The layout of the last graph of stages.
    layout: RefCell<LastLayout>,
    inspected: Option<InspectedProgram>,
    /// Large programs that were added by path, with the byte ranges that were read so far.
    large_programs: BTreeMap<String, Arc<PagedFile>>,
    /// Contents that left the build context and that its stored form does not hold in full: an undo brings them back.
    removed_contents: Vec<Content>,
    /// The files at the end of each stage. A Dockerfile that cannot be parsed leaves those of the one before.
    stage_trees: Vec<Option<Tree>>,
    /// Images that were dropped onto the page.
    dropped_images: Vec<(Reference, Arc<Image>)>,
    /// The open lesson: its slug and its content in the language of the page.
    lesson: Option<(String, Lesson)>,
    /// The texts of the open lesson: English, Chinese.
    lesson_texts: Option<(String, String)>,
    /// The lesson that is being fetched.
    awaited_lesson: Option<String>,
    /// Whether the next lesson that arrives belongs to a loaded workspace, which it must not replace.
    keeps_workspace: bool,
    /// The open exercise; there is no lesson then.
    exercise: Option<exercise::OpenExercise>,
    /// The bundle with the index of the page's exercises, once it was fetched.
    exercise_index: Option<String>,
    /// The student's id, which chooses variants of exercises; empty for none.
    student: String,
    /// The pack that is checked once its data arrived.
    waiting_check: Option<authoring::WaitingCheck>,
    /// What is graded.
    grading: Option<grading::PageGrading>,
    language: Language,
    package_indexes: PackageIndexes,
    image_data: ImageData,
    /// What waits for data about base images, each with the names of the data that it lacked.
    waiting: VecDeque<(WaitingAction, BTreeSet<String>)>,
    /// Whether data arrived that no simulation has used.
    has_new_data: bool,
    /// Questions of the editor that wait for data: id, question.
    questions: Vec<(u64, String)>,
    build_cache: BuildCacheStatus,
    /// Whether this workspace was built.
    is_built: bool,
    /// The workspace as it was opened, whose build waits for data. It is built before the present one, so that edits
    /// made meanwhile are edits.
    unbuilt: Option<BuildRequest>,
    explorer: Explorer,
    /// The last image that was made, for an explorer that is opened when the text makes none.
    last_image: Option<(Arc<Image>, LayerSteps)>,
    /// Facts on base images that an engine gave, one a line.
    calibration: String,
    /// The build context of the last real build.
    real_context: Option<Tree>,
    effects: Vec<Effect>,
    /// The update that is being collected.
    update: Update,
    /// Whether the result is another one than the page was told.
    has_new_outcome: bool,
    /// Whether something other than the page's edits may have changed the workspace.
    may_have_other_workspace: bool,
    told: Told,
}

/// What the page was told last, so that it is told only what changed.
#[derive(Default)]
struct Told {
    workspace: Option<Workspace>,
    assumes_context: bool,
    programs: Vec<String>,
    matrix: Option<Vec<BaseMatch>>,
    edit_plays: Option<EditPlays>,
    explorer: ExplorerView,
    image_data: ImageDataView,
    program: Option<InspectedProgram>,
    prompt: String,
}

impl Session {
    /// A session with the files of the first visit, which are not simulated yet.
    pub fn new(language: Language) -> Self {
        let catalogue = Arc::new(Catalogue::builtin());
        let engine = EngineProfile::find(ENGINE).unwrap_or_else(|| EngineProfile::all()[0].clone());
        let builder = engine.default_builder();
        let mut host = Host::new(catalogue.clone(), engine.clone(), builder);
        for file in example_workspace().files {
            let _ = host.write(&file.path, Content::inline(file.text().unwrap_or_default().as_bytes()), 0o644);
        }
        Session {
            host,
            catalogue,
            engine,
            builder,
            as_of: None,
            dockerfile: "Dockerfile".into(),
            target: None,
            assumes_context: false,
            simulation: None,
            check_results: None,
            matrix: None,
            edit_plays: None,
            compared: ComparedState::default(),
            layout: RefCell::default(),
            inspected: None,
            large_programs: BTreeMap::new(),
            removed_contents: Vec::new(),
            stage_trees: Vec::new(),
            dropped_images: Vec::new(),
            lesson: None,
            lesson_texts: None,
            awaited_lesson: None,
            keeps_workspace: false,
            exercise: None,
            exercise_index: None,
            student: String::new(),
            waiting_check: None,
            grading: None,
            language,
            package_indexes: PackageIndexes::default(),
            image_data: ImageData::default(),
            waiting: VecDeque::new(),
            has_new_data: false,
            questions: Vec::new(),
            build_cache: BuildCacheStatus::default(),
            is_built: false,
            unbuilt: None,
            explorer: Explorer::default(),
            last_image: None,
            calibration: String::new(),
            real_context: None,
            effects: Vec::new(),
            update: Update::default(),
            has_new_outcome: false,
            may_have_other_workspace: false,
            told: Told::default(),
        }
    }

    /// Carries a request out.
    pub fn handle(&mut self, message: ToWorker) {
        self.carry_out_request(message.request);
        self.update.answered = message.number;
        self.request_missing_data();
    }

    /// The work that is left for the worker.
    pub fn take_effects(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.effects)
    }

    /// What changed for the page since the last update.
    pub fn take_update(&mut self) -> Update {
        self.continue_check();
        self.continue_grading();
        self.tell_reached();
        let answered = self.update.answered;
        let mut update = std::mem::replace(&mut self.update, Update { answered, ..Update::default() });
        if std::mem::take(&mut self.may_have_other_workspace) || self.told.assumes_context != self.assumes_context {
            let workspace = self.workspace();
            self.told.assumes_context = self.assumes_context;
            if self.told.workspace.as_ref() != Some(&workspace) {
                self.told.workspace = Some(workspace.clone());
                update.workspace = Some(workspace);
            }
        }
        let programs = update.workspace.as_ref().map(|_| self.programs());
        if programs.as_ref().is_some_and(|programs| *programs != self.told.programs) {
            self.told.programs = programs.clone().unwrap_or_default();
            update.programs = programs;
        }
        if std::mem::take(&mut self.has_new_outcome) {
            update.outcome = self.outcome().map(Rc::new);
        }
        if self.told.matrix != self.matrix {
            self.told.matrix = self.matrix.clone();
            update.matrix = Some(self.matrix.clone());
        }
        if self.told.edit_plays != self.edit_plays {
            self.told.edit_plays = self.edit_plays.clone();
            update.edit_plays = Some(self.edit_plays.clone());
        }
        let explorer = self.explorer_view();
        if self.told.explorer != explorer {
            self.told.explorer = explorer.clone();
            update.explorer = Some(explorer);
        }
        let prompt = self.host.prompt();
        if self.told.prompt != prompt {
            self.told.prompt = prompt.clone();
            update.prompt = Some(prompt);
        }
        let image_data = self.image_data.view();
        if self.told.image_data != image_data {
            self.told.image_data = image_data.clone();
            update.image_data = Some(image_data);
        }
        if self.told.program != self.inspected {
            self.told.program = self.inspected.clone();
            update.program = Some(self.inspected.clone());
        }
        update
    }

    fn carry_out_request(&mut self, request: Request) {
        match request {
            Request::Load(loaded) => self.open_workspace(*loaded),
            Request::SetWorkspace(workspace) => self.set_workspace(*workspace),
            Request::Edit(files) => self.edit_files(files),
            Request::OpenDockerfile(path) => {
                self.dockerfile = path;
                self.simulate();
            }
            Request::AssumeFiles(on) => {
                self.assumes_context = on;
                self.simulate();
            }
            // The bytes come with the message: see `take_files` and `take_archive`.
            Request::TakeFiles(_) | Request::TakeArchive(_) => {}
            Request::DownloadFiles => self.offer_files(),
            Request::InspectProgram(path) => self.inspect_program(path),
            Request::SelectEngine(id, builder) => self.select_engine(&id, &builder),
            Request::SetAsOf(day) => self.set_as_of(&day),
            Request::SelectTarget(target) => {
                self.target = target;
                self.may_have_other_workspace = true;
                self.simulate();
            }
            Request::KeepState => self.keep_state(),
            Request::ShowChangedFiles(is_shown) => {
                self.compared.shows_files = is_shown;
                self.has_new_outcome |= is_shown && self.simulation.is_some();
            }
            Request::PlayEdits => self.play_edits(),
            Request::RunCommand(command, is_whole) => self.run_typed(command, is_whole),
            Request::EndInput => self.end_input(),
            Request::InterruptCommands => self.interrupt_commands(),
            Request::OpenLesson(slug) => self.request_lesson(slug, false),
            Request::RunLessonCommand(block, index) => self.carry_out(WaitingAction::LessonCommand(block, index)),
            Request::RestartLesson if self.exercise.is_some() => self.start_exercise(),
            Request::RestartLesson => self.carry_out(WaitingAction::StartLesson),
            Request::CompareBaseImages => self.carry_out(WaitingAction::CompareBaseImages),
            Request::Explore(request) => self.explore(request),
            Request::SetLanguage(tag) => self.set_language(Language::from_tag(&tag)),
            Request::RetryImageData => self.retry_image_data(),
            Request::Calibrate(facts) => self.apply_calibration(Ok(facts)),
            Request::AddFacts(facts) => self.apply_calibration(Catalogue::renewed(&facts, &self.calibration)),
            Request::PrepareRealBuild(builders) => self.prepare_real_build(&builders),
            Request::CompareRealBuild(build) => self.compare_real_build(*build),
            Request::Ask(id, question) => self.ask(id, question),
            Request::Exercise(request) => self.exercise_request(&request),
        }
    }

    /// What the last simulation, the editor or a command lacked is fetched.
    fn request_missing_data(&mut self) {
        self.read_missing_ranges();
        self.request_package_indexes();
        self.request_image_data();
    }

    fn tell(&mut self, event: Event) {
        self.update.events.push(event);
    }

    fn notice(&mut self, text: impl Into<String>) {
        self.tell(Event::Notice(text.into()));
    }

    fn set_language(&mut self, language: Language) {
        self.language = language;
        self.has_new_outcome = self.simulation.is_some();
        if self.matrix.take().is_some() {
            self.carry_out(WaitingAction::CompareBaseImages);
        }
        if self.edit_plays.take().is_some() {
            self.play_edits();
        }
        if let Some((slug, _)) = self.lesson.clone() {
            self.parse_lesson(&slug);
        }
        self.tell_open(false);
    }

    /// The paths of the ELF files of the build context.
    fn programs(&self) -> Vec<String> {
        let context = self.host.context();
        let files = context.walk("/").filter(|(_, node)| node.content().is_some_and(has_elf_magic));
        files.map(|(path, _)| path.trim_start_matches('/').to_string()).collect()
    }

    /// The day on which tags are looked up.
    fn day(&self) -> Day {
        self.as_of.unwrap_or_else(|| self.engine.day())
    }

    /// The text of a file of the build context; `None` if it is not UTF-8 text.
    fn file_text(&self, path: &str) -> Option<String> {
        String::from_utf8(self.host.file(path)?.bytes()?.to_vec()).ok()
    }

    /// The image of the last simulation.
    fn image(&self) -> Option<&Arc<Image>> {
        self.simulation.as_ref()?.built.image.as_ref()
    }

    /// Replaces the catalogue of base images; the package indexes are kept.
    fn set_catalogue(&mut self, catalogue: Catalogue) {
        self.catalogue = Arc::new(self.package_indexes.add_to(catalogue));
        self.compared.is_outdated = true;
        self.host.set_catalogue(self.catalogue.clone());
    }
}

fn has_elf_magic(content: &Content) -> bool {
    is_elf(&content.read_at(0, 4))
}
