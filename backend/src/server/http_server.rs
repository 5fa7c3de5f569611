//! The router with its middleware, and the loop that accepts connections.

use super::access_control;
use super::app::App;
use super::client::Client;
use super::concurrency_limit::ConcurrencyLimit;
use super::{openapi, routes};
use axum::Router;
use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio_io_timeout::TimeoutWriter;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, NotForContentType, Predicate};
use tower_http::set_header::SetResponseHeaderLayer;

/// Open connections.
const MAX_CONNECTIONS: usize = 2_048;
/// Open connections of one client address. It is enough for a class behind one address, and leaves connections for
/// others. Behind a proxy all connections have the proxy's address, so only [`MAX_CONNECTIONS`] applies.
const MAX_CONNECTIONS_PER_CLIENT: usize = 512;
/// How long a client may take to send the head of a request.
const HEADER_READ_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a client may read nothing of an answer before its connection is closed.
const WRITE_TIMEOUT: Duration = Duration::from_secs(30);

async fn control_access(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    match access_control::check(&request, &app.settings.hosts, &app.settings.token) {
        Ok(()) => next.run(request).await,
        Err(error) => error.into_response(),
    }
}

async fn count_request(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().map_or("page", |path| path.as_str()).to_string();
    let response = next.run(request).await;
    app.metrics.request_answered(&route, response.status().as_u16());
    response
}

/// Builds the router: all routes, with access control and metrics, and with the security headers of every answer.
pub fn router(app: Arc<App>) -> Router {
    let default_header = |name: &'static str, value: &'static str| {
        SetResponseHeaderLayer::if_not_present(HeaderName::from_static(name), HeaderValue::from_static(value))
    };
    // An image archive is large, and its layers are often compressed already.
    let compressible = DefaultPredicate::new().and(NotForContentType::const_new("application/x-tar"));
    Router::new()
        .route("/api/engine", get(routes::engine))
        .route("/api/builds", post(routes::submit))
        .route("/api/builds/{id}", get(routes::status).delete(routes::cancel))
        .route("/api/builds/{id}/events", get(routes::events))
        .route("/api/builds/{id}/image.tar", get(routes::image))
        .route("/api/images/facts", get(routes::facts))
        .route("/api/openapi.json", get(openapi::openapi))
        .route("/api/{*rest}", any(routes::unknown_route))
        .route("/healthz", get(routes::healthz))
        .route("/readyz", get(routes::readyz))
        .route("/metrics", get(routes::metrics))
        .layer(CompressionLayer::new().compress_when(compressible))
        // Added after the compression layer: static files are compressed once and kept.
        .fallback(get(|State(app): State<Arc<App>>, request: Request| async move {
            app.static_files.respond(request.uri().path(), request.headers()).await
        }))
        .layer(middleware::from_fn_with_state(app.clone(), control_access))
        .layer(middleware::from_fn_with_state(app.clone(), count_request))
        .layer(default_header("x-content-type-options", "nosniff"))
        .layer(default_header("referrer-policy", "no-referrer"))
        .layer(default_header("cross-origin-opener-policy", "same-origin"))
        .layer(default_header("cross-origin-resource-policy", "same-origin"))
        .layer(default_header("content-security-policy", "default-src 'none'; frame-ancestors 'none'"))
        .layer(default_header("cache-control", "no-store"))
        .with_state(app)
}

/// Accepts connections until `stop` is ready. Then it cancels all builds and removes what they left on the engine.
///
/// # Errors
/// The listener fails.
pub async fn serve(listener: TcpListener, app: Arc<App>, stop: impl Future<Output = ()>) -> std::io::Result<()> {
    let router = router(app.clone());
    let per_client = if app.settings.behind_proxy { MAX_CONNECTIONS } else { MAX_CONNECTIONS_PER_CLIENT };
    let connections = ConcurrencyLimit::new(MAX_CONNECTIONS, per_client);
    tokio::pin!(stop);
    loop {
        let (stream, peer) = tokio::select! {
            () = &mut stop => break,
            accepted = listener.accept() => match accepted {
                Ok(accepted) => accepted,
                // No file descriptor is free, or the client has gone. Later connections may still succeed.
                Err(error) => {
                    tracing::warn!(%error, "cannot accept a connection");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    continue;
                }
            },
        };
        // A connection above the limit is closed at once, so that the client notices and nothing has to wait.
        let Ok(permit) = connections.acquire(&Client::from_address(peer.ip())) else { continue };
        let _ = stream.set_nodelay(true);
        let router = router.clone().layer(axum::Extension(ConnectInfo(peer)));
        tokio::spawn(async move {
            let _permit = permit;
            let mut server = auto::Builder::new(TokioExecutor::new()).http1_only();
            server.http1().timer(TokioTimer::new()).header_read_timeout(HEADER_READ_TIMEOUT).max_buf_size(64 << 10);
            let mut stream = TimeoutWriter::new(stream);
            stream.set_timeout(Some(WRITE_TIMEOUT));
            let stream = TokioIo::new(Box::pin(stream));
            // An error means that the client went away, does not read, or does not speak HTTP.
            let _ = server.serve_connection(stream, TowerToHyperService::new(router)).await;
        });
    }
    app.shut_down().await;
    Ok(())
}
