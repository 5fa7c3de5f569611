//! Builds in BuildKit daemons over TCP or a socket. A daemon builds and sends the image, but it cannot run it. So the
//! outcome of a start is predicted from the files of the image.

use super::address::{DaemonAddress, Tls};
use super::base_images::BaseImages;
use super::build_task::{BuildOutcome, BuildTask};
use super::buildkit_solve;
use crate::problem::problem;
use bollard::moby::buildkit::v1::control_client::ControlClient;
use bollard::moby::buildkit::v1::{InfoRequest, ListWorkersRequest, PruneRequest};
use stageplay_core::api::{Event, Problem};
use stageplay_report::without_control_characters;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity};

/// How long a daemon may take to answer.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Bytes of an answer's headers. A daemon's error comes in them, with the Dockerfile and in base64.
pub(super) const MAX_ERROR_BYTES: u32 = 8 << 20;

/// How long a build waits for a free build worker. There should be as many workers as builds at the same time, and a
/// worker needs a moment between two builds.
const WORKER_TIMEOUT: Duration = Duration::from_secs(30);
/// Interval between two attempts to find a free build worker.
const WORKER_RETRY_INTERVAL: Duration = Duration::from_millis(100);

/// Characters of the version of a daemon.
const MAX_VERSION_CHARS: usize = 60;

/// The version of BuildKit that the first daemon told.
#[derive(Clone, Debug, Default)]
pub(super) struct DaemonVersion(Arc<OnceLock<String>>);

impl DaemonVersion {
    /// The version, if a daemon told it.
    pub(super) fn get(&self) -> Option<String> {
        self.0.get().cloned()
    }

    /// Asks a daemon, unless one told its version before. A daemon before BuildKit 0.11 does not tell it.
    pub(super) async fn ask(&self, channel: &Channel) {
        if self.0.get().is_some() {
            return;
        }
        let mut control = ControlClient::new(channel.clone());
        let answer = tokio::time::timeout(CONNECT_TIMEOUT, control.info(InfoRequest {})).await;
        let version = answer.ok().and_then(Result::ok).and_then(|answer| answer.into_inner().buildkit_version);
        let text = without_control_characters(&version.map(|version| version.version).unwrap_or_default())
            .chars()
            .take(MAX_VERSION_CHARS)
            .collect::<String>();
        if !text.is_empty() {
            let _ = self.0.set(text);
        }
    }
}

/// One BuildKit daemon, or a pool of daemons: several addresses, or a host name with several IP addresses.
#[derive(Clone, Debug)]
pub struct Buildkit {
    addresses: Vec<DaemonAddress>,
    tls: Option<ClientTlsConfig>,
    /// Counts connections; it selects the daemon of the pool that is tried first (round robin).
    next_daemon: Arc<AtomicUsize>,
    /// Base images that the daemons get from this server.
    images: Arc<BaseImages>,
    version: DaemonVersion,
    /// The daemons are build workers. A connection reserves a worker for a build, so there are no other connections.
    are_workers: bool,
}

fn unreachable(error: impl std::fmt::Display) -> Problem {
    problem(
        "no-engine",
        format!("cannot connect to a BuildKit daemon: {error}"),
        "check that the daemon is running, its address and the certificates",
    )
}

impl Buildkit {
    /// Reads the certificates, and checks that a daemon answers.
    ///
    /// # Errors
    /// A certificate cannot be read, or no daemon answers.
    pub(super) async fn connect(
        addresses: &[DaemonAddress],
        tls: &Tls,
        images: Arc<BaseImages>,
        are_workers: bool,
    ) -> Result<Self, Problem> {
        let file =
            |path: &Path| std::fs::read(path).map_err(|error| unreachable(format!("{}: {error}", path.display())));
        let config = if *tls == Tls::default() {
            None
        } else {
            let mut config = ClientTlsConfig::new();
            if let Some(ca) = &tls.ca {
                config = config.ca_certificate(Certificate::from_pem(file(ca)?));
            }
            if let (Some(cert), Some(key)) = (&tls.cert, &tls.key) {
                config = config.identity(Identity::from_pem(file(cert)?, file(key)?));
            }
            Some(config)
        };
        let addresses = addresses.to_vec();
        let (next_daemon, version) = (Arc::default(), DaemonVersion::default());
        let buildkit = Buildkit { addresses, tls: config, next_daemon, images, version, are_workers };
        buildkit.ping().await.map_err(unreachable)?;
        Ok(buildkit)
    }

    /// The base images that builds may use.
    pub(super) fn base_images(&self) -> &BaseImages {
        &self.images
    }

    /// The version of the daemons.
    pub(super) fn version(&self) -> &DaemonVersion {
        &self.version
    }

    /// Asks the next daemon of the pool whether it is there. Build workers are not asked.
    ///
    /// # Errors
    /// No daemon answers.
    pub(super) async fn ping(&self) -> Result<(), String> {
        if self.are_workers {
            return Ok(());
        }
        let channel = self.connect_to_daemon().await?;
        self.version.ask(&channel).await;
        let mut control = ControlClient::new(channel);
        let answer = control.list_workers(ListWorkersRequest { filter: Vec::new() });
        let answer = tokio::time::timeout(CONNECT_TIMEOUT, answer).await.map_err(|_| "no answer within 5 seconds")?;
        answer.map(drop).map_err(|error| error.to_string())
    }

    /// Removes cache records of one daemon that were not used for `max_idle`. Returns the number of freed bytes. Each
    /// call selects the next daemon of the pool.
    pub(super) async fn prune_build_cache(&self, max_idle: Duration) -> Result<u64, String> {
        if self.are_workers {
            return Ok(0);
        }
        let channel = self.connect_to_daemon().await?;
        let keep_duration = i64::try_from(max_idle.as_nanos()).unwrap_or(i64::MAX);
        let request = PruneRequest { all: true, keep_duration, ..PruneRequest::default() };
        let answer = ControlClient::new(channel).prune(request).await;
        let mut records = answer.map_err(|error| error.message().to_string())?.into_inner();
        let mut freed = 0u64;
        while let Some(record) = records.message().await.map_err(|error| error.message().to_string())? {
            freed = freed.saturating_add(u64::try_from(record.size).unwrap_or(0));
        }
        Ok(freed)
    }

    /// Connects to the next daemon of the pool that answers.
    async fn connect_to_daemon(&self) -> Result<Channel, String> {
        let mut daemons = Vec::new();
        let mut failure = String::from("no daemon is given");
        for address in &self.addresses {
            match address {
                DaemonAddress::Socket(path) => daemons.push((format!("unix://{path}"), None)),
                DaemonAddress::Tcp(name) => match tokio::net::lookup_host(name).await {
                    Ok(resolved) => {
                        // The certificate contains the host name of the pool, not the IP address of a daemon.
                        let host = name.rsplit_once(':').map_or(&**name, |(host, _)| host).trim_matches(['[', ']']);
                        let mut resolved: Vec<_> = resolved.collect();
                        resolved.sort();
                        resolved.dedup();
                        daemons.extend(resolved.into_iter().map(|address| (address.to_string(), Some(host))));
                    }
                    Err(error) => failure = format!("{name}: {error}"),
                },
            }
        }
        let count = self.next_daemon.fetch_add(1, Ordering::Relaxed);
        let first = count.checked_rem(daemons.len()).unwrap_or(0);
        daemons.rotate_left(first);
        for (address, host) in daemons {
            match self.open_channel(&address, host).await {
                Ok(channel) => return Ok(channel),
                Err(error) => failure = format!("{address}: {error}"),
            }
        }
        Err(failure)
    }

    /// Connects to one daemon. `host` is the host name that its certificate must contain; `None` for a socket.
    async fn open_channel(&self, address: &str, host: Option<&str>) -> Result<Channel, String> {
        let uri = match (host, &self.tls) {
            (None, _) => address.to_string(),
            (Some(_), None) => format!("http://{address}"),
            (Some(_), Some(_)) => format!("https://{address}"),
        };
        let mut endpoint =
            Endpoint::from_shared(uri).map_err(|error| error.to_string())?.connect_timeout(CONNECT_TIMEOUT);
        endpoint = endpoint.http2_max_header_list_size(MAX_ERROR_BYTES);
        if let (Some(host), Some(tls)) = (host, &self.tls) {
            endpoint =
                endpoint.tls_config(tls.clone().domain_name(host)).map_err(|error| transport_error_text(&error))?;
        }
        let connected = tokio::time::timeout(CONNECT_TIMEOUT, endpoint.connect()).await;
        connected.map_err(|_| "no answer within 5 seconds")?.map_err(|error| transport_error_text(&error))
    }

    /// Builds the image and reads it.
    pub(super) async fn run_build(&self, task: BuildTask<'_>) -> BuildOutcome {
        task.emit(Event::Started { builder: "buildkit".into() });
        let (checked, progress) = match buildkit_solve::check(task, &self.images).await {
            Ok(checked) => checked,
            Err(outcome) => return *outcome,
        };
        let daemon = async {
            let until = Instant::now() + WORKER_TIMEOUT;
            loop {
                match self.connect_to_daemon().await {
                    Ok(channel) => {
                        self.version.ask(&channel).await;
                        return Ok(channel);
                    }
                    // A worker may be about to become free.
                    Err(_) if self.are_workers && Instant::now() < until => {
                        tokio::time::sleep(WORKER_RETRY_INTERVAL).await
                    }
                    Err(error) => return Err(unreachable(error)),
                }
            }
        };
        match buildkit_solve::build(&checked, progress, None, daemon).await {
            Ok(built) => match built.emit_layers(task).await {
                Ok(()) => built.into_outcome(task, None).await,
                Err(problem) => BuildOutcome::from_problem(problem),
            },
            Err((failure, progress)) => buildkit_solve::failed_outcome(task, failure, progress).await,
        }
    }
}

/// An error of a gRPC connection with its cause. The error alone does not name the reason.
pub(super) fn transport_error_text(error: &tonic::transport::Error) -> String {
    std::error::Error::source(error).map_or_else(|| error.to_string(), |cause| format!("{error}: {cause}"))
}
