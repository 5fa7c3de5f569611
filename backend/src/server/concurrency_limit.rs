//! Concurrency limit: how many uploads, event streams and other requests of one kind are in progress at the same time,
//! in total and per client.

use super::client::Client;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Open event streams.
const MAX_STREAMS: usize = 1_000;
/// Open event streams of one client.
const MAX_STREAMS_PER_CLIENT: usize = 250;
/// Contexts that are uploaded at the same time. A context as JSON is held in memory, up to 16 MiB.
const MAX_UPLOADS: usize = 8;
/// Contexts of one client that are uploaded at the same time.
const MAX_UPLOADS_PER_CLIENT: usize = 2;
/// Images that are downloaded at the same time. Each keeps its archive on disk, also if its build is forgotten.
const MAX_DOWNLOADS: usize = 8;
/// Images that one client downloads at the same time.
const MAX_DOWNLOADS_PER_CLIENT: usize = 2;
/// Images of the engine that are read for their facts at the same time.
const MAX_IMAGE_READS: usize = 2;
/// Images that are read for one client at the same time.
const MAX_IMAGE_READS_PER_CLIENT: usize = 1;

/// Bounds what is in progress, in total and for each client.
#[derive(Clone, Debug)]
pub(super) struct ConcurrencyLimit {
    free: Arc<Semaphore>,
    per_client: usize,
    in_use: Arc<Mutex<HashMap<String, usize>>>,
}

/// The limit that was reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LimitReached {
    /// All clients together have as many permits as there are.
    Total,
    /// This client has as many permits as one client may have.
    PerClient,
}

/// One unit of the limit; it is given back when this is dropped.
#[derive(Debug)]
pub(super) struct ConcurrencyPermit {
    _permit: OwnedSemaphorePermit,
    in_use: Arc<Mutex<HashMap<String, usize>>>,
    client: String,
}

impl ConcurrencyLimit {
    pub(super) fn new(total: usize, per_client: usize) -> Self {
        ConcurrencyLimit { free: Arc::new(Semaphore::new(total)), per_client, in_use: Arc::default() }
    }

    /// Uploads of contexts.
    pub(super) fn uploads() -> Self {
        Self::new(MAX_UPLOADS, MAX_UPLOADS_PER_CLIENT)
    }

    /// Event streams.
    pub(super) fn event_streams() -> Self {
        Self::new(MAX_STREAMS, MAX_STREAMS_PER_CLIENT)
    }

    /// Images that are read for their facts.
    pub(super) fn image_reads() -> Self {
        Self::new(MAX_IMAGE_READS, MAX_IMAGE_READS_PER_CLIENT)
    }

    /// Downloads of images.
    pub(super) fn downloads() -> Self {
        Self::new(MAX_DOWNLOADS, MAX_DOWNLOADS_PER_CLIENT)
    }

    /// Takes a permit, without waiting.
    ///
    /// # Errors
    /// The limit that was reached.
    pub(super) fn acquire(&self, client: &Client) -> Result<ConcurrencyPermit, LimitReached> {
        let mut in_use = self.in_use.lock().unwrap_or_else(PoisonError::into_inner);
        let count = in_use.get(client.name()).copied().unwrap_or(0);
        if count >= self.per_client {
            return Err(LimitReached::PerClient);
        }
        let permit = self.free.clone().try_acquire_owned().map_err(|_| LimitReached::Total)?;
        let client = client.name().to_string();
        in_use.insert(client.clone(), count + 1);
        Ok(ConcurrencyPermit { _permit: permit, in_use: self.in_use.clone(), client })
    }
}

impl Drop for ConcurrencyPermit {
    fn drop(&mut self) {
        let mut in_use = self.in_use.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = in_use.get_mut(&self.client) {
            *count -= 1;
            if *count == 0 {
                in_use.remove(&self.client);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_client_has_only_some_of_the_permits() {
        let limit = ConcurrencyLimit::new(3, 2);
        let [a, b, c] = ["10.0.0.1", "10.0.0.2", "10.0.0.3"].map(Client::from_name);
        let first = limit.acquire(&a).unwrap();
        let _second = limit.acquire(&a).unwrap();
        assert_eq!(limit.acquire(&a).unwrap_err(), LimitReached::PerClient);
        let _third = limit.acquire(&b).unwrap();
        assert_eq!(limit.acquire(&c).unwrap_err(), LimitReached::Total);
        drop(first);
        assert!(limit.acquire(&c).is_ok());
    }
}
