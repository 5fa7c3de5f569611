//! Concurrency limit: how many requests of one kind are in progress at the same time, in total and per client.

use super::client::Client;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

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
