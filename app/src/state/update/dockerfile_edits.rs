//! Changes of the Dockerfile by a button: fixes of the failed start, fixes of checks. Each is one step of undo.

use crate::i18n::t;
use crate::state::applied_fix::{AppliedFix, changed_line};
use crate::state::checks::text_edits;
use crate::state::effect::Effect;
use crate::state::image_suggestions::image_suggestions;
use crate::state::message::Msg;
use crate::state::model::{Model, file_name};
use crate::state::toast::Toast;
use crate::state::workspaces::StepKind;
use stageplay_dockerfile::text::{Edits, TextEdit, apply_edits};
use stageplay_protocol::Outcome;
use std::rc::Rc;

impl Model {
    /// Applies a fix of the failed start or build. One that was found for another text is passed over.
    pub(super) fn apply_fix(&mut self, index: usize) -> Vec<Effect> {
        let fix = self.fixes().get(index).filter(|_| self.is_outcome_current());
        let edits = fix.map(|fix| text_edits(&fix.edits));
        let title = fix.map(|fix| fix.title.clone()).unwrap_or_default();
        // Of a build that failed there is no cause of a start to be told.
        let failure = self.outcome.clone().filter(|outcome| outcome.report.run.is_some());
        self.edit_dockerfile(edits, title, failure)
    }

    pub(super) fn apply_check_fix(&mut self, index: usize) -> Vec<Effect> {
        let check = self.checks.get(index).filter(|check| check.name.is_none() || self.is_outcome_current());
        let fix = check.and_then(|check| Some((check.fix.as_ref()?, &check.message)));
        let edits = fix.map(|(fix, _)| fix.edits.clone());
        let title = fix.map(|(fix, message)| if fix.title.is_empty() { message.clone() } else { fix.title.clone() });
        self.edit_dockerfile(edits, title.unwrap_or_default(), None)
    }

    /// Takes another image in the line of a remark about one that does not exist.
    pub(super) fn take_image(&mut self, index: usize, name: String) -> Vec<Effect> {
        let outcome = self.outcome.as_ref().filter(|_| self.is_outcome_current());
        let warning = outcome.and_then(|outcome| outcome.report.warnings.get(index));
        let found = warning.and_then(|warning| image_suggestions(self.dockerfile_text(), warning));
        let edits = found.filter(|found| found.names.contains(&name));
        let edits = edits.map(|found| vec![TextEdit { span: found.span, insert: name.clone() }]);
        self.edit_dockerfile(edits, name, None)
    }

    pub(super) fn apply_safe_fixes(&mut self) -> Vec<Effect> {
        let mut edits = Edits::default();
        let is_current = self.is_outcome_current();
        let checks = self.checks.iter().filter(|check| check.name.is_none() || is_current);
        for fix in checks.filter_map(|check| check.fix.as_ref()).filter(|fix| fix.safe) {
            edits.add(fix.edits.clone());
        }
        self.edit_dockerfile(Some(edits.into_edits()), t(self.language, "apply-safe"), None)
    }

    /// Edits the Dockerfile and says so. `failure` is the failed start that the edits repair.
    fn edit_dockerfile(
        &mut self,
        edits: Option<Vec<TextEdit>>,
        title: String,
        failure: Option<Rc<Outcome>>,
    ) -> Vec<Effect> {
        let Some(text) = edits.and_then(|edits| apply_edits(self.dockerfile_text(), &edits)) else {
            return Vec::new();
        };
        let mut actions = vec![("undo", Msg::Undo)];
        if failure.is_some() {
            actions.push(("toast.why-failed", Msg::ShowFixedCause(true)));
        }
        let code = changed_line(self.dockerfile_text(), &text).to_string();
        let toast = Toast { text: t(self.language, "toast.applied").replace("{title}", &title), code, actions };
        let mut effects = self.show_toast(toast);
        self.applied_fix = failure.map(|failure| AppliedFix { text: text.clone(), failure, shows_cause: false });
        effects.extend(self.replace_dockerfile(text, StepKind::Fix));
        effects
    }

    /// Replaces the text of the Dockerfile, as one step of undo, and shows it.
    pub(super) fn replace_dockerfile(&mut self, text: String, kind: StepKind) -> Vec<Effect> {
        self.open_file = self.workspace.dockerfile.clone();
        let mut effects = vec![Effect::ShowOpenFile { reset: false }];
        if self.dockerfile_text() != text {
            self.record_step(kind);
            let path = self.workspace.dockerfile.clone();
            effects.extend(self.write_file(&path, text));
            effects.push(Effect::ShowOpenFile { reset: false });
        }
        // What the edit comes to is said in the verdict. The button that made it is gone or waits for the result.
        effects.push(Effect::FocusElement("verdict"));
        effects
    }

    /// Replaces the Dockerfile by the shortest one that starts a program of the build context.
    pub(super) fn start_program(&mut self, name: &str) -> Vec<Effect> {
        let file = file_name(name);
        let text = format!("FROM alpine\nCOPY {name} /{file}\nENTRYPOINT [\"/{file}\"]\n");
        let mut effects = self.replace_dockerfile(text, StepKind::Fix);
        effects.push(Effect::FocusEditor);
        effects
    }
}
