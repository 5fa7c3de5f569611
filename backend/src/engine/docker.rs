//! A Docker or Podman socket, through bollard: both builders of Docker, Podman's one.

use super::address::{Endpoint, Tls};
use super::guard::{self, Wanted};
use super::progress::{Progress, Said};
use super::{Job, Journal, LABEL, Outcome, Policy, REPOSITORY, Tell, launch, problem, watch};
use crate::disk::archive;
use bollard::errors::Error;
use bollard::models::BuildInfoAux;
use bollard::query_parameters::{
    BuildImageOptions, BuilderVersion, CreateImageOptionsBuilder, ListContainersOptionsBuilder, ListImagesOptions,
    ListImagesOptionsBuilder, PruneBuildOptionsBuilder, RemoveContainerOptionsBuilder, RemoveImageOptionsBuilder,
};
use bollard::{API_DEFAULT_VERSION, Docker as Client};
use futures_util::StreamExt;
use stageplay_core::api::{Event, Problem, State};
use stageplay_core::build::BuildError;
use stageplay_core::engine::Builder;
use stageplay_core::image::Image;
use stageplay_core::observe::{Observation, observe, plan_of, sized};
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
    client: Client,
    version: String,
    platform: String,
    is_podman: bool,
    /// What bounds BuildKit's steps, of an engine on this machine.
    steps: Option<watch::Steps>,
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
        Ok(Docker { client, version: text, platform, is_podman, steps })
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
        self.steps.as_ref().is_some_and(watch::Steps::are_bounded)
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
        let mut out = tokio::io::BufWriter::with_capacity(1 << 18, tokio::fs::File::from_std(file));
        let mut stream = Box::pin(self.client.export_image(name));
        let mut count = 0u64;
        while let Some(piece) = stream.next().await {
            let piece = piece.map_err(|error| lost(&error))?;
            count += piece.len() as u64;
            if count > most {
                let what = format!("the image is larger than the {most} bytes that may be kept of it");
                return Err(problem("disk-limit", what, "make it smaller, or ask whoever runs the server for more"));
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

    /// Makes sure that every image a build reads is there; fetches what may be fetched.
    async fn provide(&self, wanted: &[Wanted], policy: &Policy, tell: &Tell) -> Result<(), Problem> {
        for image in wanted {
            let name = image.name();
            let mut found = self.client.inspect_image(&name).await;
            if let Err(Error::DockerResponseServerError { status_code: 404, .. }) = &found {
                let registry = image.registry();
                if !policy.allows(&registry) {
                    let help = if policy.registries.is_empty() {
                        "use an image that the engine has, fetch it with docker pull, or start the server with --allow-registry"
                    } else {
                        "use an image that the engine has, or one of an allowed registry"
                    };
                    let what = format!(
                        "the image {name} is not on the engine, and {registry} is no registry that builds may fetch from"
                    );
                    return Err(Problem { line: Some(image.line), ..problem("image-not-here", what, help) });
                }
                self.pull(&name, tell).await.map_err(|error| Problem {
                    line: Some(image.line),
                    ..problem(
                        "pull",
                        format!("cannot fetch {name}: {error}"),
                        "check the name and the engine's network",
                    )
                })?;
                found = self.client.inspect_image(&name).await;
            }
            let found = found.map_err(|error| lost(&error))?;
            let triggers = found.config.and_then(|config| config.on_build).unwrap_or_default();
            guard::check_triggers(image, &triggers, policy)?;
        }
        Ok(())
    }

    /// Whether the engine has an image.
    pub async fn has(&self, name: &str) -> bool {
        self.client.inspect_image(name).await.is_ok()
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

    /// Fetches an image.
    ///
    /// # Errors
    /// In the engine's words.
    pub async fn pull(&self, name: &str, tell: &Tell) -> Result<(), String> {
        let options = CreateImageOptionsBuilder::default().from_image(name).build();
        let mut stream = Box::pin(self.client.create_image(Some(options), None, None));
        let mut last = String::new();
        while let Some(info) = stream.next().await {
            let info = info.map_err(|error| launch::words(&error))?;
            let status = info.status.unwrap_or_default();
            if status != last {
                last.clone_from(&status);
                tell(Event::Pulling { image: name.into(), status });
            }
        }
        Ok(())
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
        let plan = plan_of(&job.request);
        let args: Vec<&str> = job.request.build_args.keys().map(String::as_str).collect();
        let ready = async {
            let (Ok(plan), false) = (&plan, job.context.text.is_empty()) else { return Ok(()) };
            self.provide(&guard::check(plan, &args, policy)?, policy, tell).await
        };
        let prepared = tokio::select! {
            () = cancel.cancelled() => Err(cancelled()),
            ready = tokio::time::timeout(policy.build_time, ready) => {
                ready.unwrap_or_else(|_| Err(too_long(policy)))
            }
        };
        if let Err(problem) = prepared {
            return Outcome::of(problem);
        }
        // What core refuses the engine refuses too, and nothing unread reaches it.
        if let Err(error) = &plan {
            let seen = Observation { error: Some(error.clone()), ..Observation::default() };
            let report = observe(&job.request, &seen, job.language);
            return Outcome { state: State::Failed, problem: None, report: Some(report), seconds: None, archive: None };
        }
        if let Some(frontend) = &job.context.frontend {
            let text = format!("# syntax={frontend}: the engine's own frontend reads it\n");
            tell(Event::Log { step: None, stream: "stderr".into(), text });
        }
        let tag = format!("{REPOSITORY}:{}", job.id);
        let begun = Instant::now();
        let mut progress = Progress::new(plan.as_ref().ok(), policy, tell.clone());
        let ended = {
            let build = self.build(job, &tag, policy, journal, &mut progress);
            let attended = async {
                match self.steps.as_ref().filter(|_| policy.bounded && builder == Builder::Buildkit) {
                    Some(steps) => steps.attend(policy).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = cancel.cancelled() => Err(Stop::Problem(cancelled())),
                problem = attended => Err(Stop::Problem(problem)),
                ended = tokio::time::timeout(policy.build_time, build) => {
                    ended.unwrap_or_else(|_| Err(Stop::Problem(too_long(policy))))
                }
            }
        };
        let seconds = begun.elapsed().as_secs_f64();
        progress.finish(match &ended {
            Ok(()) => None,
            Err(Stop::Failed(message)) => Some(message),
            Err(Stop::Problem(problem)) => Some(&problem.message),
        });
        let mut seen = Observation { steps: std::mem::take(&mut progress.told), ..Observation::default() };
        let mut outcome = match ended {
            Ok(()) => {
                let look = self.look(job, &tag, policy, journal, tell, &progress.stages, &mut seen, seconds);
                tokio::select! {
                    () = cancel.cancelled() => Outcome::of(cancelled()),
                    outcome = look => outcome,
                }
            }
            Err(Stop::Failed(message)) => {
                let line = progress.failed.map(|(_, line)| line);
                seen.error = Some(BuildError { code: "step-failed", message, line, exit_code: 1 });
                Outcome { state: State::Failed, problem: None, report: None, seconds: None, archive: None }
            }
            Err(Stop::Problem(problem)) => Outcome::of(problem),
        };
        if outcome.report.is_none() && outcome.state == State::Failed && outcome.problem.is_none() {
            outcome.report = Some(observe(&job.request, &seen, job.language));
        }
        let stopped = outcome.problem.is_some() && builder == Builder::Buildkit;
        self.remove(&tag, &progress.named, journal, begun.elapsed()).await;
        if stopped {
            self.remove_later(tag);
        }
        outcome
    }

    async fn build(
        &self,
        job: &Job,
        tag: &str,
        policy: &Policy,
        journal: &Journal,
        progress: &mut Progress,
    ) -> Result<(), Stop> {
        let server_disk = |error: std::io::Error| Stop::Problem(problem("server-disk", error.to_string(), ""));
        let file = tokio::fs::File::open(&job.context.tar).await.map_err(server_disk)?;
        let body = bollard::body_try_stream(ReaderStream::with_capacity(file, 1 << 16));
        let options = self.options(job, tag, policy);
        let mut stream = Box::pin(self.client.build_image(options, None, Some(body)));
        let mut watched: tokio::task::JoinSet<Result<(), Problem>> = tokio::task::JoinSet::new();
        let mut failed: Option<String> = None;
        loop {
            let message = tokio::select! {
                message = stream.next() => message,
                () = tokio::time::sleep(IDLE), if progress.waits() => {
                    progress.flush();
                    continue;
                }
                Some(Ok(Err(problem))) = watched.join_next() => return Err(Stop::Problem(problem)),
            };
            let info = match message {
                None => break,
                Some(Ok(info)) => info,
                Some(Err(Error::DockerStreamError { error })) => {
                    failed = Some(error);
                    break;
                }
                Some(Err(error @ Error::DockerResponseServerError { status_code: 400..=599, .. })) => {
                    failed = Some(launch::words(&error));
                    break;
                }
                Some(Err(error)) => return Err(Stop::Problem(lost(&error))),
            };
            if let Some(BuildInfoAux::BuildKit(status)) = &info.aux {
                progress.buildkit(status).map_err(Stop::Problem)?;
            }
            if let Some(text) = &info.stream {
                let before = progress.named.len();
                if let Said::Container(id) = progress.classic(text).map_err(Stop::Problem)? {
                    let (client, policy) = (self.client.clone(), policy.clone());
                    journal.made(&format!("container:{id}"));
                    progress.named.push(format!("container:{id}"));
                    if !policy.bounded {
                        continue;
                    }
                    watched.spawn(async move { watch::container(&client, &id, &policy).await });
                }
                for id in progress.named.iter().skip(before).filter(|id| !id.contains(':')) {
                    journal.made(&format!("image:{id}"));
                }
            }
        }
        match failed {
            Some(message) if message.contains("context canceled") => Err(Stop::Problem(cancelled())),
            Some(message) => Err(Stop::Failed(message)),
            // A stream that breaks off without an error: the image tells whether it was built.
            None => match self.client.inspect_image(tag).await {
                Ok(_) => Ok(()),
                Err(error) => Err(Stop::Problem(lost(&error))),
            },
        }
    }

    fn options(&self, job: &Job, tag: &str, policy: &Policy) -> BuildImageOptions {
        let request = &job.request;
        let buildkit = request.builder == Builder::Buildkit;
        let mut args: HashMap<String, String> =
            request.build_args.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
        if buildkit {
            // Cache mounts of one build are nobody else's.
            args.insert("BUILDKIT_CACHE_MOUNT_NS".into(), job.id.clone());
        }
        let memory = i32::try_from(build_memory(policy)).ok().filter(|_| policy.bounded);
        BuildImageOptions {
            dockerfile: job.context.dockerfile.clone(),
            t: Some(tag.into()),
            nocache: job.no_cache,
            rm: true,
            forcerm: true,
            memory,
            memswap: memory,
            cpuperiod: policy.bounded.then_some(100_000),
            cpuquota: i32::try_from(cpu_quota(policy)).ok().filter(|_| policy.bounded),
            buildargs: Some(args),
            labels: Some(HashMap::from([(LABEL.into(), job.id.clone())])),
            networkmode: Some(if policy.network { "default" } else { "none" }.into()),
            // The classic builder knows platforms only as an experiment.
            platform: if buildkit && request.platform != self.platform {
                request.platform.clone()
            } else {
                String::new()
            },
            target: request.target.clone().unwrap_or_default(),
            version: if buildkit { BuilderVersion::BuilderBuildKit } else { BuilderVersion::BuilderV1 },
            session: buildkit.then(|| format!("stageplay-{}", job.id)),
            ..BuildImageOptions::default()
        }
    }

    /// Looks into the image that was built, and starts it.
    #[allow(clippy::too_many_arguments, reason = "the parts of one build")]
    async fn look(
        &self,
        job: &Job,
        tag: &str,
        policy: &Policy,
        journal: &Journal,
        tell: &Tell,
        of_stages: &BTreeMap<usize, String>,
        seen: &mut Observation,
        seconds: f64,
    ) -> Outcome {
        let id = match self.client.inspect_image(tag).await {
            Ok(found) => found.id.unwrap_or_default(),
            Err(error) => return Outcome::of(lost(&error)),
        };
        tell(Event::Built { image: id, seconds });
        let (saved, mut sizes) = tokio::join!(self.save(tag, policy.disk), self.history(tag));
        let saved = match saved {
            Ok(saved) => saved,
            Err(problem) => return Outcome::of(problem),
        };
        let mut image = match read(&saved).await {
            Ok(image) => image,
            Err(error) => return Outcome::of(problem("image", format!("the image cannot be read: {error}"), "")),
        };
        without_our_label(&mut image, &mut sizes);
        let image = Arc::new(image);
        (seen.image, seen.sizes) = (Some(image.clone()), sizes);
        seen.stages = self.stage_sizes(of_stages).await;
        let report = observe(&job.request, seen, job.language);
        for step in &report.steps {
            if let Some(layer) = &step.layer {
                let (line, created_by) = (Some(step.line), step.created_by.clone());
                tell(Event::Layer { line, created_by, size: layer.size.clone() });
            }
        }
        if job.run.is_some() {
            match launch::start(&self.client, tag, &image, job, policy, journal, tell).await {
                Ok(started) => seen.start = Some(started),
                Err(error) => return Outcome::of(lost(&error)),
            }
        }
        let report = observe(&job.request, seen, job.language);
        let archive = policy.download.then_some(saved);
        Outcome { state: State::Succeeded, problem: None, report: Some(report), seconds: Some(seconds), archive }
    }

    /// Removes what a build made: its image, and of the classic builder what it named on its way.
    async fn remove(&self, tag: &str, named: &[String], journal: &Journal, since: Duration) {
        self.remove_tag(tag).await;
        for id in named.iter().rev() {
            match id.strip_prefix("container:") {
                Some(container) => self.remove_container(container).await,
                None => self.remove_nameless(id, since + Duration::from_secs(5)).await,
            }
            journal.gone(id);
            journal.gone(&format!("image:{id}"));
        }
    }

    /// Without its nameless parents: some may be the cache of somebody else's builds.
    pub(super) async fn remove_tag(&self, tag: &str) {
        let options = RemoveImageOptionsBuilder::default().force(true).noprune(true).build();
        let _ = self.client.remove_image(tag, Some(options), None).await;
    }

    /// BuildKit finishes an export that has begun, also of a build that was stopped.
    fn remove_later(&self, tag: String) {
        let client = self.client.clone();
        tokio::spawn(async move {
            for seconds in [1, 2, 4, 8, 15, 30, 60] {
                tokio::time::sleep(Duration::from_secs(seconds)).await;
                let options = RemoveImageOptionsBuilder::default().force(true).noprune(true).build();
                if client.remove_image(&tag, Some(options), None).await.is_ok() {
                    return;
                }
            }
        });
    }

    pub(super) async fn remove_container(&self, id: &str) {
        let Ok(found) = self.client.inspect_container(id, None).await else { return };
        // Ours carry our label, or are those of a build: without a name of their own choosing, and stopped or ours to stop.
        let labels = found.config.and_then(|config| config.labels).unwrap_or_default();
        let is_builds = found.image.is_some_and(|image| image.starts_with("sha256:"))
            && found.host_config.is_some_and(|host| host.cpu_period == Some(100_000) && host.memory.unwrap_or(0) > 0);
        if labels.contains_key(LABEL) || is_builds {
            let options = RemoveContainerOptionsBuilder::default().force(true).v(true).build();
            let _ = self.client.remove_container(id, Some(options)).await;
        }
    }

    /// Removes an image that has no name and is not older than the build.
    async fn remove_nameless(&self, id: &str, age: Duration) {
        let Ok(found) = self.client.inspect_image(id).await else { return };
        let named = found.repo_tags.is_some_and(|tags| !tags.is_empty());
        if !named && is_young(found.created.as_ref(), age) {
            // If something else stands on it, the engine keeps it.
            let options = RemoveImageOptionsBuilder::default().noprune(true).build();
            let _ = self.client.remove_image(id, Some(options), None).await;
        }
    }

    /// Removes what earlier servers left: by label, and by their journal.
    pub(super) async fn sweep(&self, journal: &Journal) -> usize {
        let label = HashMap::from([("label".to_string(), vec![LABEL.to_string()])]);
        let mut count = 0;
        let options = ListContainersOptionsBuilder::default().all(true).filters(&label).build();
        for container in self.client.list_containers(Some(options)).await.unwrap_or_default() {
            let options = RemoveContainerOptionsBuilder::default().force(true).v(true).build();
            if let Some(id) = container.id {
                count += usize::from(self.client.remove_container(&id, Some(options)).await.is_ok());
            }
        }
        for entry in journal.held() {
            match entry.split_once(':') {
                Some(("container", id)) => self.remove_container(id).await,
                Some((_, id)) => self.remove_nameless(id, Duration::from_secs(7 * 86_400)).await,
                None => {}
            }
            journal.gone(&entry);
        }
        let options = ListImagesOptionsBuilder::default().all(false).filters(&label).build();
        for image in self.client.list_images(Some(options)).await.unwrap_or_default() {
            // Someone may have named a result of ours and want to keep it.
            if image.repo_tags.iter().all(|tag| tag.starts_with(REPOSITORY) || tag.starts_with("<none>")) {
                let options = RemoveImageOptionsBuilder::default().force(true).build();
                count += usize::from(self.client.remove_image(&image.id, Some(options), None).await.is_ok());
            }
        }
        count
    }
}

/// Takes out what the label added: a setting, and under the classic builder an instruction.
fn without_our_label(image: &mut Image, sizes: &mut Vec<u64>) {
    image.config.labels.remove(LABEL);
    if image.history.last().is_some_and(|entry| entry.empty_layer && entry.created_by.contains(LABEL)) {
        image.history.pop();
        sizes.pop();
    }
}

/// Whether something was made within so long a time. Without a date it was not.
fn is_young(created: Option<&bollard::models::BollardDate>, age: Duration) -> bool {
    let Some(created) = created else { return false };
    let Ok(now) = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH) else { return false };
    let made = created.unix_timestamp();
    i64::try_from(now.as_secs()).is_ok_and(|now| now - made <= i64::try_from(age.as_secs()).unwrap_or(i64::MAX))
}

/// Reads an image's archive without holding up the rest of the server.
pub(super) async fn read(path: &Path) -> Result<Image, String> {
    let path = path.to_path_buf();
    let read = tokio::task::spawn_blocking(move || archive::open(&path)?.image().map_err(|error| error.to_string()));
    read.await.map_err(|error| error.to_string())?
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
fn lost(error: &Error) -> Problem {
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
