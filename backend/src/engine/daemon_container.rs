//! The container that runs the BuildKit daemon of one build, and its limits.

use super::build_task::BuildTask;
use super::buildkit::{MAX_ERROR_BYTES, transport_error_text};
use super::buildkit_solve::BuildFailure;
use super::docker::Docker;
use super::docker_error;
use super::journal::{Journal, Resource};
use super::policy::Policy;
use super::resource_names::{BUILD_LABEL, INSTANCE_LABEL, daemon_container_name};
use crate::problem::problem;
use bollard::container::{AttachContainerResults, LogOutput};
use bollard::errors::Error;
use bollard::exec::{StartExecOptions, StartExecResults};
use bollard::models::{ContainerCreateBody, ExecConfig, HostConfig, HostConfigLogConfig};
use bollard::query_parameters::{AttachContainerOptionsBuilder, CreateContainerOptionsBuilder};
use futures_util::StreamExt;
use hyper_util::rt::TokioIo;
use stageplay_core::api::Problem;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::task::JoinSet;
use tokio_util::io::StreamReader;
use tonic::transport::{Channel, Endpoint};
use tower::service_fn;

/// The only folder that the daemon can write to. rootlesskit writes to `/tmp` whatever its settings are.
const STATE_FOLDER: &str = "/tmp";
const DAEMON_ADDRESS: &str = "unix:///tmp/buildkitd.sock";
/// The daemon prints this when it accepts connections.
const READY_MESSAGE: &str = "running server on";
/// How long a daemon may take to start.
const START_TIMEOUT: Duration = Duration::from_secs(20);
/// Bytes of memory for the daemon itself. It needs about 100 MiB, and more while it sends an image.
const DAEMON_MEMORY: u64 = 256 << 20;
/// Processes and threads of the daemon itself and of the programs that start its steps.
const DAEMON_PROCESSES: u64 = 256;
/// One file is allowed for this many bytes.
const BYTES_PER_FILE: u64 = 8 << 10;
/// Bytes of a daemon's output that are kept; the last ones.
const MAX_LOG_BYTES: usize = 4 << 10;

/// The system calls that a daemon and its steps may make, as a seccomp profile of Docker: all but `io_setup` and those of
/// the kernel's keys. The kernel has a fixed number of contexts for asynchronous input and output for the whole machine
/// (`fs.aio-max-nr`, 65,536), and no limit of a container applies to it. It keeps keys for a user id, and the daemons of
/// all builds have the same one. Programs do without (ENOSYS).
const SECCOMP_PROFILE: &str = r#"{
    "defaultAction": "SCMP_ACT_ALLOW",
    "archMap": [
        {"architecture": "SCMP_ARCH_X86_64", "subArchitectures": ["SCMP_ARCH_X86", "SCMP_ARCH_X32"]},
        {"architecture": "SCMP_ARCH_AARCH64", "subArchitectures": ["SCMP_ARCH_ARM"]},
        {"architecture": "SCMP_ARCH_S390X", "subArchitectures": ["SCMP_ARCH_S390"]}
    ],
    "syscalls": [{"names": ["io_setup", "add_key", "keyctl", "request_key"], "action": "SCMP_ACT_ERRNO", "errnoRet": 38}]
}"#;

/// The image of the daemon.
#[derive(Clone, Debug)]
pub(super) struct DaemonImage {
    /// The image id.
    pub(super) id: String,
    /// The user id and group id of the daemon.
    pub(super) user: (u32, u32),
}

/// The limits of one daemon with all its steps.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct DaemonLimits {
    /// Bytes of memory, including its files, which are on a tmpfs.
    pub(super) memory: u64,
    /// Bytes of files.
    file_bytes: u64,
    /// Number of files.
    files: u64,
    /// Processes and threads.
    pub(super) processes: u64,
    cpus: f64,
}

impl DaemonLimits {
    /// The limits for a build. `context_bytes` is the size of its context, which the daemon stores packed and unpacked.
    /// `base_image_bytes` is the space for its base images. Both are added to what the build itself may write.
    pub(super) fn new(policy: &Policy, context_bytes: u64, base_image_bytes: u64) -> Self {
        let file_bytes =
            policy.disk.saturating_add(context_bytes.saturating_mul(2)).saturating_add(base_image_bytes).min(1 << 46);
        DaemonLimits {
            memory: policy.memory.saturating_add(DAEMON_MEMORY).saturating_add(file_bytes),
            file_bytes,
            files: (file_bytes / BYTES_PER_FILE).max(20_000),
            processes: u64::from(policy.processes) + DAEMON_PROCESSES,
            cpus: policy.cpus,
        }
    }

    /// The process limit of one user in a step. It is lower than [`DaemonLimits::processes`], so that the daemon can
    /// still work when a step has reached it.
    pub(super) fn step_processes(&self) -> u64 {
        self.processes - DAEMON_PROCESSES / 2
    }
}

/// The configuration of the container.
fn container_config(
    image: &DaemonImage,
    task: BuildTask<'_>,
    limits: &DaemonLimits,
    is_podman: bool,
) -> ContainerCreateBody {
    // Podman takes the path of a profile in its place.
    let seccomp = if is_podman { "unconfined" } else { SECCOMP_PROFILE };
    let (user, group) = image.user;
    let DaemonLimits { file_bytes, files, .. } = limits;
    let memory = i64::try_from(limits.memory).ok();
    let tmpfs = format!("rw,exec,suid,nodev,size={file_bytes},nr_inodes={files},mode=711,uid={user},gid={group}");
    ContainerCreateBody {
        image: Some(image.id.clone()),
        cmd: Some(vec![format!("--root={STATE_FOLDER}/buildkit"), format!("--addr={DAEMON_ADDRESS}")]),
        env: Some(["HOME", "TMPDIR", "XDG_RUNTIME_DIR"].map(|name| format!("{name}={STATE_FOLDER}")).to_vec()),
        attach_stdout: Some(true),
        attach_stderr: Some(true),
        network_disabled: Some(true),
        labels: Some(HashMap::from([
            (BUILD_LABEL.into(), task.job.id.clone()),
            (INSTANCE_LABEL.into(), task.journal.instance().to_string()),
        ])),
        host_config: Some(HostConfig {
            network_mode: Some("none".into()),
            memory,
            memory_swap: memory,
            #[allow(clippy::cast_possible_truncation, reason = "a few processors")]
            nano_cpus: Some((limits.cpus * 1e9) as i64),
            pids_limit: i64::try_from(limits.processes).ok(),
            readonly_rootfs: Some(true),
            tmpfs: Some(HashMap::from([(STATE_FOLDER.into(), tmpfs)])),
            ipc_mode: Some("private".into()),
            // These two capabilities are enough to make a user namespace. A step in that namespace has no
            // privileges outside of it.
            cap_drop: Some(vec!["ALL".into()]),
            cap_add: Some(vec!["SETUID".into(), "SETGID".into()]),
            // The daemon makes namespaces, mounts file systems in them, and gives each step its own /proc.
            security_opt: Some(vec![format!("seccomp={seccomp}"), "apparmor=unconfined".into()]),
            masked_paths: Some(Vec::new()),
            readonly_paths: Some(Vec::new()),
            log_config: Some(HostConfigLogConfig { typ: Some("none".into()), config: None }),
            ..HostConfig::default()
        }),
        healthcheck: Some(bollard::models::HealthConfig { test: Some(vec!["NONE".into()]), ..Default::default() }),
        ..ContainerCreateBody::default()
    }
}

fn start_failure(message: &str) -> Problem {
    let what = format!("the BuildKit daemon of the build does not start: {message}");
    problem("engine", what, "ask the server's operator")
}

/// The daemon's container. It is found by its name, which is in the journal before the container is created.
pub(super) struct DaemonContainer<'j> {
    docker: Docker,
    name: String,
    resource: Resource,
    journal: &'j Journal,
    /// The last output of the daemon. A chunk of it may end inside of a character.
    log: Arc<Mutex<Vec<u8>>>,
    /// The task that reads the output.
    tasks: Mutex<JoinSet<()>>,
}

impl<'j> DaemonContainer<'j> {
    pub(super) fn new(docker: &Docker, build: &str, journal: &'j Journal) -> Self {
        DaemonContainer {
            docker: docker.clone(),
            name: daemon_container_name(build),
            resource: Resource::DaemonContainer(build.to_string()),
            journal,
            log: Arc::default(),
            tasks: Mutex::default(),
        }
    }

    /// Creates the container. The returned future must not be dropped before it is ready: a container that is being
    /// created cannot be removed yet.
    ///
    /// # Errors
    /// The engine refuses.
    pub(super) async fn create(
        &self,
        image: &DaemonImage,
        task: BuildTask<'_>,
        limits: &DaemonLimits,
    ) -> Result<(), Problem> {
        self.journal.record(self.resource.clone());
        let options = CreateContainerOptionsBuilder::default().name(&self.name).build();
        let config = container_config(image, task, limits, self.docker.is_podman);
        let created = self.docker.client.create_container(Some(options), config).await;
        created.map(drop).map_err(|error| start_failure(&docker_error::message(&error)))
    }

    /// Starts the daemon and connects to it.
    ///
    /// # Errors
    /// The daemon does not start within 20 seconds, or ends.
    pub(super) async fn start(&self) -> Result<Channel, Problem> {
        let fail = |error: Error| start_failure(&docker_error::message(&error));
        let options = AttachContainerOptionsBuilder::default().stream(true).stdout(true).stderr(true).build();
        let attached = self.docker.client.attach_container(&self.name, Some(options)).await.map_err(fail)?;
        self.docker.client.start_container(&self.name, None).await.map_err(fail)?;
        let ready = tokio::time::timeout(START_TIMEOUT, self.wait_until_ready(attached)).await;
        if ready != Ok(true) {
            let log = self.log.lock().unwrap_or_else(PoisonError::into_inner).clone();
            return Err(start_failure(String::from_utf8_lossy(&log).trim()));
        }
        self.connect().await
    }

    /// Reads the output until the daemon accepts connections. A task continues to read, so that the daemon never
    /// waits for a reader. Returns false if the daemon ends.
    async fn wait_until_ready(&self, attached: AttachContainerResults) -> bool {
        let mut output = attached.output;
        let append = |log: &Mutex<Vec<u8>>, chunk: &LogOutput| {
            let mut log = log.lock().unwrap_or_else(PoisonError::into_inner);
            log.extend_from_slice(chunk.as_ref());
            let is_ready = log.windows(READY_MESSAGE.len()).any(|bytes| bytes == READY_MESSAGE.as_bytes());
            let excess = log.len().saturating_sub(MAX_LOG_BYTES);
            log.drain(..excess);
            is_ready
        };
        loop {
            match output.next().await {
                Some(Ok(chunk)) if append(&self.log, &chunk) => break,
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return false,
            }
        }
        let log = self.log.clone();
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner).spawn(async move {
            while let Some(Ok(chunk)) = output.next().await {
                append(&log, &chunk);
            }
        });
        true
    }

    /// Connects through a program that is started in the container (`buildctl dial-stdio`). The daemon listens only
    /// inside of the container.
    async fn connect(&self) -> Result<Channel, Problem> {
        let fail = |error: String| {
            problem("engine", format!("cannot connect to the BuildKit daemon of the build: {error}"), "")
        };
        let program = ["buildctl", "--addr", DAEMON_ADDRESS, "dial-stdio"].map(str::to_string);
        let config = ExecConfig {
            attach_stdin: Some(true),
            attach_stdout: Some(true),
            attach_stderr: Some(true),
            cmd: Some(program.to_vec()),
            ..ExecConfig::default()
        };
        let exec = self
            .docker
            .client
            .create_exec(&self.name, config)
            .await
            .map_err(|error| fail(docker_error::message(&error)))?;
        let options = StartExecOptions { output_capacity: Some(64 << 10), ..StartExecOptions::default() };
        let started = self.docker.client.start_exec(&exec.id, Some(options)).await;
        let StartExecResults::Attached { output, input } =
            started.map_err(|error| fail(docker_error::message(&error)))?
        else {
            return Err(fail("the engine does not attach to the program".into()));
        };
        let output = output.filter_map(|chunk| {
            std::future::ready(match chunk {
                Ok(LogOutput::StdOut { message }) => Some(Ok(message)),
                Ok(_) => None,
                Err(error) => Some(Err(std::io::Error::other(error))),
            })
        });
        let connection = Mutex::new(Some(tokio::io::join(StreamReader::new(output), input)));
        let connector = service_fn(move |_| {
            let stream = connection.lock().unwrap_or_else(PoisonError::into_inner).take();
            std::future::ready(
                stream
                    .map(TokioIo::new)
                    .ok_or_else(|| std::io::Error::other("the connection to the daemon was closed")),
            )
        });
        let endpoint = Endpoint::from_static("http://buildkitd").http2_max_header_list_size(MAX_ERROR_BYTES);
        let connected = endpoint.connect_with_connector(connector).await;
        connected.map_err(|error| fail(transport_error_text(&error)))
    }

    /// Finds the limit that ended a build, if one did. `line` is the line of the step that failed.
    pub(super) async fn explain_failure(
        &self,
        failure: BuildFailure,
        line: Option<usize>,
        limits: &DaemonLimits,
    ) -> BuildFailure {
        let help = "do less in the build, or ask the server's operator for more";
        match failure {
            BuildFailure::DiskFull(message) => {
                let what = format!(
                    "the build wrote more than {} bytes, or more than {} files: {message}",
                    limits.file_bytes, limits.files
                );
                BuildFailure::Problem(Problem { line, ..problem("disk-limit", what, help) })
            }
            BuildFailure::ConnectionLost(error) => {
                if self.ran_out_of_memory().await {
                    let what = format!("the build and its files used more than {} bytes of memory", limits.memory);
                    return BuildFailure::Problem(Problem { line, ..problem("memory-limit", what, help) });
                }
                let what = format!("the BuildKit daemon of the build ended: {error}");
                BuildFailure::Problem(Problem { line, ..problem("daemon-ended", what, help) })
            }
            other => other,
        }
    }

    /// Whether a process of the container was killed because it ran out of memory. The engine reports this a moment
    /// after the connection to the daemon is lost.
    async fn ran_out_of_memory(&self) -> bool {
        for _ in 0..20 {
            let found = self.docker.query_client.inspect_container(&self.name, None).await;
            let state = found.ok().and_then(|found| found.state).unwrap_or_default();
            if state.oom_killed == Some(true) || state.running != Some(true) {
                return state.oom_killed == Some(true);
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        false
    }

    /// Removes the container with all its processes and files. If that fails, the removal is retried later.
    pub(super) async fn remove(&self) {
        self.docker.remove(std::slice::from_ref(&self.resource), true, self.journal).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_seccomp_profile_is_json_as_docker_reads_it() {
        let profile: serde_json::Value = serde_json::from_str(SECCOMP_PROFILE).unwrap();
        assert_eq!(profile["defaultAction"], "SCMP_ACT_ALLOW");
        assert_eq!(
            profile["syscalls"][0]["names"],
            serde_json::json!(["io_setup", "add_key", "keyctl", "request_key"])
        );
        // The workers of deploy/ have the same.
        let deployed = include_str!("../../../deploy/seccomp.json");
        assert_eq!(serde_json::from_str::<serde_json::Value>(deployed).unwrap(), profile);
    }

    #[test]
    fn context_and_base_images_do_not_count_as_written_by_the_build() {
        let policy = Policy { memory: 1 << 20, disk: 1 << 30, processes: 10, ..Policy::default() };
        let limits = DaemonLimits::new(&policy, 100, 1_000);
        assert_eq!(limits.file_bytes, (1 << 30) + 1_200);
        assert_eq!(limits.memory, limits.file_bytes + (1 << 20) + DAEMON_MEMORY);
        assert!(limits.step_processes() > 10 && limits.step_processes() < limits.processes);
    }
}
