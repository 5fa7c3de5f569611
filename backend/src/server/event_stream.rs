//! The events of a build as server-sent events: from which event on a client gets them, and what keeps a stream alive.

use super::app::App;
use super::build::Build;
use super::client::Client;
use super::concurrency_limit::ConcurrencyPermit;
use super::error::ApiError;
use super::routes::find_build;
use super::schema_refs as refs;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::sse::{self, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::{Stream, StreamExt};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

/// Interval between keep-alive comments of an event stream without events.
const KEEP_ALIVE_INTERVAL: Duration = Duration::from_secs(15);

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
