//! The router with its middleware, and the loop that accepts connections.

use super::access_control;
use super::app::App;
use super::client::Client;
use super::concurrency_limit::ConcurrencyLimit;
use super::open_files::ConnectionLimits;
use super::{event_stream, image_download, image_facts, oembed, openapi, routes, security_headers};
use axum::Router;
use axum::extract::{ConnectInfo, MatchedPath, Request, State};
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
    // An image archive is large, and its layers are often compressed already.
    let compressible = DefaultPredicate::new().and(NotForContentType::const_new("application/x-tar"));
    let router = Router::new()
        .route("/api/engine", get(routes::engine))
        .route("/api/builds", post(routes::submit))
        .route("/api/builds/{id}", get(routes::status).delete(routes::cancel))
        .route("/api/builds/{id}/events", get(event_stream::events))
        .route("/api/builds/{id}/image.tar", get(image_download::image))
        .route("/api/images/facts", get(image_facts::facts))
        .route("/api/openapi.json", get(openapi::openapi))
        .route("/api/{*rest}", any(routes::unknown_route))
        .route("/oembed", get(oembed::oembed))
        .route("/healthz", get(routes::healthz))
        .route("/readyz", get(routes::readyz))
        .route("/metrics", get(routes::metrics))
        .layer(CompressionLayer::new().compress_when(compressible))
        // Added after the compression layer: static files are compressed once and kept.
        .fallback(get(|State(app): State<Arc<App>>, request: Request| async move {
            app.static_files.respond(request.uri().path(), request.headers()).await
        }))
        .layer(middleware::from_fn_with_state(app.clone(), control_access))
        .layer(middleware::from_fn_with_state(app.clone(), count_request));
    security_headers::defaults(router).with_state(app)
}

/// Accepts connections until `stop` is ready. Then it cancels all builds and removes what they left on the engine.
///
/// # Errors
/// The listener fails.
pub async fn serve(listener: TcpListener, app: Arc<App>, stop: impl Future<Output = ()>) -> std::io::Result<()> {
    let router = router(app.clone());
    let limits = ConnectionLimits::of_process();
    // Behind a proxy all connections have the proxy's address.
    let per_client = if app.settings.behind_proxy { limits.total } else { limits.per_client };
    let connections = ConcurrencyLimit::new(limits.total, per_client);
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
