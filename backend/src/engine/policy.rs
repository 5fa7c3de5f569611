//! What builds and starts may use. Everything here is a stranger's until an operator says otherwise.

use super::{Engine, isolated};
use stageplay_core::api::Limit;
use stageplay_core::engine::Builder;
use stageplay_core::exec::Credentials;
use std::time::Duration;

/// What a build may use and reach.
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    /// Steps and starts are held to `memory`, `cpus`, `processes` and `disk`, and starts are shut in.
    pub bounded: bool,
    /// Bytes of memory.
    pub memory: u64,
    /// Processors.
    pub cpus: f64,
    /// Processes and threads.
    pub processes: u32,
    /// Bytes on disk.
    pub disk: u64,
    /// Bytes of output that are kept.
    pub log: usize,
    /// For the build.
    pub build_time: Duration,
    /// For the started program.
    pub run_time: Duration,
    /// Bytes of the context.
    pub context: u64,
    /// Files of the context.
    pub files: usize,
    /// Builds and starts have a network.
    pub network: bool,
    /// Registries that base images may come from: `docker.io`, `registry.example:5000`; `*` is all.
    pub registries: Vec<String>,
    /// The image can be downloaded.
    pub download: bool,
    /// Started as the image's own user, also if that is root.
    pub image_user: bool,
    /// How long BuildKit's cache stays after its last use; `None` leaves it to the engine.
    pub keep_cache: Option<Duration>,
}

/// The user and the group that a program has instead of root's: nobody that an image knows.
const OWN_ID: u32 = 65_532;
/// Output beyond this many times the log limit ends a build.
pub(super) const LOG_FLOOD: usize = 32;

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
    /// For one's own builds on one's own engine: everything as `docker build` and `docker run` do it.
    pub fn own() -> Self {
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

    /// The user and the group that a program is started as, by number: root's are replaced.
    pub fn numbers(&self, who: &Credentials) -> String {
        let instead = |id: u32| if id == 0 { OWN_ID } else { id };
        format!("{}:{}", instead(who.uid), instead(who.gid))
    }

    /// Whether base images may come from a registry.
    pub fn allows(&self, registry: &str) -> bool {
        self.registries.iter().any(|allowed| allowed == "*" || allowed == registry)
    }

    /// The limits as the page shows them, with what an engine cannot hold.
    pub fn limits(&self, engine: &Engine) -> Vec<Limit> {
        let buildkit = match engine {
            Engine::Docker(docker) if docker.builders().contains(&Builder::Buildkit) && !docker.bounds_buildkit() => {
                Some(
                    "the classic builder and started programs are held to it; BuildKit's steps are not, on this engine",
                )
            }
            Engine::Docker(_) | Engine::Isolated(_) => None,
            Engine::Buildkit(_) => Some("a BuildKit daemon bounds its steps by its own configuration"),
        };
        let limit = |what: &str, value: f64, unit: &str, caveat: Option<&str>| Limit {
            what: what.into(),
            value,
            unit: unit.into(),
            caveat: caveat.map(str::to_string),
        };
        #[allow(clippy::cast_precision_loss, reason = "limits are far below 2^52")]
        let float = |bytes: u64| bytes as f64;
        let (memory, processes) = match engine {
            // Of all steps together, of what they write, and of their daemon.
            Engine::Isolated(_) => {
                let bounds = isolated::Bounds::of(self, 0, 0);
                (bounds.memory, bounds.processes)
            }
            _ => (self.memory, u64::from(self.processes)),
        };
        vec![
            limit("memory", float(memory), "bytes", buildkit),
            limit("cpus", self.cpus, "cpus", buildkit),
            limit("processes", float(processes), "", buildkit),
            limit("disk", float(self.disk), "bytes", None),
            limit("log", float(self.log as u64), "bytes", None),
            limit("build-time", self.build_time.as_secs_f64(), "seconds", None),
            limit("run-time", self.run_time.as_secs_f64(), "seconds", None),
            limit("context", float(self.context), "bytes", None),
            limit("files", float(self.files as u64), "", None),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn root_is_replaced_and_others_are_kept() {
        let policy = Policy::default();
        for (uid, gid, numbers) in [(0, 0, "65532:65532"), (1_000, 0, "1000:65532"), (0, 20, "65532:20"), (7, 8, "7:8")]
        {
            assert_eq!(policy.numbers(&Credentials::new(uid, gid)), numbers);
        }
    }
}
