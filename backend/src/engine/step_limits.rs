//! Enforces limits on running steps of the classic builder that a build request cannot set: processes and disk usage.

use super::build_problems::disk_limit;
use super::container_disk_usage;
use super::policy::Policy;
use bollard::Docker;
use bollard::models::ContainerUpdateBody;
use bollard::query_parameters::InspectContainerOptionsBuilder;
use stageplay_core::api::Problem;
use std::path::PathBuf;
use std::time::Duration;

/// Interval between two checks of the disk usage of a container.
const DISK_CHECK_INTERVAL: Duration = Duration::from_millis(500);

/// Whether the engine created a container for a build of this server, by its limits. The log line that names the
/// container is no proof, because a program can print it.
async fn is_own_step(docker: &Docker, id: &str, policy: &Policy) -> bool {
    let Ok(found) = docker.inspect_container(id, None).await else { return false };
    let host = found.host_config.unwrap_or_default();
    host.memory == i64::try_from(policy.build_memory()).ok()
        && host.cpu_quota == Some(policy.cpu_quota())
        && host.binds.is_none_or(|binds| binds.is_empty())
}

/// Limits the processes of a step's container, and watches its disk usage until it ends. `written` is the number of
/// bytes that earlier steps wrote. `is_local` is whether the engine is on this machine.
///
/// # Errors
/// The steps write more than they may.
pub(super) async fn limit_step_container(
    docker: &Docker,
    id: &str,
    policy: &Policy,
    written: u64,
    is_local: bool,
) -> Result<(), Problem> {
    if !is_own_step(docker, id, policy).await {
        return Ok(());
    }
    let update = ContainerUpdateBody { pids_limit: Some(i64::from(policy.processes)), ..Default::default() };
    // An engine without the pids controller refuses this. The build continues without the limit.
    let _ = docker.update_container(id, update).await;
    let with_size = InspectContainerOptionsBuilder::default().size(true).build();
    loop {
        tokio::time::sleep(DISK_CHECK_INTERVAL).await;
        let Ok(found) = docker.inspect_container(id, Some(with_size.clone())).await else { return Ok(()) };
        let state = found.state.unwrap_or_default();
        let is_running = state.running.unwrap_or(false);
        let mut total = written.saturating_add(u64::try_from(found.size_rw.unwrap_or(0)).unwrap_or(0));
        if let Some(process) = state.pid.and_then(|pid| u32::try_from(pid).ok()).filter(|pid| *pid > 0 && is_local) {
            let mounts = found.mounts.unwrap_or_default();
            let volumes: Vec<PathBuf> =
                mounts.into_iter().filter_map(|mount| mount.source.map(PathBuf::from)).collect();
            let uncounted =
                tokio::task::spawn_blocking(move || container_disk_usage::uncounted_bytes(process, &volumes)).await;
            total = total.saturating_add(uncounted.unwrap_or(0));
        }
        if total > policy.disk {
            return Err(disk_limit(total, policy));
        }
        if !is_running {
            return Ok(());
        }
    }
}
