//! Isolated builds: each build runs in its own BuildKit daemon, which is started for this build only.
//!
//! The daemon is a container on the engine. It runs without root and without network. The limits of the container
//! apply to the daemon and all its steps together. Their files are on a tmpfs of fixed size, which disappears with
//! the container.

use super::base_images::BaseImages;
use super::build_problems::cancelled;
use super::build_task::{BuildOutcome, BuildTask};
use super::buildkit::DaemonVersion;
use super::buildkit_solve::{self, BuiltImage};
use super::clock::unix_seconds;
use super::daemon_container::{DaemonContainer, DaemonImage, DaemonLimits};
use super::docker::Docker;
use super::isolation::Isolation;
use super::journal::Resource;
use super::resource_names::image_name;
use super::{container_run, docker_error, image_load};
use crate::problem::problem;
use stageplay_core::api::{Event, Problem};
use stageplay_core::real_build::ObservedStart;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How long the engine may take to end the loading of an image that was stopped.
const LOAD_END_TIMEOUT: Duration = Duration::from_secs(5);

/// An engine that starts a BuildKit daemon for each build.
#[derive(Clone, Debug)]
pub struct IsolatedBuildkit {
    docker: Docker,
    daemon_image: DaemonImage,
    images: Arc<BaseImages>,
    version: DaemonVersion,
}

/// Parses the user of an image, such as `1000:1000`, into user id and group id. `None` if it is root or a name.
fn parse_unprivileged_user(user: &str) -> Option<(u32, u32)> {
    let (user, group) = user.split_once(':').unwrap_or((user, user));
    let user = user.parse().ok().filter(|id| *id != 0)?;
    Some((user, group.parse().unwrap_or(user)))
}

impl IsolatedBuildkit {
    /// Finds the image of the daemon, and opens the base images.
    ///
    /// # Errors
    /// An image is missing, or the daemon would run as root.
    pub(super) async fn connect(docker: Docker, daemon_image: &str, isolation: &Isolation) -> Result<Self, Problem> {
        let found = docker.query_client.inspect_image(daemon_image).await.map_err(|error| {
            let what = format!(
                "the image {daemon_image} of --build-daemon is not on the engine: {}",
                docker_error::message(&error)
            );
            problem("no-engine", what, &format!("pull it with docker pull {daemon_image}"))
        })?;
        let user = parse_unprivileged_user(&found.config.and_then(|config| config.user).unwrap_or_default())
            .ok_or_else(|| {
                let what = format!("the user of the image {daemon_image} of --build-daemon is root or not a number");
                problem(
                    "no-engine",
                    what,
                    "use an image whose daemon runs without root, such as moby/buildkit:rootless",
                )
            })?;
        let images = isolation.open_base_images(Some(&docker)).await?;
        let daemon_image = DaemonImage { id: found.id.unwrap_or_default(), user };
        Ok(IsolatedBuildkit { docker, daemon_image, images, version: DaemonVersion::default() })
    }

    /// The engine that runs the daemons.
    pub fn docker(&self) -> &Docker {
        &self.docker
    }

    /// The version of the daemons.
    pub(super) fn version(&self) -> &DaemonVersion {
        &self.version
    }

    /// The base images that builds may use.
    pub fn base_images(&self) -> &BaseImages {
        &self.images
    }

    /// Builds in a new daemon, reads the image, and starts it on the engine if the job says so.
    pub(super) async fn run_build(&self, task: BuildTask<'_>) -> BuildOutcome {
        let BuildTask { job, policy, journal, .. } = task;
        let started = unix_seconds();
        task.emit(Event::Started { builder: "buildkit".into() });
        let (checked, progress) = match buildkit_solve::check(task, &self.images).await {
            Ok(checked) => checked,
            Err(outcome) => return *outcome,
        };
        let base_image_bytes = checked.base_images().map(|base| base.bytes).sum();
        let limits = DaemonLimits::new(policy, job.context.bytes, base_image_bytes);
        let daemon = DaemonContainer::new(&self.docker, &job.id, journal);
        if let Err(problem) = daemon.create(&self.daemon_image, task, &limits).await {
            daemon.remove().await;
            return BuildOutcome::from_problem(problem);
        }
        let connect = async {
            let channel = daemon.start().await?;
            self.version.ask(&channel).await;
            Ok(channel)
        };
        let built = match buildkit_solve::build(&checked, progress, Some(limits.step_processes()), connect).await {
            Ok(built) => built,
            Err((failure, progress)) => {
                let line = progress.failed_step.map(|(_, line)| line);
                let failure = daemon.explain_failure(failure, line, &limits).await;
                daemon.remove().await;
                return buildkit_solve::failed_outcome(task, failure, progress).await;
            }
        };
        // The layers are read while the daemon is removed.
        if let ((), Err(problem)) = tokio::join!(daemon.remove(), built.emit_layers(task)) {
            return BuildOutcome::from_problem(problem);
        }
        let start = match &job.run {
            None => None,
            Some(_) => match self.run_image(task, &built, started).await {
                Ok(started) => Some(started),
                Err(problem) => return BuildOutcome::from_problem(problem),
            },
        };
        built.into_outcome(task, start).await
    }

    /// Loads an image that was built into the engine and starts it there. `build_started` is when the build began, in
    /// seconds since 1970: the image is not older.
    async fn run_image(
        &self,
        task: BuildTask<'_>,
        built: &BuiltImage,
        build_started: u64,
    ) -> Result<ObservedStart, Problem> {
        let BuildTask { job, policy, journal, cancel, .. } = task;
        let (docker, name) = (&self.docker, image_name(&job.id));
        let untagged = docker.untagged_images().await?;
        let tag = Resource::Tag(job.id.clone(), build_started);
        journal.record(tag.clone());
        let mut created = vec![tag];
        // The id is known before: if the server is killed while the engine loads the image, the journal tells whose it is.
        let image = Resource::Image(built.image.id.clone());
        if matches!(docker.query_client.inspect_image(&built.image.id).await, Err(error) if docker_error::is_not_found(&error))
        {
            journal.record(image.clone());
            created.push(image);
        }
        // An image that is being loaded cannot be removed yet, so the end of this request is awaited.
        let stop = CancellationToken::new();
        let timeout = async {
            tokio::select! {
                () = cancel.cancelled() => {}
                () = tokio::time::sleep(policy.build_time) => {}
            }
            stop.cancel();
            tokio::time::sleep(LOAD_END_TIMEOUT).await;
        };
        let (loaded, is_complete) = tokio::select! {
            loaded = image_load::load(&docker.client, &built.archive, &job.id, &stop) => (loaded, true),
            () = timeout => (Err("it does not answer".into()), false),
        };
        let found = docker.query_client.inspect_image(&name).await;
        // An image that existed without a tag before belongs to somebody else, even if this build results in it.
        if let Some(id) = found.ok().and_then(|found| found.id).filter(|id| !untagged.contains(id)) {
            let image = Resource::Image(id);
            journal.record(image.clone());
            if !created.contains(&image) {
                created.push(image);
            }
        }
        let started = match loaded {
            _ if cancel.is_cancelled() => Err(cancelled()),
            Err(error) => Err(problem("engine", format!("the engine cannot load the image: {error}"), "")),
            Ok(()) => container_run::run_image(docker, &name, &built.image, task).await,
        };
        docker.remove(&created, is_complete, journal).await;
        started
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_daemon_must_not_run_as_root() {
        assert_eq!(parse_unprivileged_user("1000:1001"), Some((1_000, 1_001)));
        assert_eq!(parse_unprivileged_user("1000"), Some((1_000, 1_000)));
        for bad in ["", "0", "0:0", "root", "user"] {
            assert_eq!(parse_unprivileged_user(bad), None, "{bad}");
        }
    }
}
