//! Real builds: the state of the server behind the page, and of the build that it carries out.

use stageplay_report::BuildReport;
use stageplay_report::api::{Accepted, BuildStatus, EngineReport, Event, Problem, State};
use stageplay_report::compare::Comparison;

/// Bytes of the log that the page keeps; the server keeps more.
const MAX_LOG: usize = 200_000;

/// The state of the server behind the page.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum ServerState {
    /// The page was opened without a server.
    #[default]
    Absent,
    /// The server was asked for its engine and has not answered yet.
    Connecting,
    /// The server answered.
    Connected(EngineReport),
    /// The server does not answer.
    Unreachable(Problem),
}

/// The state of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the variants are named after the states")]
pub enum StepState {
    Running,
    Done,
    Cached,
    Failed,
}

/// A step of the real build.
#[derive(Clone, Debug, PartialEq)]
pub struct RealStep {
    /// The name that the engine prints.
    pub name: String,
    /// The index of its stage.
    pub stage: Option<usize>,
    /// Its line of the Dockerfile, counted from 1.
    pub line: Option<usize>,
    /// The state.
    pub state: StepState,
    /// Duration in seconds; 0 while the step runs.
    pub seconds: f64,
    /// The error of a failed step.
    pub error: Option<String>,
}

/// The progress of the steps of one stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StageProgress {
    /// Steps that are done or came from the cache.
    pub done: usize,
    /// Steps that were started.
    pub started: usize,
    /// Whether a step failed.
    pub failed: bool,
}

/// One real build, from the press of the button to its report.
#[derive(Clone, Debug)]
pub struct RealBuild {
    /// The text of the Dockerfile that was sent.
    pub dockerfile: String,
    /// The number of the build on this page, from 1. Answers for an older number are ignored.
    pub number: u32,
    /// The id of the build on the server, once it is accepted.
    pub id: Option<String>,
    /// The state.
    pub state: State,
    /// The number of builds before it in the queue.
    pub position: Option<usize>,
    /// The builder: `classic` or `buildkit`.
    pub builder: Option<String>,
    /// The steps in the order in which they started.
    pub steps: Vec<RealStep>,
    /// The output of the steps.
    pub log: String,
    /// The output of the container.
    pub output: String,
    /// Why the build failed.
    pub problem: Option<Problem>,
    /// Duration of the build in seconds.
    pub seconds: Option<f64>,
    /// The number of the last event that arrived.
    pub last_event: usize,
    /// The report of the real build.
    pub report: Option<BuildReport>,
    /// The server's answer that holds the report, JSON.
    pub status: Option<String>,
    /// The comparison with the simulation.
    pub comparison: Option<Comparison>,
}

/// A message of the real builds. The first number of a message is the number of the build on this page.
#[derive(Clone, Debug)]
pub enum RealBuildMsg {
    /// Ask the server for its engine.
    QueryEngine,
    /// The server's answer to that question.
    EngineAnswered(Box<Result<EngineReport, Problem>>),
    /// Start a build.
    Start,
    /// The server accepted or refused a build.
    Accepted(u32, Result<Accepted, Problem>),
    /// An event of a build, with the number of the event.
    Event(u32, usize, Event),
    /// The stream of events broke off for good.
    StreamLost(u32),
    /// The status of a build with its report, as it is and as JSON, or the error.
    StatusFetched(u32, Box<Result<(BuildStatus, String), Problem>>),
    /// Cancel the build.
    Cancel,
    /// Replace the catalogue's facts on the base images by those of the engine.
    Calibrate,
    /// The engine's facts on base images, one a line, or the error.
    FactsFetched(Result<String, Problem>),
    /// Return to the catalogue's own facts.
    ForgetCalibration,
}

/// A request to the server, or to the browser's storage. The first number is the number of the build on this page.
#[derive(Clone, Debug, PartialEq)]
pub enum RealBuildEffect {
    /// Ask for the engine.
    QueryEngine,
    /// Submit a build; the request as JSON.
    Submit(u32, String),
    /// Stream the events of a build by its id, after the event with a number.
    StreamEvents(u32, String, usize),
    /// Fetch the status of a build by its id.
    FetchStatus(u32, String),
    /// Cancel a build by its id.
    Cancel(String),
    /// Fetch the engine's facts on images, by their references.
    FetchFacts(Vec<String>),
    /// Save such facts in the browser's storage.
    SaveCalibration(String),
}

/// The state of the real builds.
#[derive(Clone, Debug, Default)]
pub struct RealBuilds {
    /// The server.
    pub server: ServerState,
    /// The last build.
    pub build: Option<RealBuild>,
    /// The engine's facts on base images that the simulation uses, one a line; empty if none.
    pub calibration: String,
    /// Whether such facts are being fetched.
    pub is_calibrating: bool,
    /// The number of builds so far.
    count: u32,
}

impl RealBuilds {
    /// The engine, if real builds are possible.
    pub fn engine(&self) -> Option<&EngineReport> {
        match &self.server {
            ServerState::Connected(engine) if engine.available => Some(engine),
            _ => None,
        }
    }

    /// Whether a build is queued or running.
    pub fn is_busy(&self) -> bool {
        self.build.as_ref().is_some_and(|build| !build.state.is_final())
    }

    /// Starts a build. The request is JSON, and the Dockerfile's text is in it.
    pub(super) fn start(&mut self, request: String, dockerfile: String) -> RealBuildEffect {
        self.count += 1;
        self.build = Some(RealBuild {
            dockerfile,
            number: self.count,
            id: None,
            state: State::Queued,
            position: None,
            builder: None,
            steps: Vec::new(),
            log: String::new(),
            output: String::new(),
            problem: None,
            seconds: None,
            last_event: 0,
            report: None,
            status: None,
            comparison: None,
        });
        RealBuildEffect::Submit(self.count, request)
    }

    /// The build with a number, unless a newer one has started.
    fn current(&mut self, number: u32) -> Option<&mut RealBuild> {
        self.build.as_mut().filter(|build| build.number == number)
    }

    /// The server accepted or refused the build.
    pub(super) fn on_accepted(&mut self, number: u32, answer: Result<Accepted, Problem>) -> Vec<RealBuildEffect> {
        let Some(build) = self.current(number) else { return Vec::new() };
        match answer {
            Ok(accepted) => {
                build.position = Some(accepted.position);
                build.id = Some(accepted.id.clone());
                vec![RealBuildEffect::StreamEvents(number, accepted.id, 0)]
            }
            Err(problem) => {
                (build.state, build.problem) = (State::Failed, Some(problem));
                Vec::new()
            }
        }
    }

    /// An event of the build with its number arrived.
    pub(super) fn on_event(&mut self, number: u32, event_number: usize, event: Event) -> Vec<RealBuildEffect> {
        let Some(build) = self.current(number) else { return Vec::new() };
        // A stream that was resumed may repeat events.
        if event_number <= build.last_event {
            return Vec::new();
        }
        build.last_event = event_number;
        match event {
            Event::Queued { position } => build.position = Some(position),
            Event::Started { builder } => {
                (build.state, build.position, build.builder) = (State::Running, None, Some(builder));
            }
            Event::Pulling { image, status } => append_to_log(&mut build.log, &format!("{image}: {status}\n")),
            Event::StepStarted { step, name, stage, line } => {
                let started = RealStep { name, stage, line, state: StepState::Running, seconds: 0.0, error: None };
                if step == build.steps.len() {
                    build.steps.push(started);
                }
            }
            Event::StepFinished { step, cached, seconds, error } => {
                if let Some(step) = build.steps.get_mut(step) {
                    step.state = match (&error, cached) {
                        (Some(_), _) => StepState::Failed,
                        (None, true) => StepState::Cached,
                        (None, false) => StepState::Done,
                    };
                    (step.seconds, step.error) = (seconds, error);
                }
            }
            Event::Log { text, .. } => append_to_log(&mut build.log, &text),
            Event::Built { seconds, .. } => build.seconds = Some(seconds),
            Event::Output { text, .. } => append_to_log(&mut build.output, &text),
            Event::Layer { .. } | Event::Starting { .. } | Event::Ended { .. } => {}
            Event::Finished { problem, .. } => {
                build.problem = problem;
                if let Some(id) = build.id.clone() {
                    return vec![RealBuildEffect::FetchStatus(number, id)];
                }
            }
        }
        Vec::new()
    }

    /// The status of the build arrived.
    pub(super) fn on_status(&mut self, number: u32, answer: Result<(BuildStatus, String), Problem>) {
        let Some(build) = self.current(number) else { return };
        match answer {
            Ok((status, text)) => {
                build.state = if status.state.is_final() { status.state } else { State::Failed };
                (build.problem, build.report) = (status.problem, status.report);
                build.status = build.report.is_some().then_some(text);
            }
            Err(problem) => (build.state, build.problem) = (State::Failed, Some(problem)),
        }
    }

    /// The simulator compared a build with its simulation.
    pub(super) fn on_compared(&mut self, number: u32, comparison: Comparison) {
        if let Some(build) = self.current(number) {
            build.comparison = Some(comparison);
        }
    }

    /// The progress of a stage by its index; `None` before its first step.
    pub fn stage_progress(&self, index: usize) -> Option<StageProgress> {
        let build = self.build.as_ref()?;
        let steps: Vec<&RealStep> = build.steps.iter().filter(|step| step.stage == Some(index)).collect();
        let done = steps.iter().filter(|step| matches!(step.state, StepState::Done | StepState::Cached)).count();
        let failed = steps.iter().any(|step| step.state == StepState::Failed);
        (!steps.is_empty()).then_some(StageProgress { done, started: steps.len(), failed })
    }
}

/// Appends to a log and drops its start if it is longer than `MAX_LOG`.
fn append_to_log(log: &mut String, text: &str) {
    log.push_str(text);
    if log.len() > MAX_LOG {
        let cut = log.len() - MAX_LOG;
        let cut = (cut..log.len()).find(|at| log.is_char_boundary(*at)).unwrap_or(0);
        log.drain(..cut);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepted() -> RealBuilds {
        let mut builds = RealBuilds::default();
        builds.start(String::new(), String::new());
        builds.on_accepted(1, Ok(Accepted { id: "x".into(), position: 3 }));
        builds
    }

    #[test]
    fn events_advance_the_build_and_count_once() {
        let mut builds = accepted();
        let started = Event::StepStarted { step: 0, name: "RUN x".into(), stage: Some(0), line: Some(2) };
        builds.on_event(1, 1, Event::Started { builder: "classic".into() });
        builds.on_event(1, 2, started.clone());
        builds.on_event(1, 2, started);
        builds.on_event(1, 3, Event::Log { step: Some(0), stream: "stdout".into(), text: "hi\n".into() });
        assert_eq!(builds.stage_progress(0), Some(StageProgress { done: 0, started: 1, failed: false }));
        builds.on_event(1, 4, Event::StepFinished { step: 0, cached: false, seconds: 1.0, error: None });
        assert_eq!(builds.stage_progress(0), Some(StageProgress { done: 1, started: 1, failed: false }));
        let effects = builds.on_event(1, 5, Event::Finished { state: State::Succeeded, problem: None });
        assert_eq!(effects, [RealBuildEffect::FetchStatus(1, "x".into())]);
        let build = builds.build.unwrap();
        assert_eq!((build.steps.len(), build.log.as_str()), (1, "hi\n"));
    }

    #[test]
    fn events_of_an_older_build_are_ignored() {
        let mut builds = accepted();
        builds.start(String::new(), String::new());
        builds.on_event(1, 1, Event::Log { step: None, stream: "stdout".into(), text: "old".into() });
        assert_eq!(builds.build.unwrap().log, "");
    }

    #[test]
    fn a_log_keeps_its_end() {
        let mut log = String::new();
        for _ in 0..MAX_LOG {
            append_to_log(&mut log, "ä\n");
        }
        assert!(log.len() <= MAX_LOG && log.ends_with("ä\n"));
    }
}
