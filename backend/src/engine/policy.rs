//! The policy: what builds and started programs may use. The default is safe for untrusted builds; the options of
//! `stageplay serve` that set it are in `backend/src/cli/serve/limits.rs`.

use stageplay_core::api::Limit;
use std::time::Duration;

/// What a build may use and reach.
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    /// Builds are not trusted: steps and started programs are limited to `memory`, `cpus`, `processes` and `disk`,
    /// started programs run in a restricted container, and the engine gets a Dockerfile that this server wrote.
    pub bounded: bool,
    /// Bytes of memory of a step, and of a started program.
    pub memory: u64,
    /// Processors of a step, and of a started program.
    pub cpus: f64,
    /// Processes and threads of a step, and of a started program.
    pub processes: u32,
    /// Bytes that the steps of a build may write, and bytes of its image.
    pub disk: u64,
    /// Bytes of output of a build that are kept.
    pub log: usize,
    /// How long a build may take.
    pub build_time: Duration,
    /// How long a started program may run.
    pub run_time: Duration,
    /// Bytes of the build context.
    pub context: u64,
    /// Files and folders of the build context.
    pub files: usize,
    /// Steps and started programs have network access.
    pub network: bool,
    /// Registries that base images may be pulled from, such as `docker.io` or `registry.example:5000`. `*` allows all.
    pub registries: Vec<String>,
    /// Images may be downloaded.
    pub download: bool,
    /// Images are started as their own user, even if that is root.
    pub image_user: bool,
    /// How long records of BuildKit's cache are kept after their last use. `None` leaves this to the engine.
    pub keep_cache: Option<Duration>,
}

impl Default for Policy {
    fn default() -> Self {
        Policy {
            bounded: true,
            memory: 1 << 30,
            cpus: 1.0,
            processes: 256,
            disk: 2 << 30,
            log: 1 << 20,
            build_time: Duration::from_secs(600),
            run_time: Duration::from_secs(10),
            context: 256 << 20,
            files: 20_000,
            network: false,
            registries: Vec::new(),
            download: false,
            image_user: false,
            keep_cache: None,
        }
    }
}

impl Policy {
    /// The policy for a user's own builds on the user's own engine: as `docker build` and `docker run`.
    pub fn trusted() -> Self {
        Policy {
            bounded: false,
            memory: 0,
            disk: u64::MAX,
            log: 8 << 20,
            build_time: Duration::from_secs(6 * 3_600),
            context: u64::MAX >> 1,
            files: usize::MAX >> 1,
            network: true,
            registries: vec!["*".into()],
            image_user: true,
            ..Policy::default()
        }
    }

    /// Whether base images may be pulled from a registry.
    pub fn allows_registry(&self, registry: &str) -> bool {
        self.registries.iter().any(|allowed| allowed == "*" || allowed == registry)
    }

    /// Bytes of memory for a step, as far as a build request can express it (31 bits).
    pub(super) fn build_memory(&self) -> u64 {
        self.memory.min(i32::MAX as u64)
    }

    /// The CPU quota: microseconds of processor time in each period of 100,000 microseconds.
    pub(super) fn cpu_quota(&self) -> i64 {
        #[allow(clippy::cast_possible_truncation, reason = "a few processors")]
        let quota = (self.cpus * 100_000.0) as i64;
        quota.clamp(1_000, i64::from(i32::MAX))
    }

    /// The limits as the page shows them. `memory` and `processes` are those that the engine applies; `caveat` says
    /// where the engine does not enforce the limits of steps.
    pub(super) fn limits(&self, memory: u64, processes: u64, caveat: Option<&str>) -> Vec<Limit> {
        let limit = |what: &str, value: f64, unit: &str, caveat: Option<&str>| Limit {
            what: what.into(),
            value,
            unit: unit.into(),
            caveat: caveat.map(str::to_string),
        };
        #[allow(clippy::cast_precision_loss, reason = "limits are far below 2^52")]
        let float = |bytes: u64| bytes as f64;
        vec![
            limit("memory", float(memory), "bytes", caveat),
            limit("cpus", self.cpus, "cpus", caveat),
            limit("processes", float(processes), "", caveat),
            limit("disk", float(self.disk), "bytes", None),
            limit("log", float(self.log as u64), "bytes", None),
            limit("build-time", self.build_time.as_secs_f64(), "seconds", None),
            limit("run-time", self.run_time.as_secs_f64(), "seconds", None),
            limit("context", float(self.context), "bytes", None),
            limit("files", float(self.files as u64), "", None),
        ]
    }
}
