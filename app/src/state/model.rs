//! The model: everything that the page knows.

use super::build_cache::BuildCacheStatus;
use super::checks::{Check, CheckResults};
use super::effect::Effect;
use super::image_data::{ImageData, WaitingAction};
use super::language_service::LanguageService;
use super::layer_explorer::LayerExplorer;
use super::lesson_index::{LessonCommandResult, LessonEntry};
use super::package_indexes::PackageIndexes;
use super::panel::Panel;
use super::real_build::RealBuilds;
use super::terminal::Terminal;
use super::theme::Theme;
use stageplay_core::base_images::Catalogue;
use stageplay_core::build::{Images, NoImages, Request, holds_only_dockerfiles};
use stageplay_core::elf::is_elf;
use stageplay_core::engine::{Builder, EngineProfile};
use stageplay_core::fs::{Content, PagedFile, Tree};
use stageplay_core::host::Host;
use stageplay_core::image::{Day, Image, Reference};
use stageplay_core::lesson::Lesson;
use stageplay_core::measure::Size;
use stageplay_core::report::{BuildReport, ElfReport, MatchReport, build_report};
use stageplay_core::simulate::{Simulation, simulate};
use stageplay_core::words::{Language, say};
use stageplay_core::workspace::Workspace;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

/// Everything that the page knows.
#[allow(missing_debug_implementations, reason = "the host has no Debug")]
pub struct Model {
    pub(super) catalogue: Arc<Catalogue>,
    /// The simulated host: the build context, and what the terminal's commands work on.
    pub(super) host: Host,
    /// The selected engine.
    pub engine: Arc<EngineProfile>,
    /// The selected builder of the engine.
    pub builder: Builder,
    /// The day on which tags are looked up; `None` for the day of the engine.
    pub as_of: Option<Day>,
    /// The path of the Dockerfile that is built.
    pub dockerfile: String,
    /// The path of the file in the editor.
    pub open_file: String,
    /// The last simulation.
    pub simulation: Option<Simulation>,
    /// The report of the last simulation, in the language of the page.
    pub report: Option<BuildReport>,
    /// The result of the image's program on every base image, once it was asked for.
    pub base_image_matrix: Option<Vec<MatchReport>>,
    /// The findings of the checks, in the language of the page.
    pub checks: Vec<Check>,
    pub(super) check_results: Option<CheckResults>,
    /// Files that the build context lacks are assumed to exist. That begins when the workspace holds nothing but
    /// Dockerfiles, or at a click, and ends at a click.
    pub assumes_context: bool,
    /// The program of the build context whose ELF headers are shown: its path and the headers.
    pub inspected_program: Option<(String, Box<ElfReport>)>,
    /// Large programs that were added by path, with the byte ranges that were read so far.
    pub large_programs: BTreeMap<String, Arc<PagedFile>>,
    /// The files at the end of each stage. A Dockerfile that cannot be parsed leaves those of the one before.
    pub(super) stage_trees: Vec<Option<Tree>>,
    /// Images that were dropped onto the page. They are too large to be saved or shared.
    pub dropped_images: Vec<(Reference, Arc<Image>)>,
    /// The terminal.
    pub terminal: Terminal,
    /// The list of lessons.
    pub lessons: Vec<LessonEntry>,
    /// The open lesson: its slug and its content in the language of the page.
    pub lesson: Option<(String, Lesson)>,
    /// The results of the lesson's commands that were run.
    pub lesson_results: Vec<LessonCommandResult>,
    /// The texts of the open lesson: English, Chinese.
    pub(super) lesson_texts: Option<(String, String)>,
    /// Whether the next lesson that arrives belongs to a loaded workspace, which it must not replace.
    pub(super) keeps_workspace: bool,
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
    pub(super) package_indexes: PackageIndexes,
    /// The data about base images that was requested.
    pub image_data: ImageData,
    /// What waits for data about base images, each with the names of the data that it lacked.
    pub(super) waiting: VecDeque<(WaitingAction, BTreeSet<String>)>,
    /// The cache status of the steps after the last edit.
    pub build_cache: BuildCacheStatus,
    /// The layer explorer.
    pub layer_explorer: LayerExplorer,
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

/// The files of the first visit: a build whose program does not start and can be fixed.
const EXAMPLE_FILES: [(&str, &str); 2] = [
    (
        "Dockerfile",
        "FROM golang:latest AS builder\nWORKDIR /src\nCOPY main.go .\nRUN go build -o server main.go\n\nFROM alpine:latest\nCOPY --from=builder /src/server /server\nENTRYPOINT [\"/server\"]\n",
    ),
    (
        "main.go",
        "package main\n\nimport (\n\t\"fmt\"\n\t\"log\"\n\t\"net/http\"\n)\n\nfunc main() {\n\tfmt.Println(\"listening on :1111\")\n\tlog.Fatal(http.ListenAndServe(\":1111\", nil))\n}\n",
    ),
];

impl Model {
    /// The model of a first visit, with the example files simulated.
    pub fn new(language: Language, theme: Theme) -> Self {
        let catalogue = Arc::new(Catalogue::builtin());
        let engine = EngineProfile::find("docker-28").unwrap_or_else(|| EngineProfile::all()[0].clone());
        let builder = engine.default_builder();
        let mut model = Model {
            host: Host::new(catalogue.clone(), engine.clone(), builder),
            catalogue,
            engine,
            builder,
            as_of: None,
            dockerfile: "Dockerfile".into(),
            open_file: "Dockerfile".into(),
            simulation: None,
            report: None,
            base_image_matrix: None,
            checks: Vec::new(),
            check_results: None,
            assumes_context: false,
            inspected_program: None,
            large_programs: BTreeMap::new(),
            stage_trees: Vec::new(),
            dropped_images: Vec::new(),
            terminal: Terminal::default(),
            lessons: Vec::new(),
            lesson: None,
            lesson_results: Vec::new(),
            lesson_texts: None,
            keeps_workspace: false,
            language,
            theme,
            panel: Panel::Editor,
            notice: None,
            real_builds: RealBuilds::default(),
            package_indexes: PackageIndexes::default(),
            image_data: ImageData::default(),
            waiting: VecDeque::new(),
            build_cache: BuildCacheStatus::default(),
            layer_explorer: LayerExplorer::default(),
        };
        for (path, text) in EXAMPLE_FILES {
            let _ = model.host.write(path, Content::inline(text.as_bytes()), 0o644);
        }
        model.simulate();
        model
    }

    /// Loads a saved or shared workspace.
    ///
    /// # Errors
    /// A message that names the fault; the model is unchanged.
    pub fn load(&mut self, workspace: &Workspace) -> Result<Vec<Effect>, String> {
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
        self.open_file = workspace.dockerfile.clone();
        self.assumes_context = workspace.assume_context;
        self.simulate();
        let mut effects = vec![Effect::ShowOpenFile { reset: true }];
        self.keeps_workspace = workspace.lesson.is_some();
        if let Some(slug) = &workspace.lesson {
            effects.push(Effect::FetchLesson(slug.clone()));
        }
        Ok(effects)
    }

    /// The current workspace, to be saved or shared.
    pub fn workspace(&self) -> Workspace {
        let lesson = self.lesson.as_ref().map(|(slug, _)| slug.clone());
        let context = self.host.context();
        let workspace = Workspace::of(&context, &self.engine.id, self.builder.as_str(), &self.dockerfile, lesson);
        Workspace { as_of: self.as_of, assume_context: self.assumes_context, ..workspace }
    }

    /// The day on which tags are looked up.
    pub fn day(&self) -> Day {
        self.as_of.unwrap_or_else(|| self.engine.day())
    }

    /// The size of a base image: of the terminal's engine or a dropped one, else of the catalogue. `None` if there is no
    /// such image or it is not loaded.
    pub fn base_image_size(&self, reference: &str) -> Option<Size> {
        let reference = Reference::parse(reference).ok()?;
        let local = self.host.store().lock().ok().and_then(|store| store.snapshot().find(&reference));
        let image = local.or_else(|| self.catalogue.image(&reference, self.day()).ok())?;
        Some(image.size())
    }

    /// Whether the simulated build needs data about base images that is not loaded.
    pub fn lacks_image_data(&self) -> bool {
        let error = self.report.as_ref().and_then(|report| report.error.as_ref());
        error.is_some_and(|error| error.code == "images-not-loaded")
    }

    /// The files of the build context.
    pub fn files(&self) -> Vec<ContextFileEntry> {
        let context = self.host.context();
        context
            .walk("/")
            .filter_map(|(path, node)| {
                let content = node.content()?;
                let is_text = content.bytes().is_some_and(|bytes| std::str::from_utf8(bytes).is_ok());
                let path = path.trim_start_matches('/').to_string();
                Some(ContextFileEntry { path, bytes: content.len, is_text })
            })
            .collect()
    }

    /// The text of a file of the build context; `None` if it is not UTF-8 text.
    pub fn file_text(&self, path: &str) -> Option<String> {
        String::from_utf8(self.host.file(path)?.bytes()?.to_vec()).ok()
    }

    /// Whether the name of a file is that of a Dockerfile.
    pub fn is_dockerfile(path: &str) -> bool {
        stageplay_core::fs::path::file_name(path).to_ascii_lowercase().contains("dockerfile")
    }

    /// Whether a file of the build context is an ELF file.
    pub fn is_elf_file(&self, path: &str) -> bool {
        self.host.file(path).is_some_and(has_elf_magic)
    }

    /// The image of the last simulation.
    pub fn image(&self) -> Option<&Arc<Image>> {
        self.simulation.as_ref()?.built.image.as_ref()
    }

    /// The ELF file that the image starts, if this build added it to the image.
    pub fn started_program(&self) -> Option<Content> {
        let done = self.simulation.as_ref()?;
        let (image, run) = (done.built.image.as_ref()?, done.run.as_ref()?);
        let (real_path, node) = image.tree.stat("/", run.argv.first()?).ok()?;
        let is_added = image.layers.iter().flat_map(|layer| &layer.entries).any(|entry| *entry.path == *real_path);
        let content = node.content().filter(|content| has_elf_magic(content))?;
        is_added.then(|| content.clone())
    }

    /// The language service for the Dockerfile in the editor.
    pub fn language_service(&self) -> LanguageService {
        LanguageService {
            catalogue: self.catalogue.clone(),
            day: self.day(),
            context: self.simulation.as_ref().map(|done| done.request.context.clone()).unwrap_or_default(),
            stages: self.stage_trees.clone(),
            language: self.language,
        }
    }

    pub(super) fn build_request(&self, context: Tree, dockerfile_text: String) -> Request {
        let default = Request::new(dockerfile_text, context, self.engine.clone());
        let (assume_context, as_of) = (self.assumes_context, self.as_of);
        Request { name: self.dockerfile.clone(), builder: self.builder, assume_context, as_of, ..default }
    }

    /// Whether the workspace holds nothing but Dockerfiles and `.dockerignore`.
    pub fn holds_only_dockerfiles(&self) -> bool {
        holds_only_dockerfiles(&self.host.context(), &self.dockerfile)
    }

    /// Simulates the build of the Dockerfile and the start of its image, and updates what depends on them.
    pub(super) fn simulate(&mut self) {
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
        }
        if !done.built.stages.is_empty() {
            let tree = |image: &Option<Arc<Image>>| image.as_ref().map(|image| image.tree.clone());
            let old = std::mem::take(&mut self.stage_trees).into_iter().chain(std::iter::repeat(None));
            self.stage_trees = done.built.stages.iter().zip(old).map(|(new, old)| tree(new).or(old)).collect();
        }
        if done.built.gave_up {
            self.notice = Some(say::<&str>(self.language, "page.gave-up", &[]));
        }
        self.layer_explorer.set_image(done.built.image.as_deref());
        self.simulation = Some(done);
        self.write_reports();
    }

    /// Writes the report and the findings of the checks in the language of the page.
    pub(super) fn write_reports(&mut self) {
        if let Some(done) = &self.simulation {
            self.report = Some(build_report(done, self.language));
            self.base_image_matrix = None;
        }
        self.checks = self.check_results.as_ref().map(|results| results.findings(self.language)).unwrap_or_default();
    }

    /// Replaces the catalogue of base images; the package indexes are kept.
    pub(super) fn set_catalogue(&mut self, catalogue: Catalogue) {
        self.catalogue = Arc::new(self.package_indexes.add_to(catalogue));
        self.host.set_catalogue(self.catalogue.clone());
    }
}

/// Whether the build ended because data about a base image is not loaded.
fn is_lacking_images(done: &Simulation) -> bool {
    done.built.error.as_ref().is_some_and(|error| error.code == "images-not-loaded")
}

fn has_elf_magic(content: &Content) -> bool {
    is_elf(&content.read_at(0, 4))
}
