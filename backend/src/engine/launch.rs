//! Starting a real image, shut in: no network, no capabilities, nothing to write to but memory.

use super::{Job, Journal, LABEL, Policy, Tell};
use bollard::Docker;
use bollard::container::LogOutput;
use bollard::errors::Error;
use bollard::models::{ContainerCreateBody, HostConfig, HostConfigLogConfig};
use bollard::query_parameters::{
    AttachContainerOptionsBuilder, CreateContainerOptionsBuilder, InspectContainerOptions,
    RemoveContainerOptionsBuilder,
};
use futures_util::StreamExt;
use stageplay_core::api::Event;
use stageplay_core::image::Image;
use stageplay_core::observe::Started;
use std::collections::HashMap;
use std::time::Duration;

/// Output of the program that is kept, of each stream.
const MOST_OUTPUT: usize = 64 << 10;
/// What a started program may write to `/tmp` and `/run`: memory, counted with the rest.
const SCRATCH: &str = "rw,nosuid,nodev,size=16m,mode=1777";

/// The name of the container that a start gets.
pub(super) fn name_of(job: &Job) -> String {
    format!("stageplay-{}", job.id)
}

/// The container that a start gets.
fn body(name: &str, image: &Image, job: &Job, user: Option<&str>, policy: &Policy) -> ContainerCreateBody {
    let memory = i64::try_from(policy.memory).ok();
    let plain = HostConfig::default();
    let host = if !policy.bounded {
        plain
    } else {
        HostConfig {
            memory,
            memory_swap: memory,
            #[allow(clippy::cast_possible_truncation, reason = "a few processors")]
            nano_cpus: Some((policy.cpus * 1e9) as i64),
            pids_limit: Some(i64::from(policy.processes)),
            network_mode: Some(if policy.network { "bridge" } else { "none" }.into()),
            cap_drop: Some(vec!["ALL".into()]),
            security_opt: Some(vec!["no-new-privileges".into()]),
            readonly_rootfs: Some(true),
            // A declared volume would be a folder of the engine's disk, without a bound.
            tmpfs: Some(
                ["/tmp", "/run"]
                    .into_iter()
                    .chain(image.config.volumes.iter().map(String::as_str))
                    .map(|path| (path.to_string(), SCRATCH.to_string()))
                    .collect(),
            ),
            log_config: Some(HostConfigLogConfig { typ: Some("none".into()), config: None }),
            ipc_mode: Some("private".into()),
            ..plain
        }
    };
    ContainerCreateBody {
        image: Some(name.into()),
        cmd: job.run.clone().filter(|args| !args.is_empty()),
        user: user.map(str::to_string),
        attach_stdout: Some(true),
        attach_stderr: Some(true),
        labels: Some(HashMap::from([(LABEL.into(), job.id.clone())])),
        host_config: Some(host),
        // No health check of a stranger's runs beside its program.
        healthcheck: Some(bollard::models::HealthConfig { test: Some(vec!["NONE".into()]), ..Default::default() }),
        ..ContainerCreateBody::default()
    }
}

/// What `docker run` prints and exits with when the engine refuses (docker/cli, `runStartContainerErr`).
fn refusal(message: &str) -> (i32, String) {
    let code = if message.contains("executable file not found")
        || message.contains("no such file or directory")
        || message.contains("system cannot find the file specified")
    {
        127
    } else if message.contains("permission denied") || message.contains("is a directory") {
        126
    } else {
        125
    };
    (code, format!("docker: Error response from daemon: {}.\n", message.trim_end_matches('.')))
}

/// An engine's own message, without the client library's words around it.
pub(super) fn words(error: &Error) -> String {
    match error {
        Error::DockerResponseServerError { message, .. } => message.clone(),
        Error::DockerStreamError { error } => error.clone(),
        other => other.to_string(),
    }
}

fn add(kept: &mut String, text: &str) {
    let room = MOST_OUTPUT.saturating_sub(kept.len());
    let end = (0..=room.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    kept.push_str(&text[..end]);
}

/// Starts the image and lets it run until it ends or its time is over. The container is gone afterwards.
///
/// # Errors
/// The engine does not answer any more.
pub(super) async fn start(
    docker: &Docker,
    name: &str,
    image: &Image,
    job: &Job,
    policy: &Policy,
    journal: &Journal,
    tell: &Tell,
) -> Result<Started, Error> {
    let args = job.run.clone().unwrap_or_default();
    let user = policy.user(&image.config.user);
    tell(Event::Starting { command: stageplay_core::start::command(image, &args) });
    let mut started = Started { args, user: user.clone(), ..Started::default() };
    let options = CreateContainerOptionsBuilder::default().name(&name_of(job)).build();
    let made = docker.create_container(Some(options), body(name, image, job, user.as_deref(), policy)).await;
    let id = match made {
        Ok(made) => made.id,
        Err(error @ Error::DockerResponseServerError { .. }) => {
            refuse(&mut started, &words(&error), tell);
            return Ok(started);
        }
        Err(error) => return Err(error),
    };
    let entry = format!("container:{id}");
    journal.made(&entry);
    let result = attended(docker, &id, &mut started, policy, tell).await;
    let options = RemoveContainerOptionsBuilder::default().force(true).v(true).build();
    if docker.remove_container(&id, Some(options)).await.is_ok() {
        journal.gone(&entry);
    }
    result.map(|()| started)
}

fn refuse(started: &mut Started, message: &str, tell: &Tell) {
    let (code, text) = refusal(message);
    tell(Event::Output { stream: "stderr".into(), text: text.clone() });
    tell(Event::Ended { exit_code: Some(code) });
    (started.refused, started.exit_code, started.stderr) = (true, Some(code), text);
}

async fn attended(docker: &Docker, id: &str, started: &mut Started, policy: &Policy, tell: &Tell) -> Result<(), Error> {
    let options = AttachContainerOptionsBuilder::default().stream(true).stdout(true).stderr(true).build();
    let mut output = match docker.attach_container(id, Some(options)).await {
        Ok(attached) => attached.output,
        // Podman makes the process ready before it lets anybody listen.
        Err(error @ Error::DockerResponseServerError { .. }) => {
            refuse(started, &words(&error), tell);
            return Ok(());
        }
        Err(error) => return Err(error),
    };
    match docker.start_container(id, None).await {
        Ok(()) => {}
        Err(error @ Error::DockerResponseServerError { .. }) => {
            refuse(started, &words(&error), tell);
            return Ok(());
        }
        Err(error) => return Err(error),
    }
    let until = tokio::time::Instant::now() + policy.run_time;
    let mut flood = policy.log.saturating_mul(super::policy::LOG_FLOOD);
    // The stream ends when the program does.
    while let Ok(Some(Ok(piece))) = tokio::time::timeout_at(until, output.next()).await {
        let (stream, kept, bytes) = match &piece {
            LogOutput::StdErr { message } => ("stderr", &mut started.stderr, message),
            LogOutput::StdOut { message } | LogOutput::Console { message } => ("stdout", &mut started.stdout, message),
            LogOutput::StdIn { .. } => continue,
        };
        let text = String::from_utf8_lossy(bytes);
        if kept.len() < MOST_OUTPUT {
            add(kept, &text);
            tell(Event::Output { stream: stream.into(), text: text.into_owned() });
        }
        flood = flood.saturating_sub(bytes.len());
        if flood == 0 {
            break;
        }
    }
    // Between the end of its output and its end there may be a moment.
    for _ in 0..20 {
        let state = docker.inspect_container(id, None::<InspectContainerOptions>).await?.state.unwrap_or_default();
        if !state.running.unwrap_or(false) {
            started.exit_code = state.exit_code.and_then(|code| i32::try_from(code).ok());
            break;
        }
        if tokio::time::Instant::now() >= until || flood == 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    tell(Event::Ended { exit_code: started.exit_code });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_has_the_clients_words_and_code() {
        let message = "OCI runtime create failed: exec: \"/x\": stat /x: no such file or directory: unknown";
        assert_eq!(refusal(message), (127, format!("docker: Error response from daemon: {message}.\n")));
        assert_eq!(refusal("exec: \"/x\": permission denied: unknown").0, 126);
        assert_eq!(refusal("No command specified").0, 125);
    }

    #[test]
    fn output_is_cut_between_characters() {
        let mut kept = "x".repeat(MOST_OUTPUT - 1);
        add(&mut kept, "é");
        assert_eq!(kept.len(), MOST_OUTPUT - 1);
    }
}
