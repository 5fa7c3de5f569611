//! One build of the server: its state, its events and its result.

use super::client::Client;
use super::packed_json::PackedJson;
use crate::engine::{BuildOutcome, Job};
use axum::body::Bytes;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use stageplay_core::api::{BuildStatus, Event, Problem, State};
use stageplay_core::report::BuildReport;
use stageplay_report::without_control_characters;
use std::borrow::Cow;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// Events that are kept of one build. Further output and progress of downloads is dropped, and one notice says so.
const MAX_EVENTS: usize = 20_000;
/// Events about positions in the queue that are kept of one build. Others that come and go move those that wait back and
/// forth. Beyond this number only a position that is nearer to the front than all before is told.
const MAX_MOVES: usize = 200;
/// Events that [`Build::events`] returns at once.
const EVENT_BATCH: usize = 256;

/// An event as it is sent to clients: its number from 1, its type, and the event as JSON.
pub(super) type NumberedEvent = (usize, &'static str, Arc<str>);

/// One build, from its arrival until it is forgotten.
#[derive(Debug)]
pub(super) struct Build {
    pub(super) id: String,
    pub(super) client: Client,
    /// Bytes in memory while the build waits; its context is on disk.
    pub(super) waiting_bytes: usize,
    pub(super) cancel: CancellationToken,
    state: Mutex<BuildState>,
    /// The number of events so far. Subscribers are woken when it changes.
    event_count: watch::Sender<usize>,
}

#[derive(Debug)]
struct BuildState {
    events: Vec<(&'static str, Arc<str>)>,
    /// Bytes in memory of the events and of the result.
    bytes: usize,
    /// The job, until a worker takes it.
    job: Option<Job>,
    state: State,
    position: Option<usize>,
    /// The position nearest to the front so far, and the number of events about positions.
    best_position: Option<usize>,
    moves: usize,
    problem: Option<Problem>,
    seconds: Option<f64>,
    archive: Option<Arc<tempfile::TempPath>>,
    /// The notice about dropped events has been recorded.
    truncated: bool,
    /// The status with the report as JSON, once the build has ended. It does not change any more.
    final_status: Option<PackedJson>,
}

/// A build that has ended, as it is kept.
pub(super) struct Finished {
    pub(super) state: State,
    problem: Option<Problem>,
    pub(super) seconds: Option<f64>,
    archive: Option<tempfile::TempPath>,
    /// The status with the report.
    status: PackedJson,
}

impl Finished {
    /// Serializes the report. It may list many files, so this takes long and needs a thread of its own.
    pub(super) fn of(id: &str, mut outcome: BuildOutcome) -> Self {
        outcome.problem.iter_mut().for_each(clean_problem);
        outcome.report.iter_mut().for_each(clean_report);
        let BuildOutcome { state, problem, report, seconds, archive } = outcome;
        let status = BuildStatus { id: id.into(), state, position: None, problem: problem.clone(), report, seconds };
        Finished { state, problem, seconds, archive, status: PackedJson::of(&status) }
    }
}

/// The status of a build at one moment, as it is sent.
pub(super) enum Status {
    Current(Bytes),
    Final(PackedJson),
}

impl Status {
    pub(super) fn response(self, headers: &HeaderMap) -> Response {
        match self {
            Status::Current(json) => ([(header::CONTENT_TYPE, "application/json")], json).into_response(),
            Status::Final(json) => json.response(headers),
        }
    }
}

/// Bytes of a job in memory. The text of its Dockerfile is there twice.
fn waiting_bytes(job: &Job) -> usize {
    let texts = |words: &[String]| words.iter().map(|word| word.len() + 32).sum::<usize>();
    let build_args: usize = job.request.build_args.iter().map(|(name, value)| name.len() + value.len() + 64).sum();
    let args = job.run.as_deref().map_or(0, texts);
    job.context.text.len() + job.request.dockerfile.len() + build_args + args + 1_024
}

/// Removes control characters from all text of an event that is not trusted. Messages of engines are cleaned
/// where they are read; this is the last check before they are sent.
fn clean_event(mut event: Event) -> Event {
    match &mut event {
        Event::Pulling { image, status } => {
            clean(image);
            clean(status);
        }
        Event::StepStarted { name: text, .. }
        | Event::StepFinished { error: Some(text), .. }
        | Event::Log { text, .. }
        | Event::Output { text, .. }
        | Event::Layer { created_by: text, .. } => clean(text),
        Event::Starting { command } => command.iter_mut().for_each(clean),
        _ => {}
    }
    event
}

fn clean(text: &mut String) {
    if let Cow::Owned(cleaned) = without_control_characters(text) {
        *text = cleaned;
    }
}

fn clean_problem(problem: &mut Problem) {
    clean(&mut problem.message);
    problem.help.iter_mut().for_each(clean);
}

/// Removes control characters from the messages and the output of a report. Names and settings of the image are kept
/// as they are.
fn clean_report(report: &mut BuildReport) {
    report.error.iter_mut().for_each(|error| clean(&mut error.message));
    report.warnings.iter_mut().for_each(|warning| clean(&mut warning.message));
    if let Some(run) = &mut report.run {
        clean(&mut run.stdout);
        clean(&mut run.stderr);
    }
}

impl BuildState {
    fn push(&mut self, event: &Event) {
        let json: Arc<str> = serde_json::to_string(event).unwrap_or_default().into();
        self.bytes += json.len() + 64;
        self.events.push((event.name(), json));
    }
}

impl Build {
    pub(super) fn new(job: Job, client: Client) -> Self {
        Build {
            id: job.id.clone(),
            client,
            waiting_bytes: waiting_bytes(&job),
            cancel: CancellationToken::new(),
            state: Mutex::new(BuildState {
                events: Vec::new(),
                bytes: 0,
                job: Some(job),
                state: State::Queued,
                position: None,
                best_position: None,
                moves: 0,
                problem: None,
                seconds: None,
                archive: None,
                truncated: false,
                final_status: None,
            }),
            event_count: watch::Sender::new(0),
        }
    }

    fn lock(&self) -> MutexGuard<'_, BuildState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Records an event and wakes the subscribers.
    pub(super) fn record(&self, event: Event) {
        let event = clean_event(event);
        let may_be_dropped = matches!(event, Event::Log { .. } | Event::Output { .. } | Event::Pulling { .. });
        let count = {
            let mut guard = self.lock();
            if may_be_dropped && guard.events.len() >= MAX_EVENTS {
                if guard.truncated {
                    return;
                }
                guard.truncated = true;
                let text = format!("… more than {MAX_EVENTS} events: further output is not kept\n");
                guard.push(&Event::Log { step: None, stream: "stderr".into(), text });
            } else {
                guard.push(&event);
            }
            guard.events.len()
        };
        self.event_count.send_replace(count);
    }

    /// Returns the next events after number `after`, at most [`EVENT_BATCH`], and whether the build has no further
    /// events.
    pub(super) fn events(&self, after: usize) -> (Vec<NumberedEvent>, bool) {
        let guard = self.lock();
        let batch = guard.events.iter().enumerate().skip(after).take(EVENT_BATCH);
        let batch: Vec<_> = batch.map(|(index, (name, json))| (index + 1, *name, json.clone())).collect();
        let is_complete = after + batch.len() >= guard.events.len();
        (batch, is_complete && guard.state.is_final())
    }

    /// Returns a receiver that changes with each new event.
    pub(super) fn subscribe(&self) -> watch::Receiver<usize> {
        self.event_count.subscribe()
    }

    /// Returns the status. That of a build that has ended was serialized once.
    pub(super) fn status(&self) -> Status {
        let guard = self.lock();
        if let Some(status) = &guard.final_status {
            return Status::Final(status.clone());
        }
        let (state, position, seconds) = (guard.state, guard.position, guard.seconds);
        let problem = guard.problem.clone();
        let status = BuildStatus { id: self.id.clone(), state, position, problem, report: None, seconds };
        Status::Current(serde_json::to_vec(&status).unwrap_or_default().into())
    }

    /// Returns the archive of the image, if it is kept.
    pub(super) fn archive(&self) -> Option<Arc<tempfile::TempPath>> {
        self.lock().archive.clone()
    }

    pub(super) fn remove_archive(&self) {
        self.lock().archive = None;
    }

    /// Bytes in memory of the events and of the result.
    pub(super) fn bytes(&self) -> usize {
        self.lock().bytes
    }

    pub(super) fn state(&self) -> State {
        self.lock().state
    }

    /// The number of builds that run before this one, while it waits.
    pub(super) fn position(&self) -> Option<usize> {
        self.lock().position
    }

    /// Sets the position in the queue, and records an event if it changes, unless there were [`MAX_MOVES`].
    pub(super) fn set_position(&self, position: usize) {
        let is_told = {
            let mut guard = self.lock();
            let is_new = guard.position.replace(position) != Some(position);
            let is_best = guard.best_position.is_none_or(|best| position < best);
            if is_best {
                guard.best_position = Some(position);
            }
            guard.moves += usize::from(is_new);
            is_new && (is_best || guard.moves <= MAX_MOVES)
        };
        if is_told {
            self.record(Event::Queued { position });
        }
    }

    /// Takes the job and marks the build as running. `None` if the build has ended already.
    pub(super) fn start(&self) -> Option<Job> {
        let mut guard = self.lock();
        let job = guard.job.take()?;
        guard.state = State::Running;
        Some(job)
    }

    /// Ends the build.
    pub(super) fn finish(&self, finished: Finished) {
        let Finished { state, problem, seconds, archive, status } = finished;
        let count = {
            let mut guard = self.lock();
            guard.state = state;
            guard.position = None;
            guard.problem.clone_from(&problem);
            guard.seconds = seconds;
            guard.archive = archive.map(Arc::new);
            guard.bytes += status.len();
            guard.final_status = Some(status);
            // This also removes the context from disk.
            guard.job = None;
            // Recorded under the same lock: a stream that sees the final state also sees this event.
            guard.push(&Event::Finished { state, problem });
            guard.events.len()
        };
        self.event_count.send_replace(count);
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::engine::{Policy, context};
    use crate::problem::problem;
    use stageplay_core::build::Request;
    use stageplay_core::engine::EngineProfile;
    use stageplay_core::fs::Tree;
    use stageplay_core::words::Language;
    use std::net::{IpAddr, Ipv4Addr};

    pub(in crate::server) fn job(id: &str, dockerfile: &str) -> Job {
        let context =
            context::from_files(dockerfile, &[], stageplay_core::engine::Builder::Classic, &Policy::default()).unwrap();
        let request = Request::new(dockerfile, Tree::new(), EngineProfile::find("docker-28").unwrap());
        Job { id: id.into(), request, context, no_cache: false, run: None, language: Language::English }
    }

    pub(in crate::server) fn client(last: u8) -> Client {
        Client::from_address(IpAddr::V4(Ipv4Addr::new(10, 0, 0, last)))
    }

    fn log(text: &str) -> Event {
        Event::Log { step: Some(0), stream: "stdout".into(), text: text.into() }
    }

    #[test]
    fn one_notice_tells_of_dropped_output() {
        let build = Build::new(job("a", "FROM scratch\n"), client(1));
        for _ in 0..MAX_EVENTS + 10 {
            build.record(log("x\n"));
        }
        build.record(Event::Ended { exit_code: Some(0) });
        let recorded: Vec<Arc<str>> = (0..=MAX_EVENTS)
            .step_by(EVENT_BATCH)
            .flat_map(|after| build.events(after).0)
            .map(|(.., json)| json)
            .collect();
        assert_eq!(recorded.iter().filter(|json| json.contains("further output is not kept")).count(), 1);
        assert_eq!(recorded.last().map(|json| json.contains("ended")), Some(true));
        assert_eq!(build.lock().events.len(), MAX_EVENTS + 2);
    }

    #[test]
    fn moves_in_the_queue_do_not_fill_the_memory() {
        let build = Build::new(job("a", "FROM scratch\n"), client(1));
        for position in [9, 8].into_iter().cycle().take(100_000).chain([3, 2, 3, 1]) {
            build.set_position(position);
        }
        let positions =
            |after| -> Vec<String> { build.events(after).0.into_iter().map(|(.., json)| json.to_string()).collect() };
        assert_eq!(positions(MAX_MOVES).len(), 3, "those nearer to the front are told");
        assert!(positions(MAX_MOVES)[2].contains(":1}"), "{:?}", positions(MAX_MOVES));
        assert_eq!(build.position(), Some(1));
    }

    #[tokio::test]
    async fn control_characters_do_not_leave_the_server() {
        let build = Build::new(job("a", "FROM scratch\n"), client(1));
        let odd = || "a\u{1b}[2Jb\u{7}\u{202e}".to_string();
        build.record(log(&odd()));
        build.record(Event::Output { stream: "stdout".into(), text: odd() });
        build.record(Event::StepStarted { step: 0, name: odd(), stage: None, line: None });
        build.record(Event::StepFinished { step: 0, cached: false, seconds: 0.0, error: Some(odd()) });
        build.record(Event::Starting { command: vec![odd()] });
        build.finish(Finished::of(&build.id, BuildOutcome::from_problem(problem("x", odd(), &odd()))));
        let (events, is_last) = build.events(0);
        assert!(is_last && events.len() == 6);
        let body = build.status().response(&HeaderMap::new()).into_body();
        let status = String::from_utf8(axum::body::to_bytes(body, 1 << 20).await.unwrap().to_vec()).unwrap();
        for json in events.iter().map(|(.., json)| &**json).chain([&*status]) {
            assert!(json.contains("ab\u{fffd}\u{fffd}"), "{json}");
            assert!(!json.contains("u001b") && !json.contains("u0007") && !json.contains('\u{202e}'), "{json}");
        }
    }
}
