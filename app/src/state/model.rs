//! The model and its messages.

use super::checks::{Check, Found};
use super::explorer::{Explorer, ExplorerMsg};
use super::indexes::Fetched;
use super::language::Service;
use super::lessons::{LessonEntry, Played};
use super::real::{Real, RealEffect, RealMsg};
use super::reruns::Reran;
use stageplay_core::archive::Archive;
use stageplay_core::build::{NoImages, Request};
use stageplay_core::compat::against_bases;
use stageplay_core::engine::{Builder, EngineProfile};
use stageplay_core::fs::{Content, Memory, Parts, Tree};
use stageplay_core::host::{Host, gap_lines};
use stageplay_core::image::{Catalogue, Image, Reference};
use stageplay_core::lesson::{self, Block, Lesson};
use stageplay_core::report::{BuildReport, ElfReport, MatchReport, build_report, match_report};
use stageplay_core::simulate::{Simulation, simulate};
use stageplay_core::text::{Edits, TextEdit, apply_edits};
use stageplay_core::words::{Language, say};
use stageplay_core::workspace::Workspace;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

/// Largest file of the build context, in bytes; an image may be larger.
const MAX_FILE: usize = 64 << 20;
/// Lines kept in the terminal.
const MAX_LINES: usize = 2_000;

/// The parts of the page that a small screen shows one at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Panel {
    Lesson,
    Editor,
    Result,
    Terminal,
}

/// A line of the terminal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The text.
    pub text: String,
    /// It was typed.
    pub typed: bool,
}

/// Everything that can happen.
#[derive(Clone, Debug)]
pub enum Msg {
    /// The text of a file was edited.
    Edited(String, String),
    /// A file is shown in the editor.
    Open(String),
    /// A new, empty file.
    NewFile(String),
    /// Files dropped onto the page.
    Dropped(String, Vec<u8>),
    /// A large program dropped onto the page, of which only what is asked for is read.
    DroppedProgram(String, u64),
    /// A program of the context is looked at, or no longer.
    Inspect(Option<String>),
    /// The Dockerfile becomes one that starts a program of the context.
    StartProgram(String),
    /// Bytes of a dropped program, each piece with its offset.
    Came(String, Vec<(u64, Vec<u8>)>),
    /// Another engine and builder.
    Engine(String, Builder),
    /// A command was typed into the terminal.
    Typed(String),
    /// A proven fix is applied.
    ApplyFix(usize),
    /// What one of the checks offers is applied.
    ApplyCheck(usize),
    /// All that the checks offer and that changes nothing but the image's size.
    ApplySafe,
    /// The image's program is tried on every base image.
    Compare,
    /// A line of the Dockerfile is shown.
    GoTo(usize),
    /// Something with the image's files.
    Explorer(ExplorerMsg),
    /// The list of lessons arrived.
    Lessons(Result<Vec<LessonEntry>, String>),
    /// A lesson is asked for.
    ChooseLesson(String),
    /// A lesson's texts arrived: slug, English, the translation.
    LessonTexts(String, Result<(String, String), String>),
    /// One command of the lesson is played.
    Play(String, usize),
    /// The workspace starts anew from the lesson.
    Restart,
    /// Another language.
    Language(Language),
    /// Dark, light, or as the system (`None`).
    Theme(Option<bool>),
    /// A part of the page is shown (small screens).
    Show(Panel),
    /// The workspace as a link.
    Share,
    /// Something is said to the person.
    Say(String),
    /// What was said was read.
    Heard,
    /// A package index came, or why not.
    Index(String, Result<String, String>),
    /// Something of the real builds.
    Real(RealMsg),
}

/// What is to be done outside.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Keep the workspace.
    Keep,
    /// Keep language and theme, and show them.
    Settings,
    /// The editor shows the open file; `true`: another workspace, forget what was.
    ShowFile(bool),
    /// The editor's text becomes this one, as one step of its history.
    Replace(String),
    /// The editor goes to a line.
    GoTo(usize),
    /// Ask for a lesson's texts.
    FetchLesson(String),
    /// Copy a link to the clipboard and put it into the address.
    CopyLink(String),
    /// Ask the server behind the page.
    Real(RealEffect),
    /// Read these bytes of a dropped file.
    Read(String, Vec<Range<u64>>),
    /// Ask for a package index.
    FetchIndex(String),
    /// Give a file to the person: its name and its bytes.
    Save(String, Vec<u8>),
}

/// Everything the page knows.
#[allow(missing_debug_implementations, reason = "holds a host")]
pub struct Model {
    pub(super) catalogue: Arc<Catalogue>,
    pub(super) host: Host,
    /// The engine.
    pub engine: Arc<EngineProfile>,
    /// Its builder in use.
    pub builder: Builder,
    /// The Dockerfile that is built.
    pub dockerfile: String,
    /// The file in the editor.
    pub open: String,
    /// The last simulation.
    pub simulation: Option<Simulation>,
    /// Its report, in the page's language.
    pub report: Option<BuildReport>,
    /// The image's program on every base image, once somebody asked.
    pub matrix: Option<Vec<MatchReport>>,
    /// What the checks found, in the page's language.
    pub checks: Vec<Check>,
    /// A program of the context that is looked at, and what it says of itself.
    pub inspected: Option<(String, Box<ElfReport>)>,
    /// Large programs that were dropped: what has been read of them.
    pub programs: BTreeMap<String, Arc<Parts>>,
    found: Option<Found>,
    /// The files at the end of each stage; of the last text that could be read, while one types.
    stage_trees: Vec<Option<Tree>>,
    /// Images that were dropped onto the page. They are too large to be kept or shared.
    pub bases: Vec<(Reference, Arc<Image>)>,
    /// What the terminal shows.
    pub lines: Vec<Line>,
    /// Commands typed so far.
    pub typed: Vec<String>,
    /// The lessons there are.
    pub lessons: Vec<LessonEntry>,
    /// The lesson that is open.
    pub lesson: Option<(String, Lesson)>,
    /// How its commands came out.
    pub played: Vec<Played>,
    lesson_texts: Option<(String, String)>,
    /// The next lesson that arrives belongs to a workspace that was kept: it does not begin anew.
    kept: bool,
    /// The language.
    pub language: Language,
    /// Dark or light, if chosen.
    pub dark: Option<bool>,
    /// The part that a small screen shows.
    pub panel: Panel,
    /// What is said to the person.
    pub notice: Option<String>,
    /// Real builds.
    pub real: Real,
    pub(super) fetched: Fetched,
    /// The steps of the last build that followed an edit.
    pub reruns: Vec<Reran>,
    /// The files of the image.
    pub explorer: Explorer,
}

/// The first thing a newcomer sees, before any lesson: a file that fails and can be repaired.
const WELCOME: [(&str, &str); 2] = [
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
    /// The page as a newcomer sees it.
    pub fn new(language: Language, dark: Option<bool>) -> Self {
        let catalogue = Arc::new(Catalogue::builtin());
        let engine = EngineProfile::find("docker-28").unwrap_or_else(|| EngineProfile::all()[0].clone());
        let builder = engine.default_builder();
        let mut model = Model {
            host: Host::new(catalogue.clone(), engine.clone(), builder),
            catalogue,
            engine,
            builder,
            dockerfile: "Dockerfile".into(),
            open: "Dockerfile".into(),
            simulation: None,
            report: None,
            matrix: None,
            inspected: None,
            programs: BTreeMap::new(),
            checks: Vec::new(),
            found: None,
            stage_trees: Vec::new(),
            bases: Vec::new(),
            lines: Vec::new(),
            typed: Vec::new(),
            lessons: Vec::new(),
            lesson: None,
            played: Vec::new(),
            lesson_texts: None,
            kept: false,
            language,
            dark,
            panel: Panel::Editor,
            notice: None,
            real: Real::default(),
            fetched: Fetched::default(),
            reruns: Vec::new(),
            explorer: Explorer::default(),
        };
        for (name, text) in WELCOME {
            let _ = model.host.write(name, Content::inline(text.as_bytes()), 0o644);
        }
        model.simulate();
        model
    }

    /// Takes a kept or shared workspace over.
    ///
    /// # Errors
    /// What is wrong with it; the model stays as it was.
    pub fn load(&mut self, workspace: &Workspace) -> Result<Vec<Effect>, String> {
        let contents = workspace.contents().map_err(|error| error.to_string())?;
        let engine = EngineProfile::find(&workspace.engine).ok_or("unknown engine")?;
        let builder = Builder::parse(&workspace.builder)
            .filter(|builder| engine.builders().contains(builder))
            .unwrap_or(engine.default_builder());
        let mut host = Host::new(self.catalogue.clone(), engine.clone(), builder);
        for (path, content, mode) in contents {
            host.write(path.trim_start_matches('/'), content, mode).map_err(|error| error.to_string())?;
        }
        (self.host, self.engine, self.builder) = (host, engine, builder);
        self.dockerfile = workspace.dockerfile.clone();
        self.open = workspace.dockerfile.clone();
        self.simulate();
        let mut effects = vec![Effect::ShowFile(true)];
        self.kept = workspace.lesson.is_some();
        if let Some(slug) = &workspace.lesson {
            effects.push(Effect::FetchLesson(slug.clone()));
        }
        Ok(effects)
    }

    /// The workspace as it is.
    pub fn workspace(&self) -> Workspace {
        let lesson = self.lesson.as_ref().map(|(slug, _)| slug.clone());
        Workspace::of(&self.host.context(), &self.engine.id, self.builder.as_str(), &self.dockerfile, lesson)
    }

    /// The files of the context: name, size in bytes, whether the editor can show it.
    pub fn files(&self) -> Vec<(String, u64, bool)> {
        let context = self.host.context();
        context
            .walk("/")
            .filter_map(|(path, node)| {
                let content = node.content()?;
                let text = content.bytes().is_some_and(|bytes| std::str::from_utf8(bytes).is_ok());
                Some((path.trim_start_matches('/').to_string(), content.len, text))
            })
            .collect()
    }

    /// The text of a file of the context.
    pub fn text(&self, name: &str) -> Option<String> {
        String::from_utf8(self.host.file(name)?.bytes()?.to_vec()).ok()
    }

    /// Whether a file is one that could be built.
    pub fn is_dockerfile(name: &str) -> bool {
        name.rsplit('/').next().unwrap_or(name).to_ascii_lowercase().contains("dockerfile")
    }

    pub(super) fn request(&self, context: Tree, text: String) -> Request {
        let usual = Request::new(text, context, self.engine.clone());
        Request { name: self.dockerfile.clone(), builder: self.builder, ..usual }
    }

    /// The program that the image starts, if this build brought it: an ELF file of one of its layers.
    pub fn program(&self) -> Option<Content> {
        let done = self.simulation.as_ref()?;
        let (image, run) = (done.built.image.as_ref()?, done.run.as_ref()?);
        let (real, node) = image.tree.stat("/", run.argv.first()?).ok()?;
        let brought = image.layers.iter().flat_map(|layer| &layer.entries).any(|entry| *entry.path == *real);
        let content = node.content().filter(|content| stageplay_core::elf::is_elf(&content.read_at(0, 4)))?;
        brought.then(|| content.clone())
    }

    /// Builds and starts what is in the editor's Dockerfile.
    pub(super) fn simulate(&mut self) {
        let text = self.text(&self.dockerfile).unwrap_or_default();
        let request = self.request(self.host.context(), text);
        let store = self.host.store();
        let done = match store.lock() {
            Ok(mut store) => {
                for (reference, image) in &self.bases {
                    store.load(reference.clone(), image.clone());
                }
                let images = store.snapshot();
                // The page's own cache: what is typed here is not what `docker build` has cached.
                let mut cache = std::mem::take(&mut store.page_cache);
                let done = simulate(&request, Some(&[]), &self.catalogue, &images, &mut cache);
                self.found = Some(cache.trying(|cache| Found::new(&request, &self.catalogue, &images, cache)));
                store.page_cache = cache;
                done
            }
            Err(_) => simulate(&request, Some(&[]), &self.catalogue, &NoImages, &mut Default::default()),
        };
        self.checks = self.found.as_ref().map(|found| found.say(self.language)).unwrap_or_default();
        self.note_reruns(&done.built);
        if !done.built.stages.is_empty() {
            let tree = |image: &Option<Arc<Image>>| image.as_ref().map(|image| image.tree.clone());
            let old = std::mem::take(&mut self.stage_trees).into_iter().chain(std::iter::repeat(None));
            self.stage_trees = done.built.stages.iter().zip(old).map(|(new, old)| tree(new).or(old)).collect();
        }
        if done.built.gave_up {
            self.notice = Some(say::<&str>(self.language, "page.gave-up", &[]));
        }
        self.report = Some(build_report(&done, self.language));
        self.matrix = None;
        self.simulation = Some(done);
        self.explore_anew();
    }

    /// What the editor asks its questions of.
    pub fn service(&self) -> Service {
        Service {
            catalogue: self.catalogue.clone(),
            era: self.engine.era(),
            context: self.simulation.as_ref().map(|done| done.request.context.clone()).unwrap_or_default(),
            stages: self.stage_trees.clone(),
            language: self.language,
        }
    }

    /// Changes the model; what is to be done outside comes back.
    pub fn update(&mut self, msg: Msg) -> Vec<Effect> {
        let mut effects = self.react(msg);
        effects.extend(self.wanted());
        effects.extend(self.wanted_indexes());
        effects
    }

    fn react(&mut self, msg: Msg) -> Vec<Effect> {
        match msg {
            Msg::Edited(name, text) => {
                if self.text(&name).as_deref() == Some(&text) {
                    return vec![];
                }
                if let Err(error) = self.host.write(&name, Content::inline(text.into_bytes()), 0o644) {
                    self.notice = Some(error.to_string());
                }
                self.simulate();
                vec![Effect::Keep]
            }
            Msg::Open(name) => {
                self.open = name;
                self.panel = Panel::Editor;
                let mut effects = vec![Effect::ShowFile(false)];
                if Self::is_dockerfile(&self.open) && self.open != self.dockerfile {
                    self.dockerfile = self.open.clone();
                    self.simulate();
                    effects.push(Effect::Keep);
                }
                effects
            }
            Msg::NewFile(name) => {
                let name = name.trim().trim_start_matches('/').to_string();
                if name.is_empty() || self.files().iter().any(|(known, ..)| *known == name) {
                    return vec![];
                }
                match self.host.write(&name, Content::inline([]), 0o644) {
                    Ok(()) => {
                        self.simulate();
                        let mut effects = self.update(Msg::Open(name));
                        effects.push(Effect::Keep);
                        effects
                    }
                    Err(error) => {
                        self.notice = Some(error.to_string());
                        vec![]
                    }
                }
            }
            Msg::Dropped(name, bytes) => {
                let bytes: Arc<[u8]> = bytes.into();
                match Archive::open(Arc::new(Memory(bytes.clone())))
                    .map(|archive| (archive.tags.first().cloned(), archive.image()))
                {
                    Ok((tag, Ok(image))) => return self.take_base(&name, tag, image),
                    Ok((_, Err(error))) => {
                        self.notice = Some(format!("{name}: {error}"));
                        return vec![];
                    }
                    Err(_) if bytes.len() > MAX_FILE => {
                        self.notice = Some(say(self.language, "page.too-large", &[("name", &name)]));
                        return vec![];
                    }
                    // No image: a file like others.
                    Err(_) => {}
                }
                let mode = if stageplay_core::elf::is_elf(&bytes) || bytes.starts_with(b"#!") { 0o755 } else { 0o644 };
                if let Err(error) = self.host.write(&name, Content::inline(bytes), mode) {
                    self.notice = Some(error.to_string());
                }
                self.simulate();
                vec![Effect::Keep]
            }
            Msg::DroppedProgram(name, size) => self.take_program(name, size),
            Msg::Inspect(name) => {
                self.inspect(name);
                Vec::new()
            }
            Msg::StartProgram(name) => self.start_program(&name),
            Msg::Came(name, pieces) => self.take_pieces(&name, &pieces),
            Msg::Engine(id, builder) => self.change_engine(&id, builder),
            Msg::Typed(command) => {
                self.type_command(&command);
                self.after_command()
            }
            Msg::ApplyFix(index) => self.apply_fix(index),
            Msg::ApplyCheck(index) => {
                let edits = self.checks.get(index).and_then(|check| check.fix.as_ref()).map(|fix| fix.edits.clone());
                self.replace(edits)
            }
            Msg::ApplySafe => {
                let mut chosen = Edits::default();
                for fix in self.checks.iter().filter_map(|check| check.fix.as_ref()).filter(|fix| fix.safe) {
                    chosen.add(fix.edits.clone());
                }
                self.replace(Some(chosen.into_edits()))
            }
            Msg::Explorer(msg) => self.explore(msg),
            Msg::Compare => {
                self.matrix = self.program().map(|program| {
                    let found = against_bases(&program, &self.catalogue, &self.engine);
                    found.iter().map(|one| match_report(one, self.language)).collect()
                });
                Vec::new()
            }
            Msg::GoTo(line) => {
                self.open = self.dockerfile.clone();
                self.panel = Panel::Editor;
                vec![Effect::ShowFile(false), Effect::GoTo(line)]
            }
            Msg::Lessons(Ok(lessons)) => {
                self.lessons = lessons;
                vec![]
            }
            Msg::Lessons(Err(error)) | Msg::LessonTexts(_, Err(error)) => {
                self.notice = Some(error);
                vec![]
            }
            Msg::ChooseLesson(slug) => {
                self.kept = false;
                self.panel = Panel::Lesson;
                vec![Effect::FetchLesson(slug)]
            }
            Msg::LessonTexts(slug, Ok(texts)) => {
                self.lesson_texts = Some(texts);
                self.read_lesson(&slug);
                // A workspace that was kept goes on as it was; a lesson that is chosen begins.
                if std::mem::take(&mut self.kept) { vec![] } else { self.begin() }
            }
            Msg::Play(id, index) => self.play(&id, index),
            Msg::Restart => self.begin(),
            Msg::Language(language) => {
                self.language = language;
                if let Some(done) = &self.simulation {
                    self.report = Some(build_report(done, language));
                    self.matrix = None;
                }
                self.checks = self.found.as_ref().map(|found| found.say(language)).unwrap_or_default();
                if let Some((slug, _)) = self.lesson.clone() {
                    self.read_lesson(&slug);
                }
                vec![Effect::Settings]
            }
            Msg::Theme(dark) => {
                self.dark = dark;
                vec![Effect::Settings]
            }
            Msg::Show(panel) => {
                self.panel = panel;
                vec![]
            }
            Msg::Share => vec![Effect::CopyLink(self.workspace().to_link())],
            Msg::Say(text) => {
                self.notice = Some(text);
                vec![]
            }
            Msg::Heard => {
                self.notice = None;
                vec![]
            }
            Msg::Index(name, text) => {
                self.take_index(&name, text);
                vec![]
            }
            Msg::Real(msg) => self.real(msg).into_iter().map(Effect::Real).collect(),
        }
    }

    /// An archive becomes an image that FROM can name.
    fn take_base(&mut self, file: &str, tag: Option<String>, image: Image) -> Vec<Effect> {
        let stem = file.split('.').next().unwrap_or("image").to_lowercase();
        let stem: String = stem.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
        let named = tag.as_deref().and_then(|tag| Reference::parse(tag).ok());
        let Some(reference) = named.or_else(|| Reference::parse(&stem).ok()).or_else(|| Reference::parse("image").ok())
        else {
            return vec![];
        };
        let size = image.size().human();
        let words = [("image", reference.to_string()), ("size", size)];
        self.notice = Some(say(self.language, "page.base-taken", &words));
        self.bases.retain(|(known, _)| known.to_string() != reference.to_string());
        self.bases.push((reference, Arc::new(image)));
        self.simulate();
        vec![]
    }

    fn change_engine(&mut self, id: &str, builder: Builder) -> Vec<Effect> {
        let Some(engine) = EngineProfile::find(id) else {
            return vec![];
        };
        let workspace = self.workspace();
        let builder = if engine.builders().contains(&builder) { builder } else { engine.default_builder() };
        let changed = Workspace { engine: id.to_string(), builder: builder.as_str().into(), ..workspace };
        let open = self.open.clone();
        if let Err(error) = self.load(&changed) {
            self.notice = Some(error);
        }
        self.open = open;
        self.kept = false;
        vec![Effect::Keep]
    }

    fn print(&mut self, text: &str, typed: bool) {
        self.lines.extend(text.lines().map(|line| Line { text: line.to_string(), typed }));
        let extra = self.lines.len().saturating_sub(MAX_LINES);
        self.lines.drain(..extra);
    }

    fn type_command(&mut self, command: &str) -> (String, i32) {
        self.print(&format!("$ {command}"), true);
        if self.typed.last().map(String::as_str) != Some(command) {
            self.typed.push(command.to_string());
        }
        if command.trim() == "clear" {
            self.lines.clear();
            return (String::new(), 0);
        }
        let answer = self.host.run(command);
        let gaps = gap_lines(&answer.gaps, self.language);
        self.print(&answer.text, false);
        self.print(&gaps, false);
        (answer.text, answer.status)
    }

    /// A command may have written files: they are shown and built anew.
    fn after_command(&mut self) -> Vec<Effect> {
        if self.text(&self.open).is_none() {
            self.open = self.dockerfile.clone();
        }
        self.simulate();
        vec![Effect::ShowFile(false), Effect::Keep]
    }

    fn apply_fix(&mut self, index: usize) -> Vec<Effect> {
        let edits: Option<Vec<TextEdit>> =
            self.simulation.as_ref().and_then(|done| done.fixes.get(index)).map(|fix| fix.edits.clone());
        self.replace(edits)
    }

    /// Edits of the Dockerfile.
    fn replace(&mut self, edits: Option<Vec<TextEdit>>) -> Vec<Effect> {
        let fixed = edits.and_then(|edits| apply_edits(&self.text(&self.dockerfile)?, &edits));
        let Some(fixed) = fixed else { return vec![] };
        // The editor makes the change, so that its undo takes it back.
        self.open = self.dockerfile.clone();
        vec![Effect::ShowFile(false), Effect::Replace(fixed)]
    }

    fn read_lesson(&mut self, slug: &str) {
        let Some((english, translation)) = self.lesson_texts.clone() else {
            return;
        };
        let read = lesson::parse(&english, None).and_then(|original| match self.language {
            Language::English => Ok(original),
            Language::Chinese => lesson::parse(&translation, Some(&original)),
        });
        match read {
            Ok(lesson) => self.lesson = Some((slug.to_string(), lesson)),
            Err(error) => self.notice = Some(format!("{slug}: {error}")),
        }
    }

    /// Sets the lesson's host up and opens its Dockerfile.
    fn begin(&mut self) -> Vec<Effect> {
        let Some((_, lesson)) = self.lesson.clone() else {
            return vec![];
        };
        let Some(engine) = EngineProfile::find(&lesson.header.engine) else {
            return vec![];
        };
        match lesson.host(self.catalogue.clone()) {
            Ok(host) => self.host = host,
            Err(error) => {
                self.notice = Some(error);
                return vec![];
            }
        }
        self.builder = lesson.builder(&engine);
        self.engine = engine;
        self.dockerfile = lesson.header.dockerfile.clone();
        self.open = self.dockerfile.clone();
        self.lines.clear();
        self.played.clear();
        self.simulate();
        vec![Effect::ShowFile(true), Effect::Keep]
    }

    fn play(&mut self, id: &str, index: usize) -> Vec<Effect> {
        let Some((_, lesson)) = &self.lesson else {
            return vec![];
        };
        let expected = lesson.blocks.iter().find_map(|block| match block {
            Block::Console { id: own, commands } if own == id => commands.get(index).cloned(),
            _ => None,
        });
        let Some(expected) = expected else {
            return vec![];
        };
        let (text, status) = self.type_command(&expected.command);
        let fits = lesson::fits(&expected.output, &text) && expected.status.unwrap_or(status) == status;
        let place = (id.to_string(), index);
        self.played.retain(|one| one.place != place);
        self.played.push(Played { place, fits });
        self.after_command()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn model() -> Model {
        Model::new(Language::English, None)
    }

    fn verdict(model: &Model) -> String {
        model.report.as_ref().unwrap().run.as_ref().map_or("no run".into(), |run| run.verdict.to_string())
    }

    #[test]
    fn a_fix_makes_the_first_page_start() {
        let mut model = model();
        assert_eq!(verdict(&model), "fails");
        let effects = model.update(Msg::ApplyFix(0));
        let Some(Effect::Replace(text)) = effects.last() else { panic!("{effects:?}") };
        model.update(Msg::Edited("Dockerfile".into(), text.clone()));
        assert_eq!(verdict(&model), "starts");
    }

    #[test]
    fn checks_are_told_and_applied() {
        let mut model = model();
        let text = "FROM alpine as b\nCOPY main.go /m\nRUN chmod 755 /m\nUSER 1\n";
        model.update(Msg::Edited("Dockerfile".into(), text.into()));
        let rules: Vec<&str> = model.checks.iter().map(|check| check.rule).collect();
        assert_eq!(rules, ["FromAsCasing", "SP001"]);
        let effects = model.update(Msg::ApplySafe);
        let Some(Effect::Replace(text)) = effects.last() else { panic!("{effects:?}") };
        assert_eq!(text, "FROM alpine AS b\nCOPY --chmod=755 main.go /m\nUSER 1\n");
    }

    #[test]
    fn an_edit_is_built_at_once_and_kept() {
        let mut model = model();
        let effects = model.update(Msg::Edited("Dockerfile".into(), "FORM alpine".into()));
        assert_eq!(effects, [Effect::Keep]);
        assert!(model.report.as_ref().unwrap().error.is_some());
    }

    #[test]
    fn a_dockerfile_that_asks_for_too_much_is_given_up_and_the_page_says_so() {
        let mut model = model();
        let text = format!("FROM scratch\nEXPOSE {}\n", "1-65535 ".repeat(5_000));
        for (language, words) in [(Language::English, "given up"), (Language::Chinese, "放弃")] {
            model.update(Msg::Language(language));
            model.update(Msg::Edited("Dockerfile".into(), format!("{text}# {words}\n")));
            assert!(model.notice.as_deref().is_some_and(|notice| notice.contains(words)), "{:?}", model.notice);
        }
    }

    #[test]
    fn a_workspace_comes_back_from_its_link() {
        let mut first = model();
        first.update(Msg::Edited("Dockerfile".into(), "FROM scratch\n".into()));
        let workspace = Workspace::from_link(&first.workspace().to_link()).unwrap();
        let mut second = model();
        second.load(&workspace).unwrap();
        assert_eq!(second.text("Dockerfile").unwrap(), "FROM scratch\n");
    }

    #[test]
    fn the_terminal_writes_files_that_the_page_shows() {
        let mut model = model();
        model.update(Msg::Typed("echo hi > note.txt".into()));
        assert!(model.files().iter().any(|(name, size, _)| name == "note.txt" && *size == 3));
        model.update(Msg::Typed("docker build -t a .".into()));
        model.update(Msg::Typed("docker run a".into()));
        assert!(model.lines.iter().any(|line| line.text.contains("no such file or directory")), "{:?}", model.lines);
    }

    #[test]
    fn a_dropped_image_is_a_base_and_stays_one_under_another_engine() {
        let mut model = model();
        // A tar with nothing but a manifest, a configuration and an empty layer.
        let image = include_bytes!("../../tests/image.tar");
        model.update(Msg::Dropped("mine.tar".into(), image.to_vec()));
        assert!(model.notice.as_deref().is_some_and(|text| text.contains("FROM mine:1")), "{:?}", model.notice);
        model.update(Msg::Edited("Dockerfile".into(), "FROM mine:1\nCOPY --from=mine:1 /hello /copy\n".into()));
        assert_eq!(model.report.as_ref().unwrap().error, None);
        model.update(Msg::Engine("docker-20.10".into(), Builder::Classic));
        assert_eq!(model.report.as_ref().unwrap().error, None);
        // Damaged, it is a file like others.
        model.update(Msg::Dropped("broken.tar".into(), image[..700].to_vec()));
        assert!(model.files().iter().any(|(name, ..)| name == "broken.tar"));
    }

    #[test]
    fn the_image_s_program_is_compared_with_every_base_image() {
        let mut model = model();
        assert!(model.program().is_some() && model.matrix.is_none());
        model.update(Msg::Compare);
        let found = model.matrix.clone().unwrap_or_default();
        assert!(found.len() > 90 && found.first().is_some_and(|one| one.verdict == "starts"));
        assert!(found.iter().any(|one| one.cause.as_deref() == Some("interpreter-missing")));
        model.update(Msg::Edited("Dockerfile".into(), "FROM scratch\n".into()));
        assert!(model.matrix.is_none(), "it was about another program");
    }

    #[test]
    fn another_engine_keeps_the_files() {
        let mut model = model();
        model.update(Msg::NewFile("x.txt".into()));
        model.update(Msg::Engine("docker-17.09".into(), Builder::Classic));
        assert_eq!(model.engine.id, "docker-17.09");
        assert!(model.files().iter().any(|(name, ..)| name == "x.txt"));
    }
}
