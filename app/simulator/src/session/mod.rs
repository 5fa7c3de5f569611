//! A session: one workspace with its simulated host, its results, and what the page asks of it.
//!
//! [`Session::handle`] carries a request out. [`Session::take_effects`] is the work that is then left for the worker,
//! and [`Session::take_update`] what changed for the page. A file for each part of the page's requests.

mod base_image_matrix;
mod calibration;
mod context_files;
mod engine;
mod image_data;
mod language;
mod large_programs;
mod layer_explorer;
mod lesson;
mod package_indexes;
mod real_build;
mod terminal;
#[cfg(test)]
mod tests;

use crate::build_cache::BuildCacheStatus;
use crate::checks::CheckResults;
use crate::effect::Effect;
use crate::example::{ENGINE, example_workspace, plain};
use crate::image_data::{ImageData, WaitingAction};
use crate::layer_explorer::LayerExplorer;
use crate::outcome;
use crate::package_indexes::PackageIndexes;
use stageplay_core::base_images::Catalogue;
use stageplay_core::build::{Built, Images, NoImages, Request as BuildRequest, holds_only_dockerfiles};
use stageplay_core::elf::is_elf;
use stageplay_core::engine::{Builder, EngineProfile};
use stageplay_core::fs::{Content, PagedFile, Tree};
use stageplay_core::host::Host;
use stageplay_core::image::{Day, Image, Reference};
use stageplay_core::lesson::Lesson;
use stageplay_core::report::build_report;
use stageplay_core::simulate::{Simulation, simulate};
use stageplay_core::words::{Language, say};
use stageplay_core::workspace::Workspace as CheckedWorkspace;
use stageplay_protocol::{
    BaseMatch, Event, ExplorerView, ImageDataView, InspectedProgram, Loaded, Outcome, Request, ToWorker, Update,
    Workspace,
};
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
    /// Files that the build context lacks are assumed to exist. That begins when the workspace holds nothing but
    /// Dockerfiles, or at a click, and ends at a click.
    assumes_context: bool,
    simulation: Option<Simulation>,
    check_results: Option<CheckResults>,
    /// The result of the image's program on every base image, once it was asked for.
    matrix: Option<Vec<BaseMatch>>,
    inspected: Option<InspectedProgram>,
    /// Large programs that were added by path, with the byte ranges that were read so far.
    large_programs: BTreeMap<String, Arc<PagedFile>>,
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
    explorer: LayerExplorer,
    /// The layers whose entries are shown, by their index.
    open_layers: BTreeSet<usize>,
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
    explorer: ExplorerView,
    image_data: ImageDataView,
    program: Option<InspectedProgram>,
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
            assumes_context: false,
            simulation: None,
            check_results: None,
            matrix: None,
            inspected: None,
            large_programs: BTreeMap::new(),
            stage_trees: Vec::new(),
            dropped_images: Vec::new(),
            lesson: None,
            lesson_texts: None,
            awaited_lesson: None,
            keeps_workspace: false,
            language,
            package_indexes: PackageIndexes::default(),
            image_data: ImageData::default(),
            waiting: VecDeque::new(),
            has_new_data: false,
            questions: Vec::new(),
            build_cache: BuildCacheStatus::default(),
            is_built: false,
            unbuilt: None,
            explorer: LayerExplorer::default(),
            open_layers: BTreeSet::new(),
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
        let answered = self.update.answered;
        let mut update = std::mem::replace(&mut self.update, Update { answered, ..Update::default() });
        if std::mem::take(&mut self.may_have_other_workspace) || self.told.assumes_context != self.assumes_context {
            let workspace = plain(&self.workspace());
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
        let explorer = self.explorer_view();
        if self.told.explorer != explorer {
            self.told.explorer = explorer.clone();
            update.explorer = Some(explorer);
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
            Request::Edit(files) => self.edit_files(files),
            Request::OpenDockerfile(path) => {
                self.dockerfile = path;
                self.simulate();
            }
            Request::AssumeFiles(on) => {
                self.assumes_context = on;
                self.simulate();
            }
            // The bytes come with the message: see `take_file`.
            Request::TakeFile(_) => {}
            Request::InspectProgram(path) => self.inspect_program(path),
            Request::SelectEngine(id, builder) => self.select_engine(&id, &builder),
            Request::SetAsOf(day) => self.set_as_of(&day),
            Request::RunCommand(command) => self.carry_out(WaitingAction::Command(command)),
            Request::OpenLesson(slug) => self.request_lesson(slug, false),
            Request::RunLessonCommand(block, index) => self.carry_out(WaitingAction::LessonCommand(block, index)),
            Request::RestartLesson => self.carry_out(WaitingAction::StartLesson),
            Request::CompareBaseImages => self.carry_out(WaitingAction::CompareBaseImages),
            Request::Explore(request) => self.explore(request),
            Request::ShowLayer(index, is_shown) => {
                let changed = if is_shown { self.open_layers.insert(index) } else { self.open_layers.remove(&index) };
                self.has_new_outcome |= changed && is_shown;
            }
            Request::SetLanguage(tag) => self.set_language(Language::from_tag(&tag)),
            Request::RetryImageData => self.retry_image_data(),
            Request::Calibrate(facts) => self.apply_calibration(Ok(facts)),
            Request::AddFacts(facts) => self.apply_calibration(Catalogue::renewed(&facts, &self.calibration)),
            Request::PrepareRealBuild(builders) => self.prepare_real_build(&builders),
            Request::CompareRealBuild(build) => self.compare_real_build(*build),
            Request::Ask(id, question) => self.ask(id, question),
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
        if let Some((slug, _)) = self.lesson.clone() {
            self.parse_lesson(&slug);
        }
    }

    /// Opens a workspace of the page in place of the one before.
    fn open_workspace(&mut self, loaded: Loaded) {
        self.language = Language::from_tag(&loaded.language);
        if self.calibration != loaded.calibration {
            // Saved facts that an older version wrote may not be valid any more; then the catalogue's are used.
            let _ = self.calibrate(&loaded.calibration);
        }
        self.told.workspace = Some(loaded.workspace.clone());
        self.told.assumes_context = loaded.workspace.assume_context;
        if let Err(error) = self.load_plain(&loaded.workspace) {
            self.notice(say(self.language, "page.bad-workspace", &[("error", error)]));
            // What of it is valid is simulated, and the page is told that.
            let usable = repaired(&loaded.workspace);
            if self.load_plain(&usable).is_err() {
                let _ = self.load_plain(&example_workspace());
            }
        }
    }

    fn load_plain(&mut self, workspace: &Workspace) -> Result<(), String> {
        let checked = CheckedWorkspace::from_json(&workspace.to_json()).map_err(|error| error.to_string())?;
        self.load(&checked)
    }

    /// Loads a workspace.
    fn load(&mut self, workspace: &CheckedWorkspace) -> Result<(), String> {
        let contents = workspace.contents().map_err(|error| error.to_string())?;
        let engine = EngineProfile::find(&workspace.engine).ok_or("unknown engine")?;
        let builder = Builder::parse(&workspace.builder)
            .filter(|builder| engine.builders().contains(builder))
            .unwrap_or(engine.default_builder());
        let mut host = Host::new(self.catalogue.clone(), engine.clone(), builder);
        host.set_as_of(workspace.as_of);
        for (path, content, mode) in contents {
            host.write(path.trim_start_matches('/'), content, mode).map_err(|error| error.to_string())?;
        }
        (self.host, self.engine, self.builder) = (host, engine, builder);
        self.as_of = workspace.as_of;
        self.dockerfile = workspace.dockerfile.clone();
        self.assumes_context = workspace.assume_context;
        self.may_have_other_workspace = true;
        (self.is_built, self.unbuilt) = (false, None);
        match &workspace.lesson {
            Some(slug) if self.lesson.as_ref().is_none_or(|(open, _)| open != slug) => {
                self.request_lesson(slug.clone(), true);
            }
            Some(_) => {}
            None => (self.lesson, self.awaited_lesson) = (None, None),
        }
        self.simulate();
        Ok(())
    }

    /// The current workspace.
    fn workspace(&self) -> CheckedWorkspace {
        // The lesson of a loaded workspace is its lesson already while its texts are being fetched.
        let awaited = || self.awaited_lesson.clone().filter(|_| self.keeps_workspace);
        let lesson = self.lesson.as_ref().map(|(slug, _)| slug.clone()).or_else(awaited);
        let context = self.host.context();
        let workspace =
            CheckedWorkspace::of(&context, &self.engine.id, self.builder.as_str(), &self.dockerfile, lesson);
        CheckedWorkspace { as_of: self.as_of, assume_context: self.assumes_context, ..workspace }
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

    /// The ELF file that the image starts, if this build added it to the image.
    fn started_program(&self) -> Option<Content> {
        let done = self.simulation.as_ref()?;
        let (image, run) = (done.built.image.as_ref()?, done.run.as_ref()?);
        let (real_path, node) = image.tree.stat("/", run.argv.first()?).ok()?;
        let is_added = image.layers.iter().flat_map(|layer| &layer.entries).any(|entry| *entry.path == *real_path);
        let content = node.content().filter(|content| has_elf_magic(content))?;
        is_added.then(|| content.clone())
    }

    fn build_request(&self, context: Tree, dockerfile_text: String) -> BuildRequest {
        let default = BuildRequest::new(dockerfile_text, context, self.engine.clone());
        let (assume_context, as_of) = (self.assumes_context, self.as_of);
        BuildRequest { name: self.dockerfile.clone(), builder: self.builder, assume_context, as_of, ..default }
    }

    /// Whether the workspace holds nothing but Dockerfiles and `.dockerignore`.
    fn holds_only_dockerfiles(&self) -> bool {
        holds_only_dockerfiles(&self.host.context(), &self.dockerfile)
    }

    /// Simulates the build of the Dockerfile and the start of its image, and updates what depends on them.
    fn simulate(&mut self) {
        let text = self.file_text(&self.dockerfile).unwrap_or_default();
        let context = self.host.context();
        // A lesson has the files that it needs, and may be about one that is missing.
        self.assumes_context |= self.holds_only_dockerfiles();
        self.assumes_context &= self.lesson.is_none();
        let request = self.build_request(context, text);
        let store = self.host.store();
        let done = match store.lock() {
            Ok(mut store) => {
                for (reference, image) in &self.dropped_images {
                    store.load(reference.clone(), image.clone());
                }
                let images = store.snapshot();
                // The page has a cache of its own, because an edit does not fill the cache of `docker build`.
                let mut cache = std::mem::take(&mut store.page_cache);
                if let Some(opened) = self.unbuilt.take_if(|opened| opened.dockerfile != request.dockerfile) {
                    let before = cache.clone();
                    let done = simulate(&opened, None, &self.catalogue, &images, &mut cache);
                    if is_lacking_images(&done) {
                        (cache, self.unbuilt) = (before, Some(opened));
                    } else {
                        self.build_cache.update(&done.built, self.builder);
                        self.stage_trees = stage_trees(&done.built, std::mem::take(&mut self.stage_trees));
                    }
                }
                let before = cache.clone();
                let done = simulate(&request, Some(&[]), &self.catalogue, &images, &mut cache);
                if is_lacking_images(&done) {
                    // It is no build that fills the engine's build cache: it goes on when the data arrived.
                    cache = before;
                }
                let results =
                    cache.without_recording(|cache| CheckResults::run(&request, &self.catalogue, &images, cache));
                self.check_results = Some(results);
                store.page_cache = cache;
                done
            }
            Err(_) => simulate(&request, Some(&[]), &self.catalogue, &NoImages, &mut Default::default()),
        };
        if !is_lacking_images(&done) {
            self.build_cache.update(&done.built, self.builder);
            self.is_built = true;
            self.unbuilt.take_if(|opened| opened.dockerfile == request.dockerfile);
        } else if !self.is_built && self.unbuilt.is_none() {
            self.unbuilt = Some(request);
        }
        self.stage_trees = stage_trees(&done.built, std::mem::take(&mut self.stage_trees));
        if done.built.gave_up {
            let words = say::<&str>(self.language, "page.gave-up", &[]);
            self.notice(words);
        }
        self.explorer.set_image(done.built.image.as_deref());
        self.simulation = Some(done);
        self.matrix = None;
        self.has_new_outcome = true;
    }

    /// The result of the last simulation in the language of the page.
    fn outcome(&self) -> Option<Outcome> {
        let done = self.simulation.as_ref()?;
        let language = self.language;
        let report = outcome::without_entries(build_report(done, language));
        let cause = done.run.as_ref().and_then(|run| run.cause.as_ref());
        let plan = done.built.plan.as_ref();
        Some(Outcome {
            dockerfile: done.request.dockerfile.clone(),
            why: cause.map(|cause| say(language, &format!("cause.{}.why", cause.code()), &cause.params())),
            checks: self.check_results.as_ref().map(|results| results.findings(language)).unwrap_or_default(),
            graph: plan.map(outcome::stage_graph),
            diagram: outcome::cause_diagram(done),
            cache: outcome::cache_steps(&self.build_cache, language),
            layers: done.built.image.as_ref().map(|image| outcome::layers(image, &self.open_layers, language)),
            base_sizes: report.bases.iter().map(|base| self.base_image_size(&base.reference)).collect(),
            base_names: outcome::base_names(plan),
            starts_program: self.started_program().is_some(),
            holds_only_dockerfiles: self.holds_only_dockerfiles(),
            lacks_image_data: is_lacking_images(done),
            report,
        })
    }

    /// The size of a base image: of the terminal's engine or a dropped one, else of the catalogue. `None` if there is
    /// no such image or it is not loaded.
    fn base_image_size(&self, reference: &str) -> Option<stageplay_core::report::Size> {
        let reference = Reference::parse(reference).ok()?;
        let local = self.host.store().lock().ok().and_then(|store| store.snapshot().find(&reference));
        let image = local.or_else(|| self.catalogue.image(&reference, self.day()).ok())?;
        Some((&image.size()).into())
    }

    /// Replaces the catalogue of base images; the package indexes are kept.
    fn set_catalogue(&mut self, catalogue: Catalogue) {
        self.catalogue = Arc::new(self.package_indexes.add_to(catalogue));
        self.host.set_catalogue(self.catalogue.clone());
    }
}

/// The files at the end of each stage. A Dockerfile that cannot be parsed leaves those of the build before.
fn stage_trees(built: &Built, before: Vec<Option<Tree>>) -> Vec<Option<Tree>> {
    if built.stages.is_empty() {
        return before;
    }
    let tree = |image: &Option<Arc<Image>>| image.as_ref().map(|image| image.tree.clone());
    let old = before.into_iter().chain(std::iter::repeat(None));
    built.stages.iter().zip(old).map(|(new, old)| tree(new).or(old)).collect()
}

/// The valid part of a workspace: its text files with a path in the build context, the usual engine, no day.
fn repaired(workspace: &Workspace) -> Workspace {
    let is_inside = |path: &str| !path.is_empty() && path.split('/').all(|part| !matches!(part, "" | "." | ".."));
    let example = example_workspace();
    Workspace {
        dockerfile: workspace.dockerfile.clone(),
        files: workspace.files.iter().filter(|file| is_inside(&file.path) && file.text().is_some()).cloned().collect(),
        ..example
    }
}

/// Whether the build ended because data about a base image is not loaded.
fn is_lacking_images(done: &Simulation) -> bool {
    done.built.error.as_ref().is_some_and(|error| error.code == "images-not-loaded")
}

fn has_elf_magic(content: &Content) -> bool {
    is_elf(&content.read_at(0, 4))
}
