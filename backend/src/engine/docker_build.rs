//! Builds on a Docker or Podman engine, with the classic builder or with BuildKit in Docker.

use super::build_problems::{build_timeout, cancelled, disk_limit, server_disk, unreadable_image};
use super::build_task::{BuildOutcome, BuildTask, Job};
use super::classic_output::StepImage;
use super::clock::unix_seconds;
use super::docker::Docker;
use super::docker_error::{self, engine_problem};
use super::image_lookup::FoundImages;
use super::journal::{Journal, Resource};
use super::policy::Policy;
use super::prepare::{self, PreparedBuild};
use super::progress::{ClassicAction, Progress};
use super::resource_names::image_name;
use super::{blocked_fifos, container_run, image_archive, layerless_image, step_limits, user_database};
use crate::offload::{self, Pool};
use bollard::errors::Error;
use bollard::models::{BuildInfo, BuildInfoAux};
use bollard::query_parameters::{BuildImageOptions, BuilderVersion};
use futures_util::StreamExt;
use stageplay_core::api::{Event, Problem, State};
use stageplay_core::build::BuildError;
use stageplay_core::canonical::Asked;
use stageplay_core::engine::Builder;
use stageplay_core::image::Image;
use stageplay_core::real_build::Observation;
use stageplay_core::report::BuildReport;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;
use tokio_util::io::ReaderStream;
use tokio_util::sync::CancellationToken;

/// How long output is collected before it is sent as an event, so that a line reaches the page within 50 ms.
const FLUSH_INTERVAL: Duration = Duration::from_millis(15);
/// How long the classic builder may take to end a build that is stopped.
const STOP_TIMEOUT: Duration = Duration::from_secs(8);

/// Why a build ended without an image.
enum BuildFailure {
    /// The Dockerfile does not build: the message of the engine.
    Step(String),
    /// A limit, a lost connection, or a cancelled build.
    Problem(Problem),
}

impl Docker {
    /// Builds the image, reads it, starts it if the job says so, and removes what the build created on the engine.
    pub(super) async fn run_build(&self, task: BuildTask<'_>) -> BuildOutcome {
        let BuildTask { job, policy, journal, cancel, .. } = task;
        let builder = job.request.builder;
        task.emit(Event::Started { builder: builder.as_str().into() });
        let prepared = tokio::select! {
            () = cancel.cancelled() => Err(cancelled()),
            prepared = tokio::time::timeout(policy.build_time, self.prepare(task)) => {
                prepared.unwrap_or_else(|_| Err(build_timeout(policy)))
            }
        };
        let (prepared, mut progress, image_ids) = match prepared {
            Err(problem) => return BuildOutcome::from_problem(problem),
            // The engine would refuse the Dockerfile, too. It does not get a Dockerfile that core cannot read.
            Ok(Err(error)) => {
                let observation = Observation { error: Some(error), ..Observation::default() };
                return BuildOutcome::failed(task, &observation).await;
            }
            Ok(Ok(prepared)) => prepared,
        };
        if let Some(frontend) = &job.context.frontend {
            let text = format!("# syntax={frontend}: the frontend of the engine is used instead\n");
            task.emit(Event::Log { step: None, stream: "stderr".into(), text });
        }
        let tag = image_name(&job.id);
        let started = Instant::now();
        let deadline = tokio::time::Instant::now() + policy.build_time;
        let mut created = CreatedResources::new(job, journal);
        let unchanged = async {
            match builder {
                Builder::Buildkit if policy.bounded => self.check_unchanged(&image_ids).await,
                Builder::Buildkit | Builder::Classic => Ok(()),
            }
        };
        let ready = async {
            let untagged = self.untagged_images().await?;
            unchanged.await.map(|()| untagged)
        };
        let ready = tokio::select! {
            () = cancel.cancelled() => Err(cancelled()),
            () = tokio::time::sleep_until(deadline) => Err(build_timeout(policy)),
            ready = ready => ready,
        };
        let untagged = match ready {
            Ok(untagged) => untagged,
            Err(problem) => {
                created.resources.iter().for_each(|resource| journal.forget(resource));
                return BuildOutcome::from_problem(problem);
            }
        };
        let stop = async {
            let limit_exceeded = async {
                match self.step_limits.as_ref().filter(|_| policy.bounded && builder == Builder::Buildkit) {
                    Some(limits) => limits.enforce(policy).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = cancel.cancelled() => cancelled(),
                problem = limit_exceeded => problem,
                () = tokio::time::sleep_until(deadline) => build_timeout(policy),
            }
        };
        let built = self.build(task, &prepared, &mut progress, &mut created, stop).await;
        let seconds = started.elapsed().as_secs_f64();
        progress.finish(match &built {
            Ok(()) => None,
            Err(BuildFailure::Step(message)) => Some(message),
            Err(BuildFailure::Problem(problem)) => Some(&problem.message),
        });
        let mut observation = Observation { steps: progress.take_observed_steps(), ..Observation::default() };
        let mut outcome = match built {
            Ok(()) => {
                let read = async {
                    let id = self.query_client.inspect_image(&tag).await.map_err(|error| engine_problem(&error))?.id;
                    let id = id.unwrap_or_default();
                    // An image that existed without a tag before belongs to somebody else, even if this build results
                    // in it.
                    if builder == Builder::Buildkit && !untagged.contains(&id) {
                        created.record(Resource::Image(id.clone()));
                    }
                    task.emit(Event::Built { image: id, seconds });
                    self.read_image(task, &prepared, &progress.stage_images, &mut observation).await
                };
                let read = tokio::select! {
                    () = cancel.cancelled() => Err(cancelled()),
                    () = tokio::time::sleep_until(deadline) => Err(build_timeout(policy)),
                    read = read => read,
                };
                match read {
                    Ok(built) => self.run_image(task, &tag, observation.clone(), built, seconds).await,
                    Err(problem) => BuildOutcome::from_problem(problem),
                }
            }
            Err(BuildFailure::Step(message)) => {
                let line = progress.failed_step.map(|(_, line)| line);
                let message = prepared.with_original_paths(&message, &self.daemon_paths);
                observation.error = Some(BuildError { code: "step-failed", message, line, exit_code: 1 });
                BuildOutcome::without_image(State::Failed, None)
            }
            Err(BuildFailure::Problem(problem)) => BuildOutcome::from_problem(problem),
        };
        if outcome.report.is_none() && outcome.state == State::Failed && outcome.problem.is_none() {
            outcome = BuildOutcome::failed(task, &observation).await;
        }
        created.end_steps();
        if created.engine_hangs {
            created.resources.iter().for_each(|resource| journal.schedule_removal(resource));
        } else {
            self.remove(&created.resources, created.is_complete, journal).await;
        }
        outcome
    }

    /// Parses the Dockerfile, finds its base images, and writes what the engine gets. Returns the ids of the images, too.
    async fn prepare(&self, task: BuildTask<'_>) -> Result<Result<Prepared, BuildError>, Problem> {
        let BuildTask { job, policy, cancel, events, .. } = task;
        let (request, platform) = (job.request.clone(), self.platform.clone());
        let parse = move |_: &CancellationToken| prepare::parse(&request, &platform);
        let parsed = match offload::run(Pool::Builds, policy.build_time, cancel, parse).await?? {
            Ok(parsed) => parsed,
            Err(error) => return Ok(Err(error)),
        };
        let FoundImages { bases, ids } =
            self.find_base_images(&parsed.images, job.request.builder, policy, events).await?;
        let (request, policy_copy, platform) = (job.request.clone(), policy.clone(), self.platform.clone());
        let context = job.context.tar.to_path_buf();
        let (events, daemon_paths) = (events.clone(), self.daemon_paths.clone());
        let write = move |stop: &CancellationToken| {
            let prepared = prepare::write(parsed.plan, &request, &context, &bases, &platform, &policy_copy, stop)?;
            Ok(prepared.map(|prepared| {
                let mut progress = Progress::new(&prepared.plan, prepared.dockerfile_form(), &policy_copy, events);
                progress.daemon_paths = daemon_paths;
                (prepared, progress, ids)
            }))
        };
        offload::run(Pool::Builds, policy.build_time, cancel, write).await?
    }

    /// Builds until the engine has finished, or until `stop` returns the reason to stop the build.
    async fn build(
        &self,
        task: BuildTask<'_>,
        prepared: &PreparedBuild,
        progress: &mut Progress,
        created: &mut CreatedResources<'_>,
        stop: impl Future<Output = Problem>,
    ) -> Result<(), BuildFailure> {
        let BuildTask { job, policy, .. } = task;
        let tag = &image_name(&job.id);
        let file = tokio::fs::File::open(&job.context.tar).await;
        let file = file.map_err(|error| BuildFailure::Problem(server_disk(&error)))?;
        let end = futures_util::stream::once(std::future::ready(Ok(bytes::Bytes::from(prepared.tar_end.clone()))));
        let body = bollard::body_try_stream(ReaderStream::with_capacity(file, 1 << 16).chain(end));
        let is_classic = job.request.builder == Builder::Classic;
        let cache_use = (is_classic && !job.no_cache).then(|| self.classic_cache.use_cache()).flatten();
        let nocache = job.no_cache || is_classic && cache_use.is_none();
        let options = BuildImageOptions { nocache, ..self.build_options(job, prepared, tag, policy) };
        let mut stream = Box::pin(self.client.build_image(options, None, Some(body)));
        let mut limit_tasks: JoinSet<Result<(), Problem>> = JoinSet::new();
        if let Some(limits) = self.step_limits.clone().filter(|_| policy.bounded && is_classic) {
            limit_tasks.spawn(async move { match blocked_fifos::release_builder(limits.root()).await {} });
        }
        let mut failed: Option<String> = None;
        // The reason to stop the build, and until when the builder may take to end it.
        let mut stopped: Option<(Problem, tokio::time::Instant)> = None;
        let mut has_ended = true;
        let mut killed_container: Option<String> = None;
        tokio::pin!(stop);
        loop {
            let until = stopped.as_ref().map_or_else(tokio::time::Instant::now, |(_, until)| *until);
            let result = tokio::select! {
                message = stream.next() => match message {
                    None => break,
                    Some(Ok(info)) => self.handle_message(&info, policy, progress, created, &mut limit_tasks).await,
                    Some(Err(Error::DockerStreamError { error })) => {
                        failed = Some(error);
                        break;
                    }
                    Some(Err(error @ Error::DockerResponseServerError { status_code: 400..=599, .. })) => {
                        failed = Some(docker_error::message(&error));
                        break;
                    }
                    Some(Err(error)) => return Err(BuildFailure::Problem(engine_problem(&error))),
                },
                () = tokio::time::sleep(FLUSH_INTERVAL), if progress.has_pending_output() => {
                    progress.flush();
                    Ok(())
                }
                Some(Ok(result)) = limit_tasks.join_next() => result,
                problem = &mut stop, if stopped.is_none() => Err(problem),
                () = tokio::time::sleep_until(until), if stopped.is_some() => {
                    has_ended = false;
                    break;
                }
            };
            if let Err(problem) = result
                && stopped.is_none()
            {
                // BuildKit ends the build when the connection is closed. The classic builder may still commit an image,
                // so its messages are read to the end, which comes soon after its container is killed.
                if job.request.builder == Builder::Buildkit {
                    return Err(BuildFailure::Problem(problem));
                }
                progress.mute();
                stopped = Some((problem, tokio::time::Instant::now() + STOP_TIMEOUT));
            }
            if stopped.is_some()
                && let Some(container) =
                    created.running_container.as_ref().filter(|id| killed_container.as_ref() != Some(*id))
            {
                killed_container = Some(container.clone());
                if !self.kill_step_container(container).await {
                    // The engine waits for something that the image prevents, such as a pipe in place of /etc/passwd.
                    created.engine_hangs = true;
                    has_ended = false;
                    break;
                }
            }
        }
        // After an error the builder commits nothing more. Without a running container there is nothing to commit.
        created.is_complete = has_ended && (failed.is_some() || created.running_container.is_none());
        if let Some((problem, _)) = stopped {
            return Err(BuildFailure::Problem(problem));
        }
        match failed {
            // Only this server knows whether it cancels a build. The message may quote a program.
            Some(_) if task.cancel.is_cancelled() => Err(BuildFailure::Problem(cancelled())),
            Some(message) => Err(BuildFailure::Step(message)),
            // The stream ended without an error. The build succeeded if the image exists.
            None => match self.query_client.inspect_image(tag).await {
                Ok(_) => Ok(()),
                Err(error) => {
                    created.is_complete = false;
                    Err(BuildFailure::Problem(engine_problem(&error)))
                }
            },
        }
    }

    /// Handles one message of the engine.
    async fn handle_message(
        &self,
        info: &BuildInfo,
        policy: &Policy,
        progress: &mut Progress,
        created: &mut CreatedResources<'_>,
        limit_tasks: &mut JoinSet<Result<(), Problem>>,
    ) -> Result<(), Problem> {
        if let Some(BuildInfoAux::BuildKit(status)) = &info.aux {
            progress.buildkit(status)?;
        }
        let Some(text) = &info.stream else { return Ok(()) };
        let mut action = progress.classic(text)?;
        if let ClassicAction::Verify(claim) = action {
            let is_true = self.confirms(&claim, created.step_started).await;
            action = progress.resolve_claim(claim, is_true)?;
        }
        match action {
            ClassicAction::StepContainer(id) => {
                created.record(Resource::StepContainer(id.clone()));
                created.set_next_image(None);
                (created.running_container, created.step_started) = (Some(id.clone()), unix_seconds());
                if let Some(limits) = self.step_limits.clone().filter(|_| policy.bounded) {
                    let (client, id) = (self.client.clone(), id.clone());
                    limit_tasks.spawn(async move {
                        blocked_fifos::release_engine(&client, &id, limits.root()).await;
                        Ok(())
                    });
                }
                if policy.bounded {
                    let (client, policy) = (self.client.clone(), policy.clone());
                    let (written, is_local) = (created.written_bytes, self.socket.is_some());
                    let root = self.step_limits.as_ref().map(|limits| limits.root().to_path_buf());
                    limit_tasks.spawn(async move {
                        let watch = user_database::watch_user_database(&id, &policy, root);
                        tokio::select! {
                            problem = watch => Err(problem),
                            ended = step_limits::limit_step_container(&client, &id, &policy, written, is_local) => ended,
                        }
                    });
                }
            }
            ClassicAction::StepImage(image) => {
                (created.running_container, created.step_started) = (None, unix_seconds());
                self.record_step_image(&image, created).await;
                if policy.bounded && created.written_bytes > policy.disk {
                    return Err(disk_limit(created.written_bytes, policy));
                }
            }
            ClassicAction::Verify(_) | ClassicAction::None => {}
        }
        Ok(())
    }

    /// Records the image of a step, and counts the bytes that the step added.
    async fn record_step_image(&self, image: &StepImage, created: &mut CreatedResources<'_>) {
        let Some(origin) = self.origin(&image.id).await else { return };
        if image.is_new {
            let images = self.images_of_step(&origin, image.has_triggers, created.build_started).await;
            images.into_iter().rev().for_each(|image| created.record(image));
            let added = origin.size.saturating_sub(created.parent_bytes);
            created.written_bytes = created.written_bytes.saturating_add(added);
        }
        created.parent_bytes = origin.size;
        created.set_next_image(Some(Resource::NextImage(origin.id, unix_seconds(), created.build.clone())));
    }

    /// The options of the build request.
    fn build_options(&self, job: &Job, prepared: &PreparedBuild, tag: &str, policy: &Policy) -> BuildImageOptions {
        let request = &job.request;
        let buildkit = request.builder == Builder::Buildkit;
        let mut args: HashMap<String, String> = prepared.build_args(job).into_iter().collect();
        if buildkit {
            // Builds do not share cache mounts.
            args.insert("BUILDKIT_CACHE_MOUNT_NS".into(), job.id.clone());
        }
        let memory = i32::try_from(policy.build_memory()).ok().filter(|_| policy.bounded);
        BuildImageOptions {
            dockerfile: prepared.dockerfile(job),
            t: Some(tag.into()),
            rm: true,
            forcerm: true,
            memory,
            memswap: memory,
            cpuperiod: policy.bounded.then_some(100_000),
            cpuquota: i32::try_from(policy.cpu_quota()).ok().filter(|_| policy.bounded),
            buildargs: Some(args),
            networkmode: Some(if policy.network { "default" } else { "none" }.into()),
            // The classic builder accepts a platform only in experimental mode.
            platform: if buildkit && request.platform != self.platform {
                request.platform.clone()
            } else {
                String::new()
            },
            target: prepared.target(job).unwrap_or_default(),
            version: if buildkit { BuilderVersion::BuilderBuildKit } else { BuilderVersion::BuilderV1 },
            session: buildkit.then(|| format!("stageplay-{}", job.id)),
            ..BuildImageOptions::default()
        }
    }

    /// Reads the image that was built, and emits its layers.
    async fn read_image(
        &self,
        task: BuildTask<'_>,
        prepared: &PreparedBuild,
        stage_images: &BTreeMap<usize, String>,
        observation: &mut Observation,
    ) -> Result<BuiltImage, Problem> {
        let BuildTask { job, policy, .. } = task;
        let tag = &image_name(&job.id);
        let (archive, sizes) = tokio::join!(self.save(tag, policy.disk), self.history_sizes(tag));
        let (archive, id) = archive?;
        let image = image_archive::read_built(&archive, prepared.canonical.clone(), policy).await;
        let image = Arc::new(layerless_image::with_id(image.map_err(|error| unreadable_image(&error))?, id));
        (observation.image, observation.sizes) = (Some(image.clone()), sizes);
        observation.stages = self.stage_sizes(stage_images).await;
        let report = task.report(observation).await?;
        for step in &report.steps {
            if let Some(layer) = &step.layer {
                let (line, created_by) = (Some(step.line), step.created_by.clone());
                task.emit(Event::Layer { line, created_by, size: layer.size.clone() });
            }
        }
        Ok(BuiltImage { image, archive, report })
    }

    /// Starts the image that was built, if the job says so. If the build is cancelled, this stops and removes the
    /// container before it returns.
    async fn run_image(
        &self,
        task: BuildTask<'_>,
        tag: &str,
        mut observation: Observation,
        built: BuiltImage,
        seconds: f64,
    ) -> BuildOutcome {
        let mut final_report = built.report;
        if task.job.run.is_some() {
            match container_run::run_image(self, tag, &built.image, task).await {
                Ok(started) => observation.start = Some(started),
                Err(problem) => return BuildOutcome::from_problem(problem),
            }
            final_report = match task.report(&observation).await {
                Ok(report) => report,
                Err(problem) => return BuildOutcome::from_problem(problem),
            };
        }
        let archive = task.policy.download.then_some(built.archive);
        let (state, report) = (State::Succeeded, Some(final_report));
        BuildOutcome { state, problem: None, report, seconds: Some(seconds), archive }
    }
}

/// What the engine gets, the progress of the build, and the ids of the images that it uses.
type Prepared = (PreparedBuild, Progress, Vec<(Asked, String)>);

/// An image that was built and read.
struct BuiltImage {
    image: Arc<Image>,
    archive: tempfile::TempPath,
    report: BuildReport,
}

/// What a build has created on the engine so far.
struct CreatedResources<'j> {
    journal: &'j Journal,
    /// The id of the build.
    build: String,
    /// In the order of their creation.
    resources: Vec<Resource>,
    /// The image that the next step makes, until the engine names the step's container or image.
    next_image: Option<Resource>,
    /// When the build started, in seconds since 1970.
    build_started: u64,
    /// When the current step started, in seconds since 1970.
    step_started: u64,
    /// The container of the step that runs.
    running_container: Option<String>,
    /// Bytes that the steps added to their parent images so far.
    written_bytes: u64,
    /// Bytes of the parent image of the next step.
    parent_bytes: u64,
    /// The engine has ended the build, so it creates nothing more.
    is_complete: bool,
    /// The engine does not answer for the running container. Its removal is left to later attempts.
    engine_hangs: bool,
}

impl<'j> CreatedResources<'j> {
    fn new(job: &Job, journal: &'j Journal) -> Self {
        let build_started = unix_seconds();
        let mut created = CreatedResources {
            journal,
            build: job.id.clone(),
            resources: Vec::new(),
            next_image: None,
            build_started,
            step_started: build_started,
            running_container: None,
            written_bytes: 0,
            parent_bytes: 0,
            is_complete: false,
            engine_hangs: false,
        };
        created.record(Resource::Tag(job.id.clone(), build_started));
        created
    }

    fn record(&mut self, resource: Resource) {
        self.journal.record(resource.clone());
        self.resources.push(resource);
    }

    /// Records what the next step will make, in place of what was recorded for the step before it.
    fn set_next_image(&mut self, next: Option<Resource>) {
        if let Some(next) = &next {
            self.journal.record(next.clone());
        }
        if let Some(previous) = std::mem::replace(&mut self.next_image, next) {
            self.journal.forget(&previous);
        }
    }

    /// The build has ended, or nothing more is heard of it; then the engine may still make the image of the next step.
    fn end_steps(&mut self) {
        match self.next_image.take() {
            Some(next) if self.is_complete => self.journal.forget(&next),
            Some(next) => self.resources.push(next),
            None => {}
        }
    }
}
