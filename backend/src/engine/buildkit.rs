//! BuildKit daemons over TCP or a socket. They build and hand the image over; they start nothing, so a
//! start is judged from the files and not tried.

use super::address::{Daemon, Tls};
use super::base_images::BaseImages;
use super::{Job, Outcome, Policy, Tell, problem, solve};
use bollard::moby::buildkit::v1::control_client::ControlClient;
use bollard::moby::buildkit::v1::{ListWorkersRequest, PruneRequest};
use stageplay_core::api::{Event, Problem};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity};

/// For a daemon to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// For a worker of a pool to become free; they are as many as builds at once, and need a moment between builds.
const WORKER_PATIENCE: Duration = Duration::from_secs(30);
const WORKER_PAUSE: Duration = Duration::from_millis(100);

/// One daemon, or a pool: several, or a name that stands for several.
#[derive(Clone, Debug)]
pub struct Buildkit {
    daemons: Vec<Daemon>,
    tls: Option<ClientTlsConfig>,
    /// Where the next build begins to look in a pool.
    turn: Arc<AtomicUsize>,
    /// Base images that daemons get from here.
    images: Arc<BaseImages>,
    /// They are build workers: whoever connects has one for a build, so nobody connects for less.
    are_workers: bool,
}

fn unreachable(error: impl std::fmt::Display) -> Problem {
    problem(
        "no-engine",
        format!("the BuildKit daemon cannot be reached: {error}"),
        "check the address, the certificates and that it runs",
    )
}

impl Buildkit {
    pub(super) async fn connect(
        daemons: &[Daemon],
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
        let found = Buildkit { daemons: daemons.to_vec(), tls: config, turn: Arc::default(), images, are_workers };
        found.ping().await.map_err(unreachable)?;
        Ok(found)
    }

    pub(super) fn base_images(&self) -> &BaseImages {
        &self.images
    }

    pub(super) async fn ping(&self) -> Result<(), String> {
        if self.are_workers {
            return Ok(());
        }
        let channel = self.daemon().await?;
        let mut control = ControlClient::new(channel);
        let asked = control.list_workers(ListWorkersRequest { filter: Vec::new() });
        let answer = tokio::time::timeout(PATIENCE, asked).await.map_err(|_| "no answer within 5 seconds")?;
        answer.map(drop).map_err(|error| error.to_string())
    }

    /// Of one daemon: with each call another's turn comes.
    pub(super) async fn forget_cache(&self, unused: Duration) -> Result<u64, String> {
        if self.are_workers {
            return Ok(0);
        }
        let channel = self.daemon().await?;
        let keep_duration = i64::try_from(unused.as_nanos()).unwrap_or(i64::MAX);
        let request = PruneRequest { all: true, keep_duration, ..PruneRequest::default() };
        let asked = ControlClient::new(channel).prune(request).await;
        let mut records = asked.map_err(|error| error.message().to_string())?.into_inner();
        let mut freed = 0u64;
        while let Some(record) = records.message().await.map_err(|error| error.message().to_string())? {
            freed = freed.saturating_add(u64::try_from(record.size).unwrap_or(0));
        }
        Ok(freed)
    }

    /// A connection to the next daemon of the pool that answers.
    async fn daemon(&self) -> Result<Channel, String> {
        let mut places = Vec::new();
        let mut failure = String::from("no daemon is named");
        for daemon in &self.daemons {
            match daemon {
                Daemon::Socket(path) => places.push((format!("unix://{path}"), None)),
                Daemon::Tcp(place) => match tokio::net::lookup_host(place).await {
                    Ok(found) => {
                        // A certificate names the pool, not the address of one of its daemons.
                        let host = place.rsplit_once(':').map_or(&**place, |(host, _)| host).trim_matches(['[', ']']);
                        let mut found: Vec<_> = found.collect();
                        found.sort();
                        found.dedup();
                        places.extend(found.into_iter().map(|address| (address.to_string(), Some(host))));
                    }
                    Err(error) => failure = format!("{place}: {error}"),
                },
            }
        }
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        let first = turn.checked_rem(places.len()).unwrap_or(0);
        places.rotate_left(first);
        for (place, host) in places {
            match self.reach(&place, host).await {
                Ok(found) => return Ok(found),
                Err(error) => failure = format!("{place}: {error}"),
            }
        }
        Err(failure)
    }

    async fn reach(&self, place: &str, host: Option<&str>) -> Result<Channel, String> {
        let uri = match (host, &self.tls) {
            (None, _) => place.to_string(),
            (Some(_), None) => format!("http://{place}"),
            (Some(_), Some(_)) => format!("https://{place}"),
        };
        let mut endpoint = Endpoint::from_shared(uri).map_err(|error| error.to_string())?.connect_timeout(PATIENCE);
        if let (Some(host), Some(tls)) = (host, &self.tls) {
            endpoint = endpoint.tls_config(tls.clone().domain_name(host)).map_err(|error| explain(&error))?;
        }
        let connected = tokio::time::timeout(PATIENCE, endpoint.connect()).await;
        connected.map_err(|_| "no answer within 5 seconds")?.map_err(|error| explain(&error))
    }

    pub(super) async fn carry_out(
        &self,
        job: &Job,
        policy: &Policy,
        cancel: &CancellationToken,
        tell: &Tell,
    ) -> Outcome {
        tell(Event::Started { builder: "buildkit".into() });
        let checked = match solve::check(job, policy, &self.images, cancel).await {
            Ok(checked) => checked,
            Err(outcome) => return *outcome,
        };
        let daemon = async {
            let until = Instant::now() + WORKER_PATIENCE;
            loop {
                match self.daemon().await {
                    Ok(channel) => return Ok(channel),
                    // One is about to become free.
                    Err(_) if self.are_workers && Instant::now() < until => tokio::time::sleep(WORKER_PAUSE).await,
                    Err(error) => return Err(unreachable(error)),
                }
            }
        };
        match solve::build(&checked, policy, &self.images, None, daemon, cancel, tell).await {
            Ok(built) => {
                built.tell_layers(job, tell);
                built.outcome(job, policy, None)
            }
            Err((stop, progress)) => solve::stopped(job, stop, progress),
        }
    }
}

pub(super) fn explain(error: &tonic::transport::Error) -> String {
    std::error::Error::source(error).map_or_else(|| error.to_string(), |cause| format!("{error}: {cause}"))
}
