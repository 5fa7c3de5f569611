//! A request's body, as long as it comes at a pace: who sends a byte now and then holds a place from others.

use axum::body::{Body, Bytes};
use futures_util::{Stream, StreamExt};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// How long an upload may take.
const TOTAL_TIMEOUT: Duration = Duration::from_secs(300);
/// How long the client may be waited for at once; bytes that came earlier do not add to it.
const IDLE_TIMEOUT: Duration = Duration::from_secs(20);
/// Bytes that must come in a second, on the average: a fifth of what a poor mobile connection gives.
const MIN_BYTES_PER_SECOND: f64 = 4_096.0;

/// How much longer a client is waited for. Time that the server needs for itself does not count.
#[derive(Debug)]
struct WaitBudget(Duration);

impl WaitBudget {
    /// So many bytes came after so long a wait.
    fn came(&mut self, bytes: usize, waited: Duration) {
        #[allow(clippy::cast_precision_loss, reason = "pieces of a body")]
        let earned = Duration::from_secs_f64(bytes as f64 / MIN_BYTES_PER_SECOND);
        self.0 = self.0.saturating_sub(waited).saturating_add(earned).min(IDLE_TIMEOUT);
    }
}

/// Whether an upload was given up because it was too slow.
#[derive(Clone, Debug, Default)]
pub(super) struct Slow(Arc<AtomicBool>);

impl Slow {
    pub(super) fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// The body in pieces, and an error in place of the rest if it comes too slowly.
pub(super) fn paced(body: Body, slow: Slow) -> impl Stream<Item = std::io::Result<Bytes>> + Send + Unpin {
    let state = (body.into_data_stream(), WaitBudget(IDLE_TIMEOUT), Instant::now(), slow);
    Box::pin(futures_util::stream::unfold(Some(state), |state| async {
        let (mut body, mut budget, begun, slow) = state?;
        let left = budget.0.min(TOTAL_TIMEOUT.saturating_sub(begun.elapsed()));
        let asked = Instant::now();
        match tokio::time::timeout(left, body.next()).await {
            Ok(Some(Ok(piece))) => {
                budget.came(piece.len(), asked.elapsed());
                Some((Ok(piece), Some((body, budget, begun, slow))))
            }
            Ok(Some(Err(error))) => Some((Err(std::io::Error::other(error)), None)),
            Ok(None) => None,
            Err(_) => {
                slow.0.store(true, Ordering::Relaxed);
                Some((Err(std::io::ErrorKind::TimedOut.into()), None))
            }
        }
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether a client that sends so many bytes each time after so many seconds gets so far.
    fn passes(pieces: impl IntoIterator<Item = (usize, u64)>) -> bool {
        let mut budget = WaitBudget(IDLE_TIMEOUT);
        pieces.into_iter().all(|(bytes, seconds)| {
            let waited = Duration::from_secs(seconds);
            let in_time = waited < budget.0;
            budget.came(bytes, waited);
            in_time
        })
    }

    #[test]
    fn a_slow_line_passes_and_a_trickle_does_not() {
        assert!(passes((0..200).map(|_| (20_000, 1))), "a phone at 20 kB/s");
        assert!(passes((0..20).map(|_| (64 << 10, 13))), "64 KiB every 13 seconds");
        assert!(!passes((0..20).map(|_| (1, 2))), "a byte every 2 seconds");
        assert!(!passes([(100 << 20, 1), (1, 21)]), "what came fast is no credit for a long stop");
    }
}
