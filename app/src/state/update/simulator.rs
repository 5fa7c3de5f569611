//! What the simulator is asked, and what it tells.

use crate::state::effect::Effect;
use crate::state::lesson_index::LessonCommandResult;
use crate::state::model::Model;
use crate::state::real_build::RealBuildEffect;
use crate::state::simulator::{StopReason, WorkerState};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use stageplay_protocol::{Event, ExplorerRequest, Loaded, Outcome, Request, Update, Workspace};
use std::rc::Rc;

impl Model {
    /// Asks the simulator, which is started if it is not there.
    pub(super) fn ask(&mut self, request: Request) -> Vec<Effect> {
        let mut effects = self.simulator.start(&self.workspace);
        effects.extend(self.simulator.ask(request, &self.workspace));
        effects
    }

    /// Whether the example's result is shown as it was computed when the page was built.
    pub(super) fn is_first_visit(&self) -> bool {
        self.simulator.state == WorkerState::Absent
    }

    pub(super) fn start_simulator(&mut self) -> Vec<Effect> {
        if self.is_first_visit() { self.simulator.start(&self.workspace) } else { Vec::new() }
    }

    pub(super) fn on_worker_ready(&mut self) -> Vec<Effect> {
        let (language, calibration) = (self.language.tag().to_string(), self.real_builds.calibration.clone());
        let load = |workspace| Loaded { workspace, language, calibration };
        let mut effects = vec![Effect::TakeFilesAgain];
        effects.extend(self.simulator.on_ready(load, &self.workspace));
        if self.explorer_is_open {
            effects.extend(self.ask(Request::Explore(ExplorerRequest::SetOpen(true))));
            effects.extend(self.ask(Request::Explore(ExplorerRequest::Search(self.explorer_query.clone()))));
        }
        effects
    }

    /// The worker is ended. The text and the last result stay.
    pub(super) fn stop_simulator(&mut self, reason: StopReason) -> Vec<Effect> {
        self.image_data.loading.clear();
        self.deferred_outcome = None;
        self.simulator.stop(reason)
    }

    pub(super) fn on_worker_failed(&mut self, message: String) -> Vec<Effect> {
        match self.simulator.state {
            WorkerState::Starting => self.stop_simulator(StopReason::NotLoaded(message)),
            WorkerState::Ready => self.stop_simulator(StopReason::Failed(message)),
            WorkerState::Absent | WorkerState::Stopped(_) => Vec::new(),
        }
    }

    pub(super) fn on_deadline(&mut self, number: u64) -> Vec<Effect> {
        if self.simulator.is_under_way(number) { self.stop_simulator(StopReason::TooSlow) } else { Vec::new() }
    }

    pub(super) fn restart_simulator(&mut self) -> Vec<Effect> {
        self.simulator.start(&self.workspace)
    }

    /// Replaces the Dockerfile by the example's, as one step of the editor's undo history, so that undo brings the text
    /// back.
    pub(super) fn begin_without_text(&mut self) -> Vec<Effect> {
        let text = self.first.workspace.text(&self.first.workspace.dockerfile).unwrap_or("FROM alpine\n").to_string();
        let mut effects = self.replace_dockerfile(text);
        effects.extend(self.restart_simulator());
        effects
    }

    /// Takes what the worker tells.
    pub(super) fn on_worker_update(&mut self, update: Update) -> Vec<Effect> {
        if self.simulator.state != WorkerState::Ready {
            return Vec::new();
        }
        let mut effects = Vec::new();
        let answered = update.answered;
        if let Some(workspace) = update.workspace {
            effects.extend(self.take_workspace(workspace, answered));
        }
        if let Some(programs) = update.programs {
            self.programs = programs;
        }
        if let Some(lesson) = update.lesson {
            self.lesson = Some(lesson);
        }
        for event in update.events {
            effects.extend(self.on_event(event));
        }
        self.base_image_matrix = update.matrix.unwrap_or(self.base_image_matrix.take());
        self.inspected_program = update.program.unwrap_or(self.inspected_program.take());
        self.explorer = update.explorer.unwrap_or(std::mem::take(&mut self.explorer));
        self.image_data = update.image_data.unwrap_or(std::mem::take(&mut self.image_data));
        self.take_outcome(update.outcome);
        effects.extend(self.simulator.on_answer(answered, &self.workspace));
        effects
    }

    /// Takes a workspace that the simulator changed. Edits that it does not know yet stay.
    fn take_workspace(&mut self, mut workspace: Workspace, answered: u64) -> Vec<Effect> {
        for path in self.simulator.unknown_edits(answered) {
            if let Some(text) = self.workspace.text(&path) {
                workspace.write(&path, text.to_string());
            }
        }
        self.workspace = workspace;
        if !self.workspace.files.iter().any(|file| file.path == self.open_file && file.text().is_some()) {
            self.open_file = self.workspace.dockerfile.clone();
        }
        self.run_checks();
        vec![Effect::ShowOpenFile { reset: false }, Effect::SaveWorkspace]
    }

    /// Shows a result, unless data about base images is being fetched that it lacks, or that would complete the result
    /// of the same text that is shown.
    fn take_outcome(&mut self, outcome: Option<Rc<Outcome>>) {
        let Some(new) = outcome.or(self.deferred_outcome.take()) else { return };
        let is_same_text = self.outcome.as_ref().map(|shown| shown.dockerfile == new.dockerfile);
        let is_loading = !self.image_data.loading.is_empty();
        if is_loading && is_same_text.is_some_and(|is_same| is_same || new.lacks_image_data) {
            self.deferred_outcome = Some(new);
            return;
        }
        self.deferred_outcome = None;
        self.outcome = Some(new);
        self.run_checks();
    }

    fn on_event(&mut self, event: Event) -> Vec<Effect> {
        match event {
            Event::Notice(text) => self.notice = Some(text),
            Event::Output(text) => self.terminal.add_output(&text),
            Event::ClearTerminal => self.terminal.lines.clear(),
            Event::LessonStarted => {
                self.lesson_results.clear();
                self.open_file = self.workspace.dockerfile.clone();
                return vec![Effect::ShowOpenFile { reset: true }, Effect::SaveWorkspace];
            }
            Event::LessonResult(block, index, as_expected) => {
                let command = (block, index);
                self.lesson_results.retain(|result| result.command != command);
                self.lesson_results.push(LessonCommandResult { command, as_expected });
            }
            Event::Download(name, bytes) => {
                let bytes = STANDARD.decode(bytes).unwrap_or_default();
                return vec![Effect::DownloadFile(name, bytes)];
            }
            Event::RealBuild(Ok((request, dockerfile))) => {
                return vec![Effect::RealBuild(self.real_builds.start(request, dockerfile))];
            }
            Event::RealBuild(Err(why)) => self.notice = Some(why),
            Event::Compared(number, comparison) => self.real_builds.on_compared(number, comparison),
            Event::Calibrated(facts) => {
                self.real_builds.calibration = facts.clone();
                let mut effects = vec![Effect::RealBuild(RealBuildEffect::SaveCalibration(facts))];
                effects.extend(self.compare_real_build());
                return effects;
            }
            Event::Answer(id, answer) => return vec![Effect::AnswerEditor(id, answer)],
        }
        Vec::new()
    }
}
