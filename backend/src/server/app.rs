//! The state that all requests share, and the tasks that run beside the requests.

use super::access_control::AllowedHosts;
use super::client::Client;
use super::concurrency_limit::ConcurrencyLimit;
use super::metrics::Metrics;
use super::queue::{Queue, QueueLimits};
use super::rate_limit::RateLimit;
use super::state_folder::StateFolder;
use super::static_files::StaticFiles;
use crate::engine::{BuildOutcome, BuildTask, Engine, EngineAddress, Isolation, Journal, Policy};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use stageplay_core::api::{EngineReport, Problem};
use std::convert::Infallible;
use std::path::PathBuf;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};
use tokio::sync::RwLock;

/// How long the start of the server waits for the removal of what an earlier server left on the engine.
const STARTUP_SWEEP_TIMEOUT: Duration = Duration::from_secs(5);
/// Open event streams.
const MAX_STREAMS: usize = 1_000;
/// Open event streams of one client.
const MAX_STREAMS_PER_CLIENT: usize = 250;
/// Contexts that are uploaded at the same time. A context as JSON is held in memory, up to 16 MiB.
const MAX_UPLOADS: usize = 8;
/// Contexts of one client that are uploaded at the same time.
const MAX_UPLOADS_PER_CLIENT: usize = 2;
/// Images of the engine that are read for their facts at the same time.
const MAX_IMAGE_READS: usize = 2;
/// Images that are read for one client at the same time.
const MAX_IMAGE_READS_PER_CLIENT: usize = 1;
/// How long a successful ping of the engine is trusted, before the engine is asked again.
const PING_LIFETIME: Duration = Duration::from_secs(2);

/// The configuration of a server.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where the engine is.
    pub address: EngineAddress,
    /// How builds are isolated from each other.
    pub isolation: Isolation,
    /// The host names that requests may use.
    pub hosts: AllowedHosts,
    /// The token of the API.
    pub token: String,
    /// What builds may use.
    pub policy: Policy,
    /// Limits of the build queue.
    pub queue: QueueLimits,
    /// The folder for the journal and for temporary files.
    pub state: PathBuf,
    /// A folder with a built page; `None` for the page that is embedded in the program.
    pub page: Option<PathBuf>,
    /// The server is behind a proxy, so the client's address is in `X-Forwarded-For`.
    pub behind_proxy: bool,
}

/// The state that all requests share.
pub struct App {
    pub(super) settings: Settings,
    pub(super) queue: Arc<Queue>,
    pub(super) metrics: Arc<Metrics>,
    pub(super) static_files: StaticFiles,
    journal: Arc<Journal>,
    /// The connection to the engine, and when it last answered.
    engine: RwLock<Option<(Engine, Instant)>>,
    pub(super) uploads: ConcurrencyLimit,
    pub(super) image_reads: ConcurrencyLimit,
    pub(super) image_read_rate: RateLimit,
    pub(super) streams: ConcurrencyLimit,
    state: StateFolder,
}

impl std::fmt::Debug for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("App").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl FromRequestParts<Arc<App>> for Client {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Infallible> {
        Ok(Client::of_request(parts, app.settings.behind_proxy))
    }
}

/// Prunes BuildKit's cache regularly, until the app is dropped. `max_idle` is how long an unused cache record is kept.
async fn prune_build_cache(app: Weak<App>, max_idle: Duration) {
    let mut clock = tokio::time::interval(max_idle.clamp(Duration::from_secs(1), Duration::from_secs(60)));
    loop {
        clock.tick().await;
        let Some(app) = app.upgrade() else { return };
        let Ok(engine) = app.engine().await else { continue };
        match engine.prune_build_cache(max_idle).await {
            Ok(0) => {}
            Ok(bytes) => tracing::info!(bytes, "removed unused build cache"),
            Err(error) => tracing::warn!(error, "cannot prune the build cache"),
        }
    }
}

/// Retries what could not be removed from the engine at first, until the app is dropped.
async fn retry_removals(app: Weak<App>) {
    let mut pause = Duration::from_secs(1);
    loop {
        tokio::time::sleep(pause).await;
        let Some(app) = app.upgrade() else { return };
        pause = Duration::from_secs(1);
        if app.journal.due_removals().is_empty() {
            continue;
        }
        let Ok(engine) = app.engine().await else {
            pause = Duration::from_secs(5);
            continue;
        };
        let count = engine.sweep(&app.journal).await;
        if count > 0 {
            tracing::info!(count, "removed what was left on the engine");
        }
    }
}

impl App {
    /// Prepares a server: locks its state folder, opens its journal, connects to the engine, removes what an earlier
    /// server left there, and starts the queue's workers.
    ///
    /// # Errors
    /// The state folder cannot be used, or the page cannot be read.
    pub async fn new(settings: Settings) -> Result<Arc<App>, String> {
        let state = StateFolder::lock(&settings.state)?;
        let journal = Journal::open(&settings.state)
            .map_err(|error| format!("cannot keep a journal in {}: {error}", settings.state.display()))?;
        let metrics = Arc::new(Metrics::new());
        let app = Arc::new(App {
            queue: Arc::new(Queue::new(settings.queue, metrics.clone())),
            metrics,
            static_files: StaticFiles::new(settings.page.as_deref(), &settings.token)?,
            journal: Arc::new(journal),
            engine: RwLock::new(None),
            uploads: ConcurrencyLimit::new(MAX_UPLOADS, MAX_UPLOADS_PER_CLIENT),
            image_reads: ConcurrencyLimit::new(MAX_IMAGE_READS, MAX_IMAGE_READS_PER_CLIENT),
            image_read_rate: RateLimit::new(settings.queue.requests_per_minute),
            streams: ConcurrencyLimit::new(MAX_STREAMS, MAX_STREAMS_PER_CLIENT),
            settings,
            state,
        });
        if let Ok(engine) = app.engine().await {
            // A sweep that takes longer is continued by `retry_removals`.
            let swept = tokio::time::timeout(STARTUP_SWEEP_TIMEOUT, engine.sweep(&app.journal)).await;
            if let Some(count) = swept.ok().filter(|count| *count > 0) {
                tracing::info!(count, "removed what an earlier server left on the engine");
            }
        }
        for _ in 0..app.settings.queue.concurrency.max(1) {
            let (queue, app) = (app.queue.clone(), app.clone());
            tokio::spawn(queue.run_worker(move |job, cancel, events| {
                let app = app.clone();
                async move {
                    let engine = match app.engine().await {
                        Ok(engine) => engine,
                        Err(problem) => return BuildOutcome::from_problem(problem),
                    };
                    let task = BuildTask {
                        job: &job,
                        policy: &app.settings.policy,
                        journal: &app.journal,
                        cancel: &cancel,
                        events: &events,
                    };
                    engine.run_build(task).await
                }
            }));
        }
        tokio::spawn(retry_removals(Arc::downgrade(&app)));
        if let Some(max_idle) = app.settings.policy.keep_cache {
            tokio::spawn(prune_build_cache(Arc::downgrade(&app), max_idle));
        }
        Ok(app)
    }

    /// Returns the engine if it answers. Reconnects if the connection was lost.
    ///
    /// # Errors
    /// No engine answers.
    pub(super) async fn engine(&self) -> Result<Engine, Problem> {
        if let Some((engine, answered)) = &*self.engine.read().await
            && answered.elapsed() < PING_LIFETIME
        {
            return Ok(engine.clone());
        }
        let mut connection = self.engine.write().await;
        if let Some((engine, answered)) = &mut *connection {
            if answered.elapsed() < PING_LIFETIME || engine.answers().await {
                *answered = Instant::now();
                return Ok(engine.clone());
            }
            *connection = None;
        }
        let engine = Engine::connect(&self.settings.address, &self.settings.isolation).await?;
        *connection = Some((engine.clone(), Instant::now()));
        Ok(engine)
    }

    /// Describes the engine; without an engine, the report says why there is none.
    pub(super) async fn engine_report(&self) -> EngineReport {
        match self.engine().await {
            Ok(engine) => engine.describe(&self.settings.policy).await,
            Err(problem) => EngineReport {
                available: false,
                kind: "none".into(),
                version: None,
                profile: None,
                builders: Vec::new(),
                platform: None,
                can_run: false,
                can_download: false,
                network: self.settings.policy.network,
                registries: self.settings.policy.registries.clone(),
                images: Vec::new(),
                limits: Vec::new(),
                problem: Some(problem),
            },
        }
    }

    /// Describes the engine in one line; without an engine, says why there is none and how to get one.
    pub async fn engine_line(&self) -> String {
        let report = self.engine_report().await;
        match report.problem {
            Some(problem) => match problem.help {
                Some(help) => format!("none: {}\n  {help}", problem.message),
                None => format!("none: {}", problem.message),
            },
            None => format!("{} {}", report.kind, report.version.unwrap_or_default()),
        }
    }

    /// Cancels all builds, waits for their end, and removes what they left on the engine.
    pub(super) async fn shut_down(&self) {
        self.queue.shut_down().await;
        self.journal.retry_now();
        if !self.journal.due_removals().is_empty()
            && let Ok(engine) = self.engine().await
        {
            engine.sweep(&self.journal).await;
        }
        self.state.remove_temporary_files();
    }
}
