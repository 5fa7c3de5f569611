//! [`Engine`]: one type for all kinds of engines.

use super::address::EngineAddress;
use super::build_problems::unreadable_image;
use super::build_task::{BuildOutcome, BuildTask};
use super::buildkit::Buildkit;
use super::daemon_container::DaemonLimits;
use super::docker::Docker;
use super::isolated::IsolatedBuildkit;
use super::isolation::Isolation;
use super::journal::Journal;
use super::policy::Policy;
use super::profile::nearest_profile;
use crate::problem::problem;
use stageplay_core::api::{EngineReport, Limit, Problem};
use stageplay_core::engine::{Builder, EngineProfile};
use stageplay_core::image::{Image, Reference};
use std::sync::Arc;
use std::time::Duration;

/// The version that stands for the BuildKit of a daemon when an engine profile is chosen.
const BUILDKIT_PROFILE_VERSION: &str = "28";

/// A connected engine.
#[derive(Clone, Debug)]
pub enum Engine {
    /// Docker or Podman.
    Docker(Box<Docker>),
    /// Docker or Podman, which starts a BuildKit daemon for each build.
    Isolated(Box<IsolatedBuildkit>),
    /// One or several BuildKit daemons.
    Buildkit(Box<Buildkit>),
}

impl Engine {
    /// Connects to the first engine of an address that answers.
    ///
    /// # Errors
    /// No engine answers. The problem says how to get one.
    pub async fn connect(address: &EngineAddress, isolation: &Isolation) -> Result<Engine, Problem> {
        match address {
            EngineAddress::None => {
                Err(problem("no-engine", "real builds are switched off", "start the server without --engine none"))
            }
            EngineAddress::Buildkit(daemons, tls) => {
                let images = isolation.open_base_images(None).await?;
                let buildkit = Buildkit::connect(daemons, tls, images, isolation.workers).await?;
                Ok(Engine::Buildkit(Box::new(buildkit)))
            }
            EngineAddress::Docker(candidates) => {
                let mut failures = Vec::new();
                for candidate in candidates {
                    match Docker::connect(candidate).await {
                        Ok(docker) => {
                            return match &isolation.daemon_image {
                                None => Ok(Engine::Docker(Box::new(docker))),
                                Some(daemon_image) => {
                                    let isolated = IsolatedBuildkit::connect(docker, daemon_image, isolation).await?;
                                    Ok(Engine::Isolated(Box::new(isolated)))
                                }
                            };
                        }
                        Err(error) => failures.push(format!("{}: {error}", candidate.url())),
                    }
                }
                let message = match failures.len() {
                    0 => "no container engine was found on this machine".to_string(),
                    _ => format!("no container engine answers ({})", failures.join("; ")),
                };
                Err(problem(
                    "no-engine",
                    message,
                    "install and start Docker or Podman, or give its address with --engine, such as --engine unix:///var/run/docker.sock; if it is running, check that you have permission to use its socket",
                ))
            }
        }
    }

    /// Whether the engine still answers.
    pub async fn answers(&self) -> bool {
        match self {
            Engine::Docker(docker) => docker.ping().await.is_ok(),
            Engine::Isolated(isolated) => isolated.docker().ping().await.is_ok(),
            Engine::Buildkit(buildkit) => buildkit.ping().await.is_ok(),
        }
    }

    /// The engine profile of the simulation that is nearest to this engine.
    pub fn profile(&self) -> Arc<EngineProfile> {
        let version = match self {
            Engine::Docker(docker) => docker.version(),
            Engine::Isolated(_) | Engine::Buildkit(_) => BUILDKIT_PROFILE_VERSION,
        };
        nearest_profile(version)
    }

    /// The builders of the engine, its default first.
    pub fn builders(&self) -> Vec<Builder> {
        match self {
            Engine::Docker(docker) => docker.builders(),
            Engine::Isolated(_) | Engine::Buildkit(_) => vec![Builder::Buildkit],
        }
    }

    /// `docker`, `podman` or `buildkit`.
    pub fn kind(&self) -> &'static str {
        match self {
            Engine::Docker(docker) => docker.kind(),
            Engine::Isolated(_) | Engine::Buildkit(_) => "buildkit",
        }
    }

    /// The version of the engine; `None` if it is not known. That of build workers and of the daemons of isolated builds
    /// is known after the first build.
    pub fn version(&self) -> Option<String> {
        match self {
            Engine::Docker(docker) => Some(docker.version().to_string()).filter(|version| !version.is_empty()),
            Engine::Isolated(isolated) => isolated.version().get(),
            Engine::Buildkit(buildkit) => buildkit.version().get(),
        }
    }

    /// Describes the engine and the limits of builds.
    pub async fn describe(&self, policy: &Policy) -> EngineReport {
        let (images, platform) = match self {
            Engine::Docker(docker) => (docker.image_names(200).await, docker.platform()),
            Engine::Isolated(isolated) => (isolated.base_images().names(), isolated.docker().platform()),
            Engine::Buildkit(buildkit) => (buildkit.base_images().names(), "linux/amd64".to_string()),
        };
        EngineReport {
            available: true,
            kind: self.kind().into(),
            version: self.version(),
            profile: Some(self.profile().id.clone()),
            builders: self.builders().into_iter().map(|builder| builder.as_str().to_string()).collect(),
            platform: Some(platform),
            can_run: !matches!(self, Engine::Buildkit(_)),
            can_download: policy.download,
            network: policy.network,
            registries: policy.registries.clone(),
            images,
            limits: self.limits(policy),
            problem: None,
        }
    }

    /// Reads an image that builds may use as a base image, with its files and its source. `None` if there is no such
    /// image.
    ///
    /// # Errors
    /// The image is larger than `max_bytes`, or cannot be read.
    pub async fn image(&self, reference: &Reference, max_bytes: u64) -> Result<Option<(Image, String)>, Problem> {
        let images = match self {
            Engine::Docker(docker) => {
                let Some(id) = docker.image_id(reference).await else { return Ok(None) };
                let source = format!("read from {} {}", docker.kind(), docker.version());
                let image = docker.image(&id, max_bytes).await.map_err(|problem| docker.daemon_paths.clean(problem));
                return image.map(|image| Some((image, source)));
            }
            Engine::Isolated(isolated) => isolated.base_images(),
            Engine::Buildkit(buildkit) => buildkit.base_images(),
        };
        let Some(base) = images.find_for_any_platform(reference).cloned() else { return Ok(None) };
        let read = tokio::task::spawn_blocking(move || base.image()).await;
        let image = read.map_err(|error| error.to_string()).and_then(|read| read);
        image.map(|image| Some((image, "read from a base image".into()))).map_err(|error| unreadable_image(&error))
    }

    /// Removes what builds left on the engine and whose removal is due: leftovers of an earlier server, and what could
    /// not be removed before. Returns how many things were removed.
    pub async fn sweep(&self, journal: &Journal) -> usize {
        match self {
            Engine::Docker(docker) => docker.sweep(journal).await,
            Engine::Isolated(isolated) => isolated.docker().sweep(journal).await,
            Engine::Buildkit(_) => 0,
        }
    }

    /// Removes records of BuildKit's cache that were not used for `max_idle`. Returns the number of freed bytes, or 0
    /// if the engine does not tell.
    ///
    /// # Errors
    /// The engine refuses.
    pub async fn prune_build_cache(&self, max_idle: Duration) -> Result<u64, String> {
        match self {
            Engine::Docker(docker) => docker.prune_build_cache(max_idle).await,
            // Each daemon's cache is removed together with the daemon.
            Engine::Isolated(_) => Ok(0),
            Engine::Buildkit(buildkit) => buildkit.prune_build_cache(max_idle).await,
        }
    }

    /// Builds the image, reads it, starts it if the job says so, and removes what the build left on the engine.
    pub async fn run_build(&self, task: BuildTask<'_>) -> BuildOutcome {
        match self {
            Engine::Docker(docker) => without_daemon_paths(docker.run_build(task).await, docker),
            Engine::Isolated(isolated) => without_daemon_paths(isolated.run_build(task).await, isolated.docker()),
            Engine::Buildkit(buildkit) => buildkit.run_build(task).await,
        }
    }

    /// The limits of a build on this engine, with what the engine does not enforce.
    fn limits(&self, policy: &Policy) -> Vec<Limit> {
        let caveat = match self {
            Engine::Docker(docker) if docker.builders().contains(&Builder::Buildkit) && !docker.bounds_buildkit() => {
                Some(
                    "enforced for the classic builder and for started programs; not enforced for the steps of BuildKit on this engine",
                )
            }
            Engine::Docker(_) | Engine::Isolated(_) => None,
            Engine::Buildkit(_) => Some("a BuildKit daemon limits its steps by its own configuration"),
        };
        let (memory, processes) = match self {
            // For all steps, their files and the daemon together.
            Engine::Isolated(_) => {
                let limits = DaemonLimits::new(policy, 0, 0);
                (limits.memory, limits.processes)
            }
            Engine::Docker(_) | Engine::Buildkit(_) => (policy.memory, u64::from(policy.processes)),
        };
        policy.limits(memory, processes, caveat)
    }
}

/// An outcome whose problem does not show the folders of the engine.
fn without_daemon_paths(outcome: BuildOutcome, docker: &Docker) -> BuildOutcome {
    BuildOutcome { problem: outcome.problem.map(|problem| docker.daemon_paths.clean(problem)), ..outcome }
}
