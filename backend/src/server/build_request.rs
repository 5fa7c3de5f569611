//! Reads the request of a build: as JSON with the files, or as a tar with the options in the query.

use super::app::App;
use super::build_request_json;
use super::concurrency_limit::ConcurrencyPermit;
use super::error::ApiError;
use crate::engine::context::{self, Context};
use crate::engine::{Engine, Job};
use crate::offload::{self, Pool};
use crate::problem::problem;
use crate::random_id::random_id;
use axum::body::Body;
use axum::http::StatusCode;
use futures_util::StreamExt;
use stageplay_core::api::{BuildRequest, Problem};
use stageplay_core::build::Request;
use stageplay_core::canonical::normalized_platform;
use stageplay_core::engine::Builder;
use stageplay_core::fs::Tree;
use stageplay_core::words::Language;
use std::collections::BTreeSet;
use std::time::Duration;
use tokio_util::io::{StreamReader, SyncIoBridge};
use tokio_util::sync::CancellationToken;

/// Bytes of a request as JSON. A larger context must be sent as a tar, which is not held in memory.
const MAX_JSON_BYTES: usize = 16 << 20;
/// How long parsing a request as JSON and packing its files may take.
const PACK_TIMEOUT: Duration = Duration::from_secs(60);
/// Arguments for the image, and build arguments, of one build.
const MAX_ARGS: usize = 200;
/// Bytes of one argument, of the name of a build argument, and of its value.
const MAX_ARG_BYTES: usize = 32 << 10;
/// Bytes of all arguments of a build. They are held in memory while the build waits.
const MAX_TOTAL_ARG_BYTES: usize = 256 << 10;
/// Bytes of the name of the target stage.
const MAX_TARGET_BYTES: usize = 4 << 10;
/// Longest platform or name of a builder, in bytes.
const MAX_OPTION_BYTES: usize = 100;

/// 422 for a malformed request.
pub(super) fn malformed(message: impl Into<String>) -> ApiError {
    ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, "malformed", message, "/api/openapi.json describes the API")
}

/// Reads a request as JSON and packs its files into a context. The upload permit is held until the context is packed.
///
/// # Errors
/// 413 if the body is too large, 422 if it is malformed.
pub(super) async fn from_json(
    body: Body,
    app: &App,
    engine: &Engine,
    permit: ConcurrencyPermit,
) -> Result<(BuildRequest, Context), ApiError> {
    let max_bytes = usize::try_from(app.settings.policy.context).unwrap_or(usize::MAX).min(MAX_JSON_BYTES);
    let bytes = read_whole(body, max_bytes).await?;
    let (policy, never) = (app.settings.policy.clone(), CancellationToken::new());
    let builders = engine.builders();
    let packed = offload::run(Pool::Requests, PACK_TIMEOUT, &never, move |_| {
        let _permit = permit;
        let mut request = build_request_json::parse(&bytes, policy.files, MAX_ARGS)?;
        drop(bytes);
        if request.dockerfile.trim().is_empty() {
            return Err(malformed("the Dockerfile is empty"));
        }
        check_request(&request)?;
        let (dockerfile, files) = (std::mem::take(&mut request.dockerfile), std::mem::take(&mut request.files));
        let builder = builder_of(&request, &builders)?;
        let context = context::from_files(&dockerfile, &files, builder, &policy)?;
        Ok((request, context))
    });
    packed.await?
}

/// Reads a whole body into one buffer. A list of its chunks would take many times its bytes: a chunk may have one byte,
/// and keeps the buffer of the connection that it is a part of.
///
/// # Errors
/// 413 if the body has more than `max_bytes` bytes, 422 if it ends early.
async fn read_whole(body: Body, max_bytes: usize) -> Result<Vec<u8>, ApiError> {
    let mut chunks = body.into_data_stream();
    let mut bytes = Vec::new();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|_| malformed("the request ended early"))?;
        if chunk.len() > max_bytes - bytes.len() {
            let what = format!("the request is larger than {max_bytes} bytes, the limit for JSON");
            let help = "send the context as application/x-tar";
            return Err(ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "too-large", what, help));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

/// Reads the options from the query and the context from a tar. The upload permit is held until the context is packed.
///
/// The thread that reads the tar waits for the client, so it is not one of the threads of [`offload`]. The upload limit
/// bounds the number of these threads, and each ends with its body.
///
/// # Errors
/// 413 if the context is too large, 422 if an option or the tar is malformed.
pub(super) async fn from_tar(
    body: Body,
    query: &str,
    app: &App,
    engine: &Engine,
    permit: ConcurrencyPermit,
) -> Result<(BuildRequest, Context), ApiError> {
    let (request, dockerfile) = parse_query(query)?;
    check_request(&request)?;
    let builder = builder_of(&request, &engine.builders())?;
    let policy = app.settings.policy.clone();
    let stream = body.into_data_stream().map(|chunk| chunk.map_err(std::io::Error::other));
    let bridge = SyncIoBridge::new(StreamReader::new(stream));
    let packed = tokio::task::spawn_blocking(move || {
        let _permit = permit;
        context::from_tar(bridge, &dockerfile, builder, &policy)
    });
    Ok((request, packed.await.map_err(|_| malformed("the context cannot be read"))??))
}

/// Checks the limits of a request that do not depend on its context.
fn check_request(request: &BuildRequest) -> Result<(), Problem> {
    let refuse = |code: &str, message: String, help: &str| Err(problem(code, message, help));
    if request.args.len() > MAX_ARGS || request.build_args.len() > MAX_ARGS {
        return refuse("too-many", format!("a build may have at most {MAX_ARGS} arguments"), "");
    }
    if !request.args.is_empty() && !request.run {
        return refuse("args", "arguments are given, but the image is not started".into(), "set run to true");
    }
    let is_invalid = |text: &String| text.contains('\0') || text.len() > MAX_ARG_BYTES;
    if request.args.iter().any(is_invalid)
        || request.build_args.iter().any(|(name, value)| name.is_empty() || is_invalid(name) || is_invalid(value))
    {
        let what =
            format!("an argument contains a NUL character, has no name, or is longer than {MAX_ARG_BYTES} bytes");
        return refuse("args", what, "");
    }
    let build_arg_bytes: usize = request.build_args.iter().map(|(name, value)| name.len() + value.len()).sum();
    let bytes = build_arg_bytes + request.args.iter().map(String::len).sum::<usize>();
    if bytes > MAX_TOTAL_ARG_BYTES {
        let what = format!("all arguments together have {bytes} bytes; the limit is {MAX_TOTAL_ARG_BYTES}");
        return refuse("args", what, "move large values into a file of the context");
    }
    let is_too_long = |text: &Option<String>| text.as_ref().is_some_and(|text| text.len() > MAX_OPTION_BYTES);
    if is_too_long(&request.platform) || is_too_long(&request.builder) {
        let what = format!("the platform or the builder is longer than {MAX_OPTION_BYTES} bytes");
        return refuse("option", what, "use a platform such as linux/amd64, and the builder classic or buildkit");
    }
    let target = request.target.as_deref().unwrap_or("");
    if target.len() > MAX_TARGET_BYTES || target.chars().any(char::is_control) {
        let what = format!("the target contains a control character, or is longer than {MAX_TARGET_BYTES} bytes");
        return refuse("target", what, "name a stage of the Dockerfile");
    }
    Ok(())
}

/// Reads the options of a build from the query, and the name of the Dockerfile in the tar.
fn parse_query(query: &str) -> Result<(BuildRequest, String), ApiError> {
    let mut request = BuildRequest::default();
    let mut dockerfile = "Dockerfile".to_string();
    let parse_bool = |name: &str, value: &str| match value {
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
            "target" => request.target = Some(value),
            "platform" => request.platform = Some(value),
            "builder" => request.builder = Some(value),
            "no_cache" => request.no_cache = parse_bool(&name, &value)?,
            "run" => request.run = parse_bool(&name, &value)?,
            "arg" => request.args.push(value),
            "build_arg" => match value.split_once('=') {
                Some((key, value)) if !key.is_empty() => {
                    if request.build_args.insert(key.into(), value.into()).is_some() {
                        return Err(malformed(format!("the build argument {key:?} is given twice")));
                    }
                }
                _ => return Err(malformed(format!("build_arg={value}: expected NAME=VALUE"))),
            },
            _ => return Err(malformed(format!("unknown option {name:?}"))),
        }
    }
    Ok((request, dockerfile))
}

/// Decodes a query of the form `a=b&c=d` (`application/x-www-form-urlencoded`).
pub(super) fn form_pairs(query: &str) -> Vec<(String, String)> {
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

/// The builder that a request asks for, or else the first of the engine's.
///
/// # Errors
/// The engine does not have the builder.
fn builder_of(request: &BuildRequest, builders: &[Builder]) -> Result<Builder, Problem> {
    match request.builder.as_deref() {
        None | Some("") => Ok(builders.first().copied().unwrap_or(Builder::Classic)),
        Some(name) => Builder::parse(name).filter(|builder| builders.contains(builder)).ok_or_else(|| {
            let names: Vec<&str> = builders.iter().map(|builder| builder.as_str()).collect();
            let what = format!("the engine does not have the builder {name:?}");
            problem("builder", what, &format!("it has {}", names.join(" and ")))
        }),
    }
}

/// Makes the job of a request, for an engine.
///
/// # Errors
/// The engine does not have the builder, or the platform is malformed.
pub(super) fn job(
    request: BuildRequest,
    context: Context,
    engine: &Engine,
    language: Language,
) -> Result<Job, Problem> {
    let refuse = |code: &str, message: String, help: &str| Err(problem(code, message, help));
    let builder = builder_of(&request, &engine.builders())?;
    let platform = request.platform.filter(|text| !text.is_empty()).unwrap_or_else(|| "linux/amd64".into());
    let valid = (2..=3).contains(&platform.split('/').count())
        && platform.len() < 100
        && platform
            .split('/')
            .all(|part| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'));
    if !valid || normalized_platform(&platform, "").is_none() {
        return refuse("platform", format!("{platform:?} is not a platform"), "use a platform such as linux/amd64");
    }
    let run = request.run.then_some(request.args);
    let no_cache = request.no_cache;
    let request = Request {
        dockerfile: context.text.clone(),
        name: context.dockerfile.clone(),
        context: Tree::new(),
        target: request.target.filter(|target| !target.is_empty()),
        build_args: request.build_args,
        has_secrets: false,
        platform,
        tags: Vec::new(),
        as_of: None,
        engine: engine.profile(),
        builder,
        continues_after_failure: false,
        assume_context: false,
    };
    Ok(Job { id: random_id(), request, context, no_cache, run, language })
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Bytes;
    use std::collections::BTreeMap;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn the_query_of_a_tar_says_what_json_says() {
        let (request, dockerfile) =
            parse_query("dockerfile=d%2FDockerfile&run=true&arg=a+b&build_arg=A%3Db=c&target=x").unwrap();
        assert_eq!(dockerfile, "d/Dockerfile");
        assert_eq!((request.run, request.args, request.target.as_deref()), (true, vec!["a b".to_string()], Some("x")));
        assert_eq!(request.build_args["A"], "b=c");
        assert!(
            parse_query("run=perhaps").is_err()
                && parse_query("build_arg=x").is_err()
                && parse_query("evil=1").is_err()
        );
        assert_eq!(form_pairs("a=%zz&%")[0].1, "?");
        for twice in ["target=a&target=b", "platform=a&platform=a", "run=true&run=true", "build_arg=A=1&build_arg=A=2"]
        {
            assert!(parse_query(twice).is_err(), "{twice}");
        }
    }

    #[tokio::test]
    async fn a_body_of_small_chunks_takes_no_more_memory_than_its_bytes() {
        /// A chunk that counts how many of them exist.
        struct Counted(Arc<AtomicUsize>);
        impl AsRef<[u8]> for Counted {
            fn as_ref(&self) -> &[u8] {
                b"x"
            }
        }
        impl Drop for Counted {
            fn drop(&mut self) {
                self.0.fetch_sub(1, Ordering::Relaxed);
            }
        }
        let alive = Arc::new(AtomicUsize::new(0));
        let most = Arc::new(AtomicUsize::new(0));
        let chunks = (0..1_000).map({
            let most = most.clone();
            move |_| {
                most.fetch_max(1 + alive.fetch_add(1, Ordering::Relaxed), Ordering::Relaxed);
                Ok::<_, std::io::Error>(Bytes::from_owner(Counted(alive.clone())))
            }
        });
        let body = || Body::from_stream(futures_util::stream::iter(chunks.clone()));
        assert_eq!(read_whole(body(), 1_000).await.unwrap().len(), 1_000);
        assert!(most.load(Ordering::Relaxed) <= 2, "chunks are not kept");
        assert!(read_whole(body(), 999).await.is_err());
    }

    #[test]
    fn what_a_request_says_is_bounded() {
        let code = |request: BuildRequest| check_request(&request).err().map(|problem| problem.code);
        let with_target = |target: &str| BuildRequest { target: Some(target.into()), ..BuildRequest::default() };
        assert_eq!(code(with_target("release")), None);
        for bad in ["a\r\nb", "\u{1b}[2J", "\0", &"x".repeat(MAX_TARGET_BYTES + 1)] {
            assert_eq!(code(with_target(bad)).as_deref(), Some("target"), "{bad:?}");
        }
        let word = || "x".repeat(MAX_ARG_BYTES);
        let some = BuildRequest { run: true, args: vec![word(); 8], ..BuildRequest::default() };
        assert_eq!(code(some.clone()), None);
        let build_args = BTreeMap::from([("A".to_string(), String::new())]);
        assert_eq!(code(BuildRequest { build_args, ..some }).as_deref(), Some("args"));
    }
}
