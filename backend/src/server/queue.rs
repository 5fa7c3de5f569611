//! The build queue: clients take turns (round robin), and what waits or is kept is bounded.

use super::build::{Build, Finished};
use super::client::Client;
use super::error::ApiError;
use super::kept_builds::KeptBuilds;
use super::metrics::Metrics;
use super::rate_limit::RateLimit;
use crate::engine::{BuildOutcome, EventSink, Job};
use crate::offload::{self, Pool};
use crate::problem::problem;
use axum::http::StatusCode;
use stageplay_core::api::Accepted;
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// Bytes in memory of all builds that wait. Their contexts are on disk.
const MAX_WAITING_BYTES: usize = 64 << 20;
/// Bytes in memory of one client's builds that wait.
const MAX_WAITING_BYTES_PER_CLIENT: usize = 16 << 20;
/// How long packing the report of a build may take.
const PACK_TIMEOUT: Duration = Duration::from_secs(120);
/// Seconds in `Retry-After` when the queue is full.
const RETRY_AFTER_FULL_QUEUE: u32 = 10;

/// Limits of the queue.
#[derive(Clone, Copy, Debug)]
pub struct QueueLimits {
    /// Builds that run at the same time.
    pub concurrency: usize,
    /// Builds that may wait.
    pub waiting: usize,
    /// Builds of one client that may wait.
    pub waiting_per_client: usize,
    /// Builds that one client may request per minute.
    pub requests_per_minute: u32,
}

impl Default for QueueLimits {
    fn default() -> Self {
        QueueLimits { concurrency: 2, waiting: 100, waiting_per_client: 10, requests_per_minute: 60 }
    }
}

/// All builds of a server.
#[derive(Debug)]
pub(super) struct Queue {
    limits: QueueLimits,
    rate: RateLimit,
    state: Mutex<QueueState>,
    /// Wakes a worker when a build is added.
    build_added: Notify,
    metrics: Arc<Metrics>,
}

#[derive(Debug, Default)]
struct QueueState {
    /// All builds by id.
    builds: HashMap<String, Arc<Build>>,
    /// Builds that wait, by client. The first client is the next in turn.
    waiting: VecDeque<(String, VecDeque<Arc<Build>>)>,
    /// Builds that have ended and are kept.
    kept: KeptBuilds,
    /// Whether the server is stopping: no build is accepted or begins.
    is_closed: bool,
}

impl QueueState {
    fn waiting_count(&self) -> usize {
        self.waiting.iter().map(|(_, builds)| builds.len()).sum()
    }

    /// The builds that wait, in the order in which they will run: one build of each client per round.
    fn run_order(&self) -> Vec<Arc<Build>> {
        let longest = self.waiting.iter().map(|(_, builds)| builds.len()).max().unwrap_or(0);
        let round = |at: usize| self.waiting.iter().filter_map(move |(_, builds)| builds.get(at).cloned());
        (0..longest).flat_map(round).collect()
    }

    /// Removes the next build from the queue, unless the server is stopping.
    fn pop(&mut self) -> Option<Arc<Build>> {
        if self.is_closed {
            return None;
        }
        let (client, mut builds) = self.waiting.pop_front()?;
        let build = builds.pop_front();
        if !builds.is_empty() {
            self.waiting.push_back((client, builds));
        }
        build
    }
}

impl Queue {
    pub(super) fn new(limits: QueueLimits, metrics: Arc<Metrics>) -> Self {
        let rate = RateLimit::new(limits.requests_per_minute);
        Queue { limits, rate, state: Mutex::default(), build_added: Notify::new(), metrics }
    }

    fn lock(&self) -> MutexGuard<'_, QueueState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Checks whether a client may send a build now. This is called before the context is read.
    ///
    /// # Errors
    /// 429: the queue is full, the client has as many waiting builds as it may have, or the client exceeds the rate
    /// limit. 503: the server is stopping.
    pub(super) fn admit(&self, client: &Client) -> Result<(), ApiError> {
        self.check_capacity(&self.lock(), client, 0)?;
        self.rate.take(client).map_err(|seconds| {
            let message = format!("more than {} builds were requested in a minute", self.limits.requests_per_minute);
            ApiError::too_many_requests("too-often", message, seconds)
        })
    }

    /// Checks whether a build of `bytes` in memory may wait.
    fn check_capacity(&self, state: &QueueState, client: &Client, bytes: usize) -> Result<(), ApiError> {
        if state.is_closed {
            return Err(ApiError::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "stopping",
                "the server is stopping",
                "try again when it is back",
            ));
        }
        let full = |message: String| ApiError::too_many_requests("queue-full", message, RETRY_AFTER_FULL_QUEUE);
        let sum = |builds: &VecDeque<Arc<Build>>| builds.iter().map(|build| build.waiting_bytes).sum::<usize>();
        let total: usize = state.waiting.iter().map(|(_, builds)| sum(builds)).sum();
        if state.waiting_count() >= self.limits.waiting || total + bytes > MAX_WAITING_BYTES {
            return Err(full("too many builds are waiting".into()));
        }
        let of_client = state.waiting.iter().find(|(name, _)| name == client.name()).map(|(_, builds)| builds);
        let (count, client_bytes) = of_client.map_or((0, 0), |builds| (builds.len(), sum(builds)));
        if count >= self.limits.waiting_per_client || client_bytes + bytes > MAX_WAITING_BYTES_PER_CLIENT {
            return Err(full(format!("{count} of your builds are waiting already")));
        }
        Ok(())
    }

    /// Adds a build to the queue.
    ///
    /// # Errors
    /// As [`Queue::admit`], but without the rate limit: the queue may have filled since that call.
    pub(super) fn push(&self, job: Job, client: &Client) -> Result<Accepted, ApiError> {
        let build = Arc::new(Build::new(job, client.clone()));
        let id = build.id.clone();
        {
            let mut state = self.lock();
            self.check_capacity(&state, client, build.waiting_bytes)?;
            state.builds.insert(id.clone(), build.clone());
            match state.waiting.iter_mut().find(|(name, _)| name == client.name()) {
                Some((_, builds)) => builds.push_back(build.clone()),
                None => state.waiting.push_back((client.name().to_string(), VecDeque::from([build.clone()]))),
            }
        }
        self.metrics.accepted.inc();
        self.update_positions();
        let position = build.position().unwrap_or(0);
        self.build_added.notify_one();
        Ok(Accepted { id, position })
    }

    /// Tells each build that waits its position.
    fn update_positions(&self) {
        let order = self.lock().run_order();
        self.metrics.waiting.set(i64::try_from(order.len()).unwrap_or(i64::MAX));
        for (position, build) in order.iter().enumerate() {
            build.set_position(position);
        }
    }

    pub(super) fn find(&self, id: &str) -> Option<Arc<Build>> {
        self.lock().builds.get(id).cloned()
    }

    /// Cancels a build. A build that has ended is forgotten instead.
    pub(super) fn cancel(&self, build: &Arc<Build>) {
        if build.state().is_final() {
            let mut state = self.lock();
            state.builds.remove(&build.id);
            state.kept.remove(&build.id);
            return;
        }
        build.cancel.cancel();
        let was_waiting = {
            let mut state = self.lock();
            let mut was_waiting = false;
            for (_, builds) in &mut state.waiting {
                let before = builds.len();
                builds.retain(|other| other.id != build.id);
                was_waiting |= builds.len() < before;
            }
            state.waiting.retain(|(_, builds)| !builds.is_empty());
            was_waiting
        };
        if was_waiting {
            let problem = problem("cancelled", "the build was cancelled", "");
            self.finish(build, Finished::of(&build.id, BuildOutcome::from_problem(problem)));
            self.update_positions();
        }
    }

    /// Ends a build, and keeps it in place of older ones.
    fn finish(&self, build: &Arc<Build>, finished: Finished) {
        self.metrics.build_ended(finished.state, finished.seconds);
        build.finish(finished);
        let mut state = self.lock();
        // The build may have been forgotten already.
        if state.builds.contains_key(&build.id) {
            for forgotten in state.kept.add(build.clone()) {
                state.builds.remove(&forgotten.id);
            }
        }
    }

    /// Runs builds one after the other, without end. The server starts as many workers as builds may run at the same
    /// time.
    pub(super) async fn run_worker<F, R>(self: Arc<Self>, run_build: F)
    where
        F: Fn(Job, CancellationToken, EventSink) -> R,
        R: Future<Output = BuildOutcome> + Send + 'static,
    {
        loop {
            let next = self.lock().pop();
            let Some(build) = next else {
                self.build_added.notified().await;
                continue;
            };
            // Another worker may be idle, and another build may wait.
            self.build_added.notify_one();
            self.update_positions();
            let Some(job) = build.start() else { continue };
            self.metrics.running.inc();
            let recorder = build.clone();
            let events: EventSink = Arc::new(move |event| recorder.record(event));
            // A panic in one build must not end the worker, so each build has a task of its own.
            let outcome = tokio::spawn(run_build(job, build.cancel.clone(), events)).await.unwrap_or_else(|error| {
                tracing::error!(build = %build.id, %error, "the task of a build failed");
                let problem =
                    problem("internal", "internal error of the server", "report this to the server's operator");
                BuildOutcome::from_problem(problem)
            });
            self.metrics.running.dec();
            tracing::info!(build = %build.id, client = build.client.name(), state = ?outcome.state, seconds = outcome.seconds, problem = outcome.problem.as_ref().map(|problem| problem.code.as_str()), "build ended");
            let (id, never) = (build.id.clone(), CancellationToken::new());
            let finished = offload::run(Pool::Builds, PACK_TIMEOUT, &never, move |_| Finished::of(&id, outcome)).await;
            let finished =
                finished.unwrap_or_else(|problem| Finished::of(&build.id, BuildOutcome::from_problem(problem)));
            self.finish(&build, finished);
        }
    }

    /// Accepts no more builds, cancels all, and waits up to 10 seconds until they have ended.
    pub(super) async fn shut_down(&self) {
        let builds: Vec<Arc<Build>> = {
            let mut state = self.lock();
            state.is_closed = true;
            state.builds.values().cloned().collect()
        };
        for build in &builds {
            self.cancel(build);
        }
        for _ in 0..100 {
            if builds.iter().all(|build| build.state().is_final()) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::build::tests::{client, job};
    use super::*;

    #[test]
    fn builds_that_wait_are_bounded_by_their_bytes_too() {
        let queue = Queue::new(QueueLimits::default(), Arc::new(Metrics::new()));
        let large = format!("FROM scratch\n# {}\n", "x".repeat(1_000_000));
        let push = |number: usize, client: &Client| queue.push(job(&format!("b{number}"), &large), client).is_ok();
        let accepted = (0..10).filter(|number| push(*number, &client(1))).count();
        assert_eq!(accepted, 8, "of 2 MB each");
        let accepted = (10..60).filter(|number| push(*number, &client(u8::try_from(number / 5).unwrap()))).count();
        assert_eq!(accepted, 33 - 8, "of all clients together");
    }

    #[tokio::test]
    async fn a_server_that_stops_accepts_and_begins_no_build() {
        let queue = Queue::new(QueueLimits::default(), Arc::new(Metrics::new()));
        queue.push(job("a", "FROM scratch\n"), &client(1)).unwrap();
        queue.shut_down().await;
        assert!(queue.find("a").unwrap().state().is_final());
        let refused = queue.push(job("b", "FROM scratch\n"), &client(1)).err();
        assert!(refused.is_some() && queue.admit(&client(2)).is_err());
        assert!(queue.lock().pop().is_none() && queue.find("b").is_none());
    }

    #[test]
    fn a_build_that_has_ended_can_be_forgotten() {
        let queue = Queue::new(QueueLimits::default(), Arc::new(Metrics::new()));
        queue.push(job("a", "FROM scratch\n"), &client(1)).unwrap();
        let build = queue.find("a").unwrap();
        queue.cancel(&build);
        assert!(queue.find("a").is_some(), "it has ended, and is kept");
        queue.cancel(&build);
        assert!(queue.find("a").is_none() && queue.lock().kept.is_empty());
    }
}
