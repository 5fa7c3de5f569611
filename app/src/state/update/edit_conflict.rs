//! What becomes of edits when another page changed the same workspace, or the storage does not take them.

use crate::i18n::t;
use crate::state::dialog::Dialog;
use crate::state::effect::Effect;
use crate::state::model::Model;
use crate::state::workspaces::Stored;

impl Model {
    pub(super) fn on_stored(&mut self, stored: Stored) -> Vec<Effect> {
        match stored {
            Stored::Saved(revision) => {
                let id = self.library.opened.id.clone();
                self.library.problem = None;
                // From now on there is something that a reload brings back.
                let is_first = self.library.revisions.insert(id.clone(), revision).is_none();
                if is_first { vec![Effect::RememberOpened(id)] } else { Vec::new() }
            }
            Stored::ChangedElsewhere => {
                self.notice = Some(t(self.language, "workspaces.kept-as-copy"));
                self.keep_own_version()
            }
            Stored::Problem(problem) => {
                self.library.problem = Some(problem);
                Vec::new()
            }
        }
    }

    pub(super) fn on_storage_changed(&mut self, id: &str, revision: String) -> Vec<Effect> {
        let is_other = self.library.revisions.get(id) != Some(&revision);
        if id == self.library.opened.id && is_other && !self.is_held {
            self.library.is_changed_elsewhere = true;
        }
        if self.dialog == Some(Dialog::Home) { vec![Effect::ListWorkspaces] } else { Vec::new() }
    }

    /// Goes on with a copy: what another page saved stays in the storage.
    pub(super) fn keep_own_version(&mut self) -> Vec<Effect> {
        let id = self.library.new_id();
        // A lesson's workspace stays one of the lesson's.
        self.library.opened.id = id.clone();
        self.library.is_changed_elsewhere = false;
        vec![Effect::RememberOpened(id), Effect::ClearAddress, Effect::SaveWorkspace]
    }

    pub(super) fn take_other_version(&mut self) -> Vec<Effect> {
        let id = self.library.opened.id.clone();
        self.library.awaited = Some(id.clone());
        vec![Effect::FindWorkspace(id)]
    }
}
