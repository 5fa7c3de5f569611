//! The routes of the API, with the OpenAPI description of each.

use super::app::App;
use super::build::Build;
use super::build_request;
use super::client::Client;
use super::concurrency_limit::LimitReached;
use super::error::ApiError;
use super::schema_refs as refs;
use super::upload::{TooSlow, with_minimum_rate};
use crate::engine::EngineAddress;
use crate::problem::problem;
use axum::Json;
use axum::body::Body;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use stageplay_core::api::EngineReport;
use stageplay_core::words::Language;
use std::sync::Arc;

/// Describes the engine of the server and the limits of builds.
#[utoipa::path(get, path = "/api/engine", tag = "engine", security(("token" = [])),
    responses((status = 200, description = "The engine and its limits", body = refs::EngineReport),
        (status = "4XX", description = "The request is refused", body = refs::Problem)))]
pub(super) async fn engine(State(app): State<Arc<App>>) -> Json<EngineReport> {
    Json(app.engine_report().await)
}

/// Requests a build. The body is either JSON with the Dockerfile and its files, or the context as a tar with the
/// options in the query. Only `build_arg` and `arg` may be repeated. Each argument may have up to 32 KiB, all
/// arguments together up to 256 KiB, and the target up to 4 KiB.
#[utoipa::path(post, path = "/api/builds", tag = "builds", security(("token" = [])),
    params(
        ("dockerfile" = Option<String>, Query, description = "With a tar: the path of the Dockerfile in the tar"),
        ("target" = Option<String>, Query, description = "With a tar: the stage to build"),
        ("build_arg" = Option<Vec<String>>, Query, description = "With a tar: a build argument as NAME=VALUE; may be repeated"),
        ("platform" = Option<String>, Query, description = "With a tar: the platform to build for, such as linux/amd64"),
        ("builder" = Option<String>, Query, description = "With a tar: the builder, classic or buildkit"),
        ("no_cache" = Option<bool>, Query, description = "With a tar: run every step, without the engine's build cache"),
        ("run" = Option<bool>, Query, description = "With a tar: start the image after the build"),
        ("arg" = Option<Vec<String>>, Query, description = "With a tar: an argument for the image; may be repeated"),
    ),
    request_body(content((refs::BuildRequest = "application/json"), (Vec<u8> = "application/x-tar"))),
    responses((status = 202, description = "The build is in the queue", body = refs::Accepted),
        (status = 408, description = "The upload is too slow: less than 4 KiB per second over 20 seconds, or more than 300 seconds in total", body = refs::Problem),
        (status = 409, description = "No engine answers", body = refs::Problem),
        (status = 413, description = "The request or the context is too large", body = refs::Problem),
        (status = 415, description = "The body is neither JSON nor a tar", body = refs::Problem),
        (status = 422, description = "The request is malformed, or not allowed on this server", body = refs::Problem),
        (status = 429, description = "A limit is reached, of the server or of this client: waiting builds, uploads, or requests per minute", body = refs::Problem),
        (status = 503, description = "The server is stopping", body = refs::Problem),
        (status = "4XX", description = "The request is refused", body = refs::Problem)))]
pub(super) async fn submit(
    State(app): State<Arc<App>>,
    client: Client,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, ApiError> {
    app.queue.admit(&client)?;
    let Some(engine) = app.engine().await.ok() else {
        return Err(app
            .engine_report()
            .await
            .problem
            .unwrap_or_else(|| problem("no-engine", "no engine answers", ""))
            .into());
    };
    let permit = app.uploads.acquire(&client).map_err(|limit| {
        let message = match limit {
            LimitReached::Total => "too many contexts are being uploaded at the same time",
            LimitReached::PerClient => "your earlier uploads are still in progress",
        };
        ApiError::too_many_requests("uploads", message, 5)
    })?;
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or("");
    let kind = kind.split(';').next().unwrap_or("").trim().to_ascii_lowercase();
    let too_slow = TooSlow::default();
    let body = Body::from_stream(with_minimum_rate(body, too_slow.clone()));
    let received = match kind.as_str() {
        "application/json" => build_request::from_json(body, &app, &engine, permit).await,
        "application/x-tar" | "application/tar" => {
            build_request::from_tar(body, query.as_deref().unwrap_or(""), &app, &engine, permit).await
        }
        _ => {
            let help = "send application/json, or application/x-tar with the options in the query";
            let what = format!("the content type {kind:?} is not supported");
            return Err(ApiError::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "content-type", what, help));
        }
    };
    let (request, context) = match received {
        Err(_) if too_slow.is_set() => {
            let help = "send a smaller context, or use a faster connection";
            return Err(ApiError::new(StatusCode::REQUEST_TIMEOUT, "slow", "the upload is too slow", help));
        }
        received => received?,
    };
    let job = build_request::job(request, context, &engine, language(&headers))?;
    let accepted = app.queue.push(job, &client)?;
    let location = format!("/api/builds/{}", accepted.id);
    let mut response = (StatusCode::ACCEPTED, Json(accepted)).into_response();
    if let Ok(location) = HeaderValue::from_str(&location) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}

/// The language of messages, from `Accept-Language`.
fn language(headers: &HeaderMap) -> Language {
    let tag = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or("en");
    Language::from_tag(tag)
}

pub(super) fn find_build(app: &App, id: &str) -> Result<Arc<Build>, ApiError> {
    app.queue.find(id).ok_or_else(ApiError::build_not_found)
}

/// Returns the state of a build, and its report once it has ended.
#[utoipa::path(get, path = "/api/builds/{id}", tag = "builds", security(("token" = [])),
    params(("id" = String, Path, description = "The build's id")),
    responses((status = 200, description = "The state of the build", body = refs::BuildStatus),
        (status = 404, description = "There is no such build", body = refs::Problem),
        (status = "4XX", description = "The request is refused", body = refs::Problem)))]
pub(super) async fn status(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    Ok(find_build(&app, &id)?.status().response(&headers))
}

/// An answer with text that is JSON already.
pub(super) fn json(text: impl Into<Body>) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], text.into()).into_response()
}

/// Cancels a build. If the build has ended, the server forgets it, and its id is no longer known.
#[utoipa::path(delete, path = "/api/builds/{id}", tag = "builds", security(("token" = [])),
    params(("id" = String, Path, description = "The build's id")),
    responses((status = 200, description = "The state of the build before this request", body = refs::BuildStatus),
        (status = 404, description = "There is no such build", body = refs::Problem),
        (status = "4XX", description = "The request is refused", body = refs::Problem)))]
pub(super) async fn cancel(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let build = find_build(&app, &id)?;
    let status = build.status();
    app.queue.cancel(&build);
    Ok(status.response(&headers))
}

/// Returns 200 while the server runs.
#[utoipa::path(get, path = "/healthz", tag = "operation", responses((status = 200, description = "The server runs", body = String)))]
pub(super) async fn healthz() -> &'static str {
    "ok\n"
}

/// Returns 200 if the server can build: its engine answers, or it was started without one.
#[utoipa::path(get, path = "/readyz", tag = "operation",
    responses((status = 200, description = "The server is ready", body = String), (status = 503, description = "The engine does not answer, or the folder of `--state` was removed", body = String)))]
pub(super) async fn readyz(State(app): State<Arc<App>>) -> (StatusCode, &'static str) {
    if !app.has_state_folder() {
        return (StatusCode::SERVICE_UNAVAILABLE, "the folder of --state was removed: start the server again\n");
    }
    match app.settings.address == EngineAddress::None || app.engine().await.is_ok() {
        true => (StatusCode::OK, "ready\n"),
        false => (StatusCode::SERVICE_UNAVAILABLE, "the engine does not answer\n"),
    }
}

/// Returns metrics for Prometheus.
#[utoipa::path(get, path = "/metrics", tag = "operation",
    responses((status = 200, description = "Metrics in the OpenMetrics text format", content_type = "application/openmetrics-text", body = String)))]
pub(super) async fn metrics(State(app): State<Arc<App>>) -> Response {
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    ([(header::CONTENT_TYPE, kind)], app.metrics.text()).into_response()
}

/// 404 for an unknown path below `/api/`.
pub(super) async fn unknown_route() -> ApiError {
    ApiError::new(StatusCode::NOT_FOUND, "not-found", "there is no such route", "/api/openapi.json describes the API")
}
