//! The server: the page, the API, and between them who may ask, what waits, and what is counted.
//!
//! [`router`] is the whole of it without a socket, for tests; [`serve`] gives it one.

mod client;
mod error;
mod gate;
mod metrics;
mod openapi;
mod queue;
mod routes;
mod site;
mod state;
mod upload;

pub use gate::Hosts;
pub use openapi::document;
pub use queue::Bounds;

use crate::engine::{Address, Engine, Isolation, Journal, Policy};
use axum::Router;
use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::{get, post};
use client::{Client, Places, RateLimit};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
use metrics::Metrics;
use queue::Queue;
use stageplay_core::api::{EngineReport, Problem};
use std::path::PathBuf;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};
use tokio::net::TcpListener;
use tokio::sync::RwLock;
use tokio_io_timeout::TimeoutWriter;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, NotForContentType, Predicate};
use tower_http::set_header::SetResponseHeaderLayer;

/// How long a start waits for what an earlier server left to be removed.
const SWEEP_TIME: Duration = Duration::from_secs(5);
/// Connections at once.
const MOST_CONNECTIONS: usize = 2_048;
/// Of these, of one client: a class behind one address has enough, and some are left for others. What comes
/// through a proxy counts together only.
const MOST_CONNECTIONS_OF_ONE: usize = 512;
/// Event streams at once.
const MOST_STREAMS: usize = 1_000;
/// Of these, of one client.
const MOST_STREAMS_OF_ONE: usize = 250;
/// Contexts that arrive at once. One as JSON is in memory, 16 MiB at most.
const MOST_UPLOADS: usize = 8;
/// Of these, of one client.
const MOST_UPLOADS_OF_ONE: usize = 2;
/// Images of the engine that are read at once, for their facts.
const MOST_FACTS: usize = 2;
/// Of these, of one client.
const MOST_FACTS_OF_ONE: usize = 1;
/// How long a client may take for the head of its request.
const HEAD_TIME: Duration = Duration::from_secs(10);
/// How long a client may take nothing of what it asked for.
const WRITE_TIMEOUT: Duration = Duration::from_secs(30);
/// How long an engine is taken to be there without asking it again.
const TRUST: Duration = Duration::from_secs(2);

/// How the server is run.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where engines are.
    pub address: Address,
    /// How strangers' builds are kept apart.
    pub isolation: Isolation,
    /// Names under which it may be asked.
    pub hosts: Hosts,
    /// What the API is asked with.
    pub token: String,
    /// What builds may use.
    pub policy: Policy,
    /// How much may wait.
    pub bounds: Bounds,
    /// Where the journal is kept.
    pub state: PathBuf,
    /// A built page; else the one in the program.
    pub page: Option<PathBuf>,
    /// A proxy before it tells who asks, by `X-Forwarded-For`.
    pub behind_proxy: bool,
}

/// Everything that requests share.
pub struct App {
    settings: Settings,
    queue: Arc<Queue>,
    metrics: Arc<Metrics>,
    site: site::Site,
    journal: Arc<Journal>,
    engine: RwLock<Option<(Engine, Instant)>>,
    uploads: Places,
    facts: Places,
    facts_rate: RateLimit,
    streams: Places,
    state: state::StateFolder,
}

impl std::fmt::Debug for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("App").field("settings", &self.settings).finish_non_exhaustive()
    }
}

/// A new id: 26 letters and digits that nobody guesses.
pub fn new_id() -> String {
    const DIGITS: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
    let mut random = [0u8; 26];
    // Without the system's randomness nothing here is safe; a program in that state must not go on.
    getrandom::fill(&mut random).expect("the system gives random bytes");
    random.iter().map(|byte| char::from(DIGITS[usize::from(byte % 32)])).collect()
}

/// Keeps BuildKit's cache small for as long as the server is there.
async fn forget_cache(app: Weak<App>, unused: Duration) {
    let mut clock = tokio::time::interval(unused.clamp(Duration::from_secs(1), Duration::from_secs(60)));
    loop {
        clock.tick().await;
        let Some(app) = app.upgrade() else { return };
        let Ok(engine) = app.engine().await else { continue };
        match engine.forget_cache(unused).await {
            Ok(0) => {}
            Ok(bytes) => tracing::info!(bytes, "removed unused build cache"),
            Err(error) => tracing::warn!(error, "the build cache stays as it is"),
        }
    }
}

/// Removes what could not be removed at once, for as long as the server is there.
async fn clean_up(app: Weak<App>) {
    let mut pause = Duration::from_secs(1);
    loop {
        tokio::time::sleep(pause).await;
        let Some(app) = app.upgrade() else { return };
        pause = Duration::from_secs(1);
        if app.journal.left().is_empty() {
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
    /// Prepares a server: opens its journal, connects, removes what an earlier one left.
    ///
    /// # Errors
    /// The folder of its state cannot be used, or the page cannot be read.
    pub async fn new(settings: Settings) -> Result<Arc<App>, String> {
        let state = state::StateFolder::take(&settings.state)?;
        let journal = Journal::open(&settings.state)
            .map_err(|error| format!("cannot keep a journal in {}: {error}", settings.state.display()))?;
        let metrics = Arc::new(Metrics::new());
        let app = Arc::new(App {
            queue: Arc::new(Queue::new(settings.bounds, metrics.clone())),
            metrics,
            site: site::Site::new(settings.page.as_deref(), &settings.token)?,
            journal: Arc::new(journal),
            engine: RwLock::new(None),
            uploads: Places::new(MOST_UPLOADS, MOST_UPLOADS_OF_ONE),
            facts: Places::new(MOST_FACTS, MOST_FACTS_OF_ONE),
            facts_rate: RateLimit::new(settings.bounds.rate),
            streams: Places::new(MOST_STREAMS, MOST_STREAMS_OF_ONE),
            settings,
            state,
        });
        if let Ok(engine) = app.engine().await {
            // What takes longer goes on beside the first requests.
            let swept = tokio::time::timeout(SWEEP_TIME, engine.sweep(&app.journal)).await;
            if let Some(count) = swept.ok().filter(|count| *count > 0) {
                tracing::info!(count, "removed what an earlier server left on the engine");
            }
        }
        for _ in 0..app.settings.bounds.concurrency.max(1) {
            let (queue, app) = (app.queue.clone(), app.clone());
            tokio::spawn(queue.work(move |job, cancel, tell| {
                let app = app.clone();
                async move {
                    let engine = match app.engine().await {
                        Ok(engine) => engine,
                        Err(problem) => return crate::engine::Outcome::of(problem),
                    };
                    engine.carry_out(&job, &app.settings.policy, &app.journal, &cancel, &tell).await
                }
            }));
        }
        tokio::spawn(clean_up(Arc::downgrade(&app)));
        if let Some(unused) = app.settings.policy.keep_cache {
            tokio::spawn(forget_cache(Arc::downgrade(&app), unused));
        }
        Ok(app)
    }

    /// The engine, if it answers; connects anew if it was away.
    ///
    /// # Errors
    /// Why there is none.
    async fn engine(&self) -> Result<Engine, Problem> {
        if let Some((engine, asked)) = &*self.engine.read().await
            && asked.elapsed() < TRUST
        {
            return Ok(engine.clone());
        }
        let mut held = self.engine.write().await;
        if let Some((engine, asked)) = &mut *held {
            if asked.elapsed() < TRUST || engine.answers().await {
                *asked = Instant::now();
                return Ok(engine.clone());
            }
            *held = None;
        }
        let engine = Engine::connect(&self.settings.address, &self.settings.isolation).await?;
        *held = Some((engine.clone(), Instant::now()));
        Ok(engine)
    }

    async fn engine_report(&self) -> EngineReport {
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

    /// The engine in one line, or why there is none and how to get it.
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

    /// Cancels what runs and waits for what it leaves to be removed.
    pub async fn shut_down(&self) {
        self.queue.shut_down().await;
        self.journal.hurry();
        if !self.journal.left().is_empty()
            && let Ok(engine) = self.engine().await
        {
            engine.sweep(&self.journal).await;
        }
        self.state.clear();
    }
}

async fn count(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().map_or("page", |path| path.as_str()).to_string();
    let response = next.run(request).await;
    app.metrics.answered(&route, response.status().as_u16());
    response
}

/// All routes, with who may ask before them and what every answer carries behind.
pub fn router(app: Arc<App>) -> Router {
    let fixed = |name: &'static str, value: &'static str| {
        SetResponseHeaderLayer::if_not_present(HeaderName::from_static(name), HeaderValue::from_static(value))
    };
    // An image is large, and its layers are often compressed.
    let compressible = DefaultPredicate::new().and(NotForContentType::const_new("application/x-tar"));
    Router::new()
        .route("/api/engine", get(routes::engine))
        .route("/api/builds", post(routes::submit))
        .route("/api/builds/{id}", get(routes::status).delete(routes::cancel))
        .route("/api/builds/{id}/events", get(routes::events))
        .route("/api/builds/{id}/image.tar", get(routes::image))
        .route("/api/images/facts", get(routes::facts))
        .route("/api/openapi.json", get(routes::openapi))
        .route("/api/{*rest}", axum::routing::any(routes::nothing))
        .route("/healthz", get(routes::healthz))
        .route("/readyz", get(routes::readyz))
        .route("/metrics", get(routes::metrics))
        .layer(CompressionLayer::new().compress_when(compressible))
        // Behind the layer: files of the page are compressed already, once for all who ask.
        .fallback(get(|State(app): State<Arc<App>>, request: Request| async move {
            app.site.answer(request.uri().path(), request.headers()).await
        }))
        .layer(middleware::from_fn_with_state(app.clone(), gate::check))
        .layer(middleware::from_fn_with_state(app.clone(), count))
        .layer(fixed("x-content-type-options", "nosniff"))
        .layer(fixed("referrer-policy", "no-referrer"))
        .layer(fixed("cross-origin-opener-policy", "same-origin"))
        .layer(fixed("cross-origin-resource-policy", "same-origin"))
        .layer(fixed("content-security-policy", "default-src 'none'; frame-ancestors 'none'"))
        .layer(fixed("cache-control", "no-store"))
        .with_state(app)
}

/// Answers until it is told to stop; then cancels what runs and removes what it made.
///
/// # Errors
/// The listener fails.
pub async fn serve(listener: TcpListener, app: Arc<App>, stop: impl Future<Output = ()>) -> std::io::Result<()> {
    let router = router(app.clone());
    let of_one = if app.settings.behind_proxy { MOST_CONNECTIONS } else { MOST_CONNECTIONS_OF_ONE };
    let places = Places::new(MOST_CONNECTIONS, of_one);
    tokio::pin!(stop);
    loop {
        let (stream, peer) = tokio::select! {
            () = &mut stop => break,
            accepted = listener.accept() => match accepted {
                Ok(accepted) => accepted,
                // Out of files, or the client was gone: others may still come.
                Err(error) => {
                    tracing::warn!(%error, "a connection was not accepted");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    continue;
                }
            },
        };
        // What is too much is closed at once: the client sees that, and one that waits would hold others up.
        let Ok(place) = places.take(&Client::of(peer.ip())) else { continue };
        let _ = stream.set_nodelay(true);
        let router = router.clone().layer(axum::Extension(ConnectInfo(peer)));
        tokio::spawn(async move {
            let _place = place;
            let mut server = auto::Builder::new(TokioExecutor::new()).http1_only();
            server.http1().timer(TokioTimer::new()).header_read_timeout(HEAD_TIME).max_buf_size(64 << 10);
            let mut stream = TimeoutWriter::new(stream);
            stream.set_timeout(Some(WRITE_TIMEOUT));
            let stream = TokioIo::new(Box::pin(stream));
            // An error is a client that went away, does not read, or spoke no HTTP.
            let _ = server.serve_connection(stream, TowerToHyperService::new(router)).await;
        });
    }
    app.shut_down().await;
    Ok(())
}
