//! What the simulator is asked, and what it tells.

use crate::state::effect::Effect;
use crate::state::lesson_progress::LessonProgress;
use crate::state::model::Model;
use crate::state::real_build::RealBuildEffect;
use crate::state::simulator::{StopReason, WorkerState};
use crate::state::terminal::LineKind;
use crate::state::workspaces::{Opened, Origin, StepKind};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use stageplay_protocol::{Event, Loaded, Outcome, Request, Update, Workspace, is_exercise};
use std::rc::Rc;

impl Model {
    /// Asks the simulator, which is started if it is not there.
    pub(super) fn ask(&mut self, request: Request) -> Vec<Effect> {
        let mut effects = self.release();
        effects.extend(self.simulator.start(&self.workspace));
        effects.extend(self.simulator.ask(request, &self.workspace));
        effects
    }

    /// Whether the example's result is shown as it was computed when the page was built.
    pub(super) fn is_first_visit(&self) -> bool {
        self.simulator.state == WorkerState::Absent
    }

    pub(super) fn start_simulator(&mut self) -> Vec<Effect> {
        if self.is_first_visit() && !self.is_held { self.simulator.start(&self.workspace) } else { Vec::new() }
    }

    pub(super) fn on_worker_ready(&mut self) -> Vec<Effect> {
        let (language, calibration) = (self.language.tag().to_string(), self.real_builds.calibration.clone());
        let load = |workspace| Loaded { workspace, language, calibration };
        let mut effects = vec![Effect::TakeFilesAgain(self.files_held_in_part(), true)];
        effects.extend(self.simulator.on_ready(load, &self.workspace));
        for request in self.explorer_requests() {
            effects.extend(self.ask(request));
        }
        effects.extend(self.load_all_pieces());
        effects
    }

    /// The worker is ended. The text and the last result stay.
    pub(super) fn stop_simulator(&mut self, reason: StopReason) -> Vec<Effect> {
        self.image_data.loading.clear();
        self.deferred_outcome = None;
        self.terminal.stopped();
        self.lesson_progress.on_stop();
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
        match (self.simulator.is_under_way(number), self.simulator.is_loading) {
            (false, _) => Vec::new(),
            // The deadline is for the simulation, not for the network.
            (true, true) => vec![Effect::WatchDeadline(number)],
            (true, false) => self.stop_simulator(StopReason::TooSlow),
        }
    }

    pub(super) fn restart_simulator(&mut self) -> Vec<Effect> {
        self.simulator.start(&self.workspace)
    }

    /// Replaces the Dockerfile by the example's, as one step of the editor's undo history, so that undo brings the text
    /// back.
    pub(super) fn begin_without_text(&mut self) -> Vec<Effect> {
        let text = self.first.workspace.text(&self.first.workspace.dockerfile).unwrap_or("FROM alpine\n").to_string();
        let mut effects = self.replace_dockerfile(text, StepKind::Fix);
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
        if let Some(workspace) = update.workspace.filter(|_| !self.simulator.is_outdated(answered)) {
            let starts_lesson = update.events.contains(&Event::LessonStarted);
            effects.extend(if starts_lesson {
                self.take_lesson(workspace)
            } else {
                self.take_workspace(workspace, answered)
            });
        }
        if let Some(programs) = update.programs {
            self.programs = programs;
        }
        if let Some(prompt) = update.prompt {
            self.terminal.set_prompt(prompt);
        }
        if let Some(lesson) = update.lesson {
            self.exercises.is_open = false;
            self.lesson = Some(lesson);
        }
        for event in update.events {
            effects.extend(self.on_event(event));
        }
        if let Some(matrix) = update.matrix {
            // It was asked for, and stands below the base images.
            effects.extend(matrix.is_some().then_some(Effect::Reveal("choose")));
            self.base_image_matrix = matrix;
        }
        if let Some(edit_plays) = update.edit_plays {
            (self.stages.edit_plays, self.stages.is_playing) = (edit_plays, false);
        }
        self.inspected_program = update.program.unwrap_or(self.inspected_program.take());
        self.layers.view = update.explorer.unwrap_or(std::mem::take(&mut self.layers.view));
        self.image_data = update.image_data.unwrap_or(std::mem::take(&mut self.image_data));
        self.take_outcome(update.outcome);
        effects.extend(self.simulator.on_answer(answered, &self.workspace));
        if self.is_outcome_current() && !self.lacks_image_data() && std::mem::take(&mut self.shows_failing_line) {
            let error = self.outcome.as_ref().and_then(|outcome| outcome.report.error.as_ref());
            effects.extend(error.and_then(|error| error.line).map(Effect::ScrollToLine));
        }
        effects
    }

    /// Takes a workspace that the simulator changed. Edits that it does not know yet stay.
    fn take_workspace(&mut self, mut workspace: Workspace, answered: u64) -> Vec<Effect> {
        for path in self.simulator.unknown_edits(answered) {
            if let Some(text) = self.workspace.text(&path) {
                workspace.write(&path, text.to_string());
            }
        }
        let assume_context = self.workspace.assume_context;
        let is_changed = self.workspace != Workspace { assume_context, ..workspace.clone() };
        if let Some(kind) = self.expected_change.filter(|_| is_changed) {
            self.record_step(kind);
        }
        self.workspace = workspace;
        if !self.workspace.files.iter().any(|file| file.path == self.open_file && file.text().is_some()) {
            self.open_file = self.workspace.dockerfile.clone();
        }
        let mut effects = self.choose_dockerfile();
        self.run_checks();
        effects.push(Effect::ShowOpenFile { reset: false });
        // What the person did not touch is not kept.
        if self.library.is_saved() || (is_changed && self.expected_change.is_some()) {
            effects.push(Effect::SaveWorkspace);
        }
        effects
    }

    /// Takes the workspace of a lesson that was set up: in place of the lesson's own, or of another one that stays in the
    /// storage.
    fn take_lesson(&mut self, workspace: Workspace) -> Vec<Effect> {
        let slug = workspace.lesson.clone().unwrap_or_default();
        let origin = if is_exercise(&slug) { Origin::Exercise(slug) } else { Origin::Lesson(slug) };
        let is_restart = self.library.opened.origin == origin;
        self.record_step(if is_restart { StepKind::Files } else { StepKind::Switch });
        self.expected_change = None;
        self.library.awaited = None;
        self.lesson_progress = LessonProgress::default();
        self.open_file = workspace.dockerfile.clone();
        let fresh = Some(Rc::new(workspace.clone()));
        self.workspace = workspace;
        self.run_checks();
        let mut effects = vec![Effect::ShowOpenFile { reset: !is_restart }];
        if is_restart {
            self.library.opened.fresh = fresh;
            effects.push(Effect::SaveWorkspace);
            if matches!(origin, Origin::Lesson(_)) {
                effects.extend(self.say_started_over());
            }
        } else {
            let opened = Opened { fresh, ..self.library.fresh(origin, None) };
            effects.extend([Effect::RememberOpened(opened.id.clone()), Effect::ClearAddress]);
            self.library.opened = opened;
            self.library.is_changed_elsewhere = false;
        }
        // What was typed into the workspace before must not reach this one.
        effects.extend(self.simulator.replace_edits(&self.workspace));
        effects
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
        let before = self.outcome.take();
        self.set_outcome(new);
        self.keep_selected_node(before.as_deref());
        self.restart_walk(before.as_deref());
    }

    fn on_event(&mut self, event: Event) -> Vec<Effect> {
        match event {
            Event::Notice(text) => self.notice = Some(text),
            Event::CommandTyped(prompt, command) => self.terminal.show_command(&prompt, &command),
            Event::Output(text) => self.terminal.print(&text, LineKind::Output),
            Event::Note(text) => self.terminal.print(&text, LineKind::Note),
            Event::ClearTerminal => self.terminal.clear(),
            Event::OpenFile(path) => return self.open_or_create_file(path),
            Event::CommandEnded(_) => {
                self.terminal.ended();
                return self.run_next_command();
            }
            Event::CommandContinues => {
                self.terminal.continues();
                return self.run_next_command();
            }
            // It came with the workspace.
            Event::LessonStarted => {}
            Event::LessonResult(block, index, result) => {
                self.lesson_progress.on_result((block, index), result);
                return self.run_next_lesson_command();
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
            Event::Exercise(event) => return self.tell_exercises(event),
            Event::Answer(id, answer) => return vec![Effect::AnswerEditor(id, answer)],
        }
        Vec::new()
    }
}
