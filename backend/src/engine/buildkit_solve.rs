//! One build in a BuildKit daemon: the checks before it, the solve request, its status, and its result.

use super::base_images::{BaseImage, BaseImages};
use super::build_problems::{build_timeout, cancelled, image_too_large, server_disk, unreadable_image};
use super::build_task::{BuildOutcome, BuildTask};
use super::buildkit_session::{BuildkitSession, ImageReceiver, MAX_MESSAGE_BYTES, context_url};
use super::content_service::STORE;
use super::prepare::{self, PreparedBuild};
use super::progress::{DockerfileForm, Progress};
use super::resource_names::image_name;
use super::{dockerfile_policy, image_archive};
use crate::offload::{self, Pool};
use crate::problem::problem;
use crate::random_id::random_id;
use bollard::moby::buildkit::v1::control_client::ControlClient;
use bollard::moby::buildkit::v1::{CacheOptions, SolveRequest, StatusRequest, StatusResponse};
use stageplay_core::api::{Event, Problem, State};
use stageplay_core::build::BuildError;
use stageplay_core::canonical::{self, Asked};
use stageplay_core::image::{Image, Reference};
use stageplay_core::real_build::{Observation, ObservedStart, ObservedStep};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tempfile::TempPath;
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;
use tonic::transport::Channel;

/// The platform that a daemon builds for by default.
const DEFAULT_PLATFORM: &str = "linux/amd64";
/// How long output is collected before it is sent as an event.
const FLUSH_INTERVAL: Duration = Duration::from_millis(15);
/// How long the last status messages may take to arrive after the end of the build.
const LAST_STATUS_TIMEOUT: Duration = Duration::from_millis(200);

/// The system's text for the error ENOSPC, with what stands before it in a message.
const NO_SPACE: &str = ": no space left on device";

/// A build that passed all checks.
pub(super) struct CheckedBuild<'t> {
    task: BuildTask<'t>,
    prepared: PreparedBuild,
    /// All base images of this server. The daemon can read their blobs.
    images: Arc<BaseImages>,
    /// The base images that the build uses, by what the Dockerfile asks for.
    used_images: Vec<(Asked, BaseImage)>,
}

/// An image that was built.
#[derive(Debug)]
pub(super) struct BuiltImage {
    pub(super) image: Arc<Image>,
    pub(super) archive: TempPath,
    steps: BTreeMap<(usize, usize), ObservedStep>,
    seconds: f64,
}

/// Why a build ended without an image.
pub(super) enum BuildFailure {
    /// The Dockerfile does not build: the message of the daemon.
    Step(String),
    /// The daemon's disk has no space or no files left: the message of the daemon.
    DiskFull(String),
    /// A limit, or a cancelled build.
    Problem(Problem),
    /// The connection to the daemon was lost.
    ConnectionLost(String),
}

impl From<tonic::Status> for BuildFailure {
    fn from(status: tonic::Status) -> Self {
        // An answer of the daemon has no cause. An error of the connection has one.
        match std::error::Error::source(&status) {
            // Names of files can stand at the end of the message, so it is no proof. BuildKit sets this code for the
            // errors ENOSPC and ENOMEM of the system (`errdefs.IsResourceExhausted`).
            None if status.code() == tonic::Code::ResourceExhausted && status.message().ends_with(NO_SPACE) => {
                BuildFailure::DiskFull(status.message().to_string())
            }
            None if status.code() != tonic::Code::Unavailable => BuildFailure::Step(status.message().to_string()),
            None => BuildFailure::ConnectionLost(status.message().to_string()),
            Some(cause) => BuildFailure::ConnectionLost(format!("{}: {cause}", status.message())),
        }
    }
}

impl CheckedBuild<'_> {
    /// The base images that the build uses, each once.
    pub(super) fn base_images(&self) -> impl Iterator<Item = &BaseImage> {
        let by_digest: BTreeMap<&str, &BaseImage> =
            self.used_images.iter().map(|(_, base)| (base.manifest_digest.as_str(), base)).collect();
        by_digest.into_values()
    }
}

/// The outcome of a Dockerfile that does not build.
async fn outcome_of_build_error(
    task: BuildTask<'_>,
    error: BuildError,
    steps: BTreeMap<(usize, usize), ObservedStep>,
) -> BuildOutcome {
    BuildOutcome::failed(task, &Observation { error: Some(error), steps, ..Observation::default() }).await
}

/// Checks a build, and writes what the daemon gets. The build may use only the base images of this server.
///
/// # Errors
/// The outcome of a build that is refused or whose Dockerfile does not build.
pub(super) async fn check<'t>(
    task: BuildTask<'t>,
    images: &Arc<BaseImages>,
) -> Result<(CheckedBuild<'t>, Progress), Box<BuildOutcome>> {
    let BuildTask { job, policy, cancel, events, .. } = task;
    let (request, context) = (job.request.clone(), job.context.tar.to_path_buf());
    let (all_images, policy_copy) = (images.clone(), policy.clone());
    let events = events.clone();
    let work = move |stop: &CancellationToken| {
        let parsed = match prepare::parse(&request, DEFAULT_PLATFORM)? {
            Ok(parsed) => parsed,
            Err(error) => return Ok(Err(error)),
        };
        let mut used_images = Vec::new();
        let mut known = BTreeMap::new();
        for requested in &parsed.images {
            let Some(base) = all_images.find(&requested.reference, &requested.platform) else {
                let what = format!("builds on this server may not use the image {}", requested.reference);
                let help = match all_images.names().as_slice() {
                    [] => "there are no base images; start the server with --base-image or --base-images".to_string(),
                    names => format!("use one of {}", names.join(", ")),
                };
                return Err(Problem { line: Some(requested.line), ..problem("image-not-here", what, &help) });
            };
            dockerfile_policy::check_triggers(requested, &base.config.on_build, &policy_copy)?;
            let name = requested.reference.exact();
            known.insert(requested.key(), canonical::BaseImage { name, config: base.config.clone() });
            used_images.push((requested.clone(), base.clone()));
        }
        let prepared = prepare::write(parsed.plan, &request, &context, &known, DEFAULT_PLATFORM, &policy_copy, stop)?;
        Ok(prepared.map(|prepared| {
            let form = DockerfileForm::CanonicalWithImages;
            let progress = Progress::new(&prepared.plan, form, &policy_copy, events);
            (prepared, progress, used_images)
        }))
    };
    let done = offload::run(Pool::Builds, policy.build_time, cancel, work).await;
    match done.and_then(|done: Result<_, Problem>| done) {
        Ok(Ok((prepared, progress, used_images))) => {
            Ok((CheckedBuild { task, prepared, images: images.clone(), used_images }, progress))
        }
        // The daemon would refuse the Dockerfile, too. It does not get a Dockerfile that core cannot read.
        Ok(Err(error)) => Err(Box::new(outcome_of_build_error(task, error, BTreeMap::new()).await)),
        Err(problem) => Err(Box::new(BuildOutcome::from_problem(problem))),
    }
}

/// The names under which a frontend looks for a named context in place of an image (dockerui, `NamedContext`): the
/// short form, without `:latest`.
fn named_context_names(reference: &Reference) -> Vec<String> {
    let (name, tag) = (&reference.repository, &reference.tag);
    match &reference.digest {
        None if tag == "latest" => vec![name.clone()],
        None => vec![format!("{name}:{tag}")],
        // It is not known whether the Dockerfile contains the tag.
        Some(digest) if tag == "latest" => vec![format!("{name}@{digest}"), format!("{name}:{tag}@{digest}")],
        Some(digest) => vec![format!("{name}:{tag}@{digest}")],
    }
}

/// The options of the frontend for a build whose context is in a session. `max_processes` limits the processes of each
/// step.
fn frontend_options(checked: &CheckedBuild<'_>, session: &str, max_processes: Option<u64>) -> HashMap<String, String> {
    let CheckedBuild { task, prepared, used_images, .. } = checked;
    let BuildTask { job, policy, .. } = task;
    let mut options: HashMap<String, String> =
        prepared.build_args(job).into_iter().map(|(name, value)| (format!("build-arg:{name}"), value)).collect();
    let mut add = |name: &str, value: &str| options.insert(name.to_string(), value.to_string());
    add("filename", &prepared.dockerfile(job));
    add("context", &context_url(session));
    add("platform", &job.request.platform);
    // Builds do not share cache mounts.
    add("build-arg:BUILDKIT_CACHE_MOUNT_NS", &job.id);
    if job.no_cache {
        add("no-cache", "");
    }
    if let Some(target) = prepared.target(job) {
        add("target", &target);
    }
    if !policy.network {
        add("force-network-mode", "none");
    }
    if let Some(limit) = max_processes {
        add("ulimit", &format!("nproc={limit}:{limit}"));
    }
    for (requested, base) in used_images {
        for name in named_context_names(&requested.reference) {
            let layout = format!("oci-layout://{STORE}@{}", base.manifest_digest);
            // The frontend looks for the name with the platform first.
            add(&format!("context:{name}::{}", requested.platform), &layout);
            add(&format!("context:{name}"), &layout);
        }
    }
    options
}

/// Builds in the daemon that `daemon` connects to, and reads the image. `max_processes` limits the processes of each
/// step.
///
/// # Errors
/// Why there is no image, and the progress of the build until then.
pub(super) async fn build(
    checked: &CheckedBuild<'_>,
    mut progress: Progress,
    max_processes: Option<u64>,
    daemon: impl Future<Output = Result<Channel, Problem>>,
) -> Result<BuiltImage, (BuildFailure, Progress)> {
    let task = checked.task;
    let started = Instant::now();
    let deadline = tokio::time::Instant::now() + task.policy.build_time;
    let work = async {
        let channel = daemon.await.map_err(BuildFailure::Problem)?;
        solve(checked, max_processes, channel, &mut progress).await
    };
    let solved = until(task, deadline, work).await;
    let seconds = started.elapsed().as_secs_f64();
    let archive = match solved {
        Ok(archive) => archive,
        Err(BuildFailure::Step(message)) => {
            return Err((
                BuildFailure::Step(checked.prepared.with_original_paths(&message, &progress.daemon_paths)),
                progress,
            ));
        }
        Err(BuildFailure::DiskFull(message)) => {
            return Err((
                BuildFailure::DiskFull(checked.prepared.with_original_paths(&message, &progress.daemon_paths)),
                progress,
            ));
        }
        Err(failure) => return Err((failure, progress)),
    };
    progress.finish(None);
    let read = async {
        let image = image_archive::read_built(&archive, checked.prepared.canonical.clone(), task.policy).await;
        image.map_err(|error| BuildFailure::Problem(unreadable_image(&error)))
    };
    let image = match until(task, deadline, read).await {
        Ok(image) => Arc::new(image),
        Err(failure) => return Err((failure, progress)),
    };
    task.emit(Event::Built { image: image.id.clone(), seconds });
    Ok(BuiltImage { image, archive, steps: progress.take_observed_steps(), seconds })
}

/// Does a part of a build, until it is cancelled or its time is up.
async fn until<T>(
    task: BuildTask<'_>,
    deadline: tokio::time::Instant,
    work: impl Future<Output = Result<T, BuildFailure>>,
) -> Result<T, BuildFailure> {
    tokio::select! {
        () = task.cancel.cancelled() => Err(BuildFailure::Problem(cancelled())),
        done = tokio::time::timeout_at(deadline, work) => {
            done.unwrap_or_else(|_| Err(BuildFailure::Problem(build_timeout(task.policy))))
        }
    }
}

/// The outcome of a build without an image.
pub(super) async fn failed_outcome(task: BuildTask<'_>, failure: BuildFailure, mut progress: Progress) -> BuildOutcome {
    match failure {
        BuildFailure::Step(message) | BuildFailure::DiskFull(message) => {
            progress.finish(Some(&message));
            let line = progress.failed_step.map(|(_, line)| line);
            let error = BuildError { code: "step-failed", message, line, exit_code: 1 };
            outcome_of_build_error(task, error, progress.take_observed_steps()).await
        }
        BuildFailure::Problem(problem) => {
            progress.finish(Some(&problem.message));
            BuildOutcome::from_problem(problem)
        }
        BuildFailure::ConnectionLost(error) => {
            let what = format!("the connection to the daemon was lost: {error}");
            let problem = problem("engine-lost", what, "try again when the daemon is back");
            progress.finish(Some(&problem.message));
            BuildOutcome::from_problem(problem)
        }
    }
}

impl BuiltImage {
    /// Emits an event for each layer.
    ///
    /// # Errors
    /// As [`BuildTask::report`].
    pub(super) async fn emit_layers(&self, task: BuildTask<'_>) -> Result<(), Problem> {
        let observation =
            Observation { steps: self.steps.clone(), image: Some(self.image.clone()), ..Observation::default() };
        for step in &task.report(&observation).await?.steps {
            if let Some(layer) = &step.layer {
                let (line, created_by) = (Some(step.line), step.created_by.clone());
                task.emit(Event::Layer { line, created_by, size: layer.size.clone() });
            }
        }
        Ok(())
    }

    /// The outcome of a successful build. `start` is how the start of the image went. If the image was to be started
    /// and there is no `start`, its outcome is predicted from the files of the image.
    pub(super) async fn into_outcome(self, task: BuildTask<'_>, start: Option<ObservedStart>) -> BuildOutcome {
        let BuildTask { job, policy, .. } = task;
        let judge = job.run.clone().filter(|_| start.is_none());
        let (steps, image) = (self.steps, Some(self.image));
        let observation = Observation { steps, image, start, judge, ..Observation::default() };
        let report = match task.report(&observation).await {
            Ok(report) => report,
            Err(problem) => return BuildOutcome::from_problem(problem),
        };
        BuildOutcome {
            state: State::Succeeded,
            problem: None,
            report: Some(report),
            seconds: Some(self.seconds),
            archive: policy.download.then_some(self.archive),
        }
    }
}

/// Sends the solve request, follows its status, and receives the image.
async fn solve(
    checked: &CheckedBuild<'_>,
    max_processes: Option<u64>,
    channel: Channel,
    progress: &mut Progress,
) -> Result<TempPath, BuildFailure> {
    let BuildTask { job, policy, .. } = checked.task;
    let archive = tempfile::NamedTempFile::new().map_err(|error| BuildFailure::Problem(server_disk(&error)))?;
    let file = archive.reopen().map_err(|error| BuildFailure::Problem(server_disk(&error)))?;
    let (done, mut received) = oneshot::channel();
    // Base images do not count as written by the build.
    let max_bytes = checked.base_images().fold(policy.disk, |sum, base| sum.saturating_add(base.bytes));
    let id = random_id();
    let session = BuildkitSession {
        id: id.clone(),
        context: job.context.tar.to_path_buf(),
        tar_end: checked.prepared.tar_end.clone().into(),
        images: checked.images.clone(),
        receiver: Mutex::new(Some(ImageReceiver { file, max_bytes, done })),
    };
    let mut control = ControlClient::new(channel).max_decoding_message_size(MAX_MESSAGE_BYTES);
    // The session ends when this function returns.
    let _session = session.open(&mut control).await?;
    // Uncompressed layers can be read in place, without unpacking them.
    let exporter =
        [("name", image_name(&job.id)), ("compression", "uncompressed".into()), ("force-compression", "true".into())];
    let request = SolveRequest {
        r#ref: id.clone(),
        session: id.clone(),
        frontend: "dockerfile.v0".into(),
        frontend_attrs: frontend_options(checked, &id, max_processes),
        exporter_deprecated: "docker".into(),
        exporter_attrs_deprecated: exporter.map(|(name, value)| (name.to_string(), value)).into(),
        cache: Some(CacheOptions::default()),
        ..SolveRequest::default()
    };
    let mut solve_client = control.clone();
    let solve = solve_client.solve(request);
    tokio::pin!(solve);
    let open_status = async move {
        // The status exists only after the solve request has arrived.
        for _ in 0..200 {
            match control.status(StatusRequest { r#ref: id.clone() }).await {
                Ok(stream) => return Some(stream.into_inner()),
                Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
            }
        }
        None
    };
    tokio::pin!(open_status);
    let mut status_stream = None;
    let mut is_opening = true;
    let solved = loop {
        tokio::select! {
            opened = &mut open_status, if is_opening => {
                is_opening = false;
                status_stream = opened;
            }
            status = next_status(&mut status_stream), if status_stream.is_some() => match status {
                Some(status) => progress.buildkit(&status).map_err(BuildFailure::Problem)?,
                None => status_stream = None,
            },
            () = tokio::time::sleep(FLUSH_INTERVAL), if progress.has_pending_output() => progress.flush(),
            solved = &mut solve => break solved,
        }
    };
    while let Ok(Some(status)) = tokio::time::timeout(LAST_STATUS_TIMEOUT, next_status(&mut status_stream)).await {
        progress.buildkit(&status).map_err(BuildFailure::Problem)?;
    }
    let received = received.try_recv();
    if received == Ok(false) {
        return Err(BuildFailure::Problem(image_too_large(max_bytes)));
    }
    solved?;
    match received {
        Ok(_) => Ok(archive.into_temp_path()),
        Err(_) => Err(BuildFailure::Problem(problem("image", "the daemon sent no image", ""))),
    }
}

async fn next_status(stream: &mut Option<tonic::Streaming<StatusResponse>>) -> Option<StatusResponse> {
    stream.as_mut()?.message().await.ok().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_have_the_names_that_frontends_look_for() {
        let digest = format!("sha256:{}", "a".repeat(64));
        for (text, names) in [
            ("docker.io/library/alpine:3.20", vec!["alpine:3.20".to_string()]),
            ("alpine", vec!["alpine".into()]),
            ("gcr.io/a/b:latest", vec!["gcr.io/a/b".into()]),
            (&format!("alpine:3@{digest}"), vec![format!("alpine:3@{digest}")]),
            (&format!("alpine@{digest}"), vec![format!("alpine@{digest}"), format!("alpine:latest@{digest}")]),
        ] {
            assert_eq!(named_context_names(&Reference::parse(text).unwrap()), names, "{text}");
        }
    }
}
