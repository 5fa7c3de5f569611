//! A real build beside the simulation: what the server tells, in the order in which it comes.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use stageplay_core::api::{Accepted, BuildRequest, BuildStatus, ContextFile, EngineReport, Event, Problem, State};
use stageplay_core::compare::{Comparison, compare};
use stageplay_core::fs::{Kind, Tree};
use stageplay_core::report::BuildReport;
use stageplay_core::words::Language;

/// Characters of the log that are kept here; the server keeps more.
const MOST_LOG: usize = 200_000;

/// Whether there is a server behind the page, and what it has.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Server {
    /// The page was opened without one.
    #[default]
    Absent,
    /// It was asked and has not answered yet.
    Asked,
    /// It answered.
    Is(EngineReport),
    /// It does not answer.
    Lost(Problem),
}

/// How far a step is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Stand {
    Running,
    Done,
    Cached,
    Failed,
}

/// A step of the real build.
#[derive(Clone, Debug, PartialEq)]
pub struct RealStep {
    /// As the engine announces it.
    pub name: String,
    /// Its stage.
    pub stage: Option<usize>,
    /// Its line.
    pub line: Option<usize>,
    /// How far it is.
    pub stand: Stand,
    /// How long it took.
    pub seconds: f64,
    /// Why it failed.
    pub error: Option<String>,
}

/// One real build, from the press of the button.
#[derive(Clone, Debug)]
pub struct RealBuild {
    /// The Dockerfile and the files as they were then.
    pub asked: (String, Tree),
    /// Numbers the builds of this page: what comes late belongs to an older one.
    pub number: u32,
    /// The server's id, once it has taken it on.
    pub id: Option<String>,
    /// How far it is.
    pub state: State,
    /// Builds before it.
    pub position: Option<usize>,
    /// The builder that carries it out.
    pub builder: Option<String>,
    /// In the order in which they began.
    pub steps: Vec<RealStep>,
    /// What they printed.
    pub log: String,
    /// What the started image printed.
    pub output: String,
    /// Why not.
    pub problem: Option<Problem>,
    /// From the start to the image.
    pub seconds: Option<f64>,
    /// The last event that came.
    pub last: usize,
    /// The report of the real build.
    pub report: Option<BuildReport>,
    /// Beside the simulation.
    pub comparison: Option<Comparison>,
}

/// What happens.
#[derive(Clone, Debug)]
pub enum RealMsg {
    /// What the server has.
    Server(Box<Result<EngineReport, Problem>>),
    /// Ask it again.
    Ask,
    /// Build.
    Build,
    /// It was taken on, or not.
    Accepted(u32, Result<Accepted, Problem>),
    /// An event with its number.
    Event(u32, usize, Event),
    /// The stream of events broke off.
    Broken(u32),
    /// The build as a whole.
    Report(u32, Box<Result<BuildStatus, Problem>>),
    /// Stop it.
    Cancel,
    /// Take the engine's base images into the catalogue.
    Calibrate,
    /// Base images as the catalogue has them again.
    Forget,
    /// Facts on base images, one a line.
    Facts(Result<String, Problem>),
}

/// What is to be asked of the server.
#[derive(Clone, Debug, PartialEq)]
pub enum RealEffect {
    /// What it has.
    Ask,
    /// A build; the request as JSON.
    Submit(u32, String),
    /// The events of a build behind a number.
    Follow(u32, String, usize),
    /// A build as a whole.
    Fetch(u32, String),
    /// Stop a build.
    Cancel(String),
    /// Facts on images.
    Facts(Vec<String>),
    /// Keep them in this browser.
    Keep(String),
}

/// The real side of the page.
#[derive(Clone, Debug, Default)]
pub struct Real {
    /// The server.
    pub server: Server,
    /// The last build.
    pub build: Option<RealBuild>,
    /// Facts on the engine's base images that were taken over, one a line.
    pub calibration: String,
    /// Such facts are being fetched.
    pub calibrating: bool,
    count: u32,
}

impl Real {
    /// The engine, if real builds are possible.
    pub fn engine(&self) -> Option<&EngineReport> {
        match &self.server {
            Server::Is(engine) if engine.available => Some(engine),
            _ => None,
        }
    }

    /// A build goes on.
    pub fn is_busy(&self) -> bool {
        self.build.as_ref().is_some_and(|build| !build.state.is_final())
    }

    /// Begins a build.
    pub(super) fn begin(&mut self, request: &BuildRequest, context: Tree) -> RealEffect {
        self.count += 1;
        self.build = Some(RealBuild {
            asked: (request.dockerfile.clone(), context),
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
            last: 0,
            report: None,
            comparison: None,
        });
        RealEffect::Submit(self.count, serde_json::to_string(request).unwrap_or_default())
    }

    fn current(&mut self, number: u32) -> Option<&mut RealBuild> {
        self.build.as_mut().filter(|build| build.number == number)
    }

    pub(super) fn accepted(&mut self, number: u32, answer: Result<Accepted, Problem>) -> Vec<RealEffect> {
        let Some(build) = self.current(number) else { return Vec::new() };
        match answer {
            Ok(accepted) => {
                build.position = Some(accepted.position);
                build.id = Some(accepted.id.clone());
                vec![RealEffect::Follow(number, accepted.id, 0)]
            }
            Err(problem) => {
                (build.state, build.problem) = (State::Failed, Some(problem));
                Vec::new()
            }
        }
    }

    pub(super) fn event(&mut self, number: u32, last: usize, event: Event) -> Vec<RealEffect> {
        let Some(build) = self.current(number) else { return Vec::new() };
        // After a stream was taken up again, what was told before comes no second time.
        if last <= build.last {
            return Vec::new();
        }
        build.last = last;
        match event {
            Event::Queued { position } => build.position = Some(position),
            Event::Started { builder } => {
                (build.state, build.position, build.builder) = (State::Running, None, Some(builder));
            }
            Event::Pulling { image, status } => add(&mut build.log, &format!("{image}: {status}\n")),
            Event::StepStarted { step, name, stage, line } => {
                let begun = RealStep { name, stage, line, stand: Stand::Running, seconds: 0.0, error: None };
                if step == build.steps.len() {
                    build.steps.push(begun);
                }
            }
            Event::StepFinished { step, cached, seconds, error } => {
                if let Some(step) = build.steps.get_mut(step) {
                    step.stand = match (&error, cached) {
                        (Some(_), _) => Stand::Failed,
                        (None, true) => Stand::Cached,
                        (None, false) => Stand::Done,
                    };
                    (step.seconds, step.error) = (seconds, error);
                }
            }
            Event::Log { text, .. } => add(&mut build.log, &text),
            Event::Built { seconds, .. } => build.seconds = Some(seconds),
            Event::Output { text, .. } => add(&mut build.output, &text),
            Event::Layer { .. } | Event::Starting { .. } | Event::Ended { .. } => {}
            Event::Finished { problem, .. } => {
                build.problem = problem;
                if let Some(id) = build.id.clone() {
                    return vec![RealEffect::Fetch(number, id)];
                }
            }
        }
        Vec::new()
    }

    /// The build as a whole, and what is simulated of it.
    pub(super) fn finished(
        &mut self,
        number: u32,
        answer: Result<BuildStatus, Problem>,
        simulated: impl FnOnce(&RealBuild) -> BuildReport,
        language: Language,
    ) {
        let Some(build) = self.current(number) else { return };
        match answer {
            Ok(status) => {
                build.state = if status.state.is_final() { status.state } else { State::Failed };
                build.problem = status.problem;
                build.comparison = status.report.as_ref().map(|real| compare(&simulated(build), real, language));
                build.report = status.report;
            }
            Err(problem) => (build.state, build.problem) = (State::Failed, Some(problem)),
        }
    }

    /// How far the steps of a stage are, as far as the engine has told: done, begun, and whether one failed.
    pub fn stage(&self, index: usize) -> Option<(usize, usize, bool)> {
        let build = self.build.as_ref()?;
        let own: Vec<&RealStep> = build.steps.iter().filter(|step| step.stage == Some(index)).collect();
        let done = own.iter().filter(|step| matches!(step.stand, Stand::Done | Stand::Cached)).count();
        let failed = own.iter().any(|step| step.stand == Stand::Failed);
        (!own.is_empty()).then_some((done, own.len(), failed))
    }
}

fn add(kept: &mut String, text: &str) {
    kept.push_str(text);
    if kept.len() > MOST_LOG {
        let cut = kept.len() - MOST_LOG;
        let cut = (cut..kept.len()).find(|at| kept.is_char_boundary(*at)).unwrap_or(0);
        kept.drain(..cut);
    }
}

/// The files of a context, as a request carries them.
///
/// # Errors
/// The first file of which not every byte is here.
pub(super) fn files(context: &Tree, dockerfile: &str) -> Result<Vec<ContextFile>, String> {
    let mut files = Vec::new();
    for (path, node) in context.walk("/") {
        let path = path.trim_start_matches('/').to_string();
        if path.is_empty() || path == dockerfile && path == "Dockerfile" {
            continue;
        }
        let mode = Some(node.mode & 0o7777);
        let file = match &node.kind {
            Kind::Dir { .. } => ContextFile { path: format!("{path}/"), mode, ..ContextFile::default() },
            Kind::Symlink(target) => ContextFile { path, link: Some(target.to_string()), ..ContextFile::default() },
            Kind::File(content) => {
                let bytes = content.bytes().ok_or_else(|| path.clone())?;
                match std::str::from_utf8(bytes) {
                    Ok(text) => ContextFile { path, mode, text: Some(text.into()), ..ContextFile::default() },
                    Err(_) => {
                        ContextFile { path, mode, base64: Some(STANDARD.encode(bytes)), ..ContextFile::default() }
                    }
                }
            }
            _ => continue,
        };
        files.push(file);
    }
    Ok(files)
}

/// The words of a problem with its line and its way out.
pub(crate) fn words(problem: &Problem) -> String {
    let help = problem.help.as_ref().map(|help| format!(" – {help}")).unwrap_or_default();
    format!("{}{help}", problem.message)
}

/// A problem of the page itself.
pub(crate) fn lost(message: impl Into<String>) -> Problem {
    Problem { code: "server".into(), message: message.into(), help: None, line: None }
}

/// A problem as the server sends it; whatever else comes is shown as it is.
pub(crate) fn problem_of(status: u16, text: &str) -> Problem {
    serde_json::from_str(text).unwrap_or_else(|_| {
        let short: String = text.chars().take(200).collect();
        let value: Value = Value::from(short);
        lost(format!("{status} {}", value.as_str().unwrap_or_default()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn begun() -> Real {
        let mut real = Real::default();
        real.begin(&BuildRequest::default(), Tree::new());
        real.accepted(1, Ok(Accepted { id: "x".into(), position: 3 }));
        real
    }

    #[test]
    fn events_move_the_build_on_and_come_once() {
        let mut real = begun();
        let started = Event::StepStarted { step: 0, name: "RUN x".into(), stage: Some(0), line: Some(2) };
        real.event(1, 1, Event::Started { builder: "classic".into() });
        real.event(1, 2, started.clone());
        real.event(1, 2, started);
        real.event(1, 3, Event::Log { step: Some(0), stream: "stdout".into(), text: "hi\n".into() });
        assert_eq!(real.stage(0), Some((0, 1, false)));
        real.event(1, 4, Event::StepFinished { step: 0, cached: false, seconds: 1.0, error: None });
        assert_eq!(real.stage(0), Some((1, 1, false)));
        let effects = real.event(1, 5, Event::Finished { state: State::Succeeded, problem: None });
        assert_eq!(effects, [RealEffect::Fetch(1, "x".into())]);
        let build = real.build.unwrap();
        assert_eq!((build.steps.len(), build.log.as_str()), (1, "hi\n"));
    }

    #[test]
    fn what_comes_late_is_an_older_builds() {
        let mut real = begun();
        real.begin(&BuildRequest::default(), Tree::new());
        real.event(1, 1, Event::Log { step: None, stream: "stdout".into(), text: "old".into() });
        assert_eq!(real.build.unwrap().log, "");
    }

    #[test]
    fn a_log_keeps_its_end() {
        let mut log = String::new();
        for _ in 0..MOST_LOG {
            add(&mut log, "ä\n");
        }
        assert!(log.len() <= MOST_LOG && log.ends_with("ä\n"));
    }

    #[test]
    fn what_is_no_problem_is_shown_as_it_came() {
        assert_eq!(problem_of(502, "<html>").message, "502 <html>");
        assert_eq!(problem_of(429, "{\"code\":\"a\",\"message\":\"b\"}").message, "b");
    }
}
