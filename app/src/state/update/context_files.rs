//! The files of the build context: edited, opened, created, dropped onto the page.

use crate::i18n::{fill, t};
use crate::state::effect::Effect;
use crate::state::file_names::path_problem;
use crate::state::message::Msg;
use crate::state::model::Model;
use crate::state::panel::Panel;
use crate::state::toast::Toast;
use crate::state::workspaces::{Origin, StepKind};
use stageplay_protocol::{File, MAX_FILES, Request, Workspace};
use std::collections::BTreeSet;

impl Model {
    /// Takes a text that was typed in the editor.
    pub(super) fn edit_file(&mut self, path: &str, text: String) -> Vec<Effect> {
        let old = self.file_text(path).unwrap_or_default();
        if old == text {
            return Vec::new();
        }
        if let Some(effects) = self.own_workspace_of(path, &text) {
            return effects;
        }
        let (now, before) = (self.now, self.snapshot());
        let old = self.file_text(path).unwrap_or_default().to_string();
        self.history.record_typing(|| before, path, (&old, &text), now);
        self.write_file(path, text)
    }

    /// Writes a text, which is saved and simulated.
    pub(super) fn write_file(&mut self, path: &str, text: String) -> Vec<Effect> {
        if self.applied_fix.take_if(|fix| path == self.workspace.dockerfile && fix.text != text).is_some() {
            self.toast = None;
        }
        let mut effects = self.release();
        self.workspace.write(path, text);
        self.run_checks();
        effects.extend([Effect::SaveWorkspace, Effect::ClearAddress]);
        let before = self.workspace_before(path);
        effects.extend(self.simulator.start(before.as_ref().unwrap_or(&self.workspace)));
        effects.extend(self.simulator.edit(path, &self.workspace));
        effects
    }

    /// What a worker loads first that an edit of the example starts: the example, so that the edit is one.
    fn workspace_before(&self, edited: &str) -> Option<Workspace> {
        let text = self.first.workspace.text(edited).filter(|_| self.is_first_visit())?;
        let mut workspace = self.workspace.clone();
        workspace.write(edited, text.to_string());
        Some(workspace)
    }

    /// Opens a file in the editor. A Dockerfile becomes the one that is built.
    pub(super) fn open_file(&mut self, path: String) -> Vec<Effect> {
        self.open_file = path;
        self.panel = Panel::Editor;
        let mut effects = vec![Effect::ShowOpenFile { reset: false }];
        if Self::is_dockerfile(&self.open_file) && self.open_file != self.workspace.dockerfile {
            self.workspace.dockerfile = self.open_file.clone();
            self.run_checks();
            effects.extend(self.ask(Request::OpenDockerfile(self.open_file.clone())));
            effects.push(Effect::SaveWorkspace);
        }
        effects
    }

    pub(super) fn create_file(&mut self, path: &str) -> Vec<Effect> {
        let path = path.trim().trim_start_matches('/').to_string();
        self.dialog = None;
        if let Some(problem) = path_problem(&self.workspace, &path, None) {
            return self.refuse(&path, problem);
        }
        self.record_step(StepKind::Files);
        self.empty_folders.retain(|folder| !path.starts_with(&format!("{folder}/")));
        let mut effects = self.write_file(&path, String::new());
        effects.extend(self.open_file(path));
        effects.push(Effect::FocusEditor);
        effects
    }

    /// Gives a text file the line ends of Unix.
    pub(super) fn convert_line_ends(&mut self, path: &str) -> Vec<Effect> {
        let Some(text) = self.workspace.text(path).filter(|text| text.contains("\r\n")) else { return Vec::new() };
        let text = text.replace("\r\n", "\n");
        self.record_step(StepKind::Files);
        let mut effects = self.write_file(path, text);
        effects.extend([Effect::ShowOpenFile { reset: false }, Effect::FocusElement("verdict")]);
        effects
    }

    /// Makes a folder in the file tree. The build context has it once it holds a file.
    pub(super) fn create_folder(&mut self, path: &str) -> Vec<Effect> {
        let path = path.trim().trim_matches('/').to_string();
        self.dialog = None;
        if let Some(problem) = path_problem(&self.workspace, &path, None) {
            return self.refuse(&path, problem);
        }
        self.empty_folders.insert(path);
        Vec::new()
    }

    fn refuse(&mut self, path: &str, problem: &str) -> Vec<Effect> {
        self.notice = Some(format!("{path}: {}", t(self.language, problem)));
        Vec::new()
    }

    /// Moves a file, or a folder with what is below it.
    pub(super) fn rename_file(&mut self, from: &str, to: &str) -> Vec<Effect> {
        let to = to.trim().trim_matches('/').to_string();
        self.dialog = None;
        if to == from {
            return Vec::new();
        }
        if let Some(problem) = path_problem(&self.workspace, &to, Some(from)) {
            return self.refuse(&to, problem);
        }
        self.record_step(StepKind::Files);
        let moved = |path: &str| match path.strip_prefix(from) {
            Some("") => Some(to.clone()),
            Some(rest) if rest.starts_with('/') => Some(format!("{to}{rest}")),
            _ => None,
        };
        for file in &mut self.workspace.files {
            file.path = moved(&file.path).unwrap_or(std::mem::take(&mut file.path));
        }
        self.workspace.files.sort_by(|a, b| a.path.cmp(&b.path));
        for path in [&mut self.workspace.dockerfile, &mut self.open_file] {
            if let Some(moved) = moved(path) {
                *path = moved;
            }
        }
        let folders = |folders: &BTreeSet<String>| {
            folders.iter().map(|path| moved(path).unwrap_or(path.clone())).collect::<BTreeSet<_>>()
        };
        (self.empty_folders, self.closed_folders) = (folders(&self.empty_folders), folders(&self.closed_folders));
        self.after_file_change()
    }

    /// Copies a file beside itself.
    pub(super) fn duplicate_file(&mut self, path: &str) -> Vec<Effect> {
        let Some(file) = self.workspace.files.iter().find(|file| file.path == path).cloned() else {
            return Vec::new();
        };
        let (stem, extension) = match path.rfind('.').filter(|at| path[*at..].find('/').is_none() && *at > 0) {
            Some(at) if !path[..at].ends_with('/') => path.split_at(at),
            _ => (path, ""),
        };
        let mut names = (2..=MAX_FILES).map(|number| format!("{stem}-{number}{extension}"));
        let Some(copy) = names.find(|name| path_problem(&self.workspace, name, None).is_none()) else {
            return Vec::new();
        };
        self.record_step(StepKind::Files);
        let at = self.workspace.files.partition_point(|other| other.path < copy);
        if file.text().is_some() {
            self.open_file = copy.clone();
        }
        self.workspace.files.insert(at, File { path: copy, ..file });
        self.after_file_change()
    }

    /// Removes a file, or a folder with what is below it.
    pub(super) fn remove_file(&mut self, path: &str) -> Vec<Effect> {
        let is_within = |inner: &str| inner == path || inner.starts_with(&format!("{path}/"));
        self.empty_folders.retain(|folder| !is_within(folder));
        if !self.workspace.files.iter().any(|file| is_within(&file.path)) {
            return Vec::new();
        }
        self.record_step(StepKind::Files);
        self.workspace.files.retain(|file| !is_within(&file.path));
        if is_within(&self.workspace.dockerfile) {
            self.build_another_dockerfile();
        }
        if is_within(&self.open_file) {
            self.open_file = self.workspace.dockerfile.clone();
        }
        let mut effects = self.after_file_change();
        let text = fill(&t(self.language, "toast.removed"), &[("path", path.to_string())]);
        effects.extend(self.show_toast(Toast { actions: vec![("undo", Msg::Undo)], ..Toast::text(text) }));
        effects
    }

    fn after_file_change(&mut self) -> Vec<Effect> {
        self.file_menu = None;
        self.run_checks();
        let mut effects = vec![Effect::ShowOpenFile { reset: false }, Effect::SaveWorkspace, Effect::ClearAddress];
        effects.extend(self.tell_workspace());
        effects
    }

    /// Hands files to the simulator that were dropped onto the page or chosen. A folder that is dropped onto an untouched
    /// example is a workspace of its own.
    pub(super) fn add_files(&mut self, paths: Vec<String>, is_folder: bool) -> Vec<Effect> {
        let mut effects = if is_folder { self.begin_own_context() } else { Vec::new() };
        self.expected_change = Some(StepKind::Files);
        effects.extend(self.ask(Request::TakeFiles(paths)));
        effects
    }

    pub(super) fn add_archive(&mut self, path: String) -> Vec<Effect> {
        self.expected_change = Some(StepKind::Files);
        self.ask(Request::TakeArchive(path))
    }

    /// An empty workspace in place of an example that nobody touched.
    fn begin_own_context(&mut self) -> Vec<Effect> {
        if !self.is_untouched_example() {
            return Vec::new();
        }
        let mut workspace = self.workspace_of("");
        (workspace.files, workspace.assume_context) = (Vec::new(), false);
        self.open_fresh(Origin::Own, None, workspace)
    }

    /// Sets whether files that the build context lacks are assumed to exist.
    pub(super) fn assume_files(&mut self, on: bool) -> Vec<Effect> {
        self.record_step(StepKind::Settings);
        self.workspace.assume_context = on;
        let mut effects = self.ask(Request::AssumeFiles(on));
        effects.push(Effect::SaveWorkspace);
        effects
    }
}
