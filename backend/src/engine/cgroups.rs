//! Bounds the steps of BuildKit in a Docker engine by their control groups, of version 1 and 2: memory, processes,
//! processors, and by the free space of the engine's disk what they write.

use super::policy::Policy;
use crate::problem::problem;
use stageplay_core::api::Problem;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Limits the steps of BuildKit in a Docker engine on this machine, by their control groups.
#[derive(Clone, Debug)]
pub(super) struct BuildkitStepLimits {
    /// The engine's data folder.
    root: PathBuf,
    /// The control group that contains the steps, for each controller. Empty if this process may not write there.
    groups: Vec<(Controller, PathBuf)>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Controller {
    Memory,
    Pids,
    Cpu,
    /// cgroup v2: one folder for all controllers.
    Unified,
}

/// Interval between two searches for new steps.
const STEP_SEARCH_INTERVAL: Duration = Duration::from_millis(10);
/// The control group of BuildKit's steps with the cgroupfs driver (observed with Docker 20.10.24).
const STEP_GROUP: &str = "docker/buildkit";

impl BuildkitStepLimits {
    /// Finds the control groups of an engine on this machine. `root` is its data folder, `driver` its cgroup driver.
    /// `None` if the data folder is not on this machine.
    pub(super) fn find(root: &str, driver: &str) -> Option<Self> {
        let root = PathBuf::from(root);
        if root.as_os_str().is_empty() || !root.is_dir() {
            return None;
        }
        let top = Path::new("/sys/fs/cgroup");
        let is_v2 = top.join("cgroup.controllers").exists();
        let candidates: &[(Controller, PathBuf)] = &match is_v2 {
            true => vec![(Controller::Unified, top.join(STEP_GROUP))],
            false => vec![
                (Controller::Memory, top.join("memory").join(STEP_GROUP)),
                (Controller::Pids, top.join("pids").join(STEP_GROUP)),
                (Controller::Cpu, top.join("cpu").join(STEP_GROUP)),
            ],
        };
        // The engine creates the same folder with its first step.
        let is_writable = |path: &Path| std::fs::create_dir_all(path).is_ok();
        let groups = match driver == "cgroupfs" {
            true => candidates.iter().filter(|(_, path)| is_writable(path)).cloned().collect(),
            false => Vec::new(),
        };
        Some(BuildkitStepLimits { root, groups })
    }

    /// The engine's data folder.
    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// Whether memory, processes and processors of steps are limited.
    pub(super) fn are_bounded(&self) -> bool {
        !self.groups.is_empty()
    }

    /// Limits each step that begins, and watches the free space of the engine's disk, until the future is dropped. It
    /// returns if the build uses more disk space than it may.
    ///
    /// Steps of other builds on the same engine that begin in this time are limited as well, because they cannot be
    /// told apart.
    pub(super) async fn enforce(&self, policy: &Policy) -> Problem {
        let mut known_steps: BTreeSet<PathBuf> = self.groups.iter().flat_map(|(_, path)| subfolders(path)).collect();
        let before = self.free_bytes();
        let mut rounds = 0u32;
        loop {
            for (controller, path) in &self.groups {
                for step in subfolders(path) {
                    if known_steps.insert(step.clone()) {
                        set_limits(*controller, &step, policy);
                    }
                }
            }
            rounds += 1;
            if rounds.is_multiple_of(20)
                && let (Some(before), Some(now)) = (before, self.free_bytes())
                && before.saturating_sub(now) > policy.disk
            {
                let what = format!(
                    "the free space of the engine's disk shrank by {} bytes during the build; the limit is {} bytes",
                    before - now,
                    policy.disk
                );
                return problem("disk-limit", what, "write less, or ask the server's operator for more");
            }
            tokio::time::sleep(STEP_SEARCH_INTERVAL).await;
        }
    }

    fn free_bytes(&self) -> Option<u64> {
        rustix::fs::statvfs(&self.root).ok().map(|found| found.f_bfree * found.f_frsize)
    }
}

fn subfolders(path: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(path).into_iter().flatten().flatten();
    entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir())).map(|entry| entry.path()).collect()
}

fn set_limits(controller: Controller, step: &Path, policy: &Policy) {
    let quota = policy.cpu_quota();
    let (memory, pids) = (policy.memory.to_string(), policy.processes.to_string());
    let settings: Vec<(&str, String)> = match controller {
        Controller::Memory => {
            vec![("memory.limit_in_bytes", memory.clone()), ("memory.memsw.limit_in_bytes", memory)]
        }
        Controller::Pids => vec![("pids.max", pids)],
        Controller::Cpu => vec![("cpu.cfs_period_us", "100000".into()), ("cpu.cfs_quota_us", quota.to_string())],
        Controller::Unified => vec![
            ("memory.max", memory),
            ("memory.swap.max", "0".into()),
            ("pids.max", pids),
            ("cpu.max", format!("{quota} 100000")),
        ],
    };
    for (name, value) in settings {
        // An error means that the kernel lacks this setting, or that the step has ended.
        let _ = std::fs::write(step.join(name), value);
    }
}
