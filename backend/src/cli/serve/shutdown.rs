//! What SIGINT (Ctrl+C) and SIGTERM do to a server.

use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How long the server may take to stop builds and to remove what they created.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(15);

/// Returns a token that is cancelled by SIGINT (Ctrl+C) or SIGTERM. At a second signal, or after
/// [`SHUTDOWN_TIMEOUT`], the process ends. A separate thread waits for the signals, so that busy threads do not delay
/// them.
pub(super) fn cancel_on_signal() -> std::io::Result<CancellationToken> {
    use tokio::signal::unix::{SignalKind, signal};
    let stop = CancellationToken::new();
    let (cancel, runtime) = (stop.clone(), tokio::runtime::Builder::new_current_thread().enable_all().build()?);
    let (mut terminate, mut interrupt) = {
        let _guard = runtime.enter();
        (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?)
    };
    std::thread::Builder::new().name("signals".into()).spawn(move || {
        runtime.block_on(async {
            let mut next = async || {
                tokio::select! {
                    _ = terminate.recv() => {}
                    _ = interrupt.recv() => {}
                }
            };
            next().await;
            cancel.cancel();
            let _ = tokio::time::timeout(SHUTDOWN_TIMEOUT, next()).await;
            // The next start removes what is left.
            std::process::exit(1);
        });
    })?;
    Ok(stop)
}
