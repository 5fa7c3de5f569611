//! Reads a pack: its definition, its Markdown and its files.

use super::condition::Condition;
use super::definition::{Definition, Edit};
use super::files::{self, Files, PackFile};
use super::markdown::{HiddenFile, Page, take_hidden_files};
use super::problem::{Place, Problem};
use super::text::{Text, is_language};
use super::variants::{self, Values};
use crate::engine::{Builder, EngineProfile};
use crate::image::Day;
use crate::lesson::{self, Block, Header};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The version of the format.
pub const FORMAT: u32 = 1;
/// The longest name of a pack, goal, state or edit, in characters.
pub const MAX_NAME: usize = 40;
/// The file with the definition.
const DEFINITION: &str = "pack.toml";
/// The engine of a pack that names none.
const DEFAULT_ENGINE: &str = "docker-28";
/// The most edits, and the most conditions that run a command: each costs a build or a shell.
const MAX_COSTLY: usize = 20;
/// The most goals, and the most hints.
const MAX_GOALS: usize = 50;
/// The most languages.
const MAX_LANGUAGES: usize = 20;

/// A goal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Goal {
    /// Its name.
    pub name: String,
    /// What must be true.
    pub when: Condition,
    /// What is to be reached.
    pub message: Text,
    /// Its points.
    pub points: u64,
    /// It is not shown before it is graded.
    pub hidden: bool,
    /// Where it is defined.
    pub place: Place,
}

/// A hint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    /// When it is shown; `None` for one on request.
    pub when: Option<Condition>,
    /// The hint.
    pub text: Text,
    /// Where it is defined.
    pub place: Place,
}

/// An exercise, or a lesson, which has no goals.
#[derive(Clone, Debug)]
pub struct Pack {
    /// The name of its folder.
    pub name: String,
    /// The digest of its files.
    pub digest: String,
    /// The heading.
    pub title: Text,
    /// The languages; the first one is that of the original.
    pub languages: Vec<String>,
    /// The engine.
    pub engine: Arc<EngineProfile>,
    /// The engine's builder.
    pub builder: Builder,
    /// The day on which tags are looked up; `None` for the day of the engine.
    pub day: Option<Day>,
    /// The Dockerfile's path in the workspace.
    pub dockerfile: String,
    /// The stage to build.
    pub target: Option<String>,
    /// `--build-arg`, by name.
    pub build_args: BTreeMap<String, String>,
    /// Arguments that the image is started with.
    pub arguments: Vec<String>,
    /// The goals in their order.
    pub goals: Vec<Goal>,
    /// The goals that only the edition has with which it is graded: their number, their points.
    pub goals_elsewhere: (u64, u64),
    /// The hints in their order.
    pub hints: Vec<Hint>,
    /// The edits by name.
    pub edits: BTreeMap<String, Edit>,
    /// The text in each language.
    pub pages: BTreeMap<String, Page>,
    /// The starting workspace.
    pub start: Files,
    /// The workspace of the solution; `None` if the pack has none.
    pub solution: Option<Files>,
    /// Commands of the solution, for goals about commands.
    pub solution_commands: Vec<String>,
    /// The workspaces of other states by name.
    pub states: BTreeMap<String, Files>,
    /// The variables with all their values.
    pub variables: BTreeMap<String, Vec<String>>,
    /// The values that were chosen.
    pub values: Values,
}

impl Pack {
    /// The sum of the points of all goals.
    pub fn max_points(&self) -> u64 {
        self.goals.iter().map(|goal| goal.points).sum()
    }

    /// The goals that are not shown before it is graded: their number, their points.
    pub fn hidden_goals(&self) -> (u64, u64) {
        let hidden = self.goals.iter().filter(|goal| goal.hidden);
        let sum =
            |(count, points): (u64, u64), goal: &Goal| (count.saturating_add(1), points.saturating_add(goal.points));
        hidden.fold(self.goals_elsewhere, sum)
    }

    /// The edit of a name.
    pub(super) fn edit(&self, name: &str) -> Option<&Edit> {
        self.edits.get(name)
    }
}

/// A pack as it was read. Problems that do not hinder its use are found, too.
#[derive(Clone, Debug)]
pub struct ReadPack {
    /// The pack; `None` if it cannot be used.
    pub pack: Option<Pack>,
    /// What is wrong with it, in order of files and lines.
    pub problems: Vec<Problem>,
}

/// Reads a pack from the files of its folder. `seed` chooses the values of variables; without one they are the first ones.
pub fn read(name: &str, all: &Files, seed: Option<&str>) -> ReadPack {
    let variables = definition_text(all).map(|found| variants::variables(found.text)).unwrap_or_default();
    read_with(name, all, &variants::choose(&variables, seed))
}

/// Reads a pack with values for its variables.
pub(super) fn read_with(name: &str, all: &Files, values: &Values) -> ReadPack {
    let mut reader = Reader { problems: Vec::new() };
    let pack = match files::check_files(all) {
        Ok(()) => {
            let replaced = variants::replace(all, values);
            let digest = files::digest(all);
            reader.pack(name, &replaced, digest).map(|pack| Pack { values: values.clone(), ..pack })
        }
        Err((code, what)) => {
            reader.add(Place::default(), code, &[("what", &what)]);
            None
        }
    };
    reader.problems.sort_by(|one, other| one.place.cmp(&other.place));
    ReadPack { pack, problems: reader.problems }
}

/// The heading in a definition, whatever else is in it.
pub fn title(definition: &str) -> Option<Text> {
    let table: toml::Table = toml::from_str(definition).ok()?;
    table.get("title")?.clone().try_into().ok()
}

/// Where a definition stands.
struct DefinitionText<'a> {
    file: String,
    text: &'a str,
    first_line: usize,
}

/// The definition: `pack.toml`, or what stands between two lines `+++` at the begin of the only or English Markdown file.
fn definition_text(all: &Files) -> Option<DefinitionText<'_>> {
    if let Some(file) = all.get(DEFINITION) {
        return Some(DefinitionText { file: DEFINITION.into(), text: file.as_text()?, first_line: 1 });
    }
    let (file, text) = markdown_files(all).into_iter().find_map(|(tag, text)| Some((tag, front_matter(text)?.0)))?;
    Some(DefinitionText { file: format!("{file}.md"), text, first_line: 2 })
}

/// What stands between two lines `+++`, the rest, and the 1-based number of its first line.
fn front_matter(text: &str) -> Option<(&str, &str, usize)> {
    let rest = text.trim_start_matches('\u{feff}').strip_prefix("+++\n")?;
    let (front, body) = rest.split_once("\n+++\n").or_else(|| Some((rest.strip_suffix("\n+++")?, "")))?;
    Some((front, body, front.matches('\n').count() + 4))
}

/// The Markdown files by language, English first.
fn markdown_files(all: &Files) -> Vec<(String, &str)> {
    let found = all.iter().filter_map(|(path, file)| {
        let tag = path.strip_suffix(".md").filter(|tag| is_language(tag))?;
        Some((tag.to_string(), file.as_text()?))
    });
    let mut found: Vec<(String, &str)> = found.collect();
    found.sort_by_key(|(tag, _)| tag != "en");
    found
}

/// Whether a text is a name: small letters, digits and hyphens, at most [`MAX_NAME`].
pub(super) fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= MAX_NAME
        && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
}

struct Reader {
    problems: Vec<Problem>,
}

impl Reader {
    fn add(&mut self, place: Place, code: &'static str, params: &[(&'static str, &str)]) {
        self.problems.push(Problem::new(place, code, params));
    }

    fn pack(&mut self, name: &str, all: &Files, digest: String) -> Option<Pack> {
        for (path, file) in all.iter().filter(|(path, _)| path.ends_with(".md") || path.ends_with(".toml")) {
            if !path.contains('/') && file.as_text().is_none() {
                self.add(Place::file(path), "pack.not-utf8", &[]);
                return None;
            }
        }
        if !is_name(name) {
            self.add(Place::default(), "pack.bad-name", &[("what", name), ("max", &MAX_NAME.to_string())]);
        }
        self.stray_files(all);
        let Some(found) = definition_text(all) else {
            return self.lesson(name, all, digest);
        };
        let DefinitionText { file, text, first_line } = found;
        let at = |range| Place::in_text(&file, text, range, first_line);
        let definition = self.definition(text, &at, &file)?;
        let engine_id = definition.engine.as_ref().map_or(DEFAULT_ENGINE, |engine| engine.get_ref());
        let Some(engine) = EngineProfile::find(engine_id) else {
            let place = definition.engine.as_ref().map(|engine| at(engine.span())).unwrap_or_default();
            self.add(place, "pack.unknown-engine", &[("what", engine_id)]);
            return None;
        };
        let builder = match &definition.builder {
            None => engine.default_builder(),
            Some(named) => match Builder::parse(named.get_ref()).filter(|one| engine.builders().contains(one)) {
                Some(builder) => builder,
                None => {
                    self.add(at(named.span()), "pack.unknown-builder", &[("what", named.get_ref())]);
                    return None;
                }
            },
        };
        let day = match &definition.date {
            None => None,
            Some(date) => match date.get_ref().parse::<Day>() {
                Ok(day) => Some(day),
                Err(_) => {
                    self.add(at(date.span()), "pack.bad-date", &[("what", date.get_ref())]);
                    return None;
                }
            },
        };
        let counts = [
            (definition.goals.len().max(definition.hints.len()), MAX_GOALS, "pack.too-many-goals"),
            (definition.setup.len(), lesson::MAX_COMMANDS, "pack.too-many-setup"),
            (markdown_files(all).len(), MAX_LANGUAGES, "pack.too-many-languages"),
            (
                definition.languages.as_ref().map_or(0, |all| all.get_ref().len()),
                MAX_LANGUAGES,
                "pack.too-many-languages",
            ),
        ];
        // Each of them is looked at on its own, so that there must not be too many.
        if let Some((_, max, code)) = counts.into_iter().find(|(count, max, _)| count > max) {
            self.add(Place::file(&file), code, &[("what", &max.to_string())]);
            return None;
        }
        let languages = self.languages(&definition, all, &at);
        let goals = self.goals(&definition, &at);
        let hints = self.hints(&definition, &at);
        self.edits(&definition, &at);
        self.costly(&definition);
        self.variables(&definition, &at);
        self.texts(&definition, &languages, &at);
        let header = |language: &str| Header {
            title: definition.title.get_ref().get(language).to_string(),
            engine: engine.id.clone(),
            builder: definition.builder.as_ref().map(|builder| builder.get_ref().clone()),
            dockerfile: definition.dockerfile.clone().unwrap_or_else(|| "Dockerfile".into()),
            setup: definition.setup.clone(),
            task: None,
            goal: None,
        };
        let (pages, hidden) = self.pages(all, &languages, &header);
        let executable: BTreeSet<&str> = definition.executable.iter().map(String::as_str).collect();
        let workspaces = self.workspaces(all, &pages, hidden, &executable);
        for path in executable.iter().filter(|path| !workspaces.has(path)) {
            self.add(Place::file(&file), "pack.no-such-file", &[("what", path)]);
        }
        if !self.problems.iter().all(|problem| is_harmless(problem.code)) {
            return None;
        }
        Some(Pack {
            name: name.to_string(),
            digest,
            title: definition.title.get_ref().clone(),
            languages,
            dockerfile: definition.dockerfile.clone().unwrap_or_else(|| "Dockerfile".into()),
            target: definition.target.clone(),
            build_args: definition.build_args.clone(),
            arguments: definition.arguments.clone(),
            goals,
            goals_elsewhere: definition.hidden_goals.map_or((0, 0), |them| (them.count.0, them.points.0)),
            hints,
            edits: definition.edits.iter().map(|(name, edit)| (name.clone(), edit.get_ref().clone())).collect(),
            pages,
            start: workspaces.start,
            solution: workspaces.solution,
            solution_commands: definition.solution_commands.clone(),
            states: workspaces.states,
            variables: definition.variables.iter().map(|(name, all)| (name.clone(), all.get_ref().clone())).collect(),
            values: Values::new(),
            engine,
            builder,
            day,
        })
    }

    /// A lesson in the older form: Markdown with front matter between two lines `---`.
    fn lesson(&mut self, name: &str, all: &Files, digest: String) -> Option<Pack> {
        let files = markdown_files(all);
        let Some((first, _)) = files.first() else {
            self.add(Place::default(), "pack.no-definition", &[]);
            return None;
        };
        let original_language = first.clone();
        let mut pages: BTreeMap<String, Page> = BTreeMap::new();
        let mut title = Text::default();
        for (language, text) in &files {
            let original = pages.get(&original_language).map(|page| page.task.clone());
            match lesson::parse(text, original.as_ref()) {
                Ok(task) => {
                    title.0.insert(language.clone(), task.header.title.clone());
                    pages.insert(language.clone(), Page { task, explanation: None });
                }
                Err(error) => {
                    let place = Place::line(format!("{language}.md"), error.line);
                    self.add(place, "pack.bad-markdown", &[("what", &error.message)]);
                }
            }
        }
        let original = pages.get(&original_language)?.clone();
        let header = &original.task.header;
        let engine = EngineProfile::find(&header.engine)?;
        Some(Pack {
            name: name.to_string(),
            digest,
            title,
            languages: files.iter().map(|(language, _)| language.clone()).collect(),
            builder: original.task.builder(&engine),
            engine,
            day: None,
            dockerfile: header.dockerfile.clone(),
            target: None,
            build_args: BTreeMap::new(),
            arguments: Vec::new(),
            goals: Vec::new(),
            goals_elsewhere: (0, 0),
            hints: Vec::new(),
            edits: BTreeMap::new(),
            start: block_files(&original).into_iter().collect(),
            pages,
            solution: None,
            solution_commands: Vec::new(),
            states: BTreeMap::new(),
            variables: BTreeMap::new(),
            values: Values::new(),
        })
    }

    fn definition(
        &mut self,
        text: &str,
        at: &dyn Fn(std::ops::Range<usize>) -> Place,
        file: &str,
    ) -> Option<Definition> {
        let invalid = |error: &toml::de::Error| {
            let place = error.span().map_or_else(|| Place::file(file), at);
            Problem::new(place, "pack.bad-toml", &[("what", error.message())])
        };
        let table: toml::Table = match toml::from_str(text) {
            Ok(table) => table,
            Err(error) => {
                self.problems.push(invalid(&error));
                return None;
            }
        };
        // Another version may have other fields, so the version is asked for first.
        let format = table.get("format").and_then(toml::Value::as_integer);
        let code = match format {
            None => "pack.no-format",
            Some(format) if format > i64::from(FORMAT) => "pack.newer-format",
            Some(format) if format < i64::from(FORMAT) => "pack.older-format",
            Some(_) => {
                return match toml::from_str::<Definition>(text) {
                    Ok(definition) => Some(definition),
                    Err(error) => {
                        self.problems.push(invalid(&error));
                        None
                    }
                };
            }
        };
        self.add(Place::file(file), code, &[("what", &format.unwrap_or_default().to_string())]);
        None
    }

    fn stray_files(&mut self, all: &Files) {
        for path in all.keys() {
            let known = match path.split_once('/') {
                None => path == DEFINITION || path.strip_suffix(".md").is_some_and(is_language),
                Some(("start" | "solution", _)) => true,
                Some(("states", rest)) => rest.split_once('/').is_some_and(|(state, _)| is_name(state)),
                Some(_) => false,
            };
            if !known {
                self.add(Place::file(path), "pack.stray-file", &[]);
            }
        }
    }

    fn languages(
        &mut self,
        definition: &Definition,
        all: &Files,
        at: &dyn Fn(std::ops::Range<usize>) -> Place,
    ) -> Vec<String> {
        let files: Vec<String> = markdown_files(all).into_iter().map(|(tag, _)| tag).collect();
        let languages = match &definition.languages {
            Some(named) => {
                for tag in named.get_ref().iter().filter(|tag| !is_language(tag)) {
                    self.add(at(named.span()), "pack.bad-language", &[("what", tag)]);
                }
                for tag in files.iter().filter(|tag| !named.get_ref().contains(tag)) {
                    self.add(Place::file(format!("{tag}.md")), "pack.stray-file", &[]);
                }
                named.get_ref().clone()
            }
            None => {
                let title = definition.title.get_ref();
                let more = title.0.keys().filter(|tag| is_language(tag) && !files.contains(tag)).cloned();
                files.iter().cloned().chain(more).collect()
            }
        };
        for tag in languages.iter().filter(|tag| !files.contains(tag)) {
            self.add(Place::default(), "pack.no-markdown", &[("what", tag)]);
        }
        if languages.is_empty() {
            self.add(Place::default(), "pack.no-markdown", &[("what", "en")]);
        }
        languages
    }

    fn goals(&mut self, definition: &Definition, at: &dyn Fn(std::ops::Range<usize>) -> Place) -> Vec<Goal> {
        let mut goals: Vec<Goal> = Vec::new();
        let has_edit = |name: &str| definition.edits.contains_key(name);
        for goal in &definition.goals {
            let (name, place) = (goal.name.get_ref(), at(goal.name.span()));
            if !is_name(name) {
                self.add(place.clone(), "pack.bad-name", &[("what", name), ("max", &MAX_NAME.to_string())]);
            }
            if goals.iter().any(|other| other.name == *name) {
                self.add(place.clone(), "pack.name-twice", &[("what", name)]);
            }
            if let Some((code, what)) = goal.when.get_ref().mistake(&has_edit) {
                self.add(at(goal.when.span()), code, &[("what", &what)]);
            }
            goals.push(Goal {
                name: name.clone(),
                when: goal.when.get_ref().clone(),
                message: goal.message.get_ref().clone(),
                points: goal.points.map_or(1, |points| points.0),
                hidden: goal.hidden,
                place,
            });
        }
        goals
    }

    fn hints(&mut self, definition: &Definition, at: &dyn Fn(std::ops::Range<usize>) -> Place) -> Vec<Hint> {
        let has_edit = |name: &str| definition.edits.contains_key(name);
        let mut hints = Vec::new();
        for hint in &definition.hints {
            let when = hint.when.as_ref().map(|when| when.get_ref().clone());
            if let Some((when, (code, what))) =
                hint.when.as_ref().and_then(|when| Some((when, when.get_ref().mistake(&has_edit)?)))
            {
                self.add(at(when.span()), code, &[("what", &what)]);
            }
            hints.push(Hint { when, text: hint.text.get_ref().clone(), place: at(hint.text.span()) });
        }
        hints
    }

    fn edits(&mut self, definition: &Definition, at: &dyn Fn(std::ops::Range<usize>) -> Place) {
        for (name, edit) in &definition.edits {
            if !is_name(name) {
                self.add(at(edit.span()), "pack.bad-name", &[("what", name), ("max", &MAX_NAME.to_string())]);
            }
            if !edit.get_ref().is_one_change() {
                self.add(at(edit.span()), "pack.bad-edit", &[("what", name)]);
            }
            if !files::is_path(&edit.get_ref().file) {
                self.add(at(edit.span()), "pack.bad-path", &[("what", &edit.get_ref().file)]);
            }
        }
    }

    fn costly(&mut self, definition: &Definition) {
        let goals = definition.goals.iter().map(|goal| goal.when.get_ref());
        let hints = definition.hints.iter().filter_map(|hint| Some(hint.when.as_ref()?.get_ref()));
        let parts = goals.chain(hints).flat_map(Condition::parts);
        let commands = parts.filter(|part| matches!(part, Condition::CommandOutput(_))).count();
        if commands > MAX_COSTLY || definition.edits.len() > MAX_COSTLY {
            self.add(Place::default(), "pack.too-many-commands", &[("what", &MAX_COSTLY.to_string())]);
        }
    }

    fn variables(&mut self, definition: &Definition, at: &dyn Fn(std::ops::Range<usize>) -> Place) {
        if definition.variables.len() > variants::MAX_VARIABLES {
            let max = variants::MAX_VARIABLES.to_string();
            self.add(Place::default(), "pack.too-many-variables", &[("what", &max)]);
        }
        for (name, values) in &definition.variables {
            let all = values.get_ref();
            let count = (2..=variants::MAX_VALUES).contains(&all.len());
            if !variants::is_variable(name) || !count || !all.iter().all(|value| variants::is_value(value)) {
                self.add(at(values.span()), "pack.bad-variable", &[("what", name)]);
            }
        }
    }

    /// Each text must be there in each language.
    fn texts(&mut self, definition: &Definition, languages: &[String], at: &dyn Fn(std::ops::Range<usize>) -> Place) {
        let goals = definition.goals.iter().map(|goal| &goal.message);
        let hints = definition.hints.iter().map(|hint| &hint.text);
        for text in std::iter::once(&definition.title).chain(goals).chain(hints) {
            let plain = text.get_ref().has("") && languages.len() < 2;
            for language in languages.iter().filter(|language| !plain && !text.get_ref().has(language)) {
                self.add(at(text.span()), "pack.no-translation", &[("what", language)]);
            }
            let stray = text.get_ref().0.keys().filter(|key| !key.is_empty() && !languages.contains(key));
            for language in stray {
                self.add(at(text.span()), "pack.bad-language", &[("what", language)]);
            }
        }
    }

    /// The pages by language, and the hidden files of the original.
    fn pages(
        &mut self,
        all: &Files,
        languages: &[String],
        header: &dyn Fn(&str) -> Header,
    ) -> (BTreeMap<String, Page>, Vec<HiddenFile>) {
        let mut pages: BTreeMap<String, Page> = BTreeMap::new();
        let mut hidden = Vec::new();
        let mut original: Option<Page> = None;
        for (at, language) in languages.iter().enumerate() {
            let file = format!("{language}.md");
            let Some(text) = all.get(&file).and_then(PackFile::as_text) else { continue };
            let (body, first_line) = match front_matter(text) {
                Some((_, body, line)) if all.contains_key(DEFINITION) || at > 0 => {
                    self.add(Place::line(&file, 1), "pack.front-matter", &[]);
                    (body, line)
                }
                Some((_, body, line)) => (body, line),
                None => (text, 1),
            };
            if body.starts_with("---\n") {
                self.add(Place::line(&file, 1), "pack.front-matter", &[]);
                continue;
            }
            let (body, files) = take_hidden_files(body, first_line);
            if at == 0 {
                hidden = files;
            } else if let Some(stray) = files.first() {
                self.add(Place::line(&file, stray.line), "pack.file-in-translation", &[]);
            }
            match Page::read(&header(language), &body, first_line, original.as_ref()) {
                Ok(page) => {
                    if original
                        .as_ref()
                        .is_some_and(|original| original.explanation.is_some() != page.explanation.is_some())
                    {
                        self.add(Place::file(&file), "pack.explanation-differs", &[]);
                    }
                    if original.as_ref().is_some_and(|original| original.steps() != page.steps()) {
                        self.add(Place::file(&file), "pack.steps-differ", &[]);
                    }
                    if at == 0 {
                        original = Some(page.clone());
                    }
                    pages.insert(language.clone(), page);
                }
                Err(error) => {
                    let place = Place::line(&file, error.line);
                    self.add(place, "pack.bad-markdown", &[("what", &error.message)]);
                }
            }
        }
        (pages, hidden)
    }

    fn workspaces(
        &mut self,
        all: &Files,
        pages: &BTreeMap<String, Page>,
        hidden: Vec<HiddenFile>,
        executable: &BTreeSet<&str>,
    ) -> Workspaces {
        let mut found = Workspaces::default();
        let below = |folder: &str| {
            let files =
                all.iter().filter_map(|(path, file)| Some((path.strip_prefix(folder)?.to_string(), file.clone())));
            files.collect::<Files>()
        };
        found.start = below("start/");
        // Any page will do: translations have the blocks of the original.
        for (path, file) in pages.values().next().map(block_files).unwrap_or_default() {
            if found.start.insert(path.clone(), file).is_some() {
                self.add(Place::file(format!("start/{path}")), "pack.file-twice", &[]);
            }
        }
        let mut changes: BTreeMap<Option<String>, Files> = BTreeMap::new();
        for (path, file) in below("solution/") {
            changes.entry(None).or_default().insert(path, file);
        }
        for (path, file) in below("states/") {
            if let Some((state, path)) = path.split_once('/') {
                changes.entry(Some(state.to_string())).or_default().insert(path.to_string(), file);
            }
        }
        for file in hidden {
            let place = Place::line("", file.line);
            if file.state.as_ref().is_some_and(|state| !is_name(state)) || !files::is_path(&file.path) {
                self.add(place.clone(), "pack.bad-path", &[("what", &file.path)]);
            }
            let inside = changes.entry(file.state).or_default();
            if inside.insert(file.path, PackFile::text(&file.text)).is_some() {
                self.add(place, "pack.file-twice", &[]);
            }
        }
        let full = |changes: Files| found.start.iter().map(|(path, file)| (path.clone(), file.clone())).chain(changes);
        let full = |changes: Files| full(changes).collect::<Files>();
        found.solution = changes.remove(&None).map(&full);
        found.states = changes.into_iter().filter_map(|(state, changes)| Some((state?, full(changes)))).collect();
        let states = found.states.values_mut();
        for files in std::iter::once(&mut found.start).chain(found.solution.as_mut()).chain(states) {
            for (_, file) in files.iter_mut().filter(|(path, _)| executable.contains(path.as_str())) {
                file.mode = 0o755;
            }
            if let Err((code, what)) = files::check_files(files) {
                self.add(Place::default(), code, &[("what", &what)]);
            }
        }
        found
    }
}

#[derive(Default)]
struct Workspaces {
    start: Files,
    solution: Option<Files>,
    states: BTreeMap<String, Files>,
}

impl Workspaces {
    fn has(&self, path: &str) -> bool {
        let solution = self.solution.iter();
        std::iter::once(&self.start).chain(solution).chain(self.states.values()).any(|files| files.contains_key(path))
    }
}

/// The files in the blocks of a page's task.
fn block_files(page: &Page) -> Vec<(String, PackFile)> {
    let blocks = page.task.blocks.iter();
    let files = blocks.filter_map(|block| match block {
        Block::File { name, text, .. } => Some((name.clone(), PackFile::text(text))),
        _ => None,
    });
    files.collect()
}

/// Whether a pack with such a problem can be used.
fn is_harmless(code: &str) -> bool {
    const HARMLESS: [&str; 7] = [
        "pack.stray-file",
        "pack.no-markdown",
        "pack.no-translation",
        "pack.bad-name",
        "pack.explanation-differs",
        "pack.steps-differ",
        "pack.front-matter",
    ];
    HARMLESS.contains(&code)
}
