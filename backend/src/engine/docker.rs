//! A Docker or Podman socket, through bollard: both builders of Docker, Podman's one.

use super::address::{Endpoint, Tls};
use super::cleanup::name_of;
use super::journal::Thing;
use super::prepare::{self, Ready};
use super::progress::{Progress, Said};
use super::{Job, Journal, Outcome, Policy, REPOSITORY, Tell, launch, problem, watch};
use crate::disk::archive;
use crate::offload;
use bollard::errors::Error;
use bollard::models::{BuildInfo, BuildInfoAux};
use bollard::query_parameters::{BuildImageOptions, BuilderVersion, ListImagesOptions, PruneBuildOptionsBuilder};
use bollard::{API_DEFAULT_VERSION, Docker as Client};
use futures_util::StreamExt;
use stageplay_core::api::{Event, Problem, State};
use stageplay_core::archive::Limits;
use stageplay_core::build::BuildError;
use stageplay_core::engine::Builder;
use stageplay_core::image::Image;
use stageplay_core::observe::{Observation, observe, sized};
use stageplay_core::report::BuildReport;
use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::io::AsyncWriteExt;
use tokio_util::io::ReaderStream;
use tokio_util::sync::CancellationToken;

/// For requests that answer at once.
const PATIENCE: u64 = 120;
/// Output that waits is told after this, so that a line reaches the page within 50 ms.
const IDLE: Duration = Duration::from_millis(15);
/// How long the classic builder may take to come to an end when its build is ended.
const WIND_DOWN: Duration = Duration::from_secs(8);
/// Entries of all layers of an image that is looked into.
const MOST_ENTRIES: usize = 500_000;
/// Bytes of their names, which are kept in memory.
const MOST_NAMES: usize = 64 << 20;

/// Bytes of memory for a RUN step, as far as the build request can say it (31 bits).
pub(super) fn build_memory(policy: &Policy) -> u64 {
    policy.memory.min(i32::MAX as u64)
}

/// Microseconds of processor time in each 100,000.
pub(super) fn cpu_quota(policy: &Policy) -> i64 {
    #[allow(clippy::cast_possible_truncation, reason = "a few processors")]
    let quota = (policy.cpus * 100_000.0) as i64;
    quota.clamp(1_000, i64::from(i32::MAX))
}

/// A connection, and what was learned when it was made.
#[derive(Clone, Debug)]
pub struct Docker {
    pub(super) client: Client,
    /// The engine's socket, if it is on this machine.
    pub(super) socket: Option<String>,
    version: String,
    pub(super) platform: String,
    pub(super) is_podman: bool,
    /// What bounds BuildKit's steps, of an engine on this machine.
    steps: Option<Arc<watch::Steps>>,
}

/// Why a build ended before its image was there.
enum Stop {
    /// The engine's own word: the Dockerfile does not build.
    Failed(String),
    /// A limit, or the engine is gone, or somebody cancelled.
    Problem(Problem),
}

impl Docker {
    /// Connects, and asks for the version.
    ///
    /// # Errors
    /// Why it does not answer.
    pub async fn connect(endpoint: &Endpoint) -> Result<Self, String> {
        let client = match endpoint {
            Endpoint::Socket(path) => Client::connect_with_unix(path, PATIENCE, API_DEFAULT_VERSION),
            Endpoint::Tcp(host, Tls { ca: Some(ca), cert: Some(cert), key: Some(key) }) => {
                Client::connect_with_ssl(&format!("tcp://{host}"), key, cert, ca, PATIENCE, API_DEFAULT_VERSION)
            }
            Endpoint::Tcp(host, _) => {
                Client::connect_with_http(&format!("tcp://{host}"), PATIENCE, API_DEFAULT_VERSION)
            }
        };
        let fail = |error: Error| explain(&error);
        let asked = async { client.map_err(fail)?.negotiate_version().await.map_err(fail) };
        let client = tokio::time::timeout(Duration::from_secs(5), asked)
            .await
            .map_err(|_| "it does not answer within 5 seconds".to_string())??;
        let version = client.version().await.map_err(fail)?;
        let components = version.components.unwrap_or_default();
        let is_podman = components.iter().any(|component| component.name.contains("Podman"));
        let text = version.version.unwrap_or_default();
        let os = version.os.unwrap_or_else(|| "linux".into());
        let platform = format!("{os}/{}", version.arch.unwrap_or_else(|| "amd64".into()));
        let steps = match (endpoint, client.info().await) {
            (Endpoint::Socket(_), Ok(info)) if !is_podman => {
                let driver = info.cgroup_driver.map(|driver| driver.to_string()).unwrap_or_default();
                watch::Steps::find(&info.docker_root_dir.unwrap_or_default(), &driver)
            }
            _ => None,
        };
        let socket = match endpoint {
            Endpoint::Socket(path) => Some(path.clone()),
            Endpoint::Tcp(..) => None,
        };
        let steps = steps.map(Arc::new);
        Ok(Docker { client, socket, version: text, platform, is_podman, steps })
    }

    /// As it says itself.
    pub fn version(&self) -> &str {
        &self.version
    }

    pub(super) fn client(&self) -> &Client {
        &self.client
    }

    /// Such as `linux/amd64`.
    pub fn platform(&self) -> String {
        self.platform.clone()
    }

    /// `docker` or `podman`.
    pub fn kind(&self) -> &'static str {
        if self.is_podman { "podman" } else { "docker" }
    }

    /// The usual one first. Podman has one, which takes the classic builder's requests.
    pub fn builders(&self) -> Vec<Builder> {
        if self.is_podman {
            return vec![Builder::Classic];
        }
        let profile = super::nearest_profile(&self.version);
        let default = profile.default_builder();
        let mut all = vec![default];
        all.extend(profile.builders().into_iter().filter(|builder| *builder != default));
        all
    }

    /// Whether memory and processes of BuildKit's steps are bounded here.
    pub fn bounds_buildkit(&self) -> bool {
        self.steps.as_ref().is_some_and(|steps| steps.are_bounded())
    }

    /// # Errors
    /// It does not answer.
    pub async fn ping(&self) -> Result<(), String> {
        let asked = tokio::time::timeout(Duration::from_secs(5), self.client.ping());
        asked.await.map_err(|_| "no answer".to_string())?.map(|_| ()).map_err(|error| explain(&error))
    }

    /// Podman keeps no such cache.
    pub(super) async fn forget_cache(&self, unused: Duration) -> Result<u64, String> {
        if self.is_podman {
            return Ok(0);
        }
        let filters = HashMap::from([("until", vec![format!("{}s", unused.as_secs())])]);
        let options = PruneBuildOptionsBuilder::default().all(true).filters(&filters).build();
        let freed = self.client.prune_build(Some(options)).await.map_err(|error| launch::words(&error))?;
        Ok(freed.space_reclaimed.and_then(|bytes| u64::try_from(bytes).ok()).unwrap_or(0))
    }

    /// Names of images that it has, sorted; ours and those without a name left out.
    pub async fn image_names(&self, most: usize) -> Vec<String> {
        let images = self.client.list_images(None::<ListImagesOptions>).await.unwrap_or_default();
        let mut names: Vec<String> = images
            .into_iter()
            .flat_map(|image| image.repo_tags)
            .filter(|name| !name.starts_with("<none>") && !name.starts_with(REPOSITORY))
            .collect();
        names.sort();
        names.truncate(most);
        names
    }

    /// An image of the engine as an archive in a temporary file.
    ///
    /// # Errors
    /// The engine does not have it, or it is larger than it may be.
    pub async fn save(&self, name: &str, most: u64) -> Result<tempfile::TempPath, Problem> {
        let file = tempfile::NamedTempFile::new().map_err(|error| no_place(&error))?;
        self.save_to(name, file.reopen().map_err(|error| no_place(&error))?, most).await?;
        Ok(file.into_temp_path())
    }

    /// An image of the engine as an archive in a file.
    ///
    /// # Errors
    /// As [`Docker::save`].
    pub(super) async fn save_to(&self, name: &str, file: std::fs::File, most: u64) -> Result<(), Problem> {
        let too_large = || {
            let what = format!("the image is larger than the {most} bytes that may be kept of it");
            problem("disk-limit", what, "make it smaller, or ask whoever runs the server for more")
        };
        // The engine packs all of it before it sends the first byte, sparse files in full.
        let size = self.client.inspect_image(name).await.map_err(|error| lost(&error))?.size.unwrap_or(0);
        if u64::try_from(size).is_ok_and(|size| size > most) {
            return Err(too_large());
        }
        let mut out = tokio::io::BufWriter::with_capacity(1 << 18, tokio::fs::File::from_std(file));
        let mut stream = Box::pin(self.client.export_image(name));
        let mut count = 0u64;
        while let Some(piece) = stream.next().await {
            let piece = piece.map_err(|error| lost(&error))?;
            count += piece.len() as u64;
            if count > most {
                return Err(too_large());
            }
            out.write_all(&piece).await.map_err(|error| no_place(&error))?;
        }
        out.flush().await.map_err(|error| no_place(&error))
    }

    /// Bytes of each entry of an image's history, the oldest first. Podman counts tars there and not
    /// files, so what the layers hold is counted instead.
    async fn history(&self, name: &str) -> Vec<u64> {
        if self.is_podman {
            return Vec::new();
        }
        let entries = self.client.image_history(name).await.unwrap_or_default();
        entries.iter().rev().map(|entry| u64::try_from(entry.size).unwrap_or(0)).collect()
    }

    /// Bytes of each stage's last image.
    async fn stage_sizes(&self, images: &BTreeMap<usize, String>) -> BTreeMap<usize, u64> {
        let mut sizes = BTreeMap::new();
        for (stage, id) in images.iter().filter(|_| !self.is_podman) {
            let size = self.client.inspect_image(id).await.ok().and_then(|found| found.size);
            sizes.extend(size.and_then(|size| u64::try_from(size).ok()).map(|size| (*stage, size)));
        }
        sizes
    }

    /// An image of the engine of at most so many bytes, read in full, its layers' sizes as `docker history` prints them.
    ///
    /// # Errors
    /// The engine does not have it, or it cannot be read.
    pub async fn image(&self, name: &str, most: u64) -> Result<Image, Problem> {
        let saved = self.save(name, most).await?;
        let image = read(&saved).await.map_err(|error| problem("image", error, ""))?;
        Ok(sized(&image, &self.history(name).await))
    }

    /// Builds, looks, starts and removes.
    pub(super) async fn carry_out(
        &self,
        job: &Job,
        policy: &Policy,
        journal: &Journal,
        cancel: &CancellationToken,
        tell: &Tell,
    ) -> Outcome {
        let builder = job.request.builder;
        tell(Event::Started { builder: builder.as_str().into() });
        let prepared = tokio::select! {
            () = cancel.cancelled() => Err(cancelled()),
            ready = tokio::time::timeout(policy.build_time, self.prepare(job, policy, cancel, tell)) => {
                ready.unwrap_or_else(|_| Err(too_long(policy)))
            }
        };
        let ready = match prepared {
            Err(problem) => return Outcome::of(problem),
            // What core refuses the engine refuses too, and nothing unread reaches it.
            Ok(Err(error)) => {
                let seen = Observation { error: Some(error), ..Observation::default() };
                let report = Some(report(job, &seen).await);
                return Outcome { state: State::Failed, problem: None, report, seconds: None, archive: None };
            }
            Ok(Ok(ready)) => ready,
        };
        if let Some(frontend) = &job.context.frontend {
            let text = format!("# syntax={frontend}: the engine's own frontend reads it\n");
            tell(Event::Log { step: None, stream: "stderr".into(), text });
        }
        let tag = name_of(&job.id);
        let begun = Instant::now();
        let deadline = tokio::time::Instant::now() + policy.build_time;
        let mut progress = Progress::new(&ready.plan, ready.reading(), policy, tell.clone());
        let mut results = Results::new(job, journal);
        let nameless = self.nameless().await;
        let stop = async {
            let attended = async {
                match self.steps.as_ref().filter(|_| policy.bounded && builder == Builder::Buildkit) {
                    Some(steps) => steps.attend(policy).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = cancel.cancelled() => cancelled(),
                problem = attended => problem,
                () = tokio::time::sleep_until(deadline) => too_long(policy),
            }
        };
        let ended = self.build(job, &ready, policy, &mut progress, &mut results, stop).await;
        let seconds = begun.elapsed().as_secs_f64();
        progress.finish(match &ended {
            Ok(()) => None,
            Err(Stop::Failed(message)) => Some(message),
            Err(Stop::Problem(problem)) => Some(&problem.message),
        });
        let mut seen = Observation { steps: std::mem::take(&mut progress.told), ..Observation::default() };
        let mut outcome = match ended {
            Ok(()) => {
                let look = async {
                    let id = self.client.inspect_image(&tag).await.map_err(|error| lost(&error))?.id;
                    let id = id.unwrap_or_default();
                    // What was there without a name before is somebody else's, also if this build comes to the same.
                    if builder == Builder::Buildkit && !nameless.contains(&id) {
                        results.made(Thing::Image(id.clone()));
                    }
                    tell(Event::Built { image: id, seconds });
                    self.look(job, &ready, policy, tell, &progress.stages, &mut seen).await
                };
                let looked = tokio::select! {
                    () = cancel.cancelled() => Err(cancelled()),
                    () = tokio::time::sleep_until(deadline) => Err(too_long(policy)),
                    looked = look => looked,
                };
                match looked {
                    Ok(looked) => {
                        self.try_out(job, &tag, policy, journal, cancel, tell, seen.clone(), looked, seconds).await
                    }
                    Err(problem) => Outcome::of(problem),
                }
            }
            Err(Stop::Failed(message)) => {
                let line = progress.failed.map(|(_, line)| line);
                let message = ready.as_written(&message);
                seen.error = Some(BuildError { code: "step-failed", message, line, exit_code: 1 });
                Outcome { state: State::Failed, problem: None, report: None, seconds: None, archive: None }
            }
            Err(Stop::Problem(problem)) => Outcome::of(problem),
        };
        if outcome.report.is_none() && outcome.state == State::Failed && outcome.problem.is_none() {
            outcome.report = Some(report(job, &seen).await);
        }
        self.remove(&results.things, results.ended, journal).await;
        outcome
    }

    /// Reads the Dockerfile, looks its images up, and writes what the engine gets.
    async fn prepare(
        &self,
        job: &Job,
        policy: &Policy,
        cancel: &CancellationToken,
        tell: &Tell,
    ) -> Result<Result<Ready, BuildError>, Problem> {
        let request = job.request.clone();
        let read = match offload::run(policy.build_time, cancel, move |_| prepare::read(&request)).await?? {
            Ok(read) => read,
            Err(error) => return Ok(Err(error)),
        };
        let bases = self.provide(&read.images, policy, tell).await?;
        let (request, own, platform) = (job.request.clone(), policy.clone(), self.platform.clone());
        let context = job.context.tar.to_path_buf();
        let write = move |_: &CancellationToken| prepare::write(read.plan, &request, &context, &bases, &platform, &own);
        offload::run(policy.build_time, cancel, write).await?
    }

    /// Builds until the engine has come to an end, or `stop` says why it is to be ended.
    async fn build(
        &self,
        job: &Job,
        ready: &Ready,
        policy: &Policy,
        progress: &mut Progress,
        results: &mut Results<'_>,
        stop: impl Future<Output = Problem>,
    ) -> Result<(), Stop> {
        let tag = &name_of(&job.id);
        let server_disk = |error: std::io::Error| Stop::Problem(problem("server-disk", error.to_string(), ""));
        let file = tokio::fs::File::open(&job.context.tar).await.map_err(server_disk)?;
        let tail = futures_util::stream::once(std::future::ready(Ok(bytes::Bytes::from(ready.tail.clone()))));
        let body = bollard::body_try_stream(ReaderStream::with_capacity(file, 1 << 16).chain(tail));
        let options = self.options(job, ready, tag, policy);
        let mut stream = Box::pin(self.client.build_image(options, None, Some(body)));
        let mut watched: tokio::task::JoinSet<Result<(), Problem>> = tokio::task::JoinSet::new();
        let mut failed: Option<String> = None;
        let mut stopped: Option<(Problem, tokio::time::Instant)> = None;
        let mut is_over = true;
        // The container that was told to end.
        let mut ending: Option<String> = None;
        tokio::pin!(stop);
        loop {
            let until = stopped.as_ref().map_or_else(tokio::time::Instant::now, |(_, until)| *until);
            let heard = tokio::select! {
                message = stream.next() => match message {
                    None => break,
                    Some(Ok(info)) => self.hear(&info, policy, progress, results, &mut watched).await,
                    Some(Err(Error::DockerStreamError { error })) => {
                        failed = Some(error);
                        break;
                    }
                    Some(Err(error @ Error::DockerResponseServerError { status_code: 400..=599, .. })) => {
                        failed = Some(launch::words(&error));
                        break;
                    }
                    Some(Err(error)) => return Err(Stop::Problem(lost(&error))),
                },
                () = tokio::time::sleep(IDLE), if progress.waits() => {
                    progress.flush();
                    Ok(())
                }
                Some(Ok(result)) = watched.join_next() => result,
                problem = &mut stop, if stopped.is_none() => Err(problem),
                () = tokio::time::sleep_until(until), if stopped.is_some() => {
                    is_over = false;
                    break;
                }
            };
            if let Err(problem) = heard
                && stopped.is_none()
            {
                // BuildKit ends when nobody listens any more. The classic builder is heard to its end, which
                // comes when its container is gone: what it commits meanwhile would else be known to nobody.
                if job.request.builder == Builder::Buildkit {
                    return Err(Stop::Problem(problem));
                }
                progress.mute();
                stopped = Some((problem, tokio::time::Instant::now() + WIND_DOWN));
            }
            if stopped.is_some()
                && let Some(container) = results.running.as_ref().filter(|id| ending.as_ref() != Some(*id))
            {
                self.end_step(container).await;
                ending = Some(container.clone());
            }
        }
        // After an error nothing is committed any more, and without a running container nothing is left to be.
        results.ended = is_over && (failed.is_some() || results.running.is_none());
        if let Some((problem, _)) = stopped {
            return Err(Stop::Problem(problem));
        }
        match failed {
            Some(message) if message.contains("context canceled") => Err(Stop::Problem(cancelled())),
            Some(message) => Err(Stop::Failed(message)),
            // A stream that breaks off without an error: the image tells whether it was built.
            None => match self.client.inspect_image(tag).await {
                Ok(_) => Ok(()),
                Err(error) => {
                    results.ended = false;
                    Err(Stop::Problem(lost(&error)))
                }
            },
        }
    }

    /// One message of a build.
    async fn hear(
        &self,
        info: &BuildInfo,
        policy: &Policy,
        progress: &mut Progress,
        results: &mut Results<'_>,
        watched: &mut tokio::task::JoinSet<Result<(), Problem>>,
    ) -> Result<(), Problem> {
        if let Some(BuildInfoAux::BuildKit(status)) = &info.aux {
            progress.buildkit(status)?;
        }
        let Some(text) = &info.stream else { return Ok(()) };
        let mut said = progress.classic(text)?;
        if let Said::Claim(claim) = said {
            let holds = self.holds(&claim, results.since).await;
            said = progress.decide(claim, holds)?;
        }
        match said {
            Said::Container(id) => {
                results.made(Thing::Step(id.clone()));
                (results.running, results.since) = (Some(id.clone()), now());
                if policy.bounded {
                    let (client, policy) = (self.client.clone(), policy.clone());
                    let (written, is_here) = (results.written, self.socket.is_some());
                    watched.spawn(async move { watch::container(&client, &id, &policy, written, is_here).await });
                }
            }
            Said::Image(made) => {
                (results.running, results.since) = (None, now());
                let Some(origin) = self.origin(&made.id).await else { return Ok(()) };
                if made.is_new {
                    let new = self.made_by(&origin, made.has_triggers, results.begun).await;
                    new.into_iter().rev().for_each(|thing| results.made(thing));
                    results.written = results.written.saturating_add(origin.size.saturating_sub(results.below));
                }
                results.below = origin.size;
                if policy.bounded && results.written > policy.disk {
                    return Err(watch::too_much(results.written, policy));
                }
            }
            Said::Claim(_) | Said::Else => {}
        }
        Ok(())
    }

    fn options(&self, job: &Job, ready: &Ready, tag: &str, policy: &Policy) -> BuildImageOptions {
        let request = &job.request;
        let buildkit = request.builder == Builder::Buildkit;
        let mut args: HashMap<String, String> = ready.build_args(job).into_iter().collect();
        if buildkit {
            // Cache mounts of one build are nobody else's.
            args.insert("BUILDKIT_CACHE_MOUNT_NS".into(), job.id.clone());
        }
        let memory = i32::try_from(build_memory(policy)).ok().filter(|_| policy.bounded);
        BuildImageOptions {
            dockerfile: ready.dockerfile(job),
            t: Some(tag.into()),
            nocache: job.no_cache,
            rm: true,
            forcerm: true,
            memory,
            memswap: memory,
            cpuperiod: policy.bounded.then_some(100_000),
            cpuquota: i32::try_from(cpu_quota(policy)).ok().filter(|_| policy.bounded),
            buildargs: Some(args),
            networkmode: Some(if policy.network { "default" } else { "none" }.into()),
            // The classic builder knows platforms only as an experiment.
            platform: if buildkit && request.platform != self.platform {
                request.platform.clone()
            } else {
                String::new()
            },
            target: ready.target(job).unwrap_or_default(),
            version: if buildkit { BuilderVersion::BuilderBuildKit } else { BuilderVersion::BuilderV1 },
            session: buildkit.then(|| format!("stageplay-{}", job.id)),
            ..BuildImageOptions::default()
        }
    }

    /// Looks into the image that was built.
    async fn look(
        &self,
        job: &Job,
        ready: &Ready,
        policy: &Policy,
        tell: &Tell,
        of_stages: &BTreeMap<usize, String>,
        seen: &mut Observation,
    ) -> Result<Looked, Problem> {
        let tag = &name_of(&job.id);
        let (saved, sizes) = tokio::join!(self.save(tag, policy.disk), self.history(tag));
        let saved = saved?;
        let limits = if policy.bounded { Limits::of(MOST_ENTRIES, MOST_NAMES) } else { Limits::default() };
        let image = read_within(&saved, limits).await;
        let mut image = image.map_err(|error| problem("image", format!("the image cannot be read: {error}"), ""))?;
        ready.restore(&mut image);
        let image = Arc::new(image);
        (seen.image, seen.sizes) = (Some(image.clone()), sizes);
        seen.stages = self.stage_sizes(of_stages).await;
        let report = report(job, seen).await;
        for step in &report.steps {
            if let Some(layer) = &step.layer {
                let (line, created_by) = (Some(step.line), step.created_by.clone());
                tell(Event::Layer { line, created_by, size: layer.size.clone() });
            }
        }
        Ok(Looked { image, saved, report })
    }

    /// Starts the image that was built, if that was asked for. It goes on to its end also if the build is
    /// cancelled: what it started is ended and removed.
    #[allow(clippy::too_many_arguments, reason = "the parts of one build")]
    async fn try_out(
        &self,
        job: &Job,
        tag: &str,
        policy: &Policy,
        journal: &Journal,
        cancel: &CancellationToken,
        tell: &Tell,
        mut seen: Observation,
        looked: Looked,
        seconds: f64,
    ) -> Outcome {
        let mut final_report = looked.report;
        if job.run.is_some() {
            match launch::start(self, tag, &looked.image, job, policy, journal, cancel, tell).await {
                Ok(started) => seen.start = Some(started),
                Err(problem) => return Outcome::of(problem),
            }
            final_report = report(job, &seen).await;
        }
        let archive = policy.download.then_some(looked.saved);
        let (state, report) = (State::Succeeded, Some(final_report));
        Outcome { state, problem: None, report, seconds: Some(seconds), archive }
    }
}

/// An image that was looked into.
struct Looked {
    image: Arc<Image>,
    saved: tempfile::TempPath,
    report: BuildReport,
}

/// What a build leaves on the engine while it goes on.
struct Results<'j> {
    journal: &'j Journal,
    /// In the order in which it was made.
    things: Vec<Thing>,
    /// When the build began, and when its step did, in seconds since 1970.
    begun: u64,
    since: u64,
    /// The container of the step that runs.
    running: Option<String>,
    /// Bytes of the images that steps made so far, without what they stand on.
    written: u64,
    /// Bytes of the image that the next step stands on.
    below: u64,
    /// The engine has come to an end: nothing more comes.
    ended: bool,
}

impl<'j> Results<'j> {
    fn new(job: &Job, journal: &'j Journal) -> Self {
        let (begun, things) = (now(), Vec::new());
        let mut results =
            Results { journal, things, begun, since: begun, running: None, written: 0, below: 0, ended: false };
        results.made(Thing::Name(job.id.clone(), begun));
        results
    }

    fn made(&mut self, thing: Thing) {
        self.journal.made(thing.clone());
        self.things.push(thing);
    }
}

/// Seconds since 1970.
pub(super) fn now() -> u64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// The report, made without holding up the rest of the server.
async fn report(job: &Job, seen: &Observation) -> BuildReport {
    let (request, language) = (job.request.clone(), job.language);
    let of = seen.clone();
    let made = tokio::task::spawn_blocking(move || observe(&request, &of, language)).await;
    made.unwrap_or_else(|_| observe(&job.request, &Observation::default(), job.language))
}

/// Reads an image's archive without holding up the rest of the server.
pub(super) async fn read(path: &Path) -> Result<Image, String> {
    read_within(path, Limits::default()).await
}

/// The same within limits. It ends with the first read behind the moment when nobody waits for it any more.
async fn read_within(path: &Path, mut limits: Limits) -> Result<Image, String> {
    let path = path.to_path_buf();
    let stop = CancellationToken::new();
    let waits = stop.clone().drop_guard();
    let read = tokio::task::spawn_blocking(move || {
        let opened = archive::open_until(&path, stop)?;
        opened.image_within(&mut limits).map_err(|error| error.to_string())
    });
    let image = read.await.map_err(|error| error.to_string())?;
    waits.disarm();
    image
}

pub(super) fn cancelled() -> Problem {
    problem("cancelled", "the build was cancelled", "")
}

pub(super) fn too_long(policy: &Policy) -> Problem {
    let what = format!("the build took longer than {} seconds", policy.build_time.as_secs());
    problem("build-time", what, "do less in it, or ask whoever runs the server for more time")
}

fn no_place(error: &std::io::Error) -> Problem {
    problem("server-disk", format!("cannot keep the image: {error}"), "")
}

/// The engine does not answer as an engine does.
pub(super) fn lost(error: &Error) -> Problem {
    match error {
        Error::DockerResponseServerError { status_code, message } => {
            problem("engine", format!("the engine answers {status_code}: {message}"), "")
        }
        other => {
            problem("engine-lost", format!("the engine went away: {}", explain(other)), "try again when it is back")
        }
    }
}

/// An error with what lies below it: the upper words alone say little.
fn explain(error: &Error) -> String {
    let mut text = error.to_string();
    let mut below = std::error::Error::source(error);
    while let Some(cause) = below {
        let words = cause.to_string();
        if !text.contains(&words) {
            text = format!("{text}: {words}");
        }
        below = cause.source();
    }
    text
}
