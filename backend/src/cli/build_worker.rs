//! `stageplay build-worker`.

use super::Usage;
use clap::Args;
use stageplay::worker::{Worker, certificates};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

#[derive(Debug, Args)]
pub(crate) struct BuildWorker {
    /// Where to listen.
    #[arg(long, default_value = "0.0.0.0:1234", value_name = "ADDRESS:PORT")]
    listen: SocketAddr,
    /// The authority that signed the certificates of servers, PEM.
    #[arg(long, value_name = "FILE")]
    tls_ca: PathBuf,
    /// Our certificate, PEM.
    #[arg(long, value_name = "FILE")]
    tls_cert: PathBuf,
    /// Its key, PEM.
    #[arg(long, value_name = "FILE")]
    tls_key: PathBuf,
    /// The folder where daemons write, bounded from outside; all that is in it is removed before each build.
    #[arg(long, default_value = "/tmp", value_name = "DIR")]
    state: PathBuf,
    /// Seconds after which a build is ended.
    #[arg(long, default_value_t = 900, value_parser = clap::value_parser!(u64).range(1..))]
    time: u64,
    /// More options for buildkitd, such as --oci-worker-no-process-sandbox.
    #[arg(last = true)]
    options: Vec<String>,
}

impl BuildWorker {
    pub(crate) fn run(self) -> Result<u8, Usage> {
        if std::process::id() != 1 {
            return Err(
                "build-worker is the first process of a container: at the end of a build it ends all others".into()
            );
        }
        let tls = certificates(&self.tls_ca, &self.tls_cert, &self.tls_key)?;
        let worker = Worker {
            listen: self.listen,
            tls,
            state: self.state,
            time: Duration::from_secs(self.time),
            options: self.options,
        };
        let runtime = tokio::runtime::Runtime::new().map_err(|error| format!("cannot start: {error}"))?;
        runtime.block_on(async {
            let terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate());
            let mut terminate = terminate.map_err(|error| format!("cannot start: {error}"))?;
            tokio::select! {
                // With the first process of a container all others end.
                _ = terminate.recv() => Ok(0),
                error = worker.work() => {
                    eprintln!("stageplay: {error}");
                    Ok(1)
                }
            }
        })
    }
}
