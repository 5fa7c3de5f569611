//! Runs CPU-intensive work on blocking threads, with a deadline, so that it does not block the threads that answer
//! requests. Requests and builds have threads of their own.

use crate::problem::problem;
use stageplay_core::api::Problem;
use std::sync::{Arc, LazyLock};
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

/// Threads of one pool: as many as builds may run at the same time. There are more than processors, because the system
/// shares the processors among them: long work makes other work slower, but does not keep it waiting.
const POOL_THREADS: usize = 64;

/// Who needs the work. One kind of work does not wait for the other.
#[derive(Clone, Copy, Debug)]
pub enum Pool {
    /// A request. `ConcurrencyLimit` bounds how many of them a client has at a time.
    Requests,
    /// A build. The queue bounds how many of them run at a time.
    Builds,
}

impl Pool {
    fn threads(self) -> &'static Arc<Semaphore> {
        static REQUESTS: LazyLock<Arc<Semaphore>> = LazyLock::new(|| Arc::new(Semaphore::new(POOL_THREADS)));
        static BUILDS: LazyLock<Arc<Semaphore>> = LazyLock::new(|| Arc::new(Semaphore::new(POOL_THREADS)));
        match self {
            Pool::Requests => &REQUESTS,
            Pool::Builds => &BUILDS,
        }
    }
}

/// Runs `work` on a blocking thread and waits for its result, for at most `deadline`. The time until a thread is free
/// counts.
///
/// The token that `work` gets is cancelled when its result is no longer needed: `cancel` is cancelled, the deadline
/// has passed, or the future is dropped. Work that does not check the token continues and occupies its thread until
/// it ends.
///
/// # Errors
/// A problem with the code `cancelled`, `too-long`, or `internal` if the work panics.
pub async fn run<T: Send + 'static>(
    pool: Pool,
    deadline: Duration,
    cancel: &CancellationToken,
    work: impl FnOnce(&CancellationToken) -> T + Send + 'static,
) -> Result<T, Problem> {
    run_on(pool.threads(), deadline, cancel, work).await
}

async fn run_on<T: Send + 'static>(
    threads: &Arc<Semaphore>,
    deadline: Duration,
    cancel: &CancellationToken,
    work: impl FnOnce(&CancellationToken) -> T + Send + 'static,
) -> Result<T, Problem> {
    let stop = cancel.child_token();
    let _stop_when_dropped = stop.clone().drop_guard();
    let threads = threads.clone();
    let working = async move {
        // The semaphore is never closed.
        let thread = threads.acquire_owned().await.ok();
        tokio::task::spawn_blocking(move || {
            let _thread = thread;
            work(&stop)
        })
        .await
    };
    tokio::select! {
        // Work that was cancelled may end at once, with a result that is not whole.
        biased;
        () = cancel.cancelled() => Err(problem("cancelled", "the work was cancelled", "")),
        done = tokio::time::timeout(deadline, working) => match done {
            Ok(Ok(done)) => Ok(done),
            Ok(Err(error)) => {
                tracing::error!(%error, "work on a blocking thread failed");
                Err(problem("internal", "internal error of the server", "report this to the server's operator"))
            }
            Err(_) => {
                let what = format!("this takes longer than {} seconds, the limit of this server", deadline.as_secs());
                Err(problem("too-long", what, "request less at once, or try again later"))
            }
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    const LONG: Duration = Duration::from_secs(600);

    fn block_on<T>(future: impl Future<Output = T>) -> T {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let done = runtime.block_on(future);
        runtime.shutdown_background();
        done
    }

    #[test]
    fn work_is_done_and_a_panic_is_a_problem() {
        let cancel = CancellationToken::new();
        assert_eq!(block_on(run(Pool::Builds, LONG, &cancel, |_| 7)).unwrap(), 7);
        let broken = block_on(run(Pool::Builds, LONG, &cancel, |_| panic!("on purpose")));
        assert_eq!(broken.map(|()| 0).unwrap_err().code, "internal");
    }

    /// Work that ends when its token is cancelled, and then sends a message.
    fn work_until_cancelled(ended: mpsc::Sender<()>) -> impl FnOnce(&CancellationToken) + Send + 'static {
        move |stop| {
            while !stop.is_cancelled() {
                std::thread::sleep(Duration::from_millis(1));
            }
            let _ = ended.send(());
        }
    }

    #[test]
    fn the_deadline_ends_the_wait_and_cancels_the_work() {
        let (sender, receiver) = mpsc::channel();
        let late = block_on(run(
            Pool::Builds,
            Duration::from_millis(20),
            &CancellationToken::new(),
            work_until_cancelled(sender),
        ));
        assert_eq!(late.unwrap_err().code, "too-long");
        receiver.recv_timeout(LONG).unwrap();
    }

    #[test]
    fn cancelling_or_dropping_cancels_the_work() {
        let (sender, receiver) = mpsc::channel();
        let cancel = CancellationToken::new();
        let later = cancel.clone();
        std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(20));
            later.cancel();
        });
        assert_eq!(
            block_on(run(Pool::Builds, LONG, &cancel, work_until_cancelled(sender.clone()))).unwrap_err().code,
            "cancelled"
        );
        receiver.recv_timeout(LONG).unwrap();
        block_on(async {
            let cancel = CancellationToken::new();
            let gone = run(Pool::Builds, LONG, &cancel, work_until_cancelled(sender));
            assert!(tokio::time::timeout(Duration::from_millis(20), gone).await.is_err());
        });
        receiver.recv_timeout(LONG).unwrap();
    }

    #[test]
    fn the_number_of_threads_is_bounded() {
        let threads = Arc::new(Semaphore::new(1));
        let (go, wait) = mpsc::channel::<()>();
        block_on(async {
            let cancel = CancellationToken::new();
            let held = run_on(&threads, Duration::from_millis(20), &cancel, move |_| wait.recv());
            assert_eq!(held.await.unwrap_err().code, "too-long");
            // The first work still occupies the thread.
            let second = run_on(&threads, Duration::from_millis(20), &cancel, |_| ());
            assert_eq!(second.await.unwrap_err().code, "too-long");
            go.send(()).unwrap();
            run_on(&threads, LONG, &cancel, |_| ()).await.unwrap();
        });
    }
}
