//! Builds that wait, run and are over: a fair queue, and bounded memory for what is kept.

use super::client::{Client, RateLimit};
use super::error::ApiError;
use super::metrics::Metrics;
use crate::engine::{Job, Outcome, Tell, without_control_characters};
use axum::body::Bytes;
use stageplay_core::api::{Accepted, BuildStatus, Event, Problem, State};
use stageplay_core::report::BuildReport;
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;

/// Events of one build. Output and progress of downloads beyond them are dropped, which is said once.
const MOST_EVENTS: usize = 20_000;
/// Bytes that builds which wait may hold in memory together; their contexts are on disk.
const MOST_WAITING_BYTES: usize = 64 << 20;
/// Of these, of one client.
const MOST_WAITING_BYTES_OF_ONE: usize = 16 << 20;
/// Bytes that builds which are over may keep together, archives on disk aside.
const KEPT: usize = 32 << 20;
/// Builds that are over and kept.
const MOST_KEPT: usize = 200;
/// Archives of images that are kept on disk.
const MOST_ARCHIVES: usize = 8;

/// How much may wait.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Builds at once.
    pub concurrency: usize,
    /// Builds that wait.
    pub waiting: usize,
    /// Of these, of one client.
    pub of_one: usize,
    /// Builds that a client may ask for in a minute.
    pub rate: u32,
}

impl Default for Bounds {
    fn default() -> Self {
        Bounds { concurrency: 2, waiting: 100, of_one: 10, rate: 60 }
    }
}

/// An event as it is sent: its number, its type, itself as JSON.
type Told = (usize, &'static str, Arc<str>);

/// One build.
#[derive(Debug)]
pub(super) struct Build {
    pub(super) id: String,
    client: Client,
    /// Bytes that it holds in memory while it waits.
    weight: usize,
    pub(super) cancel: CancellationToken,
    inner: Mutex<Inner>,
    /// The number of events so far; it closes with the build.
    changed: watch::Sender<usize>,
}

#[derive(Debug, Default)]
struct Inner {
    events: Vec<(&'static str, Arc<str>)>,
    bytes: usize,
    job: Option<Job>,
    state: Option<State>,
    position: Option<usize>,
    problem: Option<Problem>,
    seconds: Option<f64>,
    archive: Option<Arc<tempfile::TempPath>>,
    /// Output was dropped.
    cut: bool,
    /// The status with the report as JSON, once the build is over: it does not change any more.
    last: Option<Bytes>,
}

/// What a job holds in memory. The text of its Dockerfile is there twice.
fn weight(job: &Job) -> usize {
    let texts = |words: &[String]| words.iter().map(|word| word.len() + 32).sum::<usize>();
    let build_args: usize = job.request.build_args.iter().map(|(name, value)| name.len() + value.len() + 64).sum();
    let args = job.run.as_deref().map_or(0, texts);
    job.context.text.len() + job.request.dockerfile.len() + build_args + args + 1_024
}

/// Without control characters in what strangers wrote. Engines' words are cleaned where they are read; this is
/// the last place before they are sent.
fn cleaned(mut event: Event) -> Event {
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
    if let std::borrow::Cow::Owned(cleaned) = without_control_characters(text) {
        *text = cleaned;
    }
}

fn clean_problem(problem: &mut Problem) {
    clean(&mut problem.message);
    problem.help.iter_mut().for_each(clean);
}

/// As [`cleaned`], for what a report says in words; names and settings of the image stay as they are.
fn clean_report(report: &mut BuildReport) {
    report.error.iter_mut().for_each(|error| clean(&mut error.message));
    report.warnings.iter_mut().for_each(|warning| clean(&mut warning.message));
    if let Some(run) = &mut report.run {
        clean(&mut run.stdout);
        clean(&mut run.stderr);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Inner {
    fn keep(&mut self, event: &Event) {
        let json: Arc<str> = serde_json::to_string(event).unwrap_or_default().into();
        self.bytes += json.len() + 64;
        self.events.push((event.name(), json));
    }
}

impl Build {
    fn new(job: Job, client: Client) -> Self {
        let inner = Inner { state: Some(State::Queued), ..Inner::default() };
        Build {
            id: job.id.clone(),
            client,
            weight: weight(&job),
            cancel: CancellationToken::new(),
            inner: Mutex::new(Inner { job: Some(job), ..inner }),
            changed: watch::Sender::new(0),
        }
    }

    pub(super) fn tell(&self, event: Event) {
        let event = cleaned(event);
        let can_be_missed = matches!(event, Event::Log { .. } | Event::Output { .. } | Event::Pulling { .. });
        let count = {
            let mut inner = lock(&self.inner);
            if can_be_missed && inner.events.len() >= MOST_EVENTS {
                if inner.cut {
                    return;
                }
                inner.cut = true;
                let text = format!("… more than {MOST_EVENTS} events: further output is not kept\n");
                inner.keep(&Event::Log { step: None, stream: "stderr".into(), text });
            } else {
                inner.keep(&event);
            }
            inner.events.len()
        };
        self.changed.send_replace(count);
    }

    /// The events behind number `after` (numbers begin with 1), and whether these are the last.
    pub(super) fn events(&self, after: usize) -> (Vec<Told>, bool) {
        let inner = lock(&self.inner);
        let found = inner.events.iter().enumerate().skip(after).take(256);
        let found: Vec<_> = found.map(|(index, (name, json))| (index + 1, *name, json.clone())).collect();
        let all = after + found.len() >= inner.events.len();
        (found, all && inner.state.is_some_and(State::is_final))
    }

    /// Wakes when there is more.
    pub(super) fn listen(&self) -> watch::Receiver<usize> {
        self.changed.subscribe()
    }

    /// How far it is, as JSON. That of a build that is over is kept once for all who ask.
    pub(super) fn status(&self) -> Bytes {
        let inner = lock(&self.inner);
        inner.last.clone().unwrap_or_else(|| self.json(&inner, None))
    }

    fn json(&self, inner: &Inner, report: Option<BuildReport>) -> Bytes {
        let status = BuildStatus {
            id: self.id.clone(),
            state: inner.state.unwrap_or(State::Queued),
            position: inner.position,
            problem: inner.problem.clone(),
            report,
            seconds: inner.seconds,
        };
        serde_json::to_vec(&status).unwrap_or_default().into()
    }

    pub(super) fn archive(&self) -> Option<Arc<tempfile::TempPath>> {
        lock(&self.inner).archive.clone()
    }

    fn state(&self) -> State {
        lock(&self.inner).state.unwrap_or(State::Queued)
    }

    fn move_to(&self, position: usize) {
        if lock(&self.inner).position.replace(position) != Some(position) {
            self.tell(Event::Queued { position });
        }
    }

    fn finish(&self, mut outcome: Outcome) {
        outcome.problem.iter_mut().for_each(clean_problem);
        outcome.report.iter_mut().for_each(clean_report);
        let (state, problem) = (outcome.state, outcome.problem.clone());
        let count = {
            let mut inner = lock(&self.inner);
            inner.state = Some(state);
            inner.position = None;
            inner.problem = outcome.problem;
            inner.seconds = outcome.seconds;
            inner.archive = outcome.archive.map(Arc::new);
            let last = self.json(&inner, outcome.report);
            inner.bytes += last.len();
            inner.last = Some(last);
            // The context is on disk: it goes with the job.
            inner.job = None;
            // Under the same lock: a stream that sees the end sees this as well.
            inner.keep(&Event::Finished { state, problem });
            inner.events.len()
        };
        self.changed.send_replace(count);
    }
}

/// All builds of a server.
#[derive(Debug)]
pub(super) struct Queue {
    bounds: Bounds,
    rate: RateLimit,
    inner: Mutex<All>,
    wake: Notify,
    metrics: Arc<Metrics>,
}

#[derive(Debug, Default)]
struct All {
    builds: HashMap<String, Arc<Build>>,
    /// Clients in turn, each with what it waits for.
    waiting: VecDeque<(String, VecDeque<Arc<Build>>)>,
    /// Builds that are over, the oldest first.
    over: VecDeque<Arc<Build>>,
}

impl All {
    fn count(&self) -> usize {
        self.waiting.iter().map(|(_, builds)| builds.len()).sum()
    }

    /// In the order in which they will run: each client in turn.
    fn order(&self) -> Vec<Arc<Build>> {
        let longest = self.waiting.iter().map(|(_, builds)| builds.len()).max().unwrap_or(0);
        let round = |at: usize| self.waiting.iter().filter_map(move |(_, builds)| builds.get(at).cloned());
        (0..longest).flat_map(round).collect()
    }

    fn next(&mut self) -> Option<Arc<Build>> {
        let (client, mut builds) = self.waiting.pop_front()?;
        let build = builds.pop_front();
        if !builds.is_empty() {
            self.waiting.push_back((client, builds));
        }
        build
    }
}

impl Queue {
    pub(super) fn new(bounds: Bounds, metrics: Arc<Metrics>) -> Self {
        Queue { bounds, rate: RateLimit::new(bounds.rate), inner: Mutex::default(), wake: Notify::new(), metrics }
    }

    /// Whether a client may send a build now: asked before its context is read.
    ///
    /// # Errors
    /// The queue is full, of its own builds or at all; or it asks too often.
    pub(super) fn admit(&self, client: &Client) -> Result<(), ApiError> {
        self.room(&lock(&self.inner), client, 0)?;
        self.rate
            .take(client)
            .map_err(|seconds| ApiError::busy("too-often", "too many builds were asked for in a short time", seconds))
    }

    /// Whether a build of so many bytes may wait.
    fn room(&self, all: &All, client: &Client, weight: usize) -> Result<(), ApiError> {
        let bytes = |builds: &VecDeque<Arc<Build>>| builds.iter().map(|build| build.weight).sum::<usize>();
        let total: usize = all.waiting.iter().map(|(_, builds)| bytes(builds)).sum();
        if all.count() >= self.bounds.waiting || total + weight > MOST_WAITING_BYTES {
            return Err(ApiError::busy("queue-full", "too many builds are waiting", 10));
        }
        let own = all.waiting.iter().find(|(name, _)| *name == client.0).map(|(_, builds)| builds);
        let (count, bytes) = own.map_or((0, 0), |builds| (builds.len(), bytes(builds)));
        if count >= self.bounds.of_one || bytes + weight > MOST_WAITING_BYTES_OF_ONE {
            return Err(ApiError::busy("queue-full", format!("{count} builds of yours are waiting already"), 10));
        }
        Ok(())
    }

    /// Takes a build on.
    ///
    /// # Errors
    /// As [`Queue::admit`]: others may have come meanwhile.
    pub(super) fn push(&self, job: Job, client: &Client) -> Result<Accepted, ApiError> {
        let build = Arc::new(Build::new(job, client.clone()));
        let id = build.id.clone();
        {
            let mut all = lock(&self.inner);
            self.room(&all, client, build.weight)?;
            all.builds.insert(id.clone(), build.clone());
            match all.waiting.iter_mut().find(|(name, _)| *name == client.0) {
                Some((_, builds)) => builds.push_back(build.clone()),
                None => all.waiting.push_back((client.0.clone(), VecDeque::from([build.clone()]))),
            }
        }
        self.metrics.accepted.inc();
        self.place();
        let position = lock(&build.inner).position.unwrap_or(0);
        self.wake.notify_one();
        Ok(Accepted { id, position })
    }

    /// Tells everyone who waits where they stand.
    fn place(&self) {
        let order = lock(&self.inner).order();
        self.metrics.waiting.set(i64::try_from(order.len()).unwrap_or(i64::MAX));
        for (position, build) in order.iter().enumerate() {
            build.move_to(position);
        }
    }

    pub(super) fn find(&self, id: &str) -> Option<Arc<Build>> {
        lock(&self.inner).builds.get(id).cloned()
    }

    /// Stops a build, or forgets one that is over.
    pub(super) fn cancel(&self, build: &Arc<Build>) {
        if build.state().is_final() {
            let mut all = lock(&self.inner);
            all.builds.remove(&build.id);
            all.over.retain(|other| other.id != build.id);
            return;
        }
        build.cancel.cancel();
        let waited = {
            let mut all = lock(&self.inner);
            let mut waited = false;
            for (_, builds) in &mut all.waiting {
                let before = builds.len();
                builds.retain(|other| other.id != build.id);
                waited |= builds.len() < before;
            }
            all.waiting.retain(|(_, builds)| !builds.is_empty());
            waited
        };
        if waited {
            let problem = crate::engine::problem("cancelled", "the build was cancelled", "");
            self.end(
                build,
                Outcome { state: State::Cancelled, problem: Some(problem), report: None, seconds: None, archive: None },
            );
            self.place();
        }
    }

    fn end(&self, build: &Arc<Build>, outcome: Outcome) {
        self.metrics.ended(outcome.state, outcome.seconds);
        build.finish(outcome);
        let mut all = lock(&self.inner);
        // It may have been forgotten already.
        if all.builds.contains_key(&build.id) {
            all.over.push_back(build.clone());
        }
        let bytes = |build: &Arc<Build>| lock(&build.inner).bytes;
        let mut kept: usize = all.over.iter().map(bytes).sum();
        while (kept > KEPT || all.over.len() > MOST_KEPT) && all.over.len() > 1 {
            let Some(oldest) = all.over.pop_front() else { break };
            kept = kept.saturating_sub(bytes(&oldest));
            all.builds.remove(&oldest.id);
        }
        let with_archive: Vec<Arc<Build>> = all
            .over
            .iter()
            .rev()
            .filter(|build| lock(&build.inner).archive.is_some())
            .skip(MOST_ARCHIVES)
            .cloned()
            .collect();
        for old in with_archive {
            lock(&old.inner).archive = None;
        }
    }

    /// Carries builds out, one after the other, for ever. As many of these run as builds may at once.
    pub(super) async fn work<F, R>(self: Arc<Self>, carry_out: F)
    where
        F: Fn(Job, CancellationToken, Tell) -> R,
        R: Future<Output = Outcome> + Send + 'static,
    {
        loop {
            let next = lock(&self.inner).next();
            let Some(build) = next else {
                self.wake.notified().await;
                continue;
            };
            // Others may be free as well.
            self.wake.notify_one();
            self.place();
            let Some(job) = lock(&build.inner).job.take() else { continue };
            lock(&build.inner).state = Some(State::Running);
            self.metrics.running.inc();
            let teller = build.clone();
            let tell: Tell = Arc::new(move |event| teller.tell(event));
            // On a task of its own: what goes wrong in one build stays there.
            let outcome = tokio::spawn(carry_out(job, build.cancel.clone(), tell)).await.unwrap_or_else(|error| {
                tracing::error!(build = %build.id, %error, "a build broke off");
                let problem = crate::engine::problem("internal", "the server made a mistake", "tell whoever runs it");
                Outcome { state: State::Failed, problem: Some(problem), report: None, seconds: None, archive: None }
            });
            self.metrics.running.dec();
            tracing::info!(build = %build.id, client = %build.client.0, state = ?outcome.state, seconds = outcome.seconds, problem = outcome.problem.as_ref().map(|problem| problem.code.as_str()), "build over");
            self.end(&build, outcome);
        }
    }

    /// Stops everything, and waits a moment for it.
    pub(super) async fn shut_down(&self) {
        let builds: Vec<Arc<Build>> = lock(&self.inner).builds.values().cloned().collect();
        for build in &builds {
            self.cancel(build);
        }
        for _ in 0..100 {
            if builds.iter().all(|build| build.state().is_final()) {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{Policy, context};
    use stageplay_core::build::Request;
    use stageplay_core::engine::EngineProfile;
    use stageplay_core::fs::Tree;
    use stageplay_core::words::Language;
    use std::net::{IpAddr, Ipv4Addr};

    fn job(id: &str, dockerfile: &str) -> Job {
        let context = context::from_files(dockerfile, &[], &Policy::default()).unwrap();
        let request = Request::new(dockerfile, Tree::new(), EngineProfile::find("docker-28").unwrap());
        Job { id: id.into(), request, context, no_cache: false, run: None, language: Language::English }
    }

    fn client(last: u8) -> Client {
        Client::of(IpAddr::V4(Ipv4Addr::new(10, 0, 0, last)))
    }

    fn log(text: &str) -> Event {
        Event::Log { step: Some(0), stream: "stdout".into(), text: text.into() }
    }

    #[test]
    fn output_beyond_what_is_kept_is_said_once() {
        let build = Build::new(job("a", "FROM scratch\n"), client(1));
        for _ in 0..MOST_EVENTS + 10 {
            build.tell(log("x\n"));
        }
        build.tell(Event::Ended { exit_code: Some(0) });
        let told: Vec<Arc<str>> =
            (0..=MOST_EVENTS).step_by(256).flat_map(|after| build.events(after).0).map(|(.., json)| json).collect();
        assert_eq!(told.iter().filter(|json| json.contains("further output is not kept")).count(), 1);
        assert_eq!(told.last().map(|json| json.contains("ended")), Some(true));
        assert_eq!(lock(&build.inner).events.len(), MOST_EVENTS + 2);
    }

    #[test]
    fn control_characters_do_not_leave_the_server() {
        let build = Build::new(job("a", "FROM scratch\n"), client(1));
        let odd = || "a\u{1b}[2Jb\u{7}\u{202e}".to_string();
        build.tell(log(&odd()));
        build.tell(Event::Output { stream: "stdout".into(), text: odd() });
        build.tell(Event::StepStarted { step: 0, name: odd(), stage: None, line: None });
        build.tell(Event::StepFinished { step: 0, cached: false, seconds: 0.0, error: Some(odd()) });
        build.tell(Event::Starting { command: vec![odd()] });
        build.finish(Outcome::of(crate::engine::problem("x", odd(), &odd())));
        let (events, last) = build.events(0);
        assert!(last && events.len() == 6);
        let status = String::from_utf8(build.status().to_vec()).unwrap();
        for json in events.iter().map(|(.., json)| &**json).chain([&*status]) {
            assert!(json.contains("ab\u{fffd}\u{fffd}"), "{json}");
            assert!(!json.contains("u001b") && !json.contains("u0007") && !json.contains('\u{202e}'), "{json}");
        }
    }

    #[test]
    fn what_waits_is_bounded_by_its_bytes_too() {
        let queue = Queue::new(Bounds::default(), Arc::new(Metrics::new()));
        let large = format!("FROM scratch\n# {}\n", "x".repeat(1_000_000));
        let push = |number: usize, client: &Client| queue.push(job(&format!("b{number}"), &large), client).is_ok();
        let taken = (0..10).filter(|number| push(*number, &client(1))).count();
        assert_eq!(taken, 8, "of 2 MB each");
        let taken = (10..60).filter(|number| push(*number, &client(u8::try_from(number / 5).unwrap()))).count();
        assert_eq!(taken, 33 - 8, "all together");
    }

    #[test]
    fn a_build_that_is_over_can_be_forgotten() {
        let queue = Queue::new(Bounds::default(), Arc::new(Metrics::new()));
        queue.push(job("a", "FROM scratch\n"), &client(1)).unwrap();
        let build = queue.find("a").unwrap();
        queue.cancel(&build);
        assert!(queue.find("a").is_some(), "it is over, and kept");
        queue.cancel(&build);
        assert!(queue.find("a").is_none() && lock(&queue.inner).over.is_empty());
    }
}
