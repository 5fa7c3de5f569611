//! The routes of the API, with the OpenAPI description of each.

use super::app::App;
use super::build::Build;
use super::build_request::{self, form_pairs, malformed};
use super::client::Client;
use super::concurrency_limit::{ConcurrencyPermit, LimitReached};
use super::error::ApiError;
use super::schema_refs as refs;
use super::upload::{TooSlow, with_minimum_rate};
use crate::engine::{BUILD_REPOSITORY, EngineAddress, today};
use crate::offload::{self, Pool};
use crate::problem::problem;
use axum::Json;
use axum::body::Body;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::sse::{self, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::{Stream, StreamExt};
use stageplay_core::api::EngineReport;
use stageplay_core::base_images::facts_of;
use stageplay_core::image::Reference;
use stageplay_core::words::Language;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::io::ReaderStream;
use tokio_util::sync::CancellationToken;

/// How long reading an image for its facts may take.
const FACTS_TIMEOUT: Duration = Duration::from_secs(60);
/// Interval between keep-alive comments of an event stream without events.
const KEEP_ALIVE_INTERVAL: Duration = Duration::from_secs(15);

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
        "application/json" => build_request::from_json(body, &app, permit).await,
        "application/x-tar" | "application/tar" => {
            build_request::from_tar(body, query.as_deref().unwrap_or(""), &app, permit).await
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

fn find_build(app: &App, id: &str) -> Result<Arc<Build>, ApiError> {
    app.queue.find(id).ok_or_else(ApiError::build_not_found)
}

/// Returns the state of a build, and its report once it has ended.
#[utoipa::path(get, path = "/api/builds/{id}", tag = "builds", security(("token" = [])),
    params(("id" = String, Path, description = "The build's id")),
    responses((status = 200, description = "The state of the build", body = refs::BuildStatus),
        (status = 404, description = "There is no such build", body = refs::Problem),
        (status = "4XX", description = "The request is refused", body = refs::Problem)))]
pub(super) async fn status(State(app): State<Arc<App>>, Path(id): Path<String>) -> Result<Response, ApiError> {
    Ok(json(find_build(&app, &id)?.status()))
}

/// An answer with text that is JSON already.
fn json(text: impl Into<Body>) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], text.into()).into_response()
}

/// Cancels a build. If the build has ended, the server forgets it, and its id is no longer known.
#[utoipa::path(delete, path = "/api/builds/{id}", tag = "builds", security(("token" = [])),
    params(("id" = String, Path, description = "The build's id")),
    responses((status = 200, description = "The state of the build before this request", body = refs::BuildStatus),
        (status = 404, description = "There is no such build", body = refs::Problem),
        (status = "4XX", description = "The request is refused", body = refs::Problem)))]
pub(super) async fn cancel(State(app): State<Arc<App>>, Path(id): Path<String>) -> Result<Response, ApiError> {
    let build = find_build(&app, &id)?;
    let status = build.status();
    app.queue.cancel(&build);
    Ok(json(status))
}

/// Streams the events of a build as server-sent events: `id` is the number of the event, `event` its type, `data` a
/// JSON object.
#[utoipa::path(get, path = "/api/builds/{id}/events", tag = "builds", security(("token" = [])),
    params(("id" = String, Path, description = "The build's id"),
        ("Last-Event-ID" = Option<String>, Header, description = "The last event that the client has; the stream starts with the next one")),
    responses((status = 200, description = "An event stream that ends with the build", content_type = "text/event-stream", body = refs::EventFrame),
        (status = 404, description = "There is no such build", body = refs::Problem),
        (status = 429, description = "Too many event streams are open", body = refs::Problem),
        (status = "4XX", description = "The request is refused", body = refs::Problem)))]
pub(super) async fn events(
    State(app): State<Arc<App>>,
    client: Client,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let build = find_build(&app, &id)?;
    let after = headers.get("last-event-id").and_then(|id| id.to_str().ok()?.trim().parse().ok()).unwrap_or(0);
    let permit = app.streams.acquire(&client);
    let permit = permit.map_err(|_| ApiError::too_many_requests("streams", "too many event streams are open", 10))?;
    let guard = StreamGuard { _permit: permit, app: app.clone() };
    app.metrics.streams.inc();
    let stream = event_stream(build, after, guard);
    let mut response = Sse::new(stream).keep_alive(KeepAlive::new().interval(KEEP_ALIVE_INTERVAL)).into_response();
    // A proxy that buffers answers would delay events.
    response.headers_mut().insert("x-accel-buffering", HeaderValue::from_static("no"));
    Ok(response)
}

/// Counts an open event stream, until it is dropped.
struct StreamGuard {
    _permit: ConcurrencyPermit,
    app: Arc<App>,
}

impl Drop for StreamGuard {
    fn drop(&mut self) {
        self.app.metrics.streams.dec();
    }
}

/// Reads events when the client is ready for more, so a slow client delays only its own stream.
fn event_stream(
    build: Arc<Build>,
    after: usize,
    guard: StreamGuard,
) -> impl Stream<Item = Result<sse::Event, Infallible>> {
    let listener = build.subscribe();
    futures_util::stream::unfold((build, listener, after, guard), |(build, mut listener, after, guard)| async move {
        loop {
            listener.borrow_and_update();
            let (events, is_last) = build.events(after);
            if !events.is_empty() {
                let next = events.last().map_or(after, |(number, ..)| *number);
                let frames: Vec<_> = events
                    .into_iter()
                    .map(|(number, name, json)| {
                        Ok(sse::Event::default().id(number.to_string()).event(name).data(&*json))
                    })
                    .collect();
                return Some((futures_util::stream::iter(frames), (build, listener, next, guard)));
            }
            if is_last || listener.changed().await.is_err() {
                return None;
            }
        }
    })
    .flatten()
}

/// Downloads the image as an archive in the format of `docker save`, if the operator allows downloads.
#[utoipa::path(get, path = "/api/builds/{id}/image.tar", tag = "builds", security(("token" = [])),
    params(("id" = String, Path, description = "The build's id")),
    responses((status = 200, description = "The image archive", content_type = "application/x-tar", body = Vec<u8>),
        (status = 403, description = "The operator does not allow downloads", body = refs::Problem),
        (status = 404, description = "There is no such build, or its image is not kept", body = refs::Problem),
        (status = "4XX", description = "The request is refused", body = refs::Problem)))]
pub(super) async fn image(State(app): State<Arc<App>>, Path(id): Path<String>) -> Result<Response, ApiError> {
    let build = find_build(&app, &id)?;
    if !app.settings.policy.download {
        let help = "start the server with --allow-download";
        return Err(ApiError::new(StatusCode::FORBIDDEN, "no-download", "this server does not allow downloads", help));
    }
    let not_kept = || ApiError::new(StatusCode::NOT_FOUND, "no-image", "the image of this build is not kept", "");
    let archive = build.archive().ok_or_else(not_kept)?;
    let file = tokio::fs::File::open(&**archive).await.map_err(|_| not_kept())?;
    let length = file.metadata().await.map_err(|_| not_kept())?.len();
    // An open file survives the removal of its name, so forgetting the build does not end the download.
    let body = Body::from_stream(ReaderStream::with_capacity(file, 1 << 16));
    let name = format!("attachment; filename=\"stageplay-{}.tar\"", build.id);
    Ok((
        [
            (header::CONTENT_TYPE, "application/x-tar".to_string()),
            (header::CONTENT_LENGTH, length.to_string()),
            (header::CONTENT_DISPOSITION, name),
        ],
        body,
    )
        .into_response())
}

/// Returns the facts that the catalogue of base images keeps of an image of the engine, as one line of JSON. The image
/// is given by its repository with a tag or a digest, not by its id.
#[utoipa::path(get, path = "/api/images/facts", tag = "engine", security(("token" = [])),
    params(("name" = String, Query, description = "The image, such as alpine:3.20 or alpine@sha256:…")),
    responses((status = 200, description = "The facts of the image", content_type = "application/json", body = Object),
        (status = 404, description = "The engine does not have the image", body = refs::Problem),
        (status = 409, description = "No engine answers", body = refs::Problem),
        (status = 422, description = "The name is malformed, or the image cannot be read within a minute", body = refs::Problem),
        (status = 429, description = "A limit is reached, of the server or of this client: images that are being read, or requests per minute", body = refs::Problem),
        (status = "4XX", description = "The request is refused", body = refs::Problem)))]
pub(super) async fn facts(
    State(app): State<Arc<App>>,
    client: Client,
    RawQuery(query): RawQuery,
) -> Result<Response, ApiError> {
    app.image_read_rate.take(&client).map_err(|seconds| {
        ApiError::too_many_requests("too-often", "too many images were requested in a minute", seconds)
    })?;
    let pairs = form_pairs(query.as_deref().unwrap_or(""));
    let [(_, name)] = pairs.as_slice() else { return Err(malformed("expected exactly one option, name")) };
    if pairs[0].0 != "name" {
        return Err(malformed(format!("unknown option {:?}", pairs[0].0)));
    }
    let reference = image_reference(name)?;
    let _permit = app.image_reads.acquire(&client).map_err(|limit| {
        let message = match limit {
            LimitReached::Total => "too many images are being read at the same time",
            LimitReached::PerClient => "your earlier request for an image is still in progress",
        };
        ApiError::too_many_requests("images", message, 5)
    })?;
    let engine = app.engine().await?;
    let disk = app.settings.policy.disk;
    let reading = async {
        let not_found =
            || ApiError::new(StatusCode::NOT_FOUND, "not-found", format!("the engine has no image {name}"), "");
        let (image, source) = engine.image(&reference, disk).await?.ok_or_else(not_found)?;
        let never = CancellationToken::new();
        let facts = offload::run(Pool::Requests, FACTS_TIMEOUT, &never, move |_| {
            let facts = facts_of(&image, &reference, &source, &today());
            serde_json::to_string(&facts).unwrap_or_default()
        });
        Ok(json(facts.await?))
    };
    tokio::time::timeout(FACTS_TIMEOUT, reading).await.unwrap_or_else(|_| {
        let what = format!("reading the image took longer than {} seconds", FACTS_TIMEOUT.as_secs());
        Err(problem("too-long", what, "choose a smaller image").into())
    })
}

/// Parses the name of an image that a client may read. A name that an engine could take for an image id, or for the
/// beginning of one, is refused: it would find untagged images of others.
fn image_reference(name: &str) -> Result<Reference, ApiError> {
    let reference = Reference::parse(name).map_err(|error| malformed(format!("{name:?}: {error}")))?;
    let repository = reference.repository.as_str();
    let is_hex = repository.bytes().all(|byte| byte.is_ascii_hexdigit()) && repository == name;
    if matches!(repository, "sha256" | "sha384" | "sha512") || is_hex {
        let help = "use the repository of the image with a tag or a digest";
        let what = format!("{name:?} could be the id of an image");
        return Err(ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, "image-id", what, help));
    }
    if repository == BUILD_REPOSITORY {
        let what = format!("the engine has no image {name}");
        return Err(ApiError::new(
            StatusCode::NOT_FOUND,
            "not-found",
            what,
            "the results of builds are at /api/builds/{id}",
        ));
    }
    Ok(reference)
}

/// Returns 200 while the server runs.
#[utoipa::path(get, path = "/healthz", tag = "operation", responses((status = 200, description = "The server runs", body = String)))]
pub(super) async fn healthz() -> &'static str {
    "ok\n"
}

/// Returns 200 if the server can build: its engine answers, or it was started without one.
#[utoipa::path(get, path = "/readyz", tag = "operation",
    responses((status = 200, description = "The server is ready", body = String), (status = 503, description = "The engine does not answer", body = String)))]
pub(super) async fn readyz(State(app): State<Arc<App>>) -> (StatusCode, &'static str) {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_no_names() {
        for id in ["sha256:95b1", "sha256", "fe210b052ac2", "cafe", &"a".repeat(64), "sha512:aa"] {
            assert!(image_reference(id).is_err(), "{id}");
        }
        let digest = format!("alpine@sha256:{}", "0".repeat(64));
        for name in ["alpine", "alpine:3.20", "cafe:1", "docker.io/library/cafe", &digest] {
            assert!(image_reference(name).is_ok(), "{name}");
        }
        assert!(image_reference(&format!("{BUILD_REPOSITORY}:abc")).is_err());
    }
}
