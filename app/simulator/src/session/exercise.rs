//! The open exercise: its texts, its workspace, what of its goals is reached, and submissions.

use super::Session;
use crate::effect::Effect;
use crate::exercise_view;
use stageplay_core::exercise::{
    self, Attempt, Collection, Files, MAX_COMMANDS, Pack, PackFile, Scorm, Submission, Text, Work, from_bundle,
};
use stageplay_core::fs::Content;
use stageplay_core::host::Host;
use stageplay_core::words::say;
use stageplay_protocol::{
    Event, ExerciseChapter, ExerciseEntry, ExerciseEvent, ExerciseIndex, ExerciseRequest, PACKS, ScormRequest,
    StoredWork, SubmissionRequest,
};

/// The file with the index of the exercises of the page, and the name of its bundle.
const INDEX: &str = "index";

/// An exercise whose files are here.
#[derive(Debug)]
pub(super) struct OpenExercise {
    pub(super) slug: String,
    name: String,
    files: Files,
    pub(super) pack: Pack,
    /// The seed of the student's variant; empty for none.
    seed: String,
    /// The commands that were used in the terminal.
    pub(super) commands: Vec<String>,
    /// Whether the page does not know what the present workspace reaches.
    is_unevaluated: bool,
}

impl Session {
    /// Carries out what the page's scripts ask.
    pub(super) fn exercise_request(&mut self, json: &str) {
        let request = match serde_json::from_str::<ExerciseRequest>(json) {
            Ok(request) => request,
            Err(error) => return self.tell_exercise(&ExerciseEvent::Failed(error.to_string())),
        };
        match request {
            ExerciseRequest::Index => match self.exercise_index.take() {
                Some(text) => self.tell_index(text),
                None => self.effects.push(Effect::FetchPack(INDEX.to_string())),
            },
            ExerciseRequest::Provide(slug, bundle) => {
                let missing = || say(self.language, "exercise.not-there", &[("what", &slug)]);
                let bundle = bundle.ok_or_else(missing);
                self.open_pack(&slug, bundle);
            }
            ExerciseRequest::Student(student) => self.set_student(&student),
            ExerciseRequest::UseWork(work) => self.use_work(&work),
            ExerciseRequest::Restart => self.start_exercise(),
            ExerciseRequest::UseState(name) => {
                let files = self.exercise.as_ref().and_then(|open| open.pack.states.get(&name)).cloned();
                self.use_files(files);
            }
            ExerciseRequest::UseSolution => {
                let open = self.exercise.as_mut();
                let files = open.and_then(|open| {
                    open.commands.extend(open.pack.solution_commands.iter().cloned());
                    open.pack.solution.clone()
                });
                self.use_files(files);
            }
            ExerciseRequest::ShowSolution => self.show_solution(),
            ExerciseRequest::Close => self.exercise = None,
            ExerciseRequest::Submit(request) => {
                let text = self.submission(&request);
                self.tell_exercise(&ExerciseEvent::Submission(text));
            }
            ExerciseRequest::Read(name, text) => self.read_pack(&name, &text),
            ExerciseRequest::Check(name, bundle) => self.check_pack(name, &bundle),
            ExerciseRequest::Scorm(request) => self.tell_exercise(&ExerciseEvent::Scorm(scorm(&request))),
            ExerciseRequest::Grade(request) => self.grade(*request),
        }
    }

    /// Another student: an open exercise with variants begins anew with that student's.
    fn set_student(&mut self, student: &str) {
        let is_other = self.student != student.trim();
        self.student = student.trim().to_string();
        if is_other && self.exercise.as_ref().is_some_and(|open| !open.pack.variables.is_empty()) {
            self.start_exercise();
            self.tell_open(true);
        }
    }

    pub(super) fn tell_exercise(&mut self, event: &ExerciseEvent) {
        self.tell(Event::Exercise(serde_json::to_string(event).unwrap_or_default()));
    }

    fn exercise_failed(&mut self, (code, what): (&'static str, String)) {
        let message = say(self.language, code, &[("what", what)]);
        self.tell_exercise(&ExerciseEvent::Failed(message));
    }

    /// Fetches an exercise, which then opens as a lesson does.
    pub(super) fn request_exercise(&mut self, slug: &str) {
        match slug.strip_prefix(PACKS) {
            Some(path) => self.effects.push(Effect::FetchPack(path.to_string())),
            None => self.tell_exercise(&ExerciseEvent::Want(slug.to_string())),
        }
    }

    /// Takes a bundle of the page that arrived, by its path below `packs/` without an ending.
    pub fn take_pack(&mut self, path: &str, bundle: Result<String, String>) {
        match bundle {
            Ok(text) if path == INDEX => self.tell_index(text),
            Err(error) if path == INDEX => self.tell_exercise(&ExerciseEvent::Failed(error)),
            bundle => self.open_pack(&format!("{PACKS}{path}"), bundle),
        }
        self.request_missing_data();
    }

    /// Lists the exercises of the page in its language.
    fn tell_index(&mut self, text: String) {
        let read = from_bundle(&text);
        self.exercise_index = Some(text);
        let (_, files) = match read {
            Ok(read) => read,
            Err(error) => return self.exercise_failed(error),
        };
        let collection = match Collection::read(&files) {
            Some(Ok(collection)) => collection,
            Some(Err(problem)) => {
                let message = problem.message(self.language);
                return self.tell_exercise(&ExerciseEvent::Failed(message));
            }
            None => return self.exercise_failed(("pack.no-definition", String::new())),
        };
        let tag = self.language.tag();
        let entry = |folder: &String| {
            let name = folder.rsplit('/').next().unwrap_or(folder).to_string();
            let text = files.get(&format!("{folder}/pack.toml")).and_then(PackFile::as_text);
            let title = text.and_then(exercise::title).unwrap_or_else(Text::default);
            let title = Some(title.get(tag).to_string()).filter(|title| !title.is_empty());
            ExerciseEntry { slug: format!("{PACKS}{folder}"), title: title.unwrap_or_else(|| name.clone()), name }
        };
        let chapters = collection.chapters.iter().map(|chapter| ExerciseChapter {
            name: chapter.name.clone(),
            title: chapter.title.get(tag).to_string(),
            packs: chapter.packs.iter().map(entry).collect(),
        });
        let index = ExerciseIndex { title: collection.title.get(tag).to_string(), chapters: chapters.collect() };
        self.tell_exercise(&ExerciseEvent::Index(index));
    }

    /// Opens an exercise whose bundle arrived, if it is still the one that is waited for.
    fn open_pack(&mut self, slug: &str, bundle: Result<String, String>) {
        if self.awaited_lesson.as_deref() != Some(slug) {
            return;
        }
        self.awaited_lesson = None;
        let keeps_workspace = std::mem::take(&mut self.keeps_workspace);
        let opened = bundle.and_then(|text| self.read_exercise(slug, &text));
        match opened {
            Ok(open) => {
                self.exercise = Some(open);
                (self.lesson, self.lesson_texts) = (None, None);
            }
            Err(error) => return self.tell_exercise(&ExerciseEvent::Failed(error)),
        }
        if keeps_workspace {
            self.tell_open(false);
            self.may_have_other_workspace = true;
            self.simulate();
        } else {
            self.start_exercise();
            self.tell_open(true);
        }
    }

    fn read_exercise(&self, slug: &str, bundle: &str) -> Result<OpenExercise, String> {
        let words = |(code, what): (&'static str, String)| say(self.language, code, &[("what", what)]);
        let (name, files) = from_bundle(bundle).map_err(words)?;
        let read = |seed: Option<&str>| {
            let read = exercise::read(&name, &files, seed);
            let why = read.problems.first().map(|problem| problem.message(self.language)).unwrap_or_default();
            read.pack.ok_or(why)
        };
        let mut pack = read(None)?;
        let mut seed = String::new();
        if !pack.variables.is_empty() && !self.student.is_empty() {
            seed = exercise::seed(&name, &self.student);
            pack = read(Some(&seed))?;
        }
        let (slug, commands, is_unevaluated) = (slug.to_string(), Vec::new(), true);
        Ok(OpenExercise { slug, name, files, pack, seed, commands, is_unevaluated })
    }

    pub(super) fn tell_open(&mut self, is_set_up: bool) {
        let Some(open) = &mut self.exercise else { return };
        open.is_unevaluated = true;
        let view = exercise_view::exercise(&open.slug, &open.pack, self.language);
        self.tell_exercise(&ExerciseEvent::Open(Box::new(view), is_set_up));
    }

    /// Sets the workspace up as the exercise gives it, under its engine and its day.
    pub(super) fn start_exercise(&mut self) {
        let Some(open) = &mut self.exercise else { return };
        // The student's id may be another one than when it was opened.
        let seed = if open.pack.variables.is_empty() || self.student.is_empty() {
            String::new()
        } else {
            exercise::seed(&open.name, &self.student)
        };
        if seed != open.seed
            && let Some(pack) = exercise::read(&open.name, &open.files, Some(seed.as_str())).pack
        {
            (open.pack, open.seed) = (pack, seed);
        }
        let Some(open) = &mut self.exercise else { return };
        open.commands.clear();
        let files = open.pack.start.clone();
        (self.engine, self.builder, self.as_of) = (open.pack.engine.clone(), open.pack.builder, open.pack.day);
        self.dockerfile = open.pack.dockerfile.clone();
        self.compared.clear();
        self.use_files(Some(files));
    }

    /// Puts files in place of those of the workspace.
    fn use_files(&mut self, files: Option<Files>) {
        let Some(files) = files else { return };
        let mut host = Host::new(self.catalogue.clone(), self.engine.clone(), self.builder);
        host.set_as_of(self.as_of);
        for (path, file) in &files {
            // The paths were checked when the files were read.
            let _ = host.write(path, Content::inline(file.bytes.as_slice()), file.mode);
        }
        self.host = host;
        self.may_have_other_workspace = true;
        self.tell(Event::ClearTerminal);
        self.tell(Event::LessonStarted);
        self.simulate();
    }

    /// Puts work of an earlier visit into the workspace. That of another exercise or variant is passed over.
    fn use_work(&mut self, stored: &StoredWork) {
        let Some(open) = &mut self.exercise else { return };
        let text = serde_json::to_string(stored).unwrap_or_default();
        let work = match Work::from_json(&text) {
            Ok(work) => work,
            Err(error) => return self.exercise_failed(error),
        };
        if work.pack != open.pack.name || work.seed != open.seed {
            return;
        }
        match work.workspace(&open.pack) {
            Ok(files) => {
                open.commands = work.commands;
                self.use_files(Some(files));
            }
            Err(error) => self.exercise_failed(error),
        }
    }

    fn show_solution(&mut self) {
        let Some(open) = &self.exercise else { return };
        let Some(solution) = &open.pack.solution else { return };
        let start = &open.pack.start;
        let changed = solution.iter().filter(|(path, file)| start.get(*path) != Some(file));
        let shown = |file: &PackFile| String::from_utf8_lossy(&file.bytes).into_owned();
        let changed = changed.map(|(path, file)| (path.clone(), Some(shown(file))));
        let removed = start.keys().filter(|path| !solution.contains_key(*path)).map(|path| (path.clone(), None));
        let all = changed.chain(removed).collect();
        self.tell_exercise(&ExerciseEvent::Solution(all));
    }

    /// Notes a command of the terminal, for goals about commands.
    pub(super) fn note_command(&mut self, command: &str) {
        let Some(open) = &mut self.exercise else { return };
        open.commands.push(command.trim().chars().take(1_000).collect());
        let surplus = open.commands.len().saturating_sub(MAX_COMMANDS);
        open.commands.drain(..surplus);
        open.is_unevaluated = true;
    }

    /// What the present workspace reaches is another question than before.
    pub(super) fn exercise_changed(&mut self) {
        if let Some(open) = &mut self.exercise {
            open.is_unevaluated = true;
        }
    }

    /// Tells what the workspace reaches, unless the page knows it or data is being fetched that it may need.
    pub(super) fn tell_reached(&mut self) {
        if self.image_data.loading().next().is_some() || !self.exercise.as_ref().is_some_and(|open| open.is_unevaluated)
        {
            return;
        }
        let files = self.workspace_files();
        let Some(open) = &mut self.exercise else { return };
        let attempt = Attempt::new(&open.pack, &files, &open.commands, &self.catalogue);
        let indexes = attempt.missing_indexes();
        let states = exercise_view::goal_states(&open.pack, &files, &attempt, self.language);
        let work = Work::of(&open.pack, &open.seed, &files, &open.commands);
        open.is_unevaluated = false;
        if self.fetch_for_exercise(indexes) {
            self.exercise_changed();
            return;
        }
        let work = serde_json::from_str::<StoredWork>(&work.to_json()).unwrap_or_default();
        self.tell_exercise(&ExerciseEvent::Reached(Box::new(states), Box::new(work)));
    }

    /// Fetches package indexes, and the data about base images that the catalogue was asked for and does not have. Whether
    /// anything is being fetched.
    pub(super) fn fetch_for_exercise(&mut self, indexes: Vec<String>) -> bool {
        let names = self.package_indexes.request(indexes);
        let is_fetching = !names.is_empty() || self.package_indexes.is_loading();
        self.effects.extend(names.into_iter().map(Effect::FetchPackageIndex));
        self.request_image_data();
        is_fetching || self.image_data.loading().next().is_some()
    }

    /// The files of the workspace whose content is known.
    fn workspace_files(&self) -> Files {
        let context = self.host.context();
        let files = context.walk("/").filter_map(|(path, node)| {
            let bytes = node.content()?.bytes()?.to_vec();
            let mode = if node.mode & 0o111 == 0 { 0o644 } else { 0o755 };
            Some((path.trim_start_matches('/').to_string(), PackFile { mode, bytes }))
        });
        files.collect()
    }

    fn submission(&self, request: &SubmissionRequest) -> Result<String, String> {
        let words = |(code, what): (&'static str, String)| say(self.language, code, &[("what", what)]);
        let mut work = Vec::new();
        for stored in &request.work {
            let text = serde_json::to_string(stored).unwrap_or_default();
            work.push(Work::from_json(&text).map_err(words)?);
        }
        let version = env!("CARGO_PKG_VERSION").to_string();
        let submission = Submission { student: request.student.clone(), name: request.name.clone(), version, work };
        let text = submission.to_text();
        // What cannot be read again is not handed in.
        Submission::from_text(&text).map_err(words)?;
        Ok(text)
    }
}

/// The texts of a SCORM 1.2 package.
fn scorm(request: &ScormRequest) -> Vec<(String, String)> {
    let scorm = Scorm {
        name: &request.name,
        title: &request.title,
        bundle: &request.bundle,
        xapi_endpoint: &request.xapi_endpoint,
        xapi_authorization: &request.xapi_authorization,
        page: &request.page,
    };
    scorm.files().into_iter().map(|(path, text)| (path.to_string(), text)).collect()
}
