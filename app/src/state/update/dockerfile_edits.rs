//! Changes of the Dockerfile by a button: fixes of the failed start, fixes of checks. The editor applies them, so
//! that undo takes them back.

use crate::state::effect::Effect;
use crate::state::model::Model;
use stageplay_core::text::{Edits, TextEdit, apply_edits};

impl Model {
    pub(super) fn apply_fix(&mut self, index: usize) -> Vec<Effect> {
        let fix = self.simulation.as_ref().and_then(|done| done.fixes.get(index));
        let edits = fix.map(|fix| fix.edits.clone());
        self.edit_dockerfile(edits)
    }

    pub(super) fn apply_check_fix(&mut self, index: usize) -> Vec<Effect> {
        let fix = self.checks.get(index).and_then(|check| check.fix.as_ref());
        let edits = fix.map(|fix| fix.edits.clone());
        self.edit_dockerfile(edits)
    }

    pub(super) fn apply_safe_fixes(&mut self) -> Vec<Effect> {
        let mut edits = Edits::default();
        for fix in self.checks.iter().filter_map(|check| check.fix.as_ref()).filter(|fix| fix.safe) {
            edits.add(fix.edits.clone());
        }
        self.edit_dockerfile(Some(edits.into_edits()))
    }

    fn edit_dockerfile(&mut self, edits: Option<Vec<TextEdit>>) -> Vec<Effect> {
        let edited = edits.and_then(|edits| apply_edits(&self.file_text(&self.dockerfile)?, &edits));
        edited.map(|text| self.replace_dockerfile(text)).unwrap_or_default()
    }

    /// Has the editor replace the text of the Dockerfile as one undo step.
    pub(super) fn replace_dockerfile(&mut self, text: String) -> Vec<Effect> {
        self.open_file = self.dockerfile.clone();
        vec![Effect::ShowOpenFile { reset: false }, Effect::ReplaceText(text)]
    }
}
