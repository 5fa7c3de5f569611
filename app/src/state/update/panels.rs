//! The panels of the page: which are shown, how large they are, which are folded.

use crate::state::effect::Effect;
use crate::state::message::Msg;
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

    /// Closes the command palette, then runs a command, which may open it again. The focus goes to what was asked for.
    pub(super) fn run_from_palette(&mut self, msg: Msg) -> Vec<Effect> {
        self.palette = None;
        let shows_result = matches!(msg, Msg::ShowResultTab(_) | Msg::CompareBaseImages);
        let mut effects = self.update(msg);
        if shows_result {
            effects.extend(self.update(Msg::FocusPanel(Panel::Result)));
        }
        effects
    }

    /// Runs the first command that a text finds. The text is that of the field when Enter was pressed: the list that is
    /// shown may be of fewer letters.
    pub(super) fn run_first_found(&mut self, text: &str) -> Vec<Effect> {
        match self.find_commands(text).into_iter().find_map(|command| command.msg) {
            Some(msg) => self.run_from_palette(msg),
            None => self.show_palette(Some(text.to_string())),
        }
    }

    /// Shows or hides the cause of the failure that the last fix repaired.
    pub(super) fn show_fixed_cause(&mut self, is_shown: bool) -> Vec<Effect> {
        if let Some(fix) = &mut self.applied_fix {
            fix.shows_cause = is_shown;
        }
        if is_shown {
            (self.result_tab, self.panel, self.toast) = (ResultTab::Overview, Panel::Result, None);
        }
        // The button that was pressed is gone.
        vec![Effect::FocusElement(if is_shown { "fixed-cause" } else { "why-failed" })]
    }
}
