//! A BuildKit daemon over TCP or a socket, through bollard's driver for it. It builds and hands the
//! image over; it starts nothing, so a start is judged from the files and not tried.

use super::address::{Daemon, Tls};
use super::docker::{cancelled, read, too_long};
use super::prepare::{self, Ready};
use super::progress::Progress;
use super::{Job, Outcome, Policy, REPOSITORY, Tell, problem};
use bollard::grpc::BuildRef;
use bollard::grpc::build::{ImageBuildFrontendOptions, ImageBuildLoadInput, ImageBuildNetworkMode, ImageBuildPlatform};
use bollard::grpc::driver::buildkitd::BuildkitDaemon;
use bollard::grpc::driver::{Export, ImageExporterEnum};
use bollard::grpc::error::GrpcError;
use bollard::grpc::export::ImageExporterOutput;
use bollard::moby::buildkit::v1::control_client::ControlClient;
use bollard::moby::buildkit::v1::{ListWorkersRequest, PruneRequest, StatusRequest};
use stageplay_core::api::{Event, Problem, State};
use stageplay_core::build::BuildError;
use stageplay_core::observe::{Observation, observe};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity};

/// For a daemon to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// One daemon, or a pool: several, or a name that stands for several.
#[derive(Clone, Debug)]
pub struct Buildkit {
    daemons: Vec<Daemon>,
    tls: Option<ClientTlsConfig>,
    /// Where the next build begins to look in a pool.
    turn: Arc<AtomicUsize>,
}

fn unreachable(error: impl std::fmt::Display) -> Problem {
    problem(
        "no-engine",
        format!("the BuildKit daemon cannot be reached: {error}"),
        "check the address, the certificates and that it runs",
    )
}

impl Buildkit {
    pub(super) async fn connect(daemons: &[Daemon], tls: &Tls) -> Result<Self, Problem> {
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
        let found = Buildkit { daemons: daemons.to_vec(), tls: config, turn: Arc::default() };
        found.ping().await.map_err(unreachable)?;
        Ok(found)
    }

    pub(super) async fn ping(&self) -> Result<(), String> {
        let (_, channel) = self.daemon().await?;
        let mut control = ControlClient::new(channel);
        let asked = control.list_workers(ListWorkersRequest { filter: Vec::new() });
        let answer = tokio::time::timeout(PATIENCE, asked).await.map_err(|_| "no answer within 5 seconds")?;
        answer.map(drop).map_err(|error| error.to_string())
    }

    /// Of one daemon: with each call another's turn comes.
    pub(super) async fn forget_cache(&self, unused: Duration) -> Result<u64, String> {
        let (_, channel) = self.daemon().await?;
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

    /// The next daemon of the pool that answers, and a connection to it.
    ///
    /// A build speaks to its daemon over several connections; a name that stands for many would
    /// spread them over as many daemons.
    async fn daemon(&self) -> Result<(Endpoint, Channel), String> {
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

    async fn reach(&self, place: &str, host: Option<&str>) -> Result<(Endpoint, Channel), String> {
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
        let channel = connected.map_err(|_| "no answer within 5 seconds")?.map_err(|error| explain(&error))?;
        Ok((endpoint, channel))
    }

    pub(super) async fn carry_out(
        &self,
        job: &Job,
        policy: &Policy,
        cancel: &CancellationToken,
        tell: &Tell,
    ) -> Outcome {
        tell(Event::Started { builder: "buildkit".into() });
        let failed = |error: BuildError, steps| {
            let seen = Observation { error: Some(error), steps, ..Observation::default() };
            let report = Some(observe(&job.request, &seen, job.language));
            Outcome { state: State::Failed, problem: None, report, seconds: None, archive: None }
        };
        let ready = prepare::read(&job.request).and_then(|read| match read {
            Ok(read) => {
                // A daemon has no images of its own.
                if let Some(image) = read.images.first() {
                    let what = format!("the image {} is not here", image.reference);
                    return Err(Problem { line: Some(image.line), ..problem("image-not-here", what, "") });
                }
                let bases = BTreeMap::new();
                prepare::write(read.plan, &job.request, &job.context.tar, &bases, "linux/amd64", policy)
            }
            Err(error) => Ok(Err(error)),
        });
        let ready = match ready {
            Ok(Ok(ready)) => ready,
            Ok(Err(error)) => return failed(error, BTreeMap::new()),
            Err(problem) => return Outcome::of(problem),
        };
        let begun = Instant::now();
        let mut progress = Progress::new(&ready.plan, ready.written.is_some(), policy, tell.clone());
        let place = match tempfile::NamedTempFile::new() {
            Ok(file) => file.into_temp_path(),
            Err(error) => return Outcome::of(problem("server-disk", error.to_string(), "")),
        };
        let ended = tokio::select! {
            () = cancel.cancelled() => Err(Err(cancelled())),
            ended = tokio::time::timeout(policy.build_time, self.solve(job, &ready, policy, &place, &mut progress)) => {
                ended.unwrap_or_else(|_| Err(Err(too_long(policy))))
            }
        };
        let seconds = begun.elapsed().as_secs_f64();
        match ended {
            Err(Err(problem)) => {
                progress.finish(Some(&problem.message));
                Outcome::of(problem)
            }
            Err(Ok(message)) => {
                progress.finish(Some(&message));
                let line = progress.failed.map(|(_, line)| line);
                let message = ready.as_written(message);
                failed(BuildError { code: "step-failed", message, line, exit_code: 1 }, progress.told)
            }
            Ok(()) => {
                progress.finish(None);
                let image = match read(&place).await {
                    Ok(mut image) => {
                        image.config.labels.remove(super::LABEL);
                        ready.restore(&mut image);
                        Arc::new(image)
                    }
                    Err(error) => {
                        return Outcome::of(problem("image", format!("the image cannot be read: {error}"), ""));
                    }
                };
                tell(Event::Built { image: image.id.clone(), seconds });
                let judge = job.run.clone();
                let seen = Observation { steps: progress.told, image: Some(image), judge, ..Observation::default() };
                let report = observe(&job.request, &seen, job.language);
                for step in &report.steps {
                    if let Some(layer) = &step.layer {
                        let (line, created_by) = (Some(step.line), step.created_by.clone());
                        tell(Event::Layer { line, created_by, size: layer.size.clone() });
                    }
                }
                let archive = policy.download.then_some(place);
                Outcome {
                    state: State::Succeeded,
                    problem: None,
                    report: Some(report),
                    seconds: Some(seconds),
                    archive,
                }
            }
        }
    }

    /// Solves and follows the status; an error is the build's own (`Ok`) or a problem (`Err`).
    async fn solve(
        &self,
        job: &Job,
        ready: &Ready,
        policy: &Policy,
        place: &Path,
        progress: &mut Progress,
    ) -> Result<(), Result<String, Problem>> {
        let bytes = tokio::fs::read(&job.context.tar).await;
        let mut bytes = bytes.map_err(|error| Err(problem("server-disk", error.to_string(), "")))?;
        bytes.extend_from_slice(&ready.tail);
        let reference = BuildRef::default();
        let mut frontend = ImageBuildFrontendOptions::builder()
            .dockerfile(Path::new(&ready.dockerfile(job)))
            .nocache(job.no_cache)
            .buildarg("BUILDKIT_CACHE_MOUNT_NS", &job.id)
            .label(super::LABEL, &job.id);
        for (name, value) in ready.build_args(job) {
            frontend = frontend.buildarg(&name, &value);
        }
        if let Some(target) = ready.target(job) {
            frontend = frontend.target(&target);
        }
        if !policy.network {
            frontend = frontend.force_network_mode(&ImageBuildNetworkMode::None);
        }
        let mut parts = job.request.platform.splitn(3, '/').map(str::to_string);
        if let (Some(os), Some(architecture)) = (parts.next(), parts.next()) {
            frontend = frontend.platforms(&ImageBuildPlatform { architecture, os, variant: parts.next() });
        }
        let name = format!("{REPOSITORY}:{}", job.id);
        let export = ImageExporterEnum::Docker(ImageExporterOutput::builder(&name).dest(place));
        let (endpoint, channel) = self.daemon().await.map_err(|error| Err(unreachable(error)))?;
        let driver = BuildkitDaemon::new(endpoint);
        let load = ImageBuildLoadInput::Upload(bytes.into());
        let (solve, _stop) = on_a_thread(driver, export, frontend.build(), load, reference.clone())?;
        tokio::pin!(solve);
        let mut control = ControlClient::new(channel);
        let id: String = reference.into();
        let follow = async move {
            // The status of a build exists once its solve has arrived.
            for _ in 0..200 {
                match control.status(StatusRequest { r#ref: id.clone() }).await {
                    Ok(stream) => return Some(stream.into_inner()),
                    Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
                }
            }
            None
        };
        tokio::pin!(follow);
        let mut stream = None;
        let mut following = true;
        loop {
            tokio::select! {
                found = &mut follow, if following => {
                    following = false;
                    stream = found;
                }
                status = next(&mut stream), if stream.is_some() => match status {
                    Some(status) => progress.buildkit(&status).map_err(Err)?,
                    None => stream = None,
                },
                () = tokio::time::sleep(Duration::from_millis(15)), if progress.waits() => progress.flush(),
                solved = &mut solve => {
                    // What was said last may still be on its way.
                    while let Ok(Some(status)) = tokio::time::timeout(Duration::from_millis(200), next(&mut stream)).await {
                        progress.buildkit(&status).map_err(Err)?;
                    }
                    return match solved {
                        Ok(result) => result.map_err(Ok),
                        Err(_) => Err(Err(problem("internal", "the build broke off", ""))),
                    };
                }
            }
        }
    }
}

/// The driver's work cannot move between threads, so it gets one; it stops when `_stop` is dropped.
#[allow(clippy::type_complexity, reason = "what to wait for, and what to drop")]
fn on_a_thread(
    driver: BuildkitDaemon,
    export: ImageExporterEnum,
    frontend: ImageBuildFrontendOptions,
    load: ImageBuildLoadInput,
    reference: BuildRef,
) -> Result<(oneshot::Receiver<Result<(), String>>, oneshot::Sender<()>), Result<String, Problem>> {
    let (done, solved) = oneshot::channel();
    let (stop, stopped) = oneshot::channel::<()>();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Err(problem("internal", error.to_string(), "")))?;
    std::thread::spawn(move || {
        runtime.block_on(async move {
            tokio::select! {
                result = driver.export(export, frontend, load, None, Some(reference)) => {
                    let _ = done.send(result.map_err(|error| said(&error)));
                }
                _ = stopped => {}
            }
        });
    });
    Ok((solved, stop))
}

type Status = tonic::Streaming<bollard::moby::buildkit::v1::StatusResponse>;

async fn next(stream: &mut Option<Status>) -> Option<bollard::moby::buildkit::v1::StatusResponse> {
    stream.as_mut()?.message().await.ok().flatten()
}

fn said(error: &GrpcError) -> String {
    match error {
        GrpcError::TonicStatus { err } => err.message().to_string(),
        other => other.to_string(),
    }
}

fn explain(error: &tonic::transport::Error) -> String {
    std::error::Error::source(error).map_or_else(|| error.to_string(), |cause| format!("{error}: {cause}"))
}
