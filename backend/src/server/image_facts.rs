//! The facts of an image of the engine: which images a client may ask for, and how long reading one may take.

use super::app::App;
use super::build_request::{form_pairs, malformed};
use super::client::Client;
use super::concurrency_limit::LimitReached;
use super::error::ApiError;
use super::routes::json;
use super::schema_refs as refs;
use crate::engine::{BUILD_REPOSITORY, today};
use crate::offload::{self, Pool};
use crate::problem::problem;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use stageplay_core::base_images::facts_of;
use stageplay_core::image::Reference;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How long reading an image for its facts may take.
const FACTS_TIMEOUT: Duration = Duration::from_secs(60);

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
    let permit = app.image_reads.acquire(&client).map_err(|limit| {
        let message = match limit {
            LimitReached::Total => "too many images are being read at the same time",
            LimitReached::PerClient => "your earlier request for an image is still in progress",
        };
        ApiError::too_many_requests("images", message, 5)
    })?;
    let engine = app.engine().await?;
    let disk = app.settings.policy.disk;
    let name = name.clone();
    // A task of its own: the place is free when the reading has ended, not when the client has gone.
    let reading = tokio::spawn(async move {
        let _permit = permit;
        let not_found =
            || ApiError::new(StatusCode::NOT_FOUND, "not-found", format!("the engine has no image {name}"), "");
        let (image, source) = engine.image(&reference, disk).await?.ok_or_else(not_found)?;
        let never = CancellationToken::new();
        let facts = offload::run(Pool::Requests, FACTS_TIMEOUT, &never, move |_| {
            let facts = facts_of(&image, &reference, &source, &today());
            serde_json::to_string(&facts).unwrap_or_default()
        });
        Ok::<_, ApiError>(json(facts.await?))
    });
    match tokio::time::timeout(FACTS_TIMEOUT, reading).await {
        Ok(read) => read.unwrap_or_else(|_| Err(problem("internal", "the image could not be read", "").into())),
        Err(_) => {
            let what = format!("reading the image took longer than {} seconds", FACTS_TIMEOUT.as_secs());
            Err(problem("too-long", what, "choose a smaller image").into())
        }
    }
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
