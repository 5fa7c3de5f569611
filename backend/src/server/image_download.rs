//! Downloads of images: who may have one, and the minimum rate that a client must take. Else it would keep an image on
//! disk that everybody else has forgotten, and keep others from downloading.

use super::app::App;
use super::client::Client;
use super::concurrency_limit::{ConcurrencyPermit, LimitReached};
use super::error::ApiError;
use super::routes::find_build;
use super::schema_refs as refs;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::{Stream, StreamExt};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio_util::io::ReaderStream;

/// How long a download may take whatever it has.
const BASE_TIME: Duration = Duration::from_secs(60);
/// Bytes per second that a client must take on average, beside that.
const MIN_BYTES_PER_SECOND: f64 = 16_384.0;

/// Whether a client took too little in some time.
fn is_too_slow(bytes: u64, elapsed: Duration) -> bool {
    #[allow(clippy::cast_precision_loss, reason = "images are far below 2^52 bytes")]
    let earned = bytes as f64 / MIN_BYTES_PER_SECOND;
    elapsed.saturating_sub(BASE_TIME).as_secs_f64() > earned
}

/// Returns the chunks of a file, as the client takes them. If that is too slow, the stream ends with an error, and with
/// it the connection. The permit is held until then.
fn with_minimum_rate(
    chunks: impl Stream<Item = std::io::Result<Bytes>> + Send + Unpin,
    permit: ConcurrencyPermit,
) -> impl Stream<Item = std::io::Result<Bytes>> + Send {
    let state = (chunks, 0u64, Instant::now(), permit);
    futures_util::stream::unfold(Some(state), |state| async {
        let (mut chunks, bytes, started, permit) = state?;
        if is_too_slow(bytes, started.elapsed()) {
            return Some((Err(std::io::ErrorKind::TimedOut.into()), None));
        }
        match chunks.next().await? {
            Ok(chunk) => {
                let bytes = bytes + chunk.len() as u64;
                Some((Ok(chunk), Some((chunks, bytes, started, permit))))
            }
            Err(error) => Some((Err(error), None)),
        }
    })
}

/// Downloads the image as an archive in the format of `docker save`, if the operator allows downloads.
#[utoipa::path(get, path = "/api/builds/{id}/image.tar", tag = "builds", security(("token" = [])),
    params(("id" = String, Path, description = "The build's id")),
    responses((status = 200, description = "The image archive", content_type = "application/x-tar", body = Vec<u8>),
        (status = 403, description = "The operator does not allow downloads", body = refs::Problem),
        (status = 404, description = "There is no such build, or its image is not kept", body = refs::Problem),
        (status = 429, description = "A limit is reached, of the server or of this client: downloads at the same time", body = refs::Problem),
        (status = "4XX", description = "The request is refused", body = refs::Problem)))]
pub(super) async fn image(
    State(app): State<Arc<App>>,
    client: Client,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    let build = find_build(&app, &id)?;
    if !app.settings.policy.download {
        let help = "start the server with --allow-download";
        return Err(ApiError::new(StatusCode::FORBIDDEN, "no-download", "this server does not allow downloads", help));
    }
    let not_kept = || ApiError::new(StatusCode::NOT_FOUND, "no-image", "the image of this build is not kept", "");
    let archive = build.archive().ok_or_else(not_kept)?;
    let permit = app.downloads.acquire(&client).map_err(|limit| {
        let message = match limit {
            LimitReached::Total => "too many images are being downloaded at the same time",
            LimitReached::PerClient => "your earlier downloads are still in progress",
        };
        ApiError::too_many_requests("downloads", message, 5)
    })?;
    let file = tokio::fs::File::open(&**archive).await.map_err(|_| not_kept())?;
    let length = file.metadata().await.map_err(|_| not_kept())?.len();
    // An open file survives the removal of its name, so forgetting the build does not end the download.
    let body = Body::from_stream(with_minimum_rate(ReaderStream::with_capacity(file, 1 << 16), permit));
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slow_line_passes_and_a_trickle_does_not() {
        let seconds = Duration::from_secs;
        assert!(!is_too_slow(0, seconds(59)) && is_too_slow(0, seconds(61)));
        assert!(!is_too_slow(2 << 30, seconds(100_000)), "2 GiB at 20 kB/s");
        assert!(is_too_slow(1 << 20, seconds(200)), "1 MiB at 5 kB/s");
    }
}
