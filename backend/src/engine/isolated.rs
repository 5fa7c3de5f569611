//! Builds for strangers, each in a BuildKit daemon of its own that lives for this build only.
//!
//! The daemon is a container on the engine: it runs without root, has no network, and all that it and its
//! steps take together is bounded from outside, by the container. What they write goes to memory of a
//! fixed size, and is gone with the container.

use super::base_images::{BaseImages, Kept};
use super::cleanup::{daemon_of, name_of};
use super::docker::Docker;
use super::docker::now;
use super::journal::Thing;
use super::solve::{self, Stop};
use super::{INSTANCE, Job, Journal, LABEL, Outcome, Policy, Tell, launch, load, problem};
use bollard::Docker as Client;
use bollard::container::{AttachContainerResults, LogOutput};
use bollard::errors::Error;
use bollard::exec::{StartExecOptions, StartExecResults};
use bollard::models::{ContainerCreateBody, ExecConfig, HostConfig, HostConfigLogConfig};
use bollard::query_parameters::{AttachContainerOptionsBuilder, CreateContainerOptionsBuilder};
use futures_util::StreamExt;
use hyper_util::rt::TokioIo;
use stageplay_core::api::{Event, Problem};
use stageplay_core::image::Reference;
use stageplay_core::observe::Started;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::OnceCell;
use tokio::task::JoinSet;
use tokio_util::io::StreamReader;
use tokio_util::sync::CancellationToken;
use tonic::transport::{Channel, Endpoint};
use tower::service_fn;

/// The only place where a daemon can write; rootlesskit makes its own files there, whatever it is told.
const STATE: &str = "/tmp";
const ADDRESS: &str = "unix:///tmp/buildkitd.sock";
/// What a daemon says when it can be asked.
const READY: &str = "running server on";
/// For that.
const PATIENCE: Duration = Duration::from_secs(20);
/// Memory of the daemon itself, in bytes: it takes about 100 MiB, and more while it sends an image.
const OWN_MEMORY: u64 = 256 << 20;
/// Threads of the daemon itself and of what starts its steps, beside those of the steps.
const OWN_PROCESSES: u64 = 256;
/// For each so many bytes there may be a file.
const BYTES_PER_FILE: u64 = 8 << 10;
/// Of a daemon's last words, bytes that are kept.
const MOST_WORDS: usize = 4 << 10;

/// How an operator has strangers' builds isolated.
#[derive(Clone, Debug, Default)]
pub struct Isolation {
    /// The image of the daemon that each build gets, such as `moby/buildkit:rootless`.
    pub daemon: Option<String>,
    /// Base images of the engine that builds may use.
    pub images: Vec<Reference>,
    /// A folder with more of them, as archives.
    pub archives: Option<PathBuf>,
    /// The daemons of a pool are build workers: they take one build at a time, each in a daemon of its own.
    pub workers: bool,
    /// Where archives of the engine's images are kept.
    pub state: PathBuf,
    /// What the names were found to mean when they were first looked up.
    found: Arc<OnceCell<Arc<BaseImages>>>,
}

impl Isolation {
    /// With a folder for archives of the engine's images.
    pub fn new(daemon: Option<String>, images: Vec<Reference>, archives: Option<PathBuf>, state: PathBuf) -> Self {
        Isolation { daemon, images, archives, state, ..Isolation::default() }
    }

    /// The base images; those of the engine are read from it once.
    ///
    /// # Errors
    /// One that is not there or cannot be read.
    pub(super) async fn base_images(&self, docker: Option<&Docker>) -> Result<Arc<BaseImages>, Problem> {
        let find = async {
            let mut archives = Vec::new();
            if let Some(docker) = docker {
                archives = of_engine(docker, &self.images, &self.state.join("base-images")).await?;
            }
            if let Some(folder) = &self.archives {
                archives.extend(BaseImages::of_folder(folder).map_err(no_base)?);
            }
            let opened = tokio::task::spawn_blocking(move || BaseImages::open(&archives)).await;
            Ok(Arc::new(opened.map_err(|error| no_base(error.to_string()))?.map_err(no_base)?))
        };
        self.found.get_or_try_init(|| find).await.cloned()
    }
}

fn no_base(error: String) -> Problem {
    problem("base-images", format!("base images: {error}"), "mend or remove it, and start the server again")
}

/// Saves images of the engine into a folder, and removes from it what is not asked for any more.
async fn of_engine(docker: &Docker, images: &[Reference], folder: &Path) -> Result<Vec<Kept>, Problem> {
    let disk = |error: std::io::Error| no_base(format!("{}: {error}", folder.display()));
    tokio::fs::create_dir_all(folder).await.map_err(disk)?;
    let mut all: Vec<Kept> = Vec::new();
    for reference in images {
        let name = match &reference.digest {
            Some(digest) => format!("{}@{digest}", reference.repository),
            None => reference.to_string(),
        };
        let found = docker.client().inspect_image(&name).await.map_err(|error| {
            let what = format!("the base image {name} is not on the engine: {}", launch::words(&error));
            problem("base-images", what, &format!("fetch it with docker pull {name}"))
        })?;
        let id = found.id.unwrap_or_default();
        let place = folder.join(format!("{}.tar", id.replace(':', "-")));
        if !place.exists() {
            let part = place.with_extension("part");
            let file = std::fs::File::create(&part).map_err(disk)?;
            docker.save_to(&id, file, u64::MAX).await?;
            tokio::fs::rename(&part, &place).await.map_err(disk)?;
        }
        let digests = found.repo_digests.unwrap_or_default();
        let digests = digests.iter().filter_map(|name| name.split_once('@')).map(|(_, digest)| digest.to_string());
        all.push(Kept { place, names: vec![reference.clone()], digests: digests.collect() });
    }
    let mut entries = tokio::fs::read_dir(folder).await.map_err(disk)?;
    while let Some(entry) = entries.next_entry().await.map_err(disk)? {
        if !all.iter().any(|kept| kept.place == entry.path()) {
            tokio::fs::remove_file(entry.path()).await.map_err(disk)?;
        }
    }
    Ok(all)
}

/// An engine that starts a daemon for each build.
#[derive(Clone, Debug)]
pub struct Isolated {
    docker: Docker,
    /// Id of the daemon's image.
    image: String,
    /// User and group of the daemon.
    user: (u32, u32),
    images: Arc<BaseImages>,
}

/// What one daemon may take.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Bounds {
    /// Bytes of memory, files among them.
    pub(super) memory: u64,
    /// Bytes of files.
    state: u64,
    /// Files.
    files: u64,
    /// Processes and threads.
    pub(super) processes: u64,
    cpus: f64,
}

impl Bounds {
    /// For a build with so large a context and base images: the daemon keeps the one as it came and
    /// unpacked, and the other likewise, without a share of what the build may write.
    pub(super) fn of(policy: &Policy, context: u64, bases: u64) -> Self {
        let state = policy.disk.saturating_add(context.saturating_mul(2)).saturating_add(bases).min(1 << 46);
        Bounds {
            memory: policy.memory.saturating_add(OWN_MEMORY).saturating_add(state),
            state,
            files: (state / BYTES_PER_FILE).max(20_000),
            processes: u64::from(policy.processes) + OWN_PROCESSES,
            cpus: policy.cpus,
        }
    }

    /// Of one user's processes, so that the daemon still has some when a step has taken all.
    fn of_steps(&self) -> u64 {
        self.processes - OWN_PROCESSES / 2
    }
}

/// Numbers of an image's user, if it is not root.
fn numbers(user: &str) -> Option<(u32, u32)> {
    let (user, group) = user.split_once(':').unwrap_or((user, user));
    let user = user.parse().ok().filter(|id| *id != 0)?;
    Some((user, group.parse().unwrap_or(user)))
}

impl Isolated {
    /// Finds the daemon's image and the base images.
    ///
    /// # Errors
    /// One that is not there, or a daemon that would run as root.
    pub(super) async fn connect(docker: Docker, daemon: &str, isolation: &Isolation) -> Result<Self, Problem> {
        let found = docker.client().inspect_image(daemon).await.map_err(|error| {
            let what = format!("the image {daemon} of --build-daemon is not on the engine: {}", launch::words(&error));
            problem("no-engine", what, &format!("fetch it with docker pull {daemon}"))
        })?;
        let user = numbers(&found.config.and_then(|config| config.user).unwrap_or_default()).ok_or_else(|| {
            let what = format!("the image {daemon} of --build-daemon names no user by number, or root");
            problem("no-engine", what, "use an image whose daemon needs no root, such as moby/buildkit:rootless")
        })?;
        let images = isolation.base_images(Some(&docker)).await?;
        Ok(Isolated { docker, image: found.id.unwrap_or_default(), user, images })
    }

    /// The engine on which daemons are started.
    pub fn docker(&self) -> &Docker {
        &self.docker
    }

    /// What builds may use.
    pub fn base_images(&self) -> &BaseImages {
        &self.images
    }

    fn body(&self, job: &Job, bounds: &Bounds, journal: &Journal) -> ContainerCreateBody {
        let (user, group) = self.user;
        let Bounds { state, files, .. } = bounds;
        let memory = i64::try_from(bounds.memory).ok();
        let state = format!("rw,exec,suid,nodev,size={state},nr_inodes={files},mode=711,uid={user},gid={group}");
        ContainerCreateBody {
            image: Some(self.image.clone()),
            cmd: Some(vec![format!("--root={STATE}/buildkit"), format!("--addr={ADDRESS}")]),
            env: Some(["HOME", "TMPDIR", "XDG_RUNTIME_DIR"].map(|name| format!("{name}={STATE}")).to_vec()),
            attach_stdout: Some(true),
            attach_stderr: Some(true),
            network_disabled: Some(true),
            labels: Some(HashMap::from([
                (LABEL.into(), job.id.clone()),
                (INSTANCE.into(), journal.instance().to_string()),
            ])),
            host_config: Some(HostConfig {
                network_mode: Some("none".into()),
                memory,
                memory_swap: memory,
                #[allow(clippy::cast_possible_truncation, reason = "a few processors")]
                nano_cpus: Some((bounds.cpus * 1e9) as i64),
                pids_limit: i64::try_from(bounds.processes).ok(),
                readonly_rootfs: Some(true),
                tmpfs: Some(HashMap::from([(STATE.into(), state)])),
                ipc_mode: Some("private".into()),
                // Two numbers of the kernel's are all that it takes to make a user name space; a step in it
                // has no right of the engine's.
                cap_drop: Some(vec!["ALL".into()]),
                cap_add: Some(vec!["SETUID".into(), "SETGID".into()]),
                // A daemon makes name spaces and mounts in them, and gives each step a /proc of its own.
                security_opt: Some(vec!["seccomp=unconfined".into(), "apparmor=unconfined".into()]),
                masked_paths: Some(Vec::new()),
                readonly_paths: Some(Vec::new()),
                log_config: Some(HostConfigLogConfig { typ: Some("none".into()), config: None }),
                ..HostConfig::default()
            }),
            healthcheck: Some(bollard::models::HealthConfig { test: Some(vec!["NONE".into()]), ..Default::default() }),
            ..ContainerCreateBody::default()
        }
    }

    /// Builds in a daemon of its own, looks into the image, starts it if that was asked for.
    pub(super) async fn carry_out(
        &self,
        job: &Job,
        policy: &Policy,
        journal: &Journal,
        cancel: &CancellationToken,
        tell: &Tell,
    ) -> Outcome {
        tell(Event::Started { builder: "buildkit".into() });
        let checked = match solve::check(job, policy, &self.images, cancel).await {
            Ok(checked) => checked,
            Err(outcome) => return *outcome,
        };
        let bounds = Bounds::of(policy, job.context.bytes, checked.bases().map(|base| base.bytes).sum());
        let daemon = Daemon::new(&self.docker, &job.id, journal);
        if let Err(problem) = daemon.create(self.body(job, &bounds, journal)).await {
            daemon.remove().await;
            return Outcome::of(problem);
        }
        let started = daemon.start();
        let processes = Some(bounds.of_steps());
        let built = match solve::build(&checked, policy, &self.images, processes, started, cancel, tell).await {
            Ok(built) => built,
            Err((stop, progress)) => {
                let line = progress.failed.map(|(_, line)| line);
                let stop = daemon.explain(stop, line, &bounds).await;
                daemon.remove().await;
                return solve::stopped(job, stop, progress);
            }
        };
        // While it goes, the image is looked at.
        let look = async { built.tell_layers(job, tell) };
        tokio::join!(daemon.remove(), look);
        let start = match &job.run {
            None => None,
            Some(_) => match self.start(job, policy, journal, &built, cancel, tell).await {
                Ok(started) => Some(started),
                Err(problem) => return Outcome::of(problem),
            },
        };
        built.outcome(job, policy, start)
    }

    /// Starts an image that was built, on the engine.
    async fn start(
        &self,
        job: &Job,
        policy: &Policy,
        journal: &Journal,
        built: &solve::Built,
        cancel: &CancellationToken,
        tell: &Tell,
    ) -> Result<Started, Problem> {
        let (docker, name) = (&self.docker, name_of(&job.id));
        let mut made = vec![Thing::Name(job.id.clone(), now())];
        journal.made(made[0].clone());
        let nameless = docker.nameless().await;
        // This is waited for: what an engine has begun to load cannot be removed yet.
        let loaded = load::load(docker.client(), &built.archive, job, cancel).await;
        let found = docker.client().inspect_image(&name).await;
        // What was there without a name before is somebody else's, also if this build comes to the same.
        if let Some(id) = found.ok().and_then(|found| found.id).filter(|id| !nameless.contains(id)) {
            made.push(Thing::Image(id));
            journal.made(made[1].clone());
        }
        let ended = match loaded {
            _ if cancel.is_cancelled() => Err(super::docker::cancelled()),
            Err(error) => Err(problem("engine", format!("the image cannot be loaded: {error}"), "")),
            Ok(()) => launch::start(docker, &name, &built.image, job, policy, journal, cancel, tell).await,
        };
        docker.remove(&made, true, journal).await;
        ended
    }
}

fn does_not_start(words: &str) -> Problem {
    problem("engine", format!("the build's own daemon does not start: {words}"), "ask whoever runs the server")
}

/// The container of one build. It is found by its name, which stands in the journal before it is made.
struct Daemon<'j> {
    docker: Docker,
    client: Client,
    name: String,
    thing: Thing,
    journal: &'j Journal,
    /// What it says, and why it ended.
    words: Arc<Mutex<String>>,
    tasks: Mutex<JoinSet<()>>,
}

impl<'j> Daemon<'j> {
    fn new(docker: &Docker, id: &str, journal: &'j Journal) -> Self {
        Daemon {
            docker: docker.clone(),
            client: docker.client().clone(),
            name: daemon_of(id),
            thing: Thing::Daemon(id.to_string()),
            journal,
            words: Arc::default(),
            tasks: Mutex::default(),
        }
    }

    /// Makes it. Nobody may stop waiting for this: what an engine has begun to make cannot be removed yet.
    async fn create(&self, body: ContainerCreateBody) -> Result<(), Problem> {
        self.journal.made(self.thing.clone());
        let options = CreateContainerOptionsBuilder::default().name(&self.name).build();
        let made = self.client.create_container(Some(options), body).await;
        made.map(drop).map_err(|error| does_not_start(&launch::words(&error)))
    }

    /// Starts it and connects to it.
    async fn start(&self) -> Result<Channel, Problem> {
        let fail = |error: Error| does_not_start(&launch::words(&error));
        let options = AttachContainerOptionsBuilder::default().stream(true).stdout(true).stderr(true).build();
        let attached = self.client.attach_container(&self.name, Some(options)).await.map_err(fail)?;
        self.client.start_container(&self.name, None).await.map_err(fail)?;
        let ready = tokio::time::timeout(PATIENCE, self.ready(attached)).await;
        if ready != Ok(true) {
            let words = self.words.lock().unwrap_or_else(PoisonError::into_inner).clone();
            return Err(does_not_start(words.trim()));
        }
        self.dial().await
    }

    /// Listens until it can be asked; then goes on listening, so that it can go on speaking.
    async fn ready(&self, attached: AttachContainerResults) -> bool {
        let mut output = attached.output;
        let hear = |words: &Mutex<String>, piece: &LogOutput| {
            let mut words = words.lock().unwrap_or_else(PoisonError::into_inner);
            words.push_str(&String::from_utf8_lossy(piece.as_ref()));
            let is_ready = words.contains(READY);
            let over = words.len().saturating_sub(MOST_WORDS);
            let from = (over..words.len()).find(|at| words.is_char_boundary(*at)).unwrap_or(0);
            words.drain(..from);
            is_ready
        };
        loop {
            match output.next().await {
                Some(Ok(piece)) if hear(&self.words, &piece) => break,
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return false,
            }
        }
        let words = self.words.clone();
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner).spawn(async move {
            while let Some(Ok(piece)) = output.next().await {
                hear(&words, &piece);
            }
        });
        true
    }

    /// A connection through a program in the container: nothing of it listens anywhere else.
    async fn dial(&self) -> Result<Channel, Problem> {
        let fail = |error: String| problem("engine", format!("the build's own daemon cannot be asked: {error}"), "");
        let program = ["buildctl", "--addr", ADDRESS, "dial-stdio"].map(str::to_string);
        let config = ExecConfig {
            attach_stdin: Some(true),
            attach_stdout: Some(true),
            attach_stderr: Some(true),
            cmd: Some(program.to_vec()),
            ..ExecConfig::default()
        };
        let made = self.client.create_exec(&self.name, config).await.map_err(|error| fail(launch::words(&error)))?;
        let options = StartExecOptions { output_capacity: Some(64 << 10), ..StartExecOptions::default() };
        let started = self.client.start_exec(&made.id, Some(options)).await;
        let StartExecResults::Attached { output, input } = started.map_err(|error| fail(launch::words(&error)))? else {
            return Err(fail("the engine does not pass its output on".into()));
        };
        let output = output.filter_map(|piece| {
            std::future::ready(match piece {
                Ok(LogOutput::StdOut { message }) => Some(Ok(message)),
                Ok(_) => None,
                Err(error) => Some(Err(std::io::Error::other(error))),
            })
        });
        let connection = Mutex::new(Some(tokio::io::join(StreamReader::new(output), input)));
        let connector = service_fn(move |_| {
            let taken = connection.lock().unwrap_or_else(PoisonError::into_inner).take();
            std::future::ready(taken.map(TokioIo::new).ok_or_else(|| std::io::Error::other("the daemon has gone")))
        });
        let connected = Endpoint::from_static("http://buildkitd").connect_with_connector(connector).await;
        connected.map_err(|error| fail(super::buildkit::explain(&error)))
    }

    /// Tells which limit ended a build, if one did.
    async fn explain(&self, stop: Stop, line: Option<usize>, bounds: &Bounds) -> Stop {
        let more = "do less in it, or ask whoever runs the server for more";
        match stop {
            // The system's words stand at the end; elsewhere they are a stranger's.
            Stop::Failed(message) if message.trim_end().ends_with("no space left on device") => {
                let what = format!(
                    "the build wrote more than {} bytes, or more than {} files: {message}",
                    bounds.state, bounds.files
                );
                Stop::Problem(Problem { line, ..problem("disk-limit", what, more) })
            }
            Stop::Lost(error) => {
                if self.ran_out_of_memory().await {
                    let what = format!("the build and its files took more than {} bytes of memory", bounds.memory);
                    return Stop::Problem(Problem { line, ..problem("memory-limit", what, more) });
                }
                let what = format!("the build's own daemon ended: {error}");
                Stop::Problem(Problem { line, ..problem("daemon-ended", what, more) })
            }
            other => other,
        }
    }

    /// Whether its container had to give up a process for want of memory. The engine hears of it a moment
    /// later than we hear that the daemon is gone.
    async fn ran_out_of_memory(&self) -> bool {
        for _ in 0..20 {
            let found = self.client.inspect_container(&self.name, None).await;
            let state = found.ok().and_then(|found| found.state).unwrap_or_default();
            if state.oom_killed == Some(true) || state.running != Some(true) {
                return state.oom_killed == Some(true);
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        false
    }

    /// Ends it with all that it holds. What cannot be removed now is tried again.
    async fn remove(&self) {
        self.docker.remove(std::slice::from_ref(&self.thing), true, self.journal).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn context_and_base_images_are_no_part_of_what_a_build_may_write() {
        let policy = Policy { memory: 1 << 20, disk: 1 << 30, processes: 10, ..Policy::default() };
        let bounds = Bounds::of(&policy, 100, 1_000);
        assert_eq!(bounds.state, (1 << 30) + 1_200);
        assert_eq!(bounds.memory, bounds.state + (1 << 20) + OWN_MEMORY);
        assert!(bounds.of_steps() > 10 && bounds.of_steps() < bounds.processes);
    }

    #[test]
    fn a_daemon_has_a_user_of_its_own() {
        assert_eq!(numbers("1000:1001"), Some((1_000, 1_001)));
        assert_eq!(numbers("1000"), Some((1_000, 1_000)));
        for bad in ["", "0", "0:0", "root", "user"] {
            assert_eq!(numbers(bad), None, "{bad}");
        }
    }
}
