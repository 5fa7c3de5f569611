//! Changes of the Dockerfile by a button: fixes of the failed start, fixes of checks. The editor applies them, so
//! that undo takes them back.

use crate::state::checks::text_edits;
use crate::state::effect::Effect;
use crate::state::model::{Model, file_name};
use stageplay_dockerfile::text::{Edits, TextEdit, apply_edits};

impl Model {
    /// Applies a fix of the failed start. One that was found for another text is passed over.
    pub(super) fn apply_fix(&mut self, index: usize) -> Vec<Effect> {
        let run = self.outcome.as_ref().and_then(|outcome| outcome.report.run.as_ref());
        let fix = run.and_then(|run| run.fixes.get(index)).filter(|_| self.is_outcome_current());
        let edits = fix.map(|fix| text_edits(&fix.edits));
        self.edit_dockerfile(edits)
    }

    pub(super) fn apply_check_fix(&mut self, index: usize) -> Vec<Effect> {
        let check = self.checks.get(index).filter(|check| check.name.is_none() || self.is_outcome_current());
        let edits = check.and_then(|check| check.fix.as_ref()).map(|fix| fix.edits.clone());
        self.edit_dockerfile(edits)
    }

    pub(super) fn apply_safe_fixes(&mut self) -> Vec<Effect> {
        let mut edits = Edits::default();
        let is_current = self.is_outcome_current();
        let checks = self.checks.iter().filter(|check| check.name.is_none() || is_current);
        for fix in checks.filter_map(|check| check.fix.as_ref()).filter(|fix| fix.safe) {
            edits.add(fix.edits.clone());
        }
        self.edit_dockerfile(Some(edits.into_edits()))
    }

    fn edit_dockerfile(&mut self, edits: Option<Vec<TextEdit>>) -> Vec<Effect> {
        let edited = edits.and_then(|edits| apply_edits(self.dockerfile_text(), &edits));
        edited.map(|text| self.replace_dockerfile(text)).unwrap_or_default()
    }

    /// Has the editor replace the text of the Dockerfile as one undo step.
    pub(super) fn replace_dockerfile(&mut self, text: String) -> Vec<Effect> {
        self.open_file = self.workspace.dockerfile.clone();
        vec![Effect::ShowOpenFile { reset: false }, Effect::ReplaceText(text)]
    }

    /// Replaces the Dockerfile by the shortest one that starts a program of the build context.
    pub(super) fn start_program(&mut self, name: &str) -> Vec<Effect> {
        let file = file_name(name);
        self.replace_dockerfile(format!("FROM alpine\nCOPY {name} /{file}\nENTRYPOINT [\"/{file}\"]\n"))
    }
}
