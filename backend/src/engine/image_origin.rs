//! The origin of an image on an engine: the container that it was committed from, and its parent image. It tells the
//! images that a build created from all others.

use super::classic_output::{Claim, Proof};
use super::docker::Docker;
use super::journal::Resource;
use serde::Deserialize;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;

/// The last version of the Docker API that returns the container that an image was committed from.
const MAX_API_VERSION: (usize, usize) = (1, 44);
/// Bytes of the description of an image.
const MAX_RESPONSE_BYTES: u64 = 4 << 20;
/// Parent images that are inspected. There are several where a base image has ONBUILD triggers.
const MAX_PARENTS: usize = 100;

/// How long an engine may take to describe a container during a build.
const CONTAINER_TIMEOUT: Duration = Duration::from_secs(5);
/// Seconds by which the clock of another machine may differ.
const MAX_CLOCK_DIFFERENCE: u64 = 300;

/// The origin of an image.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct ImageOrigin {
    /// The complete id of the image.
    pub(super) id: String,
    /// The container that the image was committed from. Empty if there is none, or the engine does not tell.
    pub(super) container: String,
    /// The parent image. Empty if there is none, or the engine does not tell.
    pub(super) parent: String,
    /// Bytes of all layers.
    pub(super) size: u64,
}

/// Sends a GET request over a Unix socket. Returns the body of an answer with status 200. The types of the client
/// library do not have the fields that are needed here.
async fn get(socket: &str, path: &str) -> Option<Vec<u8>> {
    let mut stream = UnixStream::connect(socket).await.ok()?;
    stream.write_all(format!("GET {path} HTTP/1.0\r\nHost: engine\r\n\r\n").as_bytes()).await.ok()?;
    let mut answer = Vec::new();
    stream.take(MAX_RESPONSE_BYTES).read_to_end(&mut answer).await.ok()?;
    let head = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n")?;
    answer.get(..13).is_some_and(|status| status.ends_with(b" 200 ")).then(|| answer.split_off(head + 4))
}

impl Docker {
    /// Returns the origin of an image. `None` if the engine does not have the image.
    pub(super) async fn origin(&self, id: &str) -> Option<ImageOrigin> {
        if id.is_empty() || !id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b':') {
            return None;
        }
        if let Some(socket) = &self.socket {
            let negotiated = self.client.client_version();
            let (major, minor) = MAX_API_VERSION.min((negotiated.major_version, negotiated.minor_version));
            let path = format!("/v{major}.{minor}/images/{id}/json");
            let answer = tokio::time::timeout(Duration::from_secs(10), get(socket, &path)).await.ok()??;
            return serde_json::from_slice(&answer).ok();
        }
        let found = self.query_client.inspect_image(id).await.ok()?;
        let size = found.size.and_then(|size| u64::try_from(size).ok()).unwrap_or(0);
        Some(ImageOrigin { id: found.id?, size, ..ImageOrigin::default() })
    }

    /// Whether the engine confirms a claim. `since` is when the container was named, in seconds since 1970.
    pub(super) async fn confirms(&self, claim: &Claim, since: u64) -> bool {
        let image = match &claim.proof {
            Proof::Cached(id) => return self.origin(id).await.is_some(),
            Proof::Image(id) => id.clone(),
            Proof::Container(id) => {
                let inspected = self.query_client.inspect_container(id, None);
                // The engine does not answer for a container that it cannot start, and a program can name any container.
                match tokio::time::timeout(CONTAINER_TIMEOUT, inspected).await {
                    Ok(Ok(found)) => found.image.unwrap_or_default(),
                    Ok(Err(_)) | Err(_) => return false,
                }
            }
        };
        let tolerance = if self.socket.is_some() { 1 } else { MAX_CLOCK_DIFFERENCE };
        let Some(container) = &claim.container else { return self.is_newer(&image, since, tolerance).await };
        let Some(top) = self.origin(&image).await else { return false };
        // If the engine does not tell the container, a newer image is enough: a program in a container cannot know
        // the id of an image that is created later.
        let has_no_container = top.container.is_empty();
        let mut image_origin = top;
        for _ in 0..MAX_PARENTS {
            if image_origin.container.starts_with(container.as_str()) {
                return true;
            }
            match self.origin(&image_origin.parent).await {
                Some(parent) => image_origin = parent,
                None => break,
            }
        }
        has_no_container && self.is_newer(&image, since, tolerance).await
    }

    /// Whether an image was created after `since` (seconds since 1970), or up to `tolerance` seconds before.
    pub(super) async fn is_newer(&self, image: &str, since: u64, tolerance: u64) -> bool {
        let Ok(found) = self.query_client.inspect_image(image).await else { return false };
        let created = found.created.and_then(|created| u64::try_from(created.unix_timestamp()).ok());
        created.is_some_and(|created| created + tolerance >= since)
    }

    /// The images that a step created: `top`, and with `with_parents` those of its parents that are newer than `since`.
    pub(super) async fn images_of_step(&self, top: &ImageOrigin, with_parents: bool, since: u64) -> Vec<Resource> {
        let mut images = vec![Resource::Image(top.id.clone())];
        let mut parent = top.parent.clone();
        while with_parents && !parent.is_empty() && images.len() < MAX_PARENTS && self.is_newer(&parent, since, 0).await
        {
            images.push(Resource::Image(parent.clone()));
            parent = self.origin(&parent).await.map(|origin| origin.parent).unwrap_or_default();
        }
        images
    }
}
