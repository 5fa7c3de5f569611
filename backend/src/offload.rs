//! The simulator's and other work that keeps a processor busy, off the threads that answer requests: on few
//! threads of its own, with a deadline, and given up when nobody waits for it any more.

use crate::engine::problem;
use stageplay_core::api::Problem;
use std::sync::{Arc, LazyLock};
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

/// As many threads as there are processors, and at least two: one long piece of work does not stop the others.
static THREADS: LazyLock<Arc<Semaphore>> = LazyLock::new(|| {
    let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    Arc::new(Semaphore::new(processors.max(2)))
});

/// Does a piece of work on a thread of its own and waits for it, at most for `deadline`; waiting for a free
/// thread counts.
///
/// The work is told by its token when nobody waits for it any more: because `cancel` was cancelled, the deadline
/// is over, or the future was dropped. What does not look at the token goes on until its end and keeps its
/// thread from others until then.
///
/// # Errors
/// `cancelled`, `too-long`, or `internal` if the work panics.
pub async fn run<T: Send + 'static>(
    deadline: Duration,
    cancel: &CancellationToken,
    work: impl FnOnce(&CancellationToken) -> T + Send + 'static,
) -> Result<T, Problem> {
    run_on(&THREADS, deadline, cancel, work).await
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
        () = cancel.cancelled() => Err(problem("cancelled", "it was cancelled", "")),
        done = tokio::time::timeout(deadline, working) => match done {
            Ok(Ok(done)) => Ok(done),
            Ok(Err(error)) => {
                tracing::error!(%error, "work off the request threads broke off");
                Err(problem("internal", "the server made a mistake", "tell whoever runs it"))
            }
            Err(_) => {
                let what = format!("this takes longer than the {} seconds that it may", deadline.as_secs());
                Err(problem("too-long", what, "ask for less at once, or try again later"))
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
        assert_eq!(block_on(run(LONG, &cancel, |_| 7)).unwrap(), 7);
        let broken = block_on(run(LONG, &cancel, |_| panic!("on purpose")));
        assert_eq!(broken.map(|()| 0).unwrap_err().code, "internal");
    }

    /// Work that ends when it is told so, and says so.
    fn patient(told: mpsc::Sender<()>) -> impl FnOnce(&CancellationToken) + Send + 'static {
        move |stop| {
            while !stop.is_cancelled() {
                std::thread::sleep(Duration::from_millis(1));
            }
            let _ = told.send(());
        }
    }

    #[test]
    fn nobody_waits_longer_than_the_deadline_and_the_work_is_told() {
        let (told, heard) = mpsc::channel();
        let late = block_on(run(Duration::from_millis(20), &CancellationToken::new(), patient(told)));
        assert_eq!(late.unwrap_err().code, "too-long");
        heard.recv_timeout(LONG).unwrap();
    }

    #[test]
    fn cancelling_or_leaving_gives_it_up() {
        let (told, heard) = mpsc::channel();
        let cancel = CancellationToken::new();
        let later = cancel.clone();
        std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(20));
            later.cancel();
        });
        assert_eq!(block_on(run(LONG, &cancel, patient(told.clone()))).unwrap_err().code, "cancelled");
        heard.recv_timeout(LONG).unwrap();
        block_on(async {
            let cancel = CancellationToken::new();
            let gone = run(LONG, &cancel, patient(told));
            assert!(tokio::time::timeout(Duration::from_millis(20), gone).await.is_err());
        });
        heard.recv_timeout(LONG).unwrap();
    }

    #[test]
    fn only_so_many_work_at_once() {
        let threads = Arc::new(Semaphore::new(1));
        let (go, wait) = mpsc::channel::<()>();
        block_on(async {
            let cancel = CancellationToken::new();
            let held = run_on(&threads, Duration::from_millis(20), &cancel, move |_| wait.recv());
            assert_eq!(held.await.unwrap_err().code, "too-long");
            // Given up, but still at work: its thread is not free.
            let second = run_on(&threads, Duration::from_millis(20), &cancel, |_| ());
            assert_eq!(second.await.unwrap_err().code, "too-long");
            go.send(()).unwrap();
            run_on(&threads, LONG, &cancel, |_| ()).await.unwrap();
        });
    }
}
