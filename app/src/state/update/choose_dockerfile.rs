//! Which file of the workspace is built: what counts as a Dockerfile, and which one is taken where the built one is gone.

use crate::state::effect::Effect;
use crate::state::model::{Model, file_name};
use crate::state::workspaces::StepKind;
use stageplay_protocol::Request;

impl Model {
    /// Whether the name of a file is that of a Dockerfile.
    pub fn is_dockerfile(path: &str) -> bool {
        file_name(path).to_ascii_lowercase().contains("dockerfile")
    }

    /// Builds another Dockerfile of the workspace if the one that was built is not there: the first by its path.
    pub(super) fn choose_dockerfile(&mut self) -> Vec<Effect> {
        let has = |path: &str| self.workspace.text(path).is_some();
        if self.expected_change != Some(StepKind::Files) || has(&self.workspace.dockerfile) {
            return Vec::new();
        }
        let texts = self.workspace.files.iter().filter(|file| file.text().is_some());
        let found = texts.map(|file| &file.path).filter(|path| Self::is_dockerfile(path));
        let Some(path) = found.min_by_key(|path| (path.matches('/').count(), path.len())).cloned() else {
            return Vec::new();
        };
        (self.workspace.dockerfile, self.open_file) = (path.clone(), path.clone());
        self.ask(Request::OpenDockerfile(path))
    }

    /// Takes another Dockerfile, as the one that was built is removed: the first in the order of paths.
    pub(super) fn build_another_dockerfile(&mut self) {
        let mut others = self.workspace.files.iter().filter(|file| Self::is_dockerfile(&file.path));
        if let Some(other) = others.find(|file| file.text().is_some()) {
            self.workspace.dockerfile = other.path.clone();
        }
    }
}
