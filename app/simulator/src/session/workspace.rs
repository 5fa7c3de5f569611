//! The workspace of a session: opened, edited, changed as a whole, told to the page.

use super::Session;
use crate::first_visit_example::example_workspace;
use stageplay_core::engine::{Builder, EngineProfile};
use stageplay_core::fs::Content;
use stageplay_core::host::Host;
use stageplay_core::words::{Language, say};
use stageplay_core::workspace::{body_of, contents, day, of_context};
use stageplay_protocol::{Body, File, Loaded, Workspace};

/// The most contents that are kept for an undo.
const MAX_REMOVED: usize = 64;

impl Session {
    /// Opens a workspace of the page in place of the one before.
    pub(super) fn open_workspace(&mut self, loaded: Loaded) {
        self.language = Language::from_tag(&loaded.language);
        if self.calibration != loaded.calibration {
            // Saved facts that an older version wrote may not be valid any more; then the catalogue's are used.
            let _ = self.calibrate(&loaded.calibration);
        }
        self.compared.clear();
        self.told.workspace = Some(loaded.workspace.clone());
        self.told.assumes_context = loaded.workspace.assume_context;
        if let Err(error) = self.load(&loaded.workspace) {
            self.notice(say(self.language, "page.bad-workspace", &[("error", error)]));
            // What of it is valid is simulated, and the page is told that.
            let usable = repaired(&loaded.workspace);
            if self.load(&usable).is_err() {
                let _ = self.load(&example_workspace());
            }
        }
    }

    /// Loads a workspace. A session keeps its own if this one is not valid.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn load(&mut self, workspace: &Workspace) -> Result<(), String> {
        let contents = contents(workspace)?;
        let as_of = day(workspace)?;
        let engine = EngineProfile::find(&workspace.engine).ok_or("unknown engine")?;
        let builder = Builder::parse(&workspace.builder)
            .filter(|builder| engine.builders().contains(builder))
            .unwrap_or(engine.default_builder());
        let mut host = Host::new(self.catalogue.clone(), engine.clone(), builder);
        host.set_as_of(as_of);
        for (path, content, mode) in contents {
            host.write(path.trim_start_matches('/'), content, mode).map_err(|error| error.to_string())?;
        }
        (self.host, self.engine, self.builder) = (host, engine, builder);
        self.as_of = as_of;
        self.dockerfile = workspace.dockerfile.clone();
        self.target = workspace.target.clone();
        self.assumes_context = workspace.assume_context;
        self.may_have_other_workspace = true;
        (self.is_built, self.unbuilt) = (false, None);
        match &workspace.lesson {
            Some(slug) if self.open_slug() != Some(slug) => {
                self.request_lesson(slug.clone(), true);
            }
            Some(_) => {}
            None => (self.lesson, self.exercise, self.awaited_lesson) = (None, None, None),
        }
        self.simulate();
        Ok(())
    }

    /// The slug of the open lesson or exercise.
    fn open_slug(&self) -> Option<&String> {
        let lesson = self.lesson.as_ref().map(|(slug, _)| slug);
        lesson.or(self.exercise.as_ref().map(|open| &open.slug))
    }

    /// The current workspace.
    pub(super) fn workspace(&self) -> Workspace {
        // The lesson of a loaded workspace is its lesson already while its texts are being fetched.
        let awaited = || self.awaited_lesson.clone().filter(|_| self.keeps_workspace);
        let lesson = self.open_slug().cloned().or_else(awaited);
        let context = self.host.context();
        let workspace = of_context(&context, &self.engine.id, self.builder.as_str(), &self.dockerfile, lesson);
        Workspace {
            as_of: self.as_of.map(|day| day.to_string()),
            target: self.target.clone(),
            assume_context: self.assumes_context,
            ..workspace
        }
    }

    /// Writes the texts of edited files, and simulates with them.
    pub(super) fn edit_files(&mut self, files: Vec<(String, String)>) {
        for (path, text) in files {
            if let Err(error) = self.host.write(&path, Content::inline(text.as_bytes()), 0o644) {
                self.notice(error.to_string());
                // The page has a file that is not there.
                self.may_have_other_workspace = true;
            }
            if let Some(told) = &mut self.told.workspace {
                Workspace::write(told, &path, text);
            }
        }
        self.simulate();
    }

    /// Changes the workspace to another state of it: files are written, replaced and removed. What the host has beside
    /// them stays: images, containers, the folder of the terminal. Another engine begins with a new host.
    pub(super) fn set_workspace(&mut self, workspace: Workspace) {
        let now = self.workspace();
        let is_same_host =
            (&now.engine, &now.builder, &now.lesson) == (&workspace.engine, &workspace.builder, &workspace.lesson);
        self.told.workspace = Some(workspace.clone());
        self.told.assumes_context = workspace.assume_context;
        self.may_have_other_workspace = true;
        let changed = if is_same_host { self.change_files(&now, &workspace) } else { self.load(&workspace) };
        match changed {
            Ok(()) if is_same_host => {
                (self.dockerfile, self.target) = (workspace.dockerfile, workspace.target);
                self.assumes_context = workspace.assume_context;
                self.simulate();
            }
            Ok(()) => {}
            Err(error) => self.notice(say(self.language, "page.bad-workspace", &[("error", error)])),
        }
    }

    fn change_files(&mut self, now: &Workspace, wanted: &Workspace) -> Result<(), String> {
        let checked = contents(wanted)?;
        let as_of = day(wanted)?;
        // Contents of which the stored form has only a part, by that form.
        let context = self.host.context();
        let in_context = context.walk("/").filter_map(|(_, node)| node.content());
        let known: Vec<(Body, Content)> = in_context
            .chain(&self.removed_contents)
            .map(|content| (body_of(content), content.clone()))
            .filter(|(body, _)| matches!(body, Body::Binary { .. }))
            .collect();
        let is_kept = |file: &File| wanted.files.contains(file);
        for file in now.files.iter().filter(|file| !is_kept(file)) {
            if matches!(file.body, Body::Binary { .. })
                && let Some(content) = self.host.file(&file.path)
                && !self.removed_contents.contains(content)
            {
                self.removed_contents.push(content.clone());
                let more = self.removed_contents.len().saturating_sub(MAX_REMOVED);
                self.removed_contents.drain(..more);
            }
            if !wanted.files.iter().any(|other| other.path == file.path) {
                self.host.remove(&file.path).map_err(|error| error.to_string())?;
            }
        }
        for (file, (path, content, mode)) in wanted.files.iter().zip(checked) {
            if now.files.contains(file) {
                continue;
            }
            let content = known.iter().find(|(body, _)| *body == file.body).map_or(content, |(_, known)| known.clone());
            // A file that replaces one with other permission bits is written anew.
            let _ = self.host.remove(&file.path);
            self.host.write(path.trim_start_matches('/'), content, mode).map_err(|error| error.to_string())?;
        }
        self.as_of = as_of;
        self.host.set_as_of(as_of);
        Ok(())
    }
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
