//! One build of the server: its state, its events and its result.

use super::client::Client;
use crate::control_characters::without_control_characters;
use crate::engine::{BuildOutcome, Job};
use axum::body::Bytes;
use stageplay_core::api::{BuildStatus, Event, Problem, State};
use stageplay_core::report::BuildReport;
use std::borrow::Cow;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// Events that are kept of one build. Further output and progress of downloads is dropped, and one notice says so.
const MAX_EVENTS: usize = 20_000;
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
    problem: Option<Problem>,
    seconds: Option<f64>,
    archive: Option<Arc<tempfile::TempPath>>,
    /// The notice about dropped events has been recorded.
    truncated: bool,
    /// The status with the report as JSON, once the build has ended. It does not change any more.
    final_status: Option<Bytes>,
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

    /// Returns the status as JSON. The status of a build that has ended is serialized once.
    pub(super) fn status(&self) -> Bytes {
        let guard = self.lock();
        guard.final_status.clone().unwrap_or_else(|| self.status_json(&guard, None))
    }

    fn status_json(&self, guard: &BuildState, report: Option<BuildReport>) -> Bytes {
        let status = BuildStatus {
            id: self.id.clone(),
            state: guard.state,
            position: guard.position,
            problem: guard.problem.clone(),
            report,
            seconds: guard.seconds,
        };
        serde_json::to_vec(&status).unwrap_or_default().into()
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

    /// Sets the position in the queue, and records an event if it changes.
    pub(super) fn set_position(&self, position: usize) {
        if self.lock().position.replace(position) != Some(position) {
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
    pub(super) fn finish(&self, mut outcome: BuildOutcome) {
        outcome.problem.iter_mut().for_each(clean_problem);
        outcome.report.iter_mut().for_each(clean_report);
        let (state, problem) = (outcome.state, outcome.problem.clone());
        let count = {
            let mut guard = self.lock();
            guard.state = state;
            guard.position = None;
            guard.problem = outcome.problem;
            guard.seconds = outcome.seconds;
            guard.archive = outcome.archive.map(Arc::new);
            let status = self.status_json(&guard, outcome.report);
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
        let context = context::from_files(dockerfile, &[], &Policy::default()).unwrap();
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
    fn control_characters_do_not_leave_the_server() {
        let build = Build::new(job("a", "FROM scratch\n"), client(1));
        let odd = || "a\u{1b}[2Jb\u{7}\u{202e}".to_string();
        build.record(log(&odd()));
        build.record(Event::Output { stream: "stdout".into(), text: odd() });
        build.record(Event::StepStarted { step: 0, name: odd(), stage: None, line: None });
        build.record(Event::StepFinished { step: 0, cached: false, seconds: 0.0, error: Some(odd()) });
        build.record(Event::Starting { command: vec![odd()] });
        build.finish(BuildOutcome::from_problem(problem("x", odd(), &odd())));
        let (events, is_last) = build.events(0);
        assert!(is_last && events.len() == 6);
        let status = String::from_utf8(build.status().to_vec()).unwrap();
        for json in events.iter().map(|(.., json)| &**json).chain([&*status]) {
            assert!(json.contains("ab\u{fffd}\u{fffd}"), "{json}");
            assert!(!json.contains("u001b") && !json.contains("u0007") && !json.contains('\u{202e}'), "{json}");
        }
    }
}
