//! Opening and keeping workspaces, and the steps of undo and redo.

use crate::i18n::t;
use crate::state::dialog::Dialog;
use crate::state::effect::Effect;
use crate::state::message::Msg;
use crate::state::model::Model;
use crate::state::panel::Panel;
use crate::state::toast::Toast;
use crate::state::workspaces::{FORMAT, Opened, Origin, Record, RecordProblem, Snapshot, StepKind};
use stageplay_protocol::{Body, Request, Workspace};
use stageplay_report::workspace::VERSION;
use std::rc::Rc;

/// The Dockerfile of a new workspace.
const NEW_DOCKERFILE: &str = "FROM alpine:latest\n";

impl Model {
    /// The present state.
    pub(in crate::state) fn snapshot(&self) -> Snapshot {
        Snapshot {
            opened: self.library.opened.clone(),
            workspace: Rc::new(self.workspace.clone()),
            open_file: self.open_file.clone(),
        }
    }

    /// Notes the present state before it is changed.
    pub(super) fn record_step(&mut self, kind: StepKind) {
        let before = self.snapshot();
        self.history.record(before, kind);
    }

    pub(super) fn undo(&mut self) -> Vec<Effect> {
        let now = self.snapshot();
        self.history.undo(now).map(|state| self.go_to(state)).unwrap_or_default()
    }

    pub(super) fn redo(&mut self) -> Vec<Effect> {
        let now = self.snapshot();
        self.history.redo(now).map(|state| self.go_to(state)).unwrap_or_default()
    }

    /// Goes to another state: of the open workspace, or of one that was open before.
    fn go_to(&mut self, state: Snapshot) -> Vec<Effect> {
        (self.toast, self.applied_fix) = (None, None);
        self.expected_change = None;
        if state.opened.id != self.library.opened.id {
            let open_file = state.open_file;
            let mut effects = self.show_workspace(state.opened, Workspace::clone(&state.workspace));
            if self.workspace.text(&open_file).is_some() {
                self.open_file = open_file;
                effects.push(Effect::ShowOpenFile { reset: false });
            }
            return effects;
        }
        self.workspace = Workspace::clone(&state.workspace);
        self.open_file = state.open_file;
        self.run_checks();
        let mut effects = vec![Effect::ShowOpenFile { reset: false }, Effect::SaveWorkspace];
        effects.extend(self.tell_workspace());
        effects
    }

    /// Tells the simulator the whole workspace, after a change that is no edit of a text.
    pub(super) fn tell_workspace(&mut self) -> Vec<Effect> {
        self.ask(Request::SetWorkspace(Box::new(self.workspace.clone())))
    }

    /// Opens a workspace in place of the one that is open, which stays in the storage. Undo goes back to it.
    pub(super) fn switch_to(&mut self, opened: Opened, workspace: Workspace) -> Vec<Effect> {
        self.record_step(StepKind::Switch);
        self.show_workspace(opened, workspace)
    }

    /// Opens the workspace with which the page begins.
    pub fn begin_with(&mut self, record: Record, id: String) -> Vec<Effect> {
        let opened = Opened::of(id.clone(), &record);
        self.library.revisions.insert(id, record.revision);
        self.show_workspace(opened, record.workspace)
    }

    fn show_workspace(&mut self, opened: Opened, workspace: Workspace) -> Vec<Effect> {
        let mut effects = vec![Effect::RememberOpened(opened.id.clone()), Effect::ClearAddress];
        self.library.opened = opened;
        self.library.is_changed_elsewhere = false;
        self.library.awaited = None;
        self.is_held = false;
        self.applied_fix = None;
        effects.extend(self.open_workspace(workspace));
        effects
    }

    /// Looks for a workspace by its id, and opens it.
    pub(super) fn open_by_id(&mut self, id: String) -> Vec<Effect> {
        self.dialog = None;
        if id == self.library.opened.id && !self.library.is_changed_elsewhere {
            return Vec::new();
        }
        self.library.awaited = Some(id.clone());
        vec![Effect::FindWorkspace(id)]
    }

    pub(super) fn on_found(&mut self, id: String, found: Option<Result<Box<Record>, RecordProblem>>) -> Vec<Effect> {
        if self.library.awaited.as_ref() != Some(&id) {
            return Vec::new();
        }
        match found {
            Some(Ok(record)) => {
                let opened = Opened::of(id.clone(), &record);
                self.library.revisions.insert(id, record.revision);
                self.switch_to(opened, record.workspace)
            }
            Some(Err(problem)) => {
                self.notice = Some(self.problem_text(&problem));
                self.open_origin(&id)
            }
            None => self.open_origin(&id),
        }
    }

    /// Opens a workspace that the storage does not have, or has in a form that cannot be read.
    fn open_origin(&mut self, id: &str) -> Vec<Effect> {
        match Origin::of_id(id) {
            Some(Origin::Start) => {
                let opened = self.library.fresh(Origin::Start, None);
                let mut effects = self.switch_to(opened, self.first.workspace.clone());
                if self.is_first_visit() {
                    self.show_example_outcome();
                }
                effects.push(Effect::FocusEditor);
                effects
            }
            Some(Origin::Lesson(slug) | Origin::Exercise(slug)) => {
                let mut effects = self.release();
                effects.extend(self.ask(Request::OpenLesson(slug)));
                effects
            }
            Some(Origin::Example(name)) => vec![Effect::FetchExample(name)],
            _ => {
                self.library.awaited = None;
                self.notice.get_or_insert(t(self.language, "workspaces.gone"));
                Vec::new()
            }
        }
    }

    /// What to say of a record that cannot be opened.
    pub fn problem_text(&self, problem: &RecordProblem) -> String {
        match problem {
            RecordProblem::Newer(_) => t(self.language, "workspaces.newer"),
            RecordProblem::Broken(why) => format!("{} {why}", t(self.language, "workspaces.broken")),
        }
    }

    /// Opens a workspace that is not in the storage. One of the same id that is there stays.
    pub(super) fn open_fresh(&mut self, origin: Origin, name: Option<String>, workspace: Workspace) -> Vec<Effect> {
        self.dialog = None;
        let opened = Opened { fresh: Some(Rc::new(workspace.clone())), ..self.library.fresh(origin, name) };
        self.switch_to(opened, workspace)
    }

    pub(super) fn on_fetched(&mut self, name: String, fetched: Result<Box<Workspace>, String>) -> Vec<Effect> {
        let origin = Origin::Example(name);
        if self.library.awaited != origin.id() {
            return Vec::new();
        }
        self.library.awaited = None;
        match fetched {
            // It is begun anew.
            Ok(workspace) if self.library.opened.origin == origin => self.start_over_with(*workspace),
            Ok(workspace) => self.open_fresh(origin, None, *workspace),
            Err(error) => {
                self.notice = Some(error);
                Vec::new()
            }
        }
    }

    fn replace_workspace(&mut self, workspace: Workspace) -> Vec<Effect> {
        self.open_file = workspace.dockerfile.clone();
        self.workspace = workspace;
        self.run_checks();
        let mut effects = vec![Effect::ShowOpenFile { reset: false }, Effect::SaveWorkspace];
        effects.extend(self.tell_workspace());
        effects
    }

    /// Puts back what was opened, as one step of undo.
    fn start_over_with(&mut self, workspace: Workspace) -> Vec<Effect> {
        self.record_step(StepKind::Files);
        self.library.opened.fresh = Some(Rc::new(workspace.clone()));
        let mut effects = self.replace_workspace(workspace);
        effects.extend(self.say_started_over());
        effects
    }

    pub(super) fn say_started_over(&mut self) -> Vec<Effect> {
        let text = t(self.language, "toast.started-over");
        self.show_toast(Toast { text, code: String::new(), actions: vec![("undo", Msg::Undo)] })
    }

    /// Whether the workspace came from somewhere, and is another one than when it was opened, as far as that is known.
    pub fn can_start_over(&self) -> bool {
        let opened = &self.library.opened;
        let fresh = opened.fresh.as_deref();
        match opened.origin {
            // An exercise has a button of its own.
            Origin::Own | Origin::Exercise(_) => false,
            Origin::Start => self.workspace.files != self.first.workspace.files,
            Origin::Link => fresh.is_some_and(|fresh| *fresh != self.workspace),
            Origin::Lesson(_) | Origin::Example(_) => fresh.is_none_or(|fresh| fresh.files != self.workspace.files),
        }
    }

    /// Begins the open example, lesson or link anew; undo brings back what was there.
    pub(super) fn restart_workspace(&mut self) -> Vec<Effect> {
        match self.library.opened.origin.clone() {
            Origin::Start => self.start_over_with(self.first.workspace.clone()),
            Origin::Example(name) => {
                self.library.awaited = Some(self.library.opened.id.clone());
                vec![Effect::FetchExample(name)]
            }
            Origin::Lesson(_) | Origin::Exercise(_) => {
                self.expected_change = Some(StepKind::Files);
                self.ask(Request::RestartLesson)
            }
            Origin::Link => {
                let fresh = self.library.opened.fresh.as_deref().cloned();
                fresh.map(|workspace| self.start_over_with(workspace)).unwrap_or_default()
            }
            Origin::Own => Vec::new(),
        }
    }

    pub(super) fn new_workspace(&mut self) -> Vec<Effect> {
        let mut effects = self.open_fresh(Origin::Own, None, self.workspace_of(NEW_DOCKERFILE));
        self.panel = Panel::Editor;
        effects.extend([Effect::SaveWorkspace, Effect::FocusEditor]);
        effects
    }

    /// A workspace of nothing but a Dockerfile, with the engine of the open one.
    pub(in crate::state) fn workspace_of(&self, dockerfile: &str) -> Workspace {
        let mut workspace = Workspace {
            version: VERSION,
            engine: self.workspace.engine.clone(),
            builder: self.workspace.builder.clone(),
            as_of: None,
            dockerfile: "Dockerfile".into(),
            target: None,
            files: Vec::new(),
            lesson: None,
            assume_context: true,
        };
        workspace.write("Dockerfile", dockerfile.to_string());
        workspace
    }

    /// Whether an example is open that nobody touched.
    pub(super) fn is_untouched_example(&self) -> bool {
        match self.library.opened.origin {
            Origin::Start => self.workspace.files == self.first.workspace.files,
            Origin::Example(_) => {
                self.library.opened.fresh.as_ref().is_some_and(|fresh| fresh.files == self.workspace.files)
            }
            _ => false,
        }
    }

    /// The record of the open workspace, with a new revision.
    pub fn record(&mut self) -> Record {
        Record {
            format: FORMAT,
            revision: self.library.unique(),
            saved: self.now as u64,
            origin: self.library.opened.origin.clone(),
            name: self.library.opened.name.clone(),
            workspace: self.workspace.clone(),
            // Of anything else it can be fetched.
            opened: self
                .library
                .opened
                .fresh
                .as_deref()
                .filter(|_| self.library.opened.origin == Origin::Link)
                .cloned(),
        }
    }

    pub(super) fn rename_workspace(&mut self, id: String, name: &str) -> Vec<Effect> {
        let name = Record::clean_name(name);
        self.dialog = Some(Dialog::Home);
        if id == self.library.opened.id {
            self.library.opened.name = name;
            return vec![Effect::SaveWorkspace, Effect::ListWorkspaces];
        }
        vec![Effect::RenameRecord(id, name), Effect::ListWorkspaces]
    }

    pub(super) fn duplicate_workspace(&mut self, id: String) -> Vec<Effect> {
        let entry = self.library.entries.iter().find(|entry| entry.id == id);
        let title = entry.map(|entry| self.entry_title(entry)).unwrap_or_default();
        let name = Record::clean_name(&format!("{title} {}", t(self.language, "workspaces.copy-suffix")));
        let copy = self.library.new_id();
        vec![Effect::CopyRecord(id, copy, name), Effect::ListWorkspaces]
    }

    pub(super) fn on_removed(&mut self, id: String, json: String) -> Vec<Effect> {
        let entry = self.library.entries.iter().find(|entry| entry.id == id).cloned();
        self.library.removed = entry.map(|entry| (entry, json));
        self.library.revisions.remove(&id);
        let mut effects = vec![Effect::ListWorkspaces];
        if id == self.library.opened.id {
            // The page goes on with the example of the first visit.
            self.library.awaited = Some("start".into());
            effects.push(Effect::FindWorkspace("start".into()));
        }
        effects
    }

    pub(super) fn restore_removed(&mut self) -> Vec<Effect> {
        let Some((entry, json)) = self.library.removed.take() else { return Vec::new() };
        vec![Effect::WriteRecord(entry.id, json), Effect::ListWorkspaces]
    }

    /// The files of which the workspace holds only the start: path, length in bytes.
    pub(in crate::state) fn files_held_in_part(&self) -> Vec<(String, u64)> {
        let parts = self.workspace.files.iter().filter(|file| matches!(&file.body, Body::Binary { basis: None, .. }));
        parts.map(|file| (file.path.clone(), file.len())).collect()
    }
}
