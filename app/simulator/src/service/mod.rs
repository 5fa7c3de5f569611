//! The simulator for other people's pages and programs: a request as JSON goes in, a report as JSON comes out.
//!
//! A [`Service`] answers any number of clients (the embeds of a page, the calls of a program) with the data about base
//! images loaded once. It fetches nothing: an answer that lacks data names the paths of the files that are missing, and
//! the caller gives them to [`Service::take`] and asks again. A client's build cache and terminal are kept under its
//! number until [`Service::forget`].

#[cfg(target_arch = "wasm32")]
mod bindings;
mod build_settings;
mod exercise;
mod messages;
mod stage_arrows;
mod terminal;
#[cfg(test)]
mod tests;

pub use messages::{Answer, ExerciseAnswer, GoalAnswer, SimulateRequest, TerminalAnswer, TerminalRequest};

use crate::cause_diagram::cause_diagram;
use crate::engines;
use crate::explorer::target_layers;
use crate::image_data::{add_to, image_data_path};
use crate::outcome::without_entries;
use build_settings::{BuildSettings, check};
use stage_arrows::stage_arrows;
use stageplay_core::base_images::Catalogue;
use stageplay_core::build::{Cache, NoImages, Request, holds_only_dockerfiles};
use stageplay_core::packages::index::Indexes;
use stageplay_core::report::build_report;
use stageplay_core::simulate::{Simulation, simulate};
use stageplay_core::words::{Language, say};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use terminal::Terminal;

/// Clients whose build caches and terminals are kept; of more, those of the lowest numbers are dropped.
const MAX_CLIENTS: usize = 64;
/// Files that are taken: a request that would need more is answered without them.
const MAX_FILES: usize = 400;

/// The simulator with its data.
#[allow(missing_debug_implementations, reason = "the terminal's host has no Debug")]
pub struct Service {
    catalogue: Arc<Catalogue>,
    indexes: Indexes,
    /// The paths of the files that were given, or could not be.
    taken: BTreeSet<String>,
    /// Why files could not be given or used, by their paths.
    failures: BTreeMap<String, String>,
    /// The build caches by client.
    caches: BTreeMap<u32, Cache>,
    terminals: BTreeMap<u32, Terminal>,
    /// The names of the data that is missing, by path.
    names: BTreeMap<String, String>,
}

impl Default for Service {
    fn default() -> Self {
        Self::new()
    }
}

impl Service {
    /// A service with the data that is compiled in.
    pub fn new() -> Self {
        Service {
            catalogue: Arc::new(Catalogue::builtin()),
            indexes: Indexes::builtin(),
            taken: BTreeSet::new(),
            failures: BTreeMap::new(),
            caches: BTreeMap::new(),
            terminals: BTreeMap::new(),
            names: BTreeMap::new(),
        }
    }

    /// The engines that a request may name, as JSON: a list of [`stageplay_protocol::EngineProfile`].
    pub fn engines_json() -> String {
        serde_json::to_string(&engines()).unwrap_or_default()
    }

    /// Builds a workspace and starts its image. The request is a [`SimulateRequest`], the answer an [`Answer`].
    ///
    /// # Errors
    /// What is wrong with the request, for people.
    pub fn simulate(&mut self, request: &str) -> Result<String, String> {
        let asked: SimulateRequest = serde_json::from_str(request).map_err(|error| error.to_string())?;
        let answer = self.answer(&asked)?;
        serde_json::to_string(&answer).map_err(|error| error.to_string())
    }

    fn answer(&mut self, asked: &SimulateRequest) -> Result<Answer, String> {
        let language = Language::from_tag(&asked.language);
        let exercise = asked.exercise.as_deref().map(exercise::read).transpose()?;
        let settings = BuildSettings::of(asked, exercise.as_ref())?;
        let request = self.request(&settings, asked)?;
        let mut cache = asked.client.and_then(|client| self.caches.get(&client).cloned()).unwrap_or_default();
        self.catalogue.take_missing();
        let arguments = asked.run.then_some(settings.arguments.as_slice());
        let done = simulate(&request, arguments, &self.catalogue, &NoImages, &mut cache);
        let goals = exercise.as_ref().map(|pack| self.exercise(pack, &settings, asked, language));
        let missing = self.missing(&done);
        if !missing.is_empty() {
            return Ok(Answer { missing, ..Answer::default() });
        }
        if let Some(client) = asked.client {
            self.caches.insert(client, cache);
            self.make_room();
        }
        let mut report = build_report(&done, language);
        if !asked.entries {
            report = without_entries(report);
        }
        let cause = done.run.as_ref().and_then(|run| run.cause.as_ref());
        Ok(Answer {
            missing: Vec::new(),
            failures: self.failures.values().cloned().collect(),
            report: Some(report),
            why: cause.map(|cause| say(language, &format!("cause.{}.why", cause.code()), &cause.params())),
            graph: stage_arrows(&done.built),
            diagram: cause_diagram(&done),
            layers: target_layers(&done.built, language),
            exercise: goals,
        })
    }

    fn request(&self, settings: &BuildSettings, asked: &SimulateRequest) -> Result<Request, String> {
        let context = settings.tree()?;
        let name = settings.dockerfile.clone();
        let text = settings.dockerfile_text()?;
        let assume = asked.workspace.assume_context || holds_only_dockerfiles(&context, &name);
        let default = Request::new(text, context, settings.engine.clone());
        Ok(Request {
            name,
            target: settings.target.clone(),
            build_args: settings.build_args.clone(),
            as_of: settings.day,
            builder: settings.builder,
            assume_context: assume && asked.exercise.is_none(),
            ..default
        })
    }

    /// The paths of the files that the last simulation lacked and that were not given.
    fn missing(&mut self, done: &Simulation) -> Vec<String> {
        let tables = done.built.diagnostics.iter().filter(|one| one.code == "package-index-not-loaded");
        let tables = tables.flat_map(|one| &one.params).filter(|(key, _)| *key == "what").map(|(_, name)| name.clone());
        let tables: Vec<String> = tables.chain(done.missing_index.map(str::to_string)).collect();
        let images = self.catalogue.take_missing();
        self.paths(images, tables)
    }

    /// The paths of data that is not loaded, without what was given before.
    fn paths(&mut self, images: BTreeSet<String>, tables: Vec<String>) -> Vec<String> {
        let images = images.into_iter().map(|name| (image_data_path(&name), name));
        let tables = tables.into_iter().map(|name| (format!("packages/{name}.tsv"), name));
        let mut paths = BTreeSet::new();
        for (path, name) in images.chain(tables) {
            if !self.taken.contains(&path) && self.taken.len() < MAX_FILES {
                self.names.insert(path.clone(), name);
                paths.insert(path);
            }
        }
        paths.into_iter().collect()
    }

    /// Takes a file that was missing, or why it is not to be had. Of a file that nobody missed nothing is taken.
    pub fn take(&mut self, path: &str, bytes: Result<Vec<u8>, String>) {
        let Some(name) = self.names.remove(path) else { return };
        self.taken.insert(path.to_string());
        let done = bytes.and_then(|bytes| self.add(path, &name, bytes));
        if let Err(error) = done {
            self.failures.insert(path.to_string(), format!("{path}: {error}"));
        }
    }

    fn add(&mut self, path: &str, name: &str, bytes: Vec<u8>) -> Result<(), String> {
        let mut catalogue = Catalogue::clone(&self.catalogue);
        if path.starts_with("packages/") {
            let table = String::from_utf8(bytes).map_err(|error| error.to_string())?;
            if !self.indexes.add(name, table) {
                return Err("it is not a package index".into());
            }
        } else {
            add_to(&mut catalogue, name, &bytes)?;
        }
        catalogue.packages = self.indexes.clone();
        self.catalogue = Arc::new(catalogue);
        Ok(())
    }

    /// Lets files that could not be had be asked for again.
    pub fn retry(&mut self) {
        for path in std::mem::take(&mut self.failures).into_keys() {
            self.taken.remove(&path);
        }
    }

    /// Drops the build cache and the terminal of a client.
    pub fn forget(&mut self, client: u32) {
        self.caches.remove(&client);
        self.terminals.remove(&client);
    }

    fn make_room(&mut self) {
        while self.caches.len() > MAX_CLIENTS {
            self.caches.pop_first();
        }
        while self.terminals.len() > MAX_CLIENTS {
            self.terminals.pop_first();
        }
    }

    /// Runs a command line on a client's simulated host, which has the workspace in its working directory. The request is
    /// a [`TerminalRequest`], the answer a [`TerminalAnswer`].
    ///
    /// # Errors
    /// What is wrong with the request, for people.
    pub fn terminal(&mut self, request: &str) -> Result<String, String> {
        let asked: TerminalRequest = serde_json::from_str(request).map_err(|error| error.to_string())?;
        let workspace = &asked.workspace;
        check(workspace)?;
        let open = match self.terminals.remove(&asked.client) {
            Some(open) if open.fits(workspace) => open,
            _ => Terminal::open(workspace, &self.catalogue)?,
        };
        let (open, answer) = open.run(&asked, workspace, &self.catalogue)?;
        self.terminals.insert(asked.client, open);
        self.make_room();
        let answer = match answer {
            Ok(answer) => answer,
            Err(images) => {
                let missing = self.paths(images, Vec::new());
                // What it lacks cannot be had: it is carried out without it, and says so.
                match (missing.is_empty(), self.terminals.remove(&asked.client)) {
                    (true, Some(open)) => {
                        let (open, answer) = open.run_anyway(&asked);
                        self.terminals.insert(asked.client, open);
                        answer
                    }
                    (_, open) => {
                        self.terminals.extend(open.map(|open| (asked.client, open)));
                        TerminalAnswer { missing, ..TerminalAnswer::default() }
                    }
                }
            }
        };
        serde_json::to_string(&answer).map_err(|error| error.to_string())
    }
}
