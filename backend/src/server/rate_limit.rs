//! Rate limit: a token bucket for each client.

use super::client::Client;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Above this number of clients, those without a request in the last minute are forgotten. Their buckets are full
/// again by then.
const MAX_CLIENTS: usize = 10_000;
/// How often clients are forgotten. Each time costs a look at all of them.
const FORGET_INTERVAL: Duration = Duration::from_secs(10);

/// A token bucket.
#[derive(Debug)]
struct Bucket {
    /// Tokens that are left, from 0 to the capacity.
    tokens: f64,
    /// When the tokens were counted.
    updated: Instant,
}

/// Allows each client a number of requests per minute. A bucket holds the requests of one minute and is refilled
/// continuously.
#[derive(Debug)]
pub(super) struct RateLimit {
    per_minute: f64,
    buckets: Mutex<Buckets>,
}

#[derive(Debug)]
struct Buckets {
    by_client: HashMap<String, Bucket>,
    /// When clients were forgotten.
    forgotten: Instant,
}

impl Buckets {
    /// Forgets the clients without a request in the last minute, if there are many clients, and not too often.
    fn forget_old(&mut self, now: Instant) {
        if self.by_client.len() > MAX_CLIENTS && now.duration_since(self.forgotten) >= FORGET_INTERVAL {
            self.by_client.retain(|_, bucket| now.duration_since(bucket.updated).as_secs() < 60);
            self.forgotten = now;
        }
    }
}

impl RateLimit {
    pub(super) fn new(per_minute: u32) -> Self {
        let buckets = Buckets { by_client: HashMap::new(), forgotten: Instant::now() };
        RateLimit { per_minute: f64::from(per_minute), buckets: Mutex::new(buckets) }
    }

    /// Takes one token of the client's bucket.
    ///
    /// # Errors
    /// The bucket is empty: the number of seconds until the next token, at least 1.
    pub(super) fn take(&self, client: &Client) -> Result<(), u32> {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        buckets.forget_old(now);
        let full = || Bucket { tokens: self.per_minute, updated: now };
        let bucket = buckets.by_client.entry(client.name().to_string()).or_insert_with(full);
        let refill = bucket.updated.elapsed().as_secs_f64() * self.per_minute / 60.0;
        bucket.tokens = (bucket.tokens + refill).min(self.per_minute);
        bucket.updated = now;
        if bucket.tokens < 1.0 {
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most a minute")]
            let seconds = ((1.0 - bucket.tokens) * 60.0 / self.per_minute).ceil() as u32;
            return Err(seconds.max(1));
        }
        bucket.tokens -= 1.0;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minute_has_so_many_requests_of_each_client() {
        let limit = RateLimit::new(2);
        let (a, b) = (Client::from_name("10.0.0.1"), Client::from_name("10.0.0.2"));
        assert!(limit.take(&a).is_ok() && limit.take(&a).is_ok());
        assert!((1..=30).contains(&limit.take(&a).unwrap_err()));
        assert!(limit.take(&b).is_ok());
    }

    #[test]
    fn many_clients_are_forgotten_at_intervals() {
        let start = Instant::now();
        let bucket = || Bucket { tokens: 1.0, updated: start };
        let by_client = (0..=MAX_CLIENTS).map(|client| (client.to_string(), bucket())).collect();
        let mut buckets = Buckets { by_client, forgotten: start };
        let after = |seconds| start + Duration::from_secs(seconds);
        buckets.forget_old(after(9));
        assert_eq!(buckets.forgotten, start, "each request would look at all clients");
        buckets.forget_old(after(50));
        assert_eq!((buckets.by_client.len(), buckets.forgotten), (MAX_CLIENTS + 1, after(50)));
        buckets.forget_old(after(61));
        assert!(buckets.by_client.is_empty());
    }
}
