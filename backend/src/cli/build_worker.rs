//! `stageplay build-worker`: offers BuildKit daemons to a server.

use super::usage_error::UsageError;
use clap::Args;
use stageplay::build_worker::{BuildWorker, load_tls_config};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

#[derive(Debug, Args)]
pub(crate) struct BuildWorkerArgs {
    /// The address to listen on
    #[arg(long, default_value = "0.0.0.0:1234", value_name = "ADDRESS:PORT")]
    listen: SocketAddr,
    /// The certificate of the authority that signed the servers' certificates (PEM)
    #[arg(long, value_name = "FILE")]
    tls_ca: PathBuf,
    /// The certificate of this worker (PEM)
    #[arg(long, value_name = "FILE")]
    tls_cert: PathBuf,
    /// The private key of this worker (PEM)
    #[arg(long, value_name = "FILE")]
    tls_key: PathBuf,
    /// The folder that daemons write to. It is emptied before each build. The container must limit its size
    #[arg(long, default_value = "/tmp", value_name = "DIR")]
    state: PathBuf,
    /// How long a build may take, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 900, value_parser = clap::value_parser!(u64).range(1..))]
    time: u64,
    /// Further options for buildkitd, such as --oci-worker-no-process-sandbox
    #[arg(last = true)]
    options: Vec<String>,
}

impl BuildWorkerArgs {
    pub(crate) fn run(self) -> Result<u8, UsageError> {
        if std::process::id() != 1 {
            return Err(
                "build-worker must be the first process of a container, because it kills all other processes after a build"
                    .into(),
            );
        }
        let tls = load_tls_config(&self.tls_ca, &self.tls_cert, &self.tls_key)?;
        let worker = BuildWorker {
            listen: self.listen,
            tls,
            state: self.state,
            build_time: Duration::from_secs(self.time),
            buildkitd_options: self.options,
        };
        let runtime = tokio::runtime::Runtime::new().map_err(|error| format!("cannot start: {error}"))?;
        runtime.block_on(async {
            let terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate());
            let mut terminate = terminate.map_err(|error| format!("cannot start: {error}"))?;
            tokio::select! {
                // All other processes of a container end together with its first process.
                _ = terminate.recv() => Ok(0),
                error = worker.run() => {
                    eprintln!("stageplay: {error}");
                    Ok(1)
                }
            }
        })
    }
}
