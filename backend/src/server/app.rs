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
use tokio::sync::{Mutex, RwLock};

/// How long the start of the server waits for the removal of what an earlier server left on the engine.
const STARTUP_SWEEP_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a successful ping and a description of the engine are trusted, before the engine is asked again.
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
    /// No other user can reach the folder: the folders on the way to it are not checked.
    pub state_is_private: bool,
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
    /// The last attempt to reach the engine, and when it ended: the connection, or why there is none.
    engine: RwLock<Option<(Result<Engine, Problem>, Instant)>>,
    /// The last description of the engine, and when it was made. An engine takes long to list many images.
    description: Mutex<Option<(EngineReport, Instant)>>,
    pub(super) uploads: ConcurrencyLimit,
    pub(super) downloads: ConcurrencyLimit,
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
        let state = StateFolder::lock(&settings.state, settings.state_is_private)?;
        let journal = Journal::open(&settings.state)
            .map_err(|error| format!("cannot keep a journal in {}: {error}", settings.state.display()))?;
        let metrics = Arc::new(Metrics::new());
        let app = Arc::new(App {
            queue: Arc::new(Queue::new(settings.queue, metrics.clone())),
            metrics,
            static_files: StaticFiles::new(settings.page.as_deref(), &settings.token)?,
            journal: Arc::new(journal),
            engine: RwLock::default(),
            description: Mutex::new(None),
            uploads: ConcurrencyLimit::uploads(),
            downloads: ConcurrencyLimit::downloads(),
            image_reads: ConcurrencyLimit::image_reads(),
            image_read_rate: RateLimit::new(settings.queue.requests_per_minute),
            streams: ConcurrencyLimit::event_streams(),
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

    /// Returns the engine if it answers. Reconnects if the connection was lost. Requests that wait for the same attempt
    /// share its result: they do not try one after the other an engine that does not answer.
    ///
    /// # Errors
    /// No engine answers.
    pub(super) async fn engine(&self) -> Result<Engine, Problem> {
        let asked = Instant::now();
        let known = |attempt: &Option<(Result<Engine, Problem>, Instant)>| match attempt {
            Some((Ok(engine), answered)) if answered.elapsed() < PING_LIFETIME => Some(Ok(engine.clone())),
            Some((Err(problem), failed)) if *failed >= asked => Some(Err(problem.clone())),
            _ => None,
        };
        if let Some(result) = known(&*self.engine.read().await) {
            return result;
        }
        let mut attempt = self.engine.write().await;
        if let Some(result) = known(&attempt) {
            return result;
        }
        let connected = attempt.take().and_then(|(result, _)| result.ok());
        let result = match connected {
            Some(engine) if engine.answers().await => Ok(engine),
            _ => Engine::connect(&self.settings.address, &self.settings.isolation).await,
        };
        *attempt = Some((result.clone(), Instant::now()));
        result
    }

    /// Describes the engine; without an engine, the report says why there is none. However many clients ask, the engine
    /// is asked once in [`PING_LIFETIME`].
    pub(super) async fn engine_report(&self) -> EngineReport {
        match self.engine().await {
            Ok(engine) => {
                let mut description = self.description.lock().await;
                if let Some((report, made)) = &*description
                    && made.elapsed() < PING_LIFETIME
                {
                    return report.clone();
                }
                let report = engine.describe(&self.settings.policy).await;
                *description = Some((report.clone(), Instant::now()));
                report
            }
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
            None => match report.version {
                Some(version) => format!("{} {version}", report.kind),
                None => format!("{} of unknown version", report.kind),
            },
        }
    }

    /// Whether the folder for temporary files is still there. Without it every build is refused.
    pub(super) fn has_state_folder(&self) -> bool {
        self.state.is_there()
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
