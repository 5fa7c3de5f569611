//! When a Dockerfile that is pasted over an example begins a workspace of the person's own.

use crate::i18n::t;
use crate::state::dockerfile_language::known_base_of;
use crate::state::effect::Effect;
use crate::state::model::Model;
use crate::state::toast::Toast;
use crate::state::workspaces::{Origin, changed_part};
use stageplay_protocol::Workspace;
use std::collections::BTreeSet;

impl Model {
    /// A Dockerfile that is pasted over an example's is the beginning of the person's own workspace, without the files of
    /// the example. `None` if this edit is none.
    pub(super) fn own_workspace_of(&mut self, path: &str, text: &str) -> Option<Vec<Effect>> {
        let is_example = self.library.opened.origin.is_shown_as_example();
        if !is_example || path != self.workspace.dockerfile || !self.are_other_files_untouched(path) {
            return None;
        }
        if !is_another_dockerfile(self.file_text(path).unwrap_or_default(), text) {
            return None;
        }
        let workspace = self.workspace_of(text);
        let mut effects = self.open_fresh(Origin::Own, None, workspace);
        effects.push(Effect::SaveWorkspace);
        self.shows_failing_line = true;
        effects.extend(self.show_toast(Toast::text(t(self.language, "workspaces.own-begun"))));
        Some(effects)
    }

    /// Whether every other file of the example is as it was.
    fn are_other_files_untouched(&self, path: &str) -> bool {
        let others = |workspace: &Workspace| {
            let files = workspace.files.iter().filter(|file| file.path != path).cloned();
            files.collect::<Vec<_>>()
        };
        let fresh = match self.library.opened.origin {
            Origin::Start => Some(&self.first.workspace),
            _ => self.library.opened.fresh.as_deref(),
        };
        fresh.is_some_and(|fresh| others(fresh) == others(&self.workspace))
    }
}

/// Whether a text that replaces another is a Dockerfile of its own: it was put in at once, and shares hardly a line.
fn is_another_dockerfile(old: &str, text: &str) -> bool {
    let (_, _, inserted) = changed_part(old, text);
    let lines = |text: &str| text.lines().map(|line| line.trim().to_string()).filter(|line| !line.is_empty()).collect();
    let (old, new): (BTreeSet<String>, BTreeSet<String>) = (lines(old), lines(text));
    let shared = old.intersection(&new).count();
    inserted >= 20 && inserted * 2 >= text.len() && shared * 5 <= new.len() && known_base_of(text).is_some()
}
