//! What a share link or an address brings: what it replaces, whether it is simulated, and what is said of one that cannot be
//! read.

use crate::i18n::t;
use crate::state::dialog::Dialog;
use crate::state::effect::Effect;
use crate::state::file_names::path_problem;
use crate::state::model::Model;
use crate::state::workspaces::{Opened, Origin, Prefill, Record, StepKind, raw_address};
use stageplay_protocol::Workspace;
use std::rc::Rc;

impl Model {
    /// Opens a workspace that came from outside, and simulates it only when the person wants it: a link decides neither
    /// what is fetched nor what is computed.
    pub fn open_held(&mut self, workspace: Workspace) -> Vec<Effect> {
        let opened = Opened { fresh: Some(Rc::new(workspace.clone())), ..self.library.fresh(Origin::Link, None) };
        if !self.is_untouched_start() {
            self.record_step(StepKind::Switch);
        }
        self.library.opened = opened;
        self.library.is_changed_elsewhere = false;
        self.is_held = true;
        self.dialog = None;
        self.forget_results();
        self.open_file = workspace.dockerfile.clone();
        self.workspace = workspace;
        self.run_checks();
        vec![Effect::ShowOpenFile { reset: true }]
    }

    /// The address of the page is a share link: nothing is simulated until it is read.
    pub fn await_link(&mut self, link: String) -> Vec<Effect> {
        self.is_held = true;
        vec![Effect::ReadLink(link)]
    }

    pub(super) fn on_link_read(&mut self, workspace: Result<Box<Workspace>, String>) -> Vec<Effect> {
        match workspace {
            Ok(workspace) => self.open_held(*workspace),
            Err(error) => {
                self.is_held = false;
                self.notice = Some(format!("{} {error}", t(self.language, "bad-link")));
                let mut effects = vec![Effect::ClearAddress];
                effects.extend(self.start_simulator());
                effects
            }
        }
    }

    /// Whether the page shows the example of the first visit as it is.
    fn is_untouched_start(&self) -> bool {
        self.library.opened.origin == Origin::Start && self.workspace == self.first.workspace
    }

    /// Simulates what came by a link.
    pub(super) fn release(&mut self) -> Vec<Effect> {
        if !std::mem::take(&mut self.is_held) {
            return Vec::new();
        }
        self.load_into_simulator()
    }

    /// Opens what an address brought. Nothing is fetched before the person wants it.
    pub(super) fn open_prefill(&mut self, prefill: Prefill) -> Vec<Effect> {
        match prefill {
            Prefill::Files(files) => {
                let mut workspace = self.workspace_of("");
                workspace.files.clear();
                workspace.assume_context = files.iter().all(|(path, _)| Model::is_dockerfile(path));
                for (path, text) in files {
                    if let Some(problem) = path_problem(&workspace, &path, None) {
                        self.notice = Some(format!("{path}: {}", t(self.language, problem)));
                        continue;
                    }
                    workspace.write(&path, text);
                }
                self.open_held(workspace)
            }
            Prefill::Address(address) => {
                self.asked_address = Some(address);
                self.dialog = Some(Dialog::OpenAddress);
                Vec::new()
            }
        }
    }

    /// Fetches the text at an address that the person gave.
    pub(super) fn open_address(&mut self, address: &str) -> Vec<Effect> {
        match raw_address(address) {
            Ok(address) => {
                self.asked_address = Some(address.clone());
                vec![Effect::FetchAddress(address)]
            }
            Err(why) => self.show_notice(why),
        }
    }

    pub(super) fn on_address_fetched(&mut self, address: String, text: Result<String, String>) -> Vec<Effect> {
        self.asked_address = None;
        match text {
            Ok(text) => {
                let name = address.split(['?', '#']).next().and_then(|path| path.strip_prefix("https://"));
                let mut effects =
                    self.open_fresh(Origin::Link, name.and_then(Record::clean_name), self.workspace_of(&text));
                effects.push(Effect::SaveWorkspace);
                effects
            }
            Err(error) => {
                self.notice = Some(format!("{} {error}", t(self.language, "address.failed")));
                self.asked_address = Some(address);
                self.dialog = Some(Dialog::OpenAddress);
                Vec::new()
            }
        }
    }
}
