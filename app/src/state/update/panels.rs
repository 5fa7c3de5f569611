//! The panels of the page: which are shown, how large they are, which are folded.

use crate::state::effect::Effect;
use crate::state::model::Model;
use crate::state::panel::Panel;
use crate::state::panel_layout::{FoldablePanel, Splitter};
use crate::state::real_build::ServerState;
use crate::state::result_tab::ResultTab;

impl Model {
    /// Sets the size that a splitter sets, in percent; `None` for the size that it has at first.
    pub(super) fn resize_panel(&mut self, splitter: Splitter, size: Option<u8>) -> Vec<Effect> {
        match size {
            Some(size) => self.panel_layout.resize(splitter, size),
            None => self.panel_layout.reset(splitter),
        }
        vec![Effect::SavePanelLayout]
    }

    pub(super) fn fold_panel(&mut self, panel: FoldablePanel, is_folded: bool) -> Vec<Effect> {
        self.panel_layout.fold(panel, is_folded);
        vec![Effect::SavePanelLayout]
    }

    /// The tabs of the result: real builds only where there is a server.
    pub fn result_tabs(&self) -> impl Iterator<Item = ResultTab> {
        let has_server = self.real_builds.server != ServerState::Absent;
        ResultTab::ALL.into_iter().filter(move |tab| has_server || *tab != ResultTab::RealBuild)
    }

    /// Opens the command palette with a text, or closes it.
    pub(super) fn show_palette(&mut self, text: Option<String>) -> Vec<Effect> {
        self.palette = text;
        Vec::new()
    }

    /// Shows or hides the cause of the failure that the last fix repaired.
    pub(super) fn show_fixed_cause(&mut self, is_shown: bool) -> Vec<Effect> {
        if let Some(fix) = &mut self.applied_fix {
            fix.shows_cause = is_shown;
        }
        if is_shown {
            (self.result_tab, self.panel, self.toast) = (ResultTab::Overview, Panel::Result, None);
        }
        Vec::new()
    }
}
