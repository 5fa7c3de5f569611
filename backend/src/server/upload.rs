//! Uploads: the body of a request must arrive at a minimum rate. A client that sends a byte now and then would
//! otherwise keep others from uploading (slow-loris attack).

use axum::body::{Body, Bytes};
use futures_util::{Stream, StreamExt};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// How long an upload may take in total.
const TOTAL_TIMEOUT: Duration = Duration::from_secs(300);
/// How long the server waits for a client that sends nothing. Bytes that arrived earlier do not extend this time.
const IDLE_TIMEOUT: Duration = Duration::from_secs(20);
/// Bytes per second that must arrive on average: a fifth of the rate of a poor mobile connection.
const MIN_BYTES_PER_SECOND: f64 = 4_096.0;

/// The time that the server still waits for a client. It shrinks while the server waits and grows with each byte that
/// arrives. Time in which the server is busy does not count.
#[derive(Debug)]
struct WaitBudget(Duration);

impl WaitBudget {
    /// Accounts for bytes that arrived after a wait.
    fn received(&mut self, bytes: usize, waited: Duration) {
        #[allow(clippy::cast_precision_loss, reason = "chunks of a body are small")]
        let earned = Duration::from_secs_f64(bytes as f64 / MIN_BYTES_PER_SECOND);
        self.0 = self.0.saturating_sub(waited).saturating_add(earned).min(IDLE_TIMEOUT);
    }
}

/// Is set when an upload ends because it is too slow.
#[derive(Clone, Debug, Default)]
pub(super) struct TooSlow(Arc<AtomicBool>);

impl TooSlow {
    pub(super) fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Returns the chunks of a body. If the body arrives too slowly, the stream ends with an error and sets `too_slow`.
pub(super) fn with_minimum_rate(
    body: Body,
    too_slow: TooSlow,
) -> impl Stream<Item = std::io::Result<Bytes>> + Send + Unpin {
    let state = (body.into_data_stream(), WaitBudget(IDLE_TIMEOUT), Instant::now(), too_slow);
    Box::pin(futures_util::stream::unfold(Some(state), |state| async {
        let (mut body, mut budget, started, too_slow) = state?;
        let remaining = budget.0.min(TOTAL_TIMEOUT.saturating_sub(started.elapsed()));
        let waiting_since = Instant::now();
        match tokio::time::timeout(remaining, body.next()).await {
            Ok(Some(Ok(chunk))) => {
                budget.received(chunk.len(), waiting_since.elapsed());
                Some((Ok(chunk), Some((body, budget, started, too_slow))))
            }
            Ok(Some(Err(error))) => Some((Err(std::io::Error::other(error)), None)),
            Ok(None) => None,
            Err(_) => {
                too_slow.0.store(true, Ordering::Relaxed);
                Some((Err(std::io::ErrorKind::TimedOut.into()), None))
            }
        }
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether a client passes that sends each number of bytes after the given number of seconds.
    fn passes(chunks: impl IntoIterator<Item = (usize, u64)>) -> bool {
        let mut budget = WaitBudget(IDLE_TIMEOUT);
        chunks.into_iter().all(|(bytes, seconds)| {
            let waited = Duration::from_secs(seconds);
            let in_time = waited < budget.0;
            budget.received(bytes, waited);
            in_time
        })
    }

    #[test]
    fn a_slow_line_passes_and_a_trickle_does_not() {
        assert!(passes((0..200).map(|_| (20_000, 1))), "a phone at 20 kB/s");
        assert!(passes((0..20).map(|_| (64 << 10, 13))), "64 KiB every 13 seconds");
        assert!(!passes((0..20).map(|_| (1, 2))), "a byte every 2 seconds");
        assert!(!passes([(100 << 20, 1), (1, 21)]), "a fast start is no credit for a long pause");
    }
}
