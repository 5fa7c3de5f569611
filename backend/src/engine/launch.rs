//! Starting a real image, shut in: no network, no capabilities, nothing to write to but memory.

use super::cleanup::start_of;
use super::control::without_control_characters;
use super::docker::{Docker, cancelled, lost};
use super::journal::Thing;
use super::{INSTANCE, Job, Journal, LABEL, Policy, Tell, problem};
use bollard::Docker as Client;
use bollard::container::LogOutput;
use bollard::errors::Error;
use bollard::models::{ContainerCreateBody, HostConfig, HostConfigLogConfig};
use bollard::query_parameters::{
    AttachContainerOptionsBuilder, CreateContainerOptionsBuilder, EventsOptionsBuilder, InspectContainerOptions,
};
use futures_util::StreamExt;
use stageplay_core::api::{Event, Problem};
use stageplay_core::exec::Credentials;
use stageplay_core::fs::{Kind, path};
use stageplay_core::image::Image;
use stageplay_core::observe::Started;
use std::collections::HashMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio_util::sync::CancellationToken;

/// Output of the program that is kept, of each stream.
const MOST_OUTPUT: usize = 64 << 10;
/// What a started program may write to `/tmp` and `/run`: memory, counted with the rest.
const SCRATCH: &str = "rw,nosuid,nodev,size=16m,mode=1777";

/// A folder as the engine writes it: of `/data` and `/data/` two mounts would be made, one over the other.
fn folder(written: &str) -> String {
    if written.starts_with('/') { path::join("/", written) } else { written.to_string() }
}

/// The container that a start gets.
fn body(
    name: &str,
    image: &Image,
    job: &Job,
    user: Option<&str>,
    policy: &Policy,
    instance: &str,
) -> ContainerCreateBody {
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
                    .map(|path| (folder(path), SCRATCH.to_string()))
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
        labels: Some(HashMap::from([(LABEL.into(), job.id.clone()), (INSTANCE.into(), instance.to_string())])),
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

/// As whom a program is started, as numbers: what stands in an image for root is not asked of the engine.
/// `None` leaves it to the engine; an error is what the engine says of a user that is not there.
fn user(image: &Image, policy: &Policy) -> Result<Option<String>, String> {
    if policy.image_user {
        return Ok(None);
    }
    let written = image.config.user.as_str();
    let name = written.split(':').next().unwrap_or("");
    match Credentials::of(&image.tree, written) {
        Ok(who) => Ok(Some(policy.numbers(&who))),
        Err(unknown) if Credentials::of(&image.tree, name).is_ok() => {
            Err(format!("unable to find group {unknown}: no matching entries in group file"))
        }
        Err(unknown) => Err(format!("unable to find user {unknown}: no matching entries in passwd file")),
    }
}

/// An engine opens these files before a start, and would wait for ever for a pipe.
fn check_files(image: &Image) -> Result<(), Problem> {
    let is_odd = |path: &&&str| {
        image.tree.stat("/", path).is_ok_and(|(_, node)| !matches!(node.kind, Kind::File(_) | Kind::Dir { .. }))
    };
    match ["/etc/passwd", "/etc/group"].iter().find(is_odd) {
        Some(path) => Err(problem("odd-file", format!("the image's {path} is a pipe or a device"), "make it a file")),
        None => Ok(()),
    }
}

/// Starts the image and lets it run until it ends, its time is over, or it is cancelled. The container is gone
/// afterwards, or left to be removed.
///
/// # Errors
/// The engine does not answer any more, something else ended the program, or it was cancelled.
#[allow(clippy::too_many_arguments, reason = "the parts of one start")]
pub(super) async fn start(
    engine: &Docker,
    name: &str,
    image: &Image,
    job: &Job,
    policy: &Policy,
    journal: &Journal,
    cancel: &CancellationToken,
    tell: &Tell,
) -> Result<Started, Problem> {
    let args = job.run.clone().unwrap_or_default();
    check_files(image)?;
    tell(Event::Starting { command: stageplay_core::start::command(image, &args) });
    let mut started = Started { args, ..Started::default() };
    let user = match user(image, policy) {
        Ok(user) => user,
        Err(message) => {
            refuse(&mut started, &message, tell);
            return Ok(started);
        }
    };
    started.user = user.clone();
    let options = CreateContainerOptionsBuilder::default().name(&start_of(&job.id)).build();
    let body = body(name, image, job, user.as_deref(), policy, journal.instance());
    let thing = Thing::Start(job.id.clone());
    journal.made(thing.clone());
    // Not dropped while it goes on: whether there is a container would not be known.
    let result = match engine.client.create_container(Some(options), body).await {
        Ok(made) => {
            tokio::select! {
                () = cancel.cancelled() => Err(cancelled()),
                result = attended(&engine.client, &made.id, &mut started, policy, tell) => result,
            }
        }
        Err(error @ Error::DockerResponseServerError { .. }) => {
            refuse(&mut started, &words(&error), tell);
            Ok(())
        }
        Err(error) => Err(lost(&error)),
    };
    engine.remove(&[thing], true, journal).await;
    result.map(|()| started)
}

fn refuse(started: &mut Started, message: &str, tell: &Tell) {
    let (code, text) = refusal(message);
    let text = without_control_characters(&text).into_owned();
    tell(Event::Output { stream: "stderr".into(), text: text.clone() });
    tell(Event::Ended { exit_code: Some(code) });
    (started.refused, started.exit_code, started.stderr) = (true, Some(code), text);
}

/// Seconds since 1970, as the engine reads times.
fn now() -> String {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    format!("{}.{:09}", since.as_secs(), since.subsec_nanos())
}

/// Whether somebody had the engine end a container, which this server has not.
async fn was_ended(client: &Client, id: &str, since: &str) -> bool {
    let filters = HashMap::from([("container", vec![id]), ("event", vec!["kill", "stop", "destroy"])]);
    let options = EventsOptionsBuilder::default().since(since).until(&now()).filters(&filters).build();
    let mut events = Box::pin(client.events(Some(options)));
    // An engine whose clock is behind waits for the end of that time.
    let first = tokio::time::timeout(Duration::from_secs(2), events.next()).await;
    matches!(first, Ok(Some(Ok(_))))
}

async fn attended(
    client: &Client,
    id: &str,
    started: &mut Started,
    policy: &Policy,
    tell: &Tell,
) -> Result<(), Problem> {
    let options = AttachContainerOptionsBuilder::default().stream(true).stdout(true).stderr(true).build();
    let since = now();
    let mut output = match client.attach_container(id, Some(options)).await {
        Ok(attached) => attached.output,
        // Podman makes the process ready before it lets anybody listen.
        Err(error @ Error::DockerResponseServerError { .. }) => {
            refuse(started, &words(&error), tell);
            return Ok(());
        }
        Err(error) => return Err(lost(&error)),
    };
    match client.start_container(id, None).await {
        Ok(()) => {}
        Err(error @ Error::DockerResponseServerError { .. }) => {
            refuse(started, &words(&error), tell);
            return Ok(());
        }
        Err(error) => return Err(lost(&error)),
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
        let text = without_control_characters(&text);
        if kept.len() < MOST_OUTPUT {
            add(kept, &text);
            tell(Event::Output { stream: stream.into(), text: text.into_owned() });
        }
        flood = flood.saturating_sub(bytes.len());
        if flood == 0 {
            break;
        }
    }
    let disturbed = || {
        let what = "something else than this server ended the started program";
        problem("start-ended", what, "see who else uses the engine, and try again")
    };
    // Between the end of its output and its end there may be a moment.
    for _ in 0..20 {
        let state = match client.inspect_container(id, None::<InspectContainerOptions>).await {
            Ok(found) => found.state.unwrap_or_default(),
            Err(Error::DockerResponseServerError { status_code: 404, .. }) => return Err(disturbed()),
            Err(error) => return Err(lost(&error)),
        };
        if !state.running.unwrap_or(false) {
            started.exit_code = state.exit_code.and_then(|code| i32::try_from(code).ok());
            // A number tells nothing: a program may end with that of a signal by itself, or with none after one.
            if was_ended(client, id, &since).await {
                return Err(disturbed());
            }
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
    #[test]
    fn a_folder_is_written_in_one_way() {
        for (written, expected) in [("/data/", "/data"), ("/x/../data//.", "/data"), ("data", "data"), ("/", "/")] {
            assert_eq!(folder(written), expected);
        }
    }
}
