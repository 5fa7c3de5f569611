//! Builds that wait, run and are over: a fair queue, and bounded memory for what is kept.

use super::error::ApiError;
use super::metrics::Metrics;
use crate::engine::{Job, Outcome, Tell};
use stageplay_core::api::{Accepted, BuildStatus, Event, Problem, State};
use stageplay_core::report::BuildReport;
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;

/// Events of one build; output beyond them is dropped, and said.
const MOST_EVENTS: usize = 20_000;
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
    client: String,
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
    report: Option<Arc<BuildReport>>,
    seconds: Option<f64>,
    archive: Option<Arc<tempfile::TempPath>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Build {
    fn new(job: Job, client: String) -> Self {
        let inner = Inner { state: Some(State::Queued), ..Inner::default() };
        Build {
            id: job.id.clone(),
            client,
            cancel: CancellationToken::new(),
            inner: Mutex::new(Inner { job: Some(job), ..inner }),
            changed: watch::Sender::new(0),
        }
    }

    pub(super) fn tell(&self, event: &Event) {
        let count = {
            let mut inner = lock(&self.inner);
            let is_output = matches!(event, Event::Log { .. } | Event::Output { .. });
            if is_output && inner.events.len() >= MOST_EVENTS {
                return;
            }
            let json: Arc<str> = serde_json::to_string(event).unwrap_or_default().into();
            inner.bytes += json.len() + 64;
            inner.events.push((event.name(), json));
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

    pub(super) fn status(&self) -> BuildStatus {
        let inner = lock(&self.inner);
        BuildStatus {
            id: self.id.clone(),
            state: inner.state.unwrap_or(State::Queued),
            position: inner.position,
            problem: inner.problem.clone(),
            report: inner.report.as_deref().cloned(),
            seconds: inner.seconds,
        }
    }

    pub(super) fn archive(&self) -> Option<Arc<tempfile::TempPath>> {
        lock(&self.inner).archive.clone()
    }

    fn state(&self) -> State {
        lock(&self.inner).state.unwrap_or(State::Queued)
    }

    fn move_to(&self, position: usize) {
        if lock(&self.inner).position.replace(position) != Some(position) {
            self.tell(&Event::Queued { position });
        }
    }

    fn finish(&self, outcome: Outcome) {
        let (state, problem) = (outcome.state, outcome.problem.clone());
        {
            let mut inner = lock(&self.inner);
            inner.bytes += outcome.report.as_ref().map_or(0, |report| report.to_json().len());
            inner.state = Some(state);
            inner.position = None;
            inner.problem = outcome.problem;
            inner.report = outcome.report.map(Arc::new);
            inner.seconds = outcome.seconds;
            inner.archive = outcome.archive.map(Arc::new);
            // The context is on disk: it goes with the job.
            inner.job = None;
        }
        self.tell(&Event::Finished { state, problem });
    }
}

/// All builds of a server.
#[derive(Debug)]
pub(super) struct Queue {
    bounds: Bounds,
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
    /// When each client asked: tokens that are left, and when they were counted.
    rates: HashMap<String, (f64, Instant)>,
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
        Queue { bounds, inner: Mutex::default(), wake: Notify::new(), metrics }
    }

    /// Whether a client may send a build now: asked before its context is read.
    ///
    /// # Errors
    /// The queue is full, of its own builds or at all; or it asks too often.
    pub(super) fn admit(&self, client: &str) -> Result<(), ApiError> {
        let mut all = lock(&self.inner);
        self.room(&all, client)?;
        let rate = f64::from(self.bounds.rate);
        if all.rates.len() > 10_000 {
            all.rates.retain(|_, (_, when)| when.elapsed().as_secs() < 60);
        }
        let now = Instant::now();
        let (left, when) = all.rates.entry(client.to_string()).or_insert((rate, now));
        *left = (*left + when.elapsed().as_secs_f64() * rate / 60.0).min(rate);
        *when = now;
        if *left < 1.0 {
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most a minute")]
            let seconds = ((1.0 - *left) * 60.0 / rate).ceil() as u32;
            return Err(ApiError::busy("too-often", "too many builds were asked for in a short time", seconds.max(1)));
        }
        *left -= 1.0;
        Ok(())
    }

    fn room(&self, all: &All, client: &str) -> Result<(), ApiError> {
        if all.count() >= self.bounds.waiting {
            return Err(ApiError::busy("queue-full", "too many builds are waiting", 10));
        }
        let own = all.waiting.iter().find(|(name, _)| name == client).map_or(0, |(_, builds)| builds.len());
        if own >= self.bounds.of_one {
            return Err(ApiError::busy("queue-full", format!("{own} builds of yours are waiting already"), 10));
        }
        Ok(())
    }

    /// Takes a build on.
    ///
    /// # Errors
    /// As [`Queue::admit`]: others may have come meanwhile.
    pub(super) fn push(&self, job: Job, client: &str) -> Result<Accepted, ApiError> {
        let build = Arc::new(Build::new(job, client.to_string()));
        let id = build.id.clone();
        {
            let mut all = lock(&self.inner);
            self.room(&all, client)?;
            all.builds.insert(id.clone(), build.clone());
            match all.waiting.iter_mut().find(|(name, _)| name == client) {
                Some((_, builds)) => builds.push_back(build.clone()),
                None => all.waiting.push_back((client.to_string(), VecDeque::from([build.clone()]))),
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
        all.over.push_back(build.clone());
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
            let tell: Tell = Arc::new(move |event| teller.tell(&event));
            // On a task of its own: what goes wrong in one build stays there.
            let outcome = tokio::spawn(carry_out(job, build.cancel.clone(), tell)).await.unwrap_or_else(|error| {
                tracing::error!(build = %build.id, %error, "a build broke off");
                let problem = crate::engine::problem("internal", "the server made a mistake", "tell whoever runs it");
                Outcome { state: State::Failed, problem: Some(problem), report: None, seconds: None, archive: None }
            });
            self.metrics.running.dec();
            tracing::info!(build = %build.id, client = %build.client, state = ?outcome.state, seconds = outcome.seconds, problem = outcome.problem.as_ref().map(|problem| problem.code.as_str()), "build over");
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
