//! Real engines: what builds, what is allowed, what comes back. The only place that knows their APIs.
//!
//! [`Engine::connect`] finds one; [`Engine::carry_out`] builds one [`Job`] under a [`Policy`], tells
//! what happens as events and answers with a report of the same form as the simulation's.

mod address;
mod archives;
mod base_images;
mod blob;
mod buildkit;
mod cleanup;
mod content;
pub mod context;
mod control;
mod date;
mod docker;
mod extended;
mod grammar;
mod guard;
mod isolated;
mod journal;
mod launch;
mod load;
mod lookup;
mod origin;
mod policy;
mod prepare;
mod progress;
mod session;
mod solve;
mod watch;
mod written;

pub use address::{Address, Tls};
pub use base_images::{BaseImage, BaseImages};
pub use control::without_control_characters;
pub use date::today;
pub use docker::Docker;
pub use isolated::{Isolated, Isolation};
pub use journal::Journal;
pub use policy::Policy;

use context::Context;
use stageplay_core::api::{EngineReport, Event, Problem, State};
use stageplay_core::build::Request;
use stageplay_core::engine::{Builder, EngineProfile};
use stageplay_core::image::{Image, Reference};
use stageplay_core::report::BuildReport;
use stageplay_core::words::Language;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// The label of containers that images are started in; its value is the build's id.
pub const LABEL: &str = "dev.stageplay.build";
/// The label that tells whose they are: the server's, as its journal says.
pub const INSTANCE: &str = "dev.stageplay.instance";
/// The repository of the tags that images get while they are looked at.
pub const REPOSITORY: &str = "stageplay-build";

/// One real build, as asked for.
#[derive(Debug)]
pub struct Job {
    /// Its id: lower-case letters and digits.
    pub id: String,
    /// Dockerfile, target, arguments, platform; its context is empty, the files are in `context`.
    pub request: Request,
    /// The files.
    pub context: Context,
    /// Carry every step out, also those whose result is cached.
    pub no_cache: bool,
    /// Start the image with these arguments.
    pub run: Option<Vec<String>>,
    /// The language of the report.
    pub language: Language,
}

/// Hears what happens.
pub type Tell = Arc<dyn Fn(Event) + Send + Sync>;

/// How a build ended.
#[derive(Debug)]
pub struct Outcome {
    /// Succeeded, failed or cancelled.
    pub state: State,
    /// Why not, if a limit, the engine or the policy is the reason.
    pub problem: Option<Problem>,
    /// What came of it.
    pub report: Option<BuildReport>,
    /// From the start of the build to the image, in seconds.
    pub seconds: Option<f64>,
    /// The image as an archive, if it was to be kept.
    pub archive: Option<tempfile::TempPath>,
}

impl Outcome {
    /// A build that a problem ended.
    pub fn of(problem: Problem) -> Self {
        let state = if problem.code == "cancelled" { State::Cancelled } else { State::Failed };
        Outcome { state, problem: Some(problem), report: None, seconds: None, archive: None }
    }
}

/// Shorthand for a problem.
pub fn problem(code: &str, message: impl Into<String>, help: &str) -> Problem {
    let help = (!help.is_empty()).then(|| help.to_string());
    let message = without_control_characters(&message.into()).into_owned();
    Problem { code: code.into(), message, help, line: None }
}

/// An engine that answers.
#[derive(Clone, Debug)]
pub enum Engine {
    /// A Docker or Podman socket.
    Docker(docker::Docker),
    /// The same, with a BuildKit daemon of its own for each build.
    Isolated(Box<Isolated>),
    /// A BuildKit daemon.
    Buildkit(Box<buildkit::Buildkit>),
}

impl Engine {
    /// Connects; `auto` takes the first local engine that answers.
    ///
    /// # Errors
    /// Why there is none, and how to get one.
    pub async fn connect(address: &Address, isolation: &Isolation) -> Result<Engine, Problem> {
        match address {
            Address::None => {
                Err(problem("no-engine", "real builds are switched off", "start the server without --engine none"))
            }
            Address::Buildkit(daemons, tls) => {
                let images = isolation.base_images(None).await?;
                Ok(Engine::Buildkit(Box::new(
                    buildkit::Buildkit::connect(daemons, tls, images, isolation.workers).await?,
                )))
            }
            Address::Docker(candidates) => {
                let mut failures = Vec::new();
                for candidate in candidates {
                    match docker::Docker::connect(candidate).await {
                        Ok(docker) => {
                            return match &isolation.daemon {
                                None => Ok(Engine::Docker(docker)),
                                Some(daemon) => {
                                    let isolated = Isolated::connect(docker, daemon, isolation).await?;
                                    Ok(Engine::Isolated(Box::new(isolated)))
                                }
                            };
                        }
                        Err(error) => failures.push(format!("{}: {error}", candidate.name())),
                    }
                }
                let message = match failures.len() {
                    0 => "no container engine was found on this machine".to_string(),
                    _ => format!("no container engine answers ({})", failures.join("; ")),
                };
                Err(problem(
                    "no-engine",
                    message,
                    "install Docker or Podman and start it, or name one with --engine, such as --engine unix:///var/run/docker.sock; if it runs, you may lack the right to use its socket",
                ))
            }
        }
    }

    /// Whether it still answers.
    pub async fn answers(&self) -> bool {
        match self {
            Engine::Docker(docker) => docker.ping().await.is_ok(),
            Engine::Isolated(isolated) => isolated.docker().ping().await.is_ok(),
            Engine::Buildkit(buildkit) => buildkit.ping().await.is_ok(),
        }
    }

    /// The engine's profile in the simulation that is nearest to it.
    pub fn profile(&self) -> Arc<EngineProfile> {
        let version = match self {
            Engine::Docker(docker) => docker.version(),
            Engine::Isolated(_) | Engine::Buildkit(_) => "28",
        };
        nearest_profile(version)
    }

    /// Its builders, the usual one first.
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

    /// What it is and may do.
    pub async fn describe(&self, policy: &Policy) -> EngineReport {
        let (images, platform) = match self {
            Engine::Docker(docker) => (docker.image_names(200).await, docker.platform()),
            Engine::Isolated(isolated) => (isolated.base_images().names(), isolated.docker().platform()),
            Engine::Buildkit(buildkit) => (buildkit.base_images().names(), "linux/amd64".to_string()),
        };
        EngineReport {
            available: true,
            kind: self.kind().into(),
            version: match self {
                Engine::Docker(docker) => Some(docker.version().to_string()),
                Engine::Isolated(_) | Engine::Buildkit(_) => None,
            },
            profile: Some(self.profile().id.clone()),
            builders: self.builders().into_iter().map(|builder| builder.as_str().to_string()).collect(),
            platform: Some(platform),
            can_run: !matches!(self, Engine::Buildkit(_)),
            can_download: policy.download,
            network: policy.network,
            registries: policy.registries.clone(),
            images,
            limits: policy.limits(self),
            problem: None,
        }
    }

    /// An image that it or its builds have, of at most so many bytes, with its files, and where it was found.
    ///
    /// # Errors
    /// It is larger, or cannot be read.
    pub async fn image(&self, reference: &Reference, most: u64) -> Result<Option<(Image, String)>, Problem> {
        let images = match self {
            Engine::Docker(docker) => {
                let Some(id) = docker.named_image(reference).await else { return Ok(None) };
                let source = format!("read from {} {}", docker.kind(), docker.version());
                return docker.image(&id, most).await.map(|image| Some((image, source)));
            }
            Engine::Isolated(isolated) => isolated.base_images(),
            Engine::Buildkit(buildkit) => buildkit.base_images(),
        };
        let Some(base) = images.find(reference, "linux/amd64").cloned() else { return Ok(None) };
        let read = tokio::task::spawn_blocking(move || base.image()).await;
        let image = read.map_err(|error| error.to_string()).and_then(|read| read);
        image.map(|image| Some((image, "read from a base image".into()))).map_err(|error| problem("image", error, ""))
    }

    /// Removes what builds left behind and whose turn it is: of a server that is gone, and what could not
    /// be removed at once.
    pub async fn sweep(&self, journal: &Journal) -> usize {
        match self {
            Engine::Docker(docker) => docker.sweep(journal).await,
            Engine::Isolated(isolated) => isolated.docker().sweep(journal).await,
            Engine::Buildkit(_) => 0,
        }
    }

    /// Removes what of BuildKit's cache nobody used for so long; bytes that were freed, where told.
    ///
    /// # Errors
    /// The engine does not do it.
    pub async fn forget_cache(&self, unused: Duration) -> Result<u64, String> {
        match self {
            Engine::Docker(docker) => docker.forget_cache(unused).await,
            // A daemon's cache goes with it.
            Engine::Isolated(_) => Ok(0),
            Engine::Buildkit(buildkit) => buildkit.forget_cache(unused).await,
        }
    }

    /// Builds, looks into the image, starts it if that was asked for, and removes what came of it.
    pub async fn carry_out(
        &self,
        job: &Job,
        policy: &Policy,
        journal: &Journal,
        cancel: &CancellationToken,
        tell: &Tell,
    ) -> Outcome {
        match self {
            Engine::Docker(docker) => docker.carry_out(job, policy, journal, cancel, tell).await,
            Engine::Isolated(isolated) => isolated.carry_out(job, policy, journal, cancel, tell).await,
            Engine::Buildkit(buildkit) => buildkit.carry_out(job, policy, cancel, tell).await,
        }
    }
}

/// The newest profile that is not newer than an engine's version, else the oldest.
fn nearest_profile(version: &str) -> Arc<EngineProfile> {
    let numbers =
        |text: &str| -> Vec<u32> { text.split(['.', '-', '+', '~']).map_while(|part| part.parse().ok()).collect() };
    let wanted = numbers(version);
    let all = EngineProfile::all();
    let mut fitting: Vec<&Arc<EngineProfile>> = all
        .iter()
        .filter(|profile| {
            let own = numbers(profile.id.trim_start_matches("docker-"));
            // `docker-20.10` without a third number is the last of its line.
            let last_of_line = own.len() == 2 && wanted.len() > 2 && wanted.starts_with(&own);
            own <= wanted || last_of_line
        })
        .collect();
    // `20.10.0` and `20.10.7` name first releases; `20.10` begins with 20.10.15 (its data says so).
    if wanted.starts_with(&[20, 10]) {
        let patch = wanted.get(2).copied().unwrap_or(u32::MAX);
        let id = match patch {
            0..=6 => "docker-20.10.0",
            7..=14 => "docker-20.10.7",
            _ => "docker-20.10",
        };
        fitting.retain(|profile| profile.id == id);
    }
    fitting.last().copied().or_else(|| all.first()).cloned().unwrap_or_else(|| all[0].clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_engines_version_finds_the_profile_that_is_nearest() {
        for (version, id) in [
            ("20.10.24+dfsg1", "docker-20.10"),
            ("20.10.8", "docker-20.10.7"),
            ("17.09.0-ce", "docker-17.09"),
            ("28.3.3", "docker-28"),
            ("24.0.7", "docker-24.0"),
            ("27.4.0", "docker-27.3"),
            ("1.13.1", "docker-17.09"),
        ] {
            assert_eq!(nearest_profile(version).id, id, "{version}");
        }
    }
}
