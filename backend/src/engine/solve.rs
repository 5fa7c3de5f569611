//! One build in a BuildKit daemon, whichever daemon it is: what is asked of it, what it says, what comes of it.

use super::base_images::{BaseImage, BaseImages};
use super::content::STORE;
use super::docker::{cancelled, read, too_long};
use super::prepare::{self, Ready};
use super::progress::{Progress, Reading};
use super::session::{CONTEXT_ADDRESS, MOST_MESSAGE, Session, Sink};
use super::{Job, Outcome, Policy, REPOSITORY, Tell, guard, problem};
use crate::offload;
use bollard::moby::buildkit::v1::control_client::ControlClient;
use bollard::moby::buildkit::v1::{CacheOptions, SolveRequest, StatusRequest, StatusResponse};
use stageplay_core::api::{Event, Problem, State};
use stageplay_core::build::BuildError;
use stageplay_core::canonical;
use stageplay_core::image::{Image, Reference};
use stageplay_core::observe::{Observation, Started, Told, observe};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tempfile::TempPath;
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;
use tonic::transport::Channel;

/// What a daemon builds for if it is asked for nothing else.
const PLATFORM: &str = "linux/amd64";
/// What a daemon says is told after this at the latest.
const IDLE: Duration = Duration::from_millis(15);
/// For what was said last to arrive.
const LAST_WORDS: Duration = Duration::from_millis(200);

/// A job that may be carried out.
pub(super) struct Checked<'j> {
    pub(super) job: &'j Job,
    ready: Ready,
    /// The base images that are handed to the daemon, under the names that the Dockerfile has for them.
    bases: Vec<(Reference, BaseImage)>,
}

/// An image that was built.
#[derive(Debug)]
pub(super) struct Built {
    pub(super) image: Arc<Image>,
    pub(super) archive: TempPath,
    steps: BTreeMap<(usize, usize), Told>,
    seconds: f64,
}

/// Why there is no image.
pub(super) enum Stop {
    /// The daemon's own word: the Dockerfile does not build.
    Failed(String),
    /// A limit, or somebody cancelled.
    Problem(Problem),
    /// The daemon went away.
    Lost(String),
}

impl From<tonic::Status> for Stop {
    fn from(status: tonic::Status) -> Self {
        // What a daemon answers has no cause below it; what befell the connection has.
        match std::error::Error::source(&status) {
            None if status.code() != tonic::Code::Unavailable => Stop::Failed(status.message().to_string()),
            None => Stop::Lost(status.message().to_string()),
            Some(cause) => Stop::Lost(format!("{}: {cause}", status.message())),
        }
    }
}

impl Checked<'_> {
    /// The base images that are handed over, each once.
    pub(super) fn bases(&self) -> impl Iterator<Item = &BaseImage> {
        let by_digest: BTreeMap<&str, &BaseImage> =
            self.bases.iter().map(|(_, base)| (base.manifest.as_str(), base)).collect();
        by_digest.into_values()
    }
}

fn server_disk(error: std::io::Error) -> Problem {
    problem("server-disk", error.to_string(), "")
}

fn failed(job: &Job, error: BuildError, steps: BTreeMap<(usize, usize), Told>) -> Outcome {
    let seen = Observation { error: Some(error), steps, ..Observation::default() };
    let report = Some(observe(&job.request, &seen, job.language));
    Outcome { state: State::Failed, problem: None, report, seconds: None, archive: None }
}

/// Looks at a job before a daemon does, and writes what the daemon gets. Base images are those that are kept here.
pub(super) async fn check<'j>(
    job: &'j Job,
    policy: &Policy,
    images: &Arc<BaseImages>,
    cancel: &CancellationToken,
) -> Result<Checked<'j>, Box<Outcome>> {
    let refused = |problem| Box::new(Outcome::of(problem));
    // What core refuses a daemon refuses too, and nothing unread reaches it.
    let not_built = |error: BuildError| Box::new(failed(job, error, BTreeMap::new()));
    let (request, context) = (job.request.clone(), job.context.tar.to_path_buf());
    let (images, own) = (images.clone(), policy.clone());
    let work = move |_: &CancellationToken| {
        let read = match prepare::read(&request)? {
            Ok(read) => read,
            Err(error) => return Ok(Err(error)),
        };
        let mut bases = Vec::new();
        let mut known = BTreeMap::new();
        for asked in &read.images {
            let Some(base) = images.find(&asked.reference, &asked.platform) else {
                let what = format!("the image {} is none of those that builds may use here", asked.reference);
                let help = match images.names().as_slice() {
                    [] => "there are none; start the server with --base-image or --base-images".to_string(),
                    names => format!("use one of {}", names.join(", ")),
                };
                return Err(Problem { line: Some(asked.line), ..problem("image-not-here", what, &help) });
            };
            guard::check_triggers(asked, &base.config.on_build, &own)?;
            let name = asked.reference.exact();
            known.insert(name.clone(), canonical::BaseImage { name, config: base.config.clone() });
            bases.push((asked.reference.clone(), base.clone()));
        }
        let ready = prepare::write(read.plan, &request, &context, &known, PLATFORM, &own)?;
        Ok(ready.map(|ready| (ready, bases)))
    };
    let done = offload::run(policy.build_time, cancel, work).await.and_then(|done: Result<_, Problem>| done);
    let (ready, bases) = done.map_err(refused)?.map_err(not_built)?;
    Ok(Checked { job, ready, bases })
}

/// Names under which a frontend looks for an image (dockerui, `NamedContext`): as people write them, without `:latest`.
fn familiar(reference: &Reference) -> Vec<String> {
    let (name, tag) = (&reference.repository, &reference.tag);
    match &reference.digest {
        None if tag == "latest" => vec![name.clone()],
        None => vec![format!("{name}:{tag}")],
        // Whether the tag was written is not known any more.
        Some(digest) if tag == "latest" => vec![format!("{name}@{digest}"), format!("{name}:{tag}@{digest}")],
        Some(digest) => vec![format!("{name}:{tag}@{digest}")],
    }
}

/// What a frontend is told.
fn options(checked: &Checked<'_>, policy: &Policy, processes: Option<u64>) -> HashMap<String, String> {
    let Checked { job, ready, bases } = checked;
    let mut options: HashMap<String, String> =
        ready.build_args(job).into_iter().map(|(name, value)| (format!("build-arg:{name}"), value)).collect();
    let mut add = |name: &str, value: &str| options.insert(name.to_string(), value.to_string());
    add("filename", &ready.dockerfile(job));
    add("context", CONTEXT_ADDRESS);
    add("platform", &job.request.platform);
    // Cache mounts of one build are nobody else's.
    add("build-arg:BUILDKIT_CACHE_MOUNT_NS", &job.id);
    if job.no_cache {
        add("no-cache", "");
    }
    if let Some(target) = ready.target(job) {
        add("target", &target);
    }
    if !policy.network {
        add("force-network-mode", "none");
    }
    if let Some(processes) = processes {
        add("ulimit", &format!("nproc={processes}:{processes}"));
    }
    for (reference, base) in bases {
        for name in familiar(reference) {
            add(&format!("context:{name}"), &format!("oci-layout://{STORE}@{}", base.manifest));
        }
    }
    options
}

/// Builds in the daemon that the future connects to; `processes` bounds those of steps.
pub(super) async fn build(
    checked: &Checked<'_>,
    policy: &Policy,
    images: &Arc<BaseImages>,
    processes: Option<u64>,
    daemon: impl Future<Output = Result<Channel, Problem>>,
    cancel: &CancellationToken,
    tell: &Tell,
) -> Result<Built, (Stop, Progress)> {
    let begun = Instant::now();
    let mut progress = Progress::new(&checked.ready.plan, Reading::Handed, policy, tell.clone());
    let work = async {
        let channel = daemon.await.map_err(Stop::Problem)?;
        solve(checked, policy, images, processes, channel, &mut progress).await
    };
    let solved = tokio::select! {
        () = cancel.cancelled() => Err(Stop::Problem(cancelled())),
        solved = tokio::time::timeout(policy.build_time, work) => {
            solved.unwrap_or_else(|_| Err(Stop::Problem(too_long(policy))))
        }
    };
    let seconds = begun.elapsed().as_secs_f64();
    let archive = match solved {
        Ok(archive) => archive,
        Err(Stop::Failed(message)) => return Err((Stop::Failed(checked.ready.as_written(&message)), progress)),
        Err(stop) => return Err((stop, progress)),
    };
    progress.finish(None);
    let image = match read(&archive).await {
        Ok(mut image) => {
            checked.ready.restore(&mut image);
            Arc::new(image)
        }
        Err(error) => {
            let what = format!("the image cannot be read: {error}");
            return Err((Stop::Problem(problem("image", what, "")), progress));
        }
    };
    tell(Event::Built { image: image.id.clone(), seconds });
    Ok(Built { image, archive, steps: progress.told, seconds })
}

/// The end of a build without an image.
pub(super) fn stopped(job: &Job, stop: Stop, mut progress: Progress) -> Outcome {
    match stop {
        Stop::Failed(message) => {
            progress.finish(Some(&message));
            let line = progress.failed.map(|(_, line)| line);
            failed(job, BuildError { code: "step-failed", message, line, exit_code: 1 }, progress.told)
        }
        Stop::Problem(problem) => {
            progress.finish(Some(&problem.message));
            Outcome::of(problem)
        }
        Stop::Lost(error) => {
            let problem = problem("engine-lost", format!("the daemon went away: {error}"), "try again when it is back");
            progress.finish(Some(&problem.message));
            Outcome::of(problem)
        }
    }
}

impl Built {
    /// Tells of the layers.
    pub(super) fn tell_layers(&self, job: &Job, tell: &Tell) {
        let seen = Observation { steps: self.steps.clone(), image: Some(self.image.clone()), ..Observation::default() };
        for step in &observe(&job.request, &seen, job.language).steps {
            if let Some(layer) = &step.layer {
                let (line, created_by) = (Some(step.line), step.created_by.clone());
                tell(Event::Layer { line, created_by, size: layer.size.clone() });
            }
        }
    }

    /// The end of a build with its image, which was started, or whose start is to be judged from its files.
    pub(super) fn outcome(self, job: &Job, policy: &Policy, start: Option<Started>) -> Outcome {
        let judge = job.run.clone().filter(|_| start.is_none());
        let (steps, image) = (self.steps, Some(self.image));
        let seen = Observation { steps, image, start, judge, ..Observation::default() };
        Outcome {
            state: State::Succeeded,
            problem: None,
            report: Some(observe(&job.request, &seen, job.language)),
            seconds: Some(self.seconds),
            archive: policy.download.then_some(self.archive),
        }
    }
}

/// Solves, follows the status, and keeps the image that is sent.
async fn solve(
    checked: &Checked<'_>,
    policy: &Policy,
    images: &Arc<BaseImages>,
    processes: Option<u64>,
    channel: Channel,
    progress: &mut Progress,
) -> Result<TempPath, Stop> {
    let job = checked.job;
    let archive = tempfile::NamedTempFile::new().map_err(|error| Stop::Problem(server_disk(error)))?;
    let file = archive.reopen().map_err(|error| Stop::Problem(server_disk(error)))?;
    let (done, mut sent) = oneshot::channel();
    // Base images are the operator's, and no part of what a build may write.
    let most = checked.bases().fold(policy.disk, |sum, base| sum.saturating_add(base.bytes));
    let id = crate::server::new_id();
    let session = Session {
        id: id.clone(),
        context: job.context.tar.to_path_buf(),
        tail: checked.ready.tail.clone().into(),
        images: images.clone(),
        sink: Mutex::new(Some(Sink { file, most, done })),
    };
    let mut control = ControlClient::new(channel).max_decoding_message_size(MOST_MESSAGE);
    // Its tasks end with this function.
    let _session = session.open(&mut control).await?;
    // Layers that are not packed are read where they stand, and nothing of them has to be unpacked.
    let exporter = [
        ("name", format!("{REPOSITORY}:{}", job.id)),
        ("compression", "uncompressed".into()),
        ("force-compression", "true".into()),
    ];
    let request = SolveRequest {
        r#ref: id.clone(),
        session: id.clone(),
        frontend: "dockerfile.v0".into(),
        frontend_attrs: options(checked, policy, processes),
        exporter_deprecated: "docker".into(),
        exporter_attrs_deprecated: exporter.map(|(name, value)| (name.to_string(), value)).into(),
        cache: Some(CacheOptions::default()),
        ..SolveRequest::default()
    };
    let mut asking = control.clone();
    let solve = asking.solve(request);
    tokio::pin!(solve);
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
    let solved = loop {
        tokio::select! {
            found = &mut follow, if following => {
                following = false;
                stream = found;
            }
            status = next(&mut stream), if stream.is_some() => match status {
                Some(status) => progress.buildkit(&status).map_err(Stop::Problem)?,
                None => stream = None,
            },
            () = tokio::time::sleep(IDLE), if progress.waits() => progress.flush(),
            solved = &mut solve => break solved,
        }
    };
    while let Ok(Some(status)) = tokio::time::timeout(LAST_WORDS, next(&mut stream)).await {
        progress.buildkit(&status).map_err(Stop::Problem)?;
    }
    let sent = sent.try_recv();
    if sent == Ok(false) {
        let what = format!("the image is larger than {most} bytes");
        return Err(Stop::Problem(problem(
            "disk-limit",
            what,
            "make it smaller, or ask whoever runs the server for more",
        )));
    }
    solved?;
    match sent {
        Ok(_) => Ok(archive.into_temp_path()),
        Err(_) => Err(Stop::Problem(problem("image", "the daemon sent no image", ""))),
    }
}

async fn next(stream: &mut Option<tonic::Streaming<StatusResponse>>) -> Option<StatusResponse> {
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
            assert_eq!(familiar(&Reference::parse(text).unwrap()), names, "{text}");
        }
    }
}
