//! Looks after steps while they run: what a build request cannot bound is bounded from outside.

use super::{Policy, problem, written};
use bollard::Docker;
use bollard::models::ContainerUpdateBody;
use bollard::query_parameters::InspectContainerOptionsBuilder;
use stageplay_core::api::Problem;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Between two looks at how much a container has written.
const PERIOD: Duration = Duration::from_millis(500);

/// Whether a container is one that the engine made for a build of ours: a log line alone proves
/// nothing, since a program can print it.
async fn is_ours(docker: &Docker, id: &str, policy: &Policy) -> bool {
    let Ok(found) = docker.inspect_container(id, None).await else { return false };
    let host = found.host_config.unwrap_or_default();
    host.memory == i64::try_from(super::docker::build_memory(policy)).ok()
        && host.cpu_quota == Some(super::docker::cpu_quota(policy))
        && host.binds.is_none_or(|binds| binds.is_empty())
}

/// More was written than may be.
pub(super) fn too_much(written: u64, policy: &Policy) -> Problem {
    let what = format!("the build's steps wrote {written} bytes; {} are allowed", policy.disk);
    problem("disk-limit", what, "write less, or ask whoever runs the server for more")
}

/// Bounds the processes of a build's container, and watches what it writes until it is gone. `written` is
/// what steps before it wrote; `is_here` that the engine is on this machine.
///
/// # Errors
/// They write more than they may.
pub(super) async fn container(
    docker: &Docker,
    id: &str,
    policy: &Policy,
    written: u64,
    is_here: bool,
) -> Result<(), Problem> {
    if !is_ours(docker, id, policy).await {
        return Ok(());
    }
    let bound = ContainerUpdateBody { pids_limit: Some(i64::from(policy.processes)), ..Default::default() };
    // An engine without this controller goes on without it; its report says so.
    let _ = docker.update_container(id, bound).await;
    let with_size = InspectContainerOptionsBuilder::default().size(true).build();
    loop {
        tokio::time::sleep(PERIOD).await;
        let Ok(found) = docker.inspect_container(id, Some(with_size.clone())).await else { return Ok(()) };
        let state = found.state.unwrap_or_default();
        let is_running = state.running.unwrap_or(false);
        let mut now = written.saturating_add(u64::try_from(found.size_rw.unwrap_or(0)).unwrap_or(0));
        if let Some(process) = state.pid.and_then(|pid| u32::try_from(pid).ok()).filter(|pid| *pid > 0 && is_here) {
            let mounts = found.mounts.unwrap_or_default();
            let volumes: Vec<PathBuf> =
                mounts.into_iter().filter_map(|mount| mount.source.map(PathBuf::from)).collect();
            let looked = tokio::task::spawn_blocking(move || written::beside(process, &volumes)).await;
            now = now.saturating_add(looked.unwrap_or(0));
        }
        if now > policy.disk {
            return Err(too_much(now, policy));
        }
        if !is_running {
            return Ok(());
        }
    }
}

/// Where an engine on this machine keeps BuildKit's steps: what bounds them from outside.
#[derive(Clone, Debug)]
pub(super) struct Steps {
    /// The engine's disk.
    root: PathBuf,
    /// The control group of the steps, for each controller its folder; empty if we may not write there.
    groups: Vec<(Controller, PathBuf)>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Controller {
    Memory,
    Pids,
    Cpu,
    /// Version 2 of control groups: all in one folder.
    Unified,
}

/// Between two looks for steps that have begun.
const LOOK: Duration = Duration::from_millis(10);
/// dockerd's group for BuildKit's steps, with the cgroupfs driver (seen with 20.10.24).
const GROUP: &str = "docker/buildkit";

impl Steps {
    /// Of an engine on this machine whose control groups are plain folders.
    pub(super) fn find(root: &str, driver: &str) -> Option<Self> {
        let root = PathBuf::from(root);
        if root.as_os_str().is_empty() || !root.is_dir() {
            return None;
        }
        let top = Path::new("/sys/fs/cgroup");
        let unified = top.join("cgroup.controllers").exists();
        let wanted: &[(Controller, PathBuf)] = &match unified {
            true => vec![(Controller::Unified, top.join(GROUP))],
            false => vec![
                (Controller::Memory, top.join("memory").join(GROUP)),
                (Controller::Pids, top.join("pids").join(GROUP)),
                (Controller::Cpu, top.join("cpu").join(GROUP)),
            ],
        };
        // The engine would make the same folder with its first step.
        let writable = |path: &Path| std::fs::create_dir_all(path).is_ok();
        let groups = match driver == "cgroupfs" {
            true => wanted.iter().filter(|(_, path)| writable(path)).cloned().collect(),
            false => Vec::new(),
        };
        Some(Steps { root, groups })
    }

    /// Whether memory, processes and processors of steps are bounded.
    pub(super) fn are_bounded(&self) -> bool {
        !self.groups.is_empty()
    }

    /// Bounds every step that begins, and watches the engine's disk, until it is dropped.
    ///
    /// Steps of other builds of the same engine that begin meanwhile are bounded as well: nothing
    /// outside tells them apart.
    pub(super) async fn attend(&self, policy: &Policy) -> Problem {
        let mut known: BTreeSet<PathBuf> = self.groups.iter().flat_map(|(_, path)| folders(path)).collect();
        let before = self.free();
        let mut rounds = 0u32;
        loop {
            for (controller, path) in &self.groups {
                for step in folders(path) {
                    if known.insert(step.clone()) {
                        bound(*controller, &step, policy);
                    }
                }
            }
            rounds += 1;
            if rounds.is_multiple_of(20)
                && let (Some(before), Some(now)) = (before, self.free())
                && before.saturating_sub(now) > policy.disk
            {
                let what = format!(
                    "the engine's disk lost {} bytes during the build; {} are allowed",
                    before - now,
                    policy.disk
                );
                return problem("disk-limit", what, "write less, or ask whoever runs the server for more");
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    fn free(&self) -> Option<u64> {
        rustix::fs::statvfs(&self.root).ok().map(|found| found.f_bfree * found.f_frsize)
    }
}

fn folders(path: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(path).into_iter().flatten().flatten();
    entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir())).map(|entry| entry.path()).collect()
}

fn bound(controller: Controller, step: &Path, policy: &Policy) {
    let quota = super::docker::cpu_quota(policy);
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
        // A kernel without one of them, or a step that is over already.
        let _ = std::fs::write(step.join(name), value);
    }
}
