//! The files of the build context: edited, opened, created, dropped onto the page.

use crate::state::effect::Effect;
use crate::state::model::Model;
use crate::state::panel::Panel;
use stageplay_protocol::{Request, Workspace};

impl Model {
    pub(super) fn edit_file(&mut self, path: &str, text: String) -> Vec<Effect> {
        if self.file_text(path) == Some(&text) {
            return Vec::new();
        }
        self.workspace.write(path, text);
        self.run_checks();
        let mut effects = vec![Effect::SaveWorkspace];
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
        let is_taken = |taken: &str| taken == path || taken.starts_with(&format!("{path}/"));
        if path.is_empty() || self.workspace.files.iter().any(|file| is_taken(&file.path)) {
            return Vec::new();
        }
        let mut effects = self.edit_file(&path, String::new());
        effects.extend(self.open_file(path));
        effects
    }

    /// Sets whether files that the build context lacks are assumed to exist.
    pub(super) fn assume_files(&mut self, on: bool) -> Vec<Effect> {
        self.workspace.assume_context = on;
        let mut effects = self.ask(Request::AssumeFiles(on));
        effects.push(Effect::SaveWorkspace);
        effects
    }
}
