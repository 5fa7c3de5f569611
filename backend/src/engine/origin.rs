//! Where an image of an engine comes from: the container it was committed from and the image below it.
//! It is what tells an image that a build made from every other one.

use super::docker::Docker;
use super::grammar::{Claim, Proof};
use super::journal::Thing;
use serde::Deserialize;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;

/// The last version of the API whose images say what they were committed from.
const VERSION: (usize, usize) = (1, 44);
/// The longest description of an image that is read, in bytes.
const MOST: u64 = 4 << 20;
/// Images below an image that are looked at: triggers of a base image.
const MOST_BELOW: usize = 100;

/// Seconds that the clock of another machine may be behind.
const OTHER_CLOCK: u64 = 300;

/// An image of an engine.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Origin {
    /// Its whole id.
    pub(super) id: String,
    /// The container it was committed from; empty if it was none, or the engine does not say.
    pub(super) container: String,
    /// The image below it; empty if there is none, or the engine does not say.
    pub(super) parent: String,
    /// Bytes of all its layers.
    pub(super) size: u64,
}

/// What a socket answers with status 200. The client library's type leaves out what is wanted here.
async fn get(socket: &str, path: &str) -> Option<Vec<u8>> {
    let mut stream = UnixStream::connect(socket).await.ok()?;
    stream.write_all(format!("GET {path} HTTP/1.0\r\nHost: engine\r\n\r\n").as_bytes()).await.ok()?;
    let mut answer = Vec::new();
    stream.take(MOST).read_to_end(&mut answer).await.ok()?;
    let head = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n")?;
    answer.get(..13).is_some_and(|status| status.ends_with(b" 200 ")).then(|| answer.split_off(head + 4))
}

impl Docker {
    /// Where an image comes from; `None` if the engine does not have it.
    pub(super) async fn origin(&self, id: &str) -> Option<Origin> {
        if id.is_empty() || !id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b':') {
            return None;
        }
        if let Some(socket) = &self.socket {
            let own = self.client.client_version();
            let (major, minor) = VERSION.min((own.major_version, own.minor_version));
            let path = format!("/v{major}.{minor}/images/{id}/json");
            let answer = tokio::time::timeout(Duration::from_secs(10), get(socket, &path)).await.ok()??;
            return serde_json::from_slice(&answer).ok();
        }
        let found = self.client.inspect_image(id).await.ok()?;
        let size = found.size.and_then(|size| u64::try_from(size).ok()).unwrap_or(0);
        Some(Origin { id: found.id?, size, ..Origin::default() })
    }

    /// Whether a message that only the builder could have written is its own. `begun` is when its
    /// container was named, in seconds since 1970.
    pub(super) async fn holds(&self, claim: &Claim, begun: u64) -> bool {
        let image = match &claim.proof {
            Proof::Cached(id) => return self.origin(id).await.is_some(),
            Proof::Image(id) => id.clone(),
            Proof::Container(id) => match self.client.inspect_container(id, None).await {
                Ok(found) => found.image.unwrap_or_default(),
                Err(_) => return false,
            },
        };
        let doubt = if self.socket.is_some() { 1 } else { OTHER_CLOCK };
        let Some(container) = &claim.container else { return self.is_as_young(&image, begun, doubt).await };
        let Some(top) = self.origin(&image).await else { return false };
        // An engine that does not say: nobody in a container learns the id of an image that came later.
        let is_silent = top.container.is_empty();
        let mut at = top;
        for _ in 0..MOST_BELOW {
            if at.container.starts_with(container.as_str()) {
                return true;
            }
            match self.origin(&at.parent).await {
                Some(below) => at = below,
                None => break,
            }
        }
        is_silent && self.is_as_young(&image, begun, doubt).await
    }

    /// Whether an image was made after a time, or so many seconds before it.
    pub(super) async fn is_as_young(&self, image: &str, begun: u64, doubt: u64) -> bool {
        let Ok(found) = self.client.inspect_image(image).await else { return false };
        let made = found.created.and_then(|created| u64::try_from(created.unix_timestamp()).ok());
        made.is_some_and(|made| made + doubt >= begun)
    }

    /// The images that a step made: its own, and with triggers those below it that are as new.
    pub(super) async fn made_by(&self, top: &Origin, with_below: bool, begun: u64) -> Vec<Thing> {
        let mut made = vec![Thing::Image(top.id.clone())];
        let mut at = top.parent.clone();
        while with_below && !at.is_empty() && made.len() < MOST_BELOW && self.is_as_young(&at, begun, 0).await {
            made.push(Thing::Image(at.clone()));
            at = self.origin(&at).await.map(|origin| origin.parent).unwrap_or_default();
        }
        made
    }
}
