//! The API: what is asked, what is answered. Described as OpenAPI beside each.

use super::App;
use super::client::{Client, Full, Place};
use super::error::ApiError;
use super::openapi::refs;
use super::queue::Build;
use super::upload::{Slow, paced};
use crate::engine::{Engine, Job, REPOSITORY, context, problem};
use crate::offload;
use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::sse::{self, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::{Stream, StreamExt};
use http_body_util::{BodyExt, Limited};
use stageplay_core::api::{BuildRequest, EngineReport, Problem};
use stageplay_core::base_images::facts_of;
use stageplay_core::build::Request;
use stageplay_core::engine::Builder;
use stageplay_core::fs::Tree;
use stageplay_core::image::Reference;
use stageplay_core::words::Language;
use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::io::{ReaderStream, StreamReader, SyncIoBridge};
use tokio_util::sync::CancellationToken;

/// The largest request as JSON; larger contexts come as a tar stream, which is not held in memory.
pub(super) const MAX_JSON: usize = 16 << 20;
/// How long reading a request as JSON and packing its files may take.
const PACK_TIME: Duration = Duration::from_secs(60);
/// How long reading an image for its facts may take.
const FACTS_TIME: Duration = Duration::from_secs(60);
/// Arguments, values and names that one build may have of each.
const MOST_WORDS: usize = 200;
/// Bytes of one of them.
const MAX_WORD: usize = 32 << 10;
/// Bytes of all of them together: a build holds them in memory while it waits.
const MAX_WORDS: usize = 256 << 10;
/// Bytes of a stage's name.
const MAX_TARGET: usize = 4 << 10;
/// Between two signs of life of a stream that has nothing to tell.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// The engine behind the server, and what builds may use.
#[utoipa::path(get, path = "/api/engine", tag = "engine", security(("token" = [])),
    responses((status = 200, description = "What it is and may do", body = refs::EngineReport),
        (status = "4XX", description = "Refused", body = refs::Problem)))]
pub(super) async fn engine(State(app): State<Arc<App>>) -> Json<EngineReport> {
    Json(app.engine_report().await)
}

/// Asks for a real build: a Dockerfile with its files as JSON, or the whole context as a tar stream with
/// the options in the query, of which only `build_arg` and `arg` may be given several times. Arguments of
/// both kinds have at most 256 KiB together, and 32 KiB each; the target has at most 4 KiB.
#[utoipa::path(post, path = "/api/builds", tag = "builds", security(("token" = [])),
    params(
        ("dockerfile" = Option<String>, Query, description = "Of a tar: the Dockerfile's name in it"),
        ("target" = Option<String>, Query, description = "Of a tar: the stage to build"),
        ("build_arg" = Option<Vec<String>>, Query, description = "Of a tar: NAME=VALUE, may be given several times"),
        ("platform" = Option<String>, Query, description = "Of a tar: such as linux/amd64"),
        ("builder" = Option<String>, Query, description = "Of a tar: classic or buildkit"),
        ("no_cache" = Option<bool>, Query, description = "Of a tar: carry every step out"),
        ("run" = Option<bool>, Query, description = "Of a tar: start the image"),
        ("arg" = Option<Vec<String>>, Query, description = "Of a tar: an argument for the image, may be given several times"),
    ),
    request_body(content((refs::BuildRequest = "application/json"), (Vec<u8> = "application/x-tar"))),
    responses((status = 202, description = "Taken on", body = refs::Accepted),
        (status = 408, description = "It comes too slowly: less than 4 KiB a second for 20 seconds, or not within 300 seconds", body = refs::Problem),
        (status = 409, description = "There is no engine", body = refs::Problem),
        (status = 413, description = "Too large", body = refs::Problem),
        (status = 415, description = "Neither JSON nor a tar", body = refs::Problem),
        (status = 422, description = "It cannot be built as asked", body = refs::Problem),
        (status = 429, description = "Too much at once, or of this client: builds that wait, uploads, requests in a minute", body = refs::Problem),
        (status = "4XX", description = "Refused", body = refs::Problem)))]
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
            .unwrap_or_else(|| problem("no-engine", "there is no engine", ""))
            .into());
    };
    let place = app.uploads.take(&client).map_err(|full| match full {
        Full::All => ApiError::busy("uploads", "too many contexts are being sent at once", 5),
        Full::Own => ApiError::busy("uploads", "contexts of yours are being sent already", 5),
    })?;
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or("");
    let kind = kind.split(';').next().unwrap_or("").trim().to_ascii_lowercase();
    let slow = Slow::default();
    let body = Body::from_stream(paced(body, slow.clone()));
    let arrived = match kind.as_str() {
        "application/json" => from_json(body, &app, place).await,
        "application/x-tar" | "application/tar" => from_tar(body, query.as_deref().unwrap_or(""), &app, place).await,
        _ => {
            let help = "send application/json, or application/x-tar with the options in the query";
            let what = format!("{kind:?} is no form of a build");
            return Err(ApiError::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "content-type", what, help));
        }
    };
    let (asked, context) = match arrived {
        Err(_) if slow.is_set() => {
            let help = "send less, or over a faster line";
            return Err(ApiError::new(StatusCode::REQUEST_TIMEOUT, "slow", "the context arrives too slowly", help));
        }
        arrived => arrived?,
    };
    let job = job(asked, context, &engine, language(&headers))?;
    let accepted = app.queue.push(job, &client)?;
    let place = format!("/api/builds/{}", accepted.id);
    let mut response = (StatusCode::ACCEPTED, Json(accepted)).into_response();
    if let Ok(place) = HeaderValue::from_str(&place) {
        response.headers_mut().insert(header::LOCATION, place);
    }
    Ok(response)
}

fn language(headers: &HeaderMap) -> Language {
    let tag = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or("en");
    Language::from_tag(tag)
}

fn malformed(message: impl Into<String>) -> ApiError {
    ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, "malformed", message, "see /api/openapi.json")
}

/// The place among the uploads is held until the context is packed.
async fn from_json(body: Body, app: &App, place: Place) -> Result<(BuildRequest, context::Context), ApiError> {
    let most = usize::try_from(app.settings.policy.context).unwrap_or(usize::MAX).min(MAX_JSON);
    let bytes: Bytes = match Limited::new(body, most).collect().await {
        Ok(collected) => collected.to_bytes(),
        Err(error) if error.is::<http_body_util::LengthLimitError>() => {
            let what = format!("a build as JSON has at most {most} bytes");
            return Err(ApiError::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "too-large",
                what,
                "send the context as application/x-tar",
            ));
        }
        Err(_) => return Err(malformed("the request broke off")),
    };
    let (policy, never) = (app.settings.policy.clone(), CancellationToken::new());
    let packed = offload::run(PACK_TIME, &never, move |_| {
        let _place = place;
        let mut asked: BuildRequest = serde_json::from_slice(&bytes).map_err(|error| malformed(error.to_string()))?;
        drop(bytes);
        if asked.dockerfile.trim().is_empty() {
            return Err(malformed("the Dockerfile is empty"));
        }
        check(&asked)?;
        let (dockerfile, files) = (std::mem::take(&mut asked.dockerfile), std::mem::take(&mut asked.files));
        let context = context::from_files(&dockerfile, &files, &policy)?;
        Ok((asked, context))
    });
    packed.await?
}

/// Its thread waits for the client, so it is none of those for work that keeps a processor busy: there are as
/// many as places for uploads, and each ends with its body.
async fn from_tar(
    body: Body,
    query: &str,
    app: &App,
    place: Place,
) -> Result<(BuildRequest, context::Context), ApiError> {
    let (asked, dockerfile) = options(query)?;
    check(&asked)?;
    let policy = app.settings.policy.clone();
    let stream = body.into_data_stream().map(|piece| piece.map_err(std::io::Error::other));
    let bridge = SyncIoBridge::new(StreamReader::new(stream));
    let packed = tokio::task::spawn_blocking(move || {
        let _place = place;
        context::from_tar(bridge, &dockerfile, &policy)
    });
    Ok((asked, packed.await.map_err(|_| malformed("the context cannot be read"))??))
}

/// What can be said of a request before its context is looked at.
fn check(asked: &BuildRequest) -> Result<(), Problem> {
    let refuse = |code: &str, message: String, help: &str| Err(problem(code, message, help));
    if asked.args.len() > MOST_WORDS || asked.build_args.len() > MOST_WORDS {
        return refuse("too-many", format!("at most {MOST_WORDS} arguments are taken"), "");
    }
    if !asked.args.is_empty() && !asked.run {
        return refuse("args", "arguments are for an image that is started".into(), "set run to true");
    }
    let odd = |text: &String| text.contains('\0') || text.len() > MAX_WORD;
    if asked.args.iter().any(odd)
        || asked.build_args.iter().any(|(name, value)| name.is_empty() || odd(name) || odd(value))
    {
        let what = format!("an argument holds a zero, has no name, or is longer than {MAX_WORD} bytes");
        return refuse("args", what, "");
    }
    let of_build: usize = asked.build_args.iter().map(|(name, value)| name.len() + value.len()).sum();
    let bytes = of_build + asked.args.iter().map(String::len).sum::<usize>();
    if bytes > MAX_WORDS {
        let what = format!("the arguments have {bytes} bytes together; at most {MAX_WORDS} are taken");
        return refuse("args", what, "put what is large into a file of the context");
    }
    let target = asked.target.as_deref().unwrap_or("");
    if target.len() > MAX_TARGET || target.chars().any(char::is_control) {
        let what = format!("the target holds a control character, or is longer than {MAX_TARGET} bytes");
        return refuse("target", what, "name a stage of the Dockerfile");
    }
    Ok(())
}

/// The query of a tar: the same as JSON would say.
fn options(query: &str) -> Result<(BuildRequest, String), ApiError> {
    let mut asked = BuildRequest::default();
    let mut dockerfile = "Dockerfile".to_string();
    let truth = |name: &str, value: &str| match value {
        "true" | "1" | "" => Ok(true),
        "false" | "0" => Ok(false),
        _ => Err(malformed(format!("{name}={value}: expected true or false"))),
    };
    let mut seen = BTreeSet::new();
    for (name, value) in form_pairs(query) {
        if !matches!(name.as_str(), "arg" | "build_arg") && !seen.insert(name.clone()) {
            return Err(malformed(format!("the option {name:?} is given twice")));
        }
        match name.as_str() {
            "dockerfile" => dockerfile = value,
            "target" => asked.target = Some(value),
            "platform" => asked.platform = Some(value),
            "builder" => asked.builder = Some(value),
            "no_cache" => asked.no_cache = truth(&name, &value)?,
            "run" => asked.run = truth(&name, &value)?,
            "arg" => asked.args.push(value),
            "build_arg" => match value.split_once('=') {
                Some((key, value)) if !key.is_empty() => {
                    if asked.build_args.insert(key.into(), value.into()).is_some() {
                        return Err(malformed(format!("the build argument {key:?} is given twice")));
                    }
                }
                _ => return Err(malformed(format!("build_arg={value}: expected NAME=VALUE"))),
            },
            _ => return Err(malformed(format!("unknown option {name:?}"))),
        }
    }
    Ok((asked, dockerfile))
}

/// `a=b&c=d`, decoded.
fn form_pairs(query: &str) -> Vec<(String, String)> {
    let decode = |text: &str| {
        let mut bytes = Vec::new();
        let mut rest = text.bytes();
        while let Some(byte) = rest.next() {
            match byte {
                b'+' => bytes.push(b' '),
                b'%' => {
                    let digits: Vec<u8> = rest.by_ref().take(2).collect();
                    let code = std::str::from_utf8(&digits).ok().and_then(|digits| u8::from_str_radix(digits, 16).ok());
                    bytes.push(code.unwrap_or(b'?'));
                }
                other => bytes.push(other),
            }
        }
        String::from_utf8_lossy(&bytes).into_owned()
    };
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (decode(name), decode(value)))
        .collect()
}

/// What was asked, checked against what the engine is.
fn job(asked: BuildRequest, context: context::Context, engine: &Engine, language: Language) -> Result<Job, Problem> {
    let refuse = |code: &str, message: String, help: &str| Err(problem(code, message, help));
    let builders = engine.builders();
    let names: Vec<&str> = builders.iter().map(|builder| builder.as_str()).collect();
    let builder = match asked.builder.as_deref() {
        None | Some("") => builders.first().copied().unwrap_or(Builder::Classic),
        Some(name) => match Builder::parse(name).filter(|builder| builders.contains(builder)) {
            Some(builder) => builder,
            None => {
                return refuse(
                    "builder",
                    format!("this engine has no builder {name:?}"),
                    &format!("it has {}", names.join(" and ")),
                );
            }
        },
    };
    let platform = asked.platform.filter(|text| !text.is_empty()).unwrap_or_else(|| "linux/amd64".into());
    let valid = (2..=3).contains(&platform.split('/').count())
        && platform.len() < 100
        && platform
            .split('/')
            .all(|part| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'));
    if !valid {
        return refuse("platform", format!("{platform:?} is no platform"), "such as linux/amd64");
    }
    let build_args: BTreeMap<String, String> = asked.build_args;
    let request = Request {
        dockerfile: context.text.clone(),
        name: context.dockerfile.clone(),
        context: Tree::new(),
        target: asked.target.filter(|target| !target.is_empty()),
        build_args,
        platform,
        tags: Vec::new(),
        engine: engine.profile(),
        builder,
        passes_failures: false,
    };
    let run = asked.run.then_some(asked.args);
    Ok(Job { id: super::new_id(), request, context, no_cache: asked.no_cache, run, language })
}

fn found(app: &App, id: &str) -> Result<Arc<Build>, ApiError> {
    app.queue.find(id).ok_or_else(ApiError::not_found)
}

/// A build with all that is known of it; its report once it is over.
#[utoipa::path(get, path = "/api/builds/{id}", tag = "builds", security(("token" = [])),
    params(("id" = String, Path, description = "The build's id")),
    responses((status = 200, description = "How far it is", body = refs::BuildStatus),
        (status = 404, description = "There is no such build", body = refs::Problem),
        (status = "4XX", description = "Refused", body = refs::Problem)))]
pub(super) async fn status(State(app): State<Arc<App>>, Path(id): Path<String>) -> Result<Response, ApiError> {
    Ok(json(found(&app, &id)?.status()))
}

/// What is JSON already.
fn json(text: impl Into<Body>) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], text.into()).into_response()
}

/// Stops a build, or forgets one that is over: there is no such build then.
#[utoipa::path(delete, path = "/api/builds/{id}", tag = "builds", security(("token" = [])),
    params(("id" = String, Path, description = "The build's id")),
    responses((status = 200, description = "How far it was", body = refs::BuildStatus),
        (status = 404, description = "There is no such build", body = refs::Problem),
        (status = "4XX", description = "Refused", body = refs::Problem)))]
pub(super) async fn cancel(State(app): State<Arc<App>>, Path(id): Path<String>) -> Result<Response, ApiError> {
    let build = found(&app, &id)?;
    let status = build.status();
    app.queue.cancel(&build);
    Ok(json(status))
}

/// What happens, as server-sent events: `id` numbers them, `event` is the type, `data` a JSON object.
#[utoipa::path(get, path = "/api/builds/{id}/events", tag = "builds", security(("token" = [])),
    params(("id" = String, Path, description = "The build's id"),
        ("Last-Event-ID" = Option<String>, Header, description = "Go on behind this event")),
    responses((status = 200, description = "A stream that ends with the build", content_type = "text/event-stream", body = refs::EventFrame),
        (status = 404, description = "There is no such build", body = refs::Problem),
        (status = 429, description = "Too many streams at once", body = refs::Problem),
        (status = "4XX", description = "Refused", body = refs::Problem)))]
pub(super) async fn events(
    State(app): State<Arc<App>>,
    client: Client,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let build = found(&app, &id)?;
    let after = headers.get("last-event-id").and_then(|id| id.to_str().ok()?.trim().parse().ok()).unwrap_or(0);
    let place = app.streams.take(&client);
    let place = place.map_err(|_| ApiError::busy("streams", "too many event streams are open", 10))?;
    let open = Open { _place: place, app: app.clone() };
    app.metrics.streams.inc();
    let stream = stream(build, after, open);
    let mut response = Sse::new(stream).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)).into_response();
    // Proxies that gather answers would hold events back.
    response.headers_mut().insert("x-accel-buffering", HeaderValue::from_static("no"));
    Ok(response)
}

/// A stream's place among those that may be open.
struct Open {
    _place: Place,
    app: Arc<App>,
}

impl Drop for Open {
    fn drop(&mut self) {
        self.app.metrics.streams.dec();
    }
}

/// Events are taken when the client is ready for more: a slow one holds nothing up but itself.
fn stream(build: Arc<Build>, after: usize, open: Open) -> impl Stream<Item = Result<sse::Event, Infallible>> {
    let listener = build.listen();
    futures_util::stream::unfold((build, listener, after, open), |(build, mut listener, after, open)| async move {
        loop {
            listener.borrow_and_update();
            let (events, last) = build.events(after);
            if !events.is_empty() {
                let next = events.last().map_or(after, |(number, ..)| *number);
                let frames: Vec<_> = events
                    .into_iter()
                    .map(|(number, name, json)| {
                        Ok(sse::Event::default().id(number.to_string()).event(name).data(&*json))
                    })
                    .collect();
                return Some((futures_util::stream::iter(frames), (build, listener, next, open)));
            }
            if last || listener.changed().await.is_err() {
                return None;
            }
        }
    })
    .flatten()
}

/// The image as an archive, as `docker save` writes it; if the operator allows it.
#[utoipa::path(get, path = "/api/builds/{id}/image.tar", tag = "builds", security(("token" = [])),
    params(("id" = String, Path, description = "The build's id")),
    responses((status = 200, description = "The archive", content_type = "application/x-tar", body = Vec<u8>),
        (status = 403, description = "Not allowed here", body = refs::Problem),
        (status = 404, description = "There is no such build, or no image of it is kept", body = refs::Problem),
        (status = "4XX", description = "Refused", body = refs::Problem)))]
pub(super) async fn image(State(app): State<Arc<App>>, Path(id): Path<String>) -> Result<Response, ApiError> {
    let build = found(&app, &id)?;
    if !app.settings.policy.download {
        let help = "start the server with --allow-download";
        return Err(ApiError::new(StatusCode::FORBIDDEN, "no-download", "images cannot be downloaded from here", help));
    }
    let gone = || ApiError::new(StatusCode::NOT_FOUND, "no-image", "no image of this build is kept", "");
    let archive = build.archive().ok_or_else(gone)?;
    let file = tokio::fs::File::open(&**archive).await.map_err(|_| gone())?;
    let length = file.metadata().await.map_err(|_| gone())?.len();
    // The open file outlives its name, so a build that is forgotten meanwhile does not cut it off.
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

/// What a catalogue keeps of an image that the engine has: one line of JSON. The image is named by its
/// repository with a tag or a digest, never by an id.
#[utoipa::path(get, path = "/api/images/facts", tag = "engine", security(("token" = [])),
    params(("name" = String, Query, description = "The image, such as alpine:3.20 or alpine@sha256:…")),
    responses((status = 200, description = "Its facts", content_type = "application/json", body = Object),
        (status = 404, description = "The engine does not have it", body = refs::Problem),
        (status = 409, description = "There is no engine with images of its own", body = refs::Problem),
        (status = 422, description = "That is no name, or it cannot be read within a minute", body = refs::Problem),
        (status = 429, description = "Too much at once, or of this client: images that are read, requests in a minute", body = refs::Problem),
        (status = "4XX", description = "Refused", body = refs::Problem)))]
pub(super) async fn facts(
    State(app): State<Arc<App>>,
    client: Client,
    RawQuery(query): RawQuery,
) -> Result<Response, ApiError> {
    app.facts_rate
        .take(&client)
        .map_err(|seconds| ApiError::busy("too-often", "too many images were asked for in a short time", seconds))?;
    let pairs = form_pairs(query.as_deref().unwrap_or(""));
    let [(_, name)] = pairs.as_slice() else { return Err(malformed("expected one option, the image's name")) };
    if pairs[0].0 != "name" {
        return Err(malformed(format!("unknown option {:?}", pairs[0].0)));
    }
    let reference = named(name)?;
    let _place = app.facts.take(&client).map_err(|full| match full {
        Full::All => ApiError::busy("images", "too many images are being read at once", 5),
        Full::Own => ApiError::busy("images", "an image is being read for you already", 5),
    })?;
    let engine = app.engine().await?;
    let disk = app.settings.policy.disk;
    let reading = async {
        let gone = || ApiError::new(StatusCode::NOT_FOUND, "not-found", format!("the engine has no image {name}"), "");
        let (image, source) = engine.image(&reference, disk).await?.ok_or_else(gone)?;
        let never = CancellationToken::new();
        let facts = offload::run(FACTS_TIME, &never, move |_| {
            let facts = facts_of(&image, &reference, &source, &crate::engine::today());
            serde_json::to_string(&facts).unwrap_or_default()
        });
        Ok(json(facts.await?))
    };
    tokio::time::timeout(FACTS_TIME, reading).await.unwrap_or_else(|_| {
        let what = format!("reading the image took longer than {} seconds", FACTS_TIME.as_secs());
        Err(problem("too-long", what, "name a smaller image").into())
    })
}

/// The reference of an image that a client may ask for: nothing that an engine could take for an id, whose
/// beginning finds images that have no name and are others'.
fn named(name: &str) -> Result<Reference, ApiError> {
    let reference = Reference::parse(name).map_err(|error| malformed(format!("{name:?}: {error}")))?;
    let repository = reference.repository.as_str();
    let is_hex = repository.bytes().all(|byte| byte.is_ascii_hexdigit()) && repository == name;
    if matches!(repository, "sha256" | "sha384" | "sha512") || is_hex {
        let help = "name the image by its repository, with a tag or a digest";
        let what = format!("{name:?} could be the id of an image");
        return Err(ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, "image-id", what, help));
    }
    if repository == REPOSITORY {
        let what = format!("the engine has no image {name}");
        return Err(ApiError::new(
            StatusCode::NOT_FOUND,
            "not-found",
            what,
            "results of builds are at /api/builds/{id}",
        ));
    }
    Ok(reference)
}

/// The server runs.
#[utoipa::path(get, path = "/healthz", tag = "operation", responses((status = 200, description = "It runs", body = String)))]
pub(super) async fn healthz() -> &'static str {
    "ok\n"
}

/// The server can do its work: an engine answers, or none is wanted.
#[utoipa::path(get, path = "/readyz", tag = "operation",
    responses((status = 200, description = "It is ready", body = String), (status = 503, description = "The engine does not answer", body = String)))]
pub(super) async fn readyz(State(app): State<Arc<App>>) -> (StatusCode, &'static str) {
    match app.settings.address == crate::engine::Address::None || app.engine().await.is_ok() {
        true => (StatusCode::OK, "ready\n"),
        false => (StatusCode::SERVICE_UNAVAILABLE, "the engine does not answer\n"),
    }
}

/// Counters for Prometheus.
#[utoipa::path(get, path = "/metrics", tag = "operation",
    responses((status = 200, description = "OpenMetrics text", content_type = "application/openmetrics-text", body = String)))]
pub(super) async fn metrics(State(app): State<Arc<App>>) -> Response {
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    ([(header::CONTENT_TYPE, kind)], app.metrics.text()).into_response()
}

/// This description.
#[utoipa::path(get, path = "/api/openapi.json", tag = "operation", responses((status = 200, description = "OpenAPI 3.1")))]
pub(super) async fn openapi() -> Json<serde_json::Value> {
    Json(super::openapi::document())
}

/// No such path, for the API: the page answers others.
pub(super) async fn nothing() -> ApiError {
    ApiError::new(StatusCode::NOT_FOUND, "not-found", "there is nothing here", "see /api/openapi.json")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_query_of_a_tar_says_what_json_says() {
        let (asked, dockerfile) =
            options("dockerfile=d%2FDockerfile&run=true&arg=a+b&build_arg=A%3Db=c&target=x").unwrap();
        assert_eq!(dockerfile, "d/Dockerfile");
        assert_eq!((asked.run, asked.args, asked.target.as_deref()), (true, vec!["a b".to_string()], Some("x")));
        assert_eq!(asked.build_args["A"], "b=c");
        assert!(options("run=perhaps").is_err() && options("build_arg=x").is_err() && options("evil=1").is_err());
        assert_eq!(form_pairs("a=%zz&%")[0].1, "?");
        for twice in ["target=a&target=b", "platform=a&platform=a", "run=true&run=true", "build_arg=A=1&build_arg=A=2"]
        {
            assert!(options(twice).is_err(), "{twice}");
        }
    }

    #[test]
    fn what_a_request_says_is_bounded() {
        let code = |asked: BuildRequest| check(&asked).err().map(|problem| problem.code);
        let with_target = |target: &str| BuildRequest { target: Some(target.into()), ..BuildRequest::default() };
        assert_eq!(code(with_target("release")), None);
        for bad in ["a\r\nb", "\u{1b}[2J", "\0", &"x".repeat(MAX_TARGET + 1)] {
            assert_eq!(code(with_target(bad)).as_deref(), Some("target"), "{bad:?}");
        }
        let word = || "x".repeat(MAX_WORD);
        let some = BuildRequest { run: true, args: vec![word(); 8], ..BuildRequest::default() };
        assert_eq!(code(some.clone()), None);
        let build_args = BTreeMap::from([("A".to_string(), String::new())]);
        assert_eq!(code(BuildRequest { build_args, ..some }).as_deref(), Some("args"));
    }

    #[test]
    fn ids_are_no_names() {
        for id in ["sha256:95b1", "sha256", "fe210b052ac2", "cafe", &"a".repeat(64), "sha512:aa"] {
            assert!(named(id).is_err(), "{id}");
        }
        let digest = format!("alpine@sha256:{}", "0".repeat(64));
        for name in ["alpine", "alpine:3.20", "cafe:1", "docker.io/library/cafe", &digest] {
            assert!(named(name).is_ok(), "{name}");
        }
        assert!(named(&format!("{REPOSITORY}:abc")).is_err());
    }
}
