//! Runs a built image in a restricted container: no network, no capabilities, a read-only root file system.

use super::build_problems::cancelled;
use super::build_task::{BuildTask, EventSink};
use super::clock::unix_time_text;
use super::container_user::user_and_group;
use super::daemon_paths::DaemonPaths;
use super::docker::Docker;
use super::docker_error::{engine_problem, is_not_found, message};
use super::journal::Resource;
use super::output_decoder::OutputDecoder;
use super::output_limit::{FLOOD_FACTOR, MAX_REPORT_OUTPUT, prefix_within, truncation_notice};
use super::policy::Policy;
use super::resource_names::{BUILD_LABEL, INSTANCE_LABEL, run_container_name};
use super::user_database;
use crate::problem::problem;
use bollard::Docker as Client;
use bollard::container::LogOutput;
use bollard::errors::Error;
use bollard::models::{ContainerCreateBody, HostConfig, HostConfigLogConfig};
use bollard::query_parameters::{
    AttachContainerOptionsBuilder, CreateContainerOptionsBuilder, EventsOptionsBuilder, InspectContainerOptions,
};
use futures_util::StreamExt;
use stageplay_core::api::{Event, Problem};
use stageplay_core::canonical::MAX_PROGRAM;
use stageplay_core::fs::path;
use stageplay_core::image::Image;
use stageplay_core::real_build::ObservedStart;
use stageplay_report::without_control_characters;
use std::collections::HashMap;
use std::time::Duration;

/// How long the engine may take to start a container.
const START_TIMEOUT: Duration = Duration::from_secs(60);
/// Options of the tmpfs mounts of a started program (`/tmp`, `/run` and volumes). They count as memory of the
/// container.
const TMPFS_OPTIONS: &str = "rw,nosuid,nodev,size=16m,mode=1777";

/// Normalizes the path of a mount. Of `/data` and `/data/` the engine would make two mounts, one over the other.
fn mount_path(path_in_image: &str) -> String {
    if path_in_image.starts_with('/') { path::join("/", path_in_image) } else { path_in_image.to_string() }
}

/// The configuration of the container.
fn container_config(name: &str, image: &Image, user: Option<&str>, task: BuildTask<'_>) -> ContainerCreateBody {
    let BuildTask { job, policy, journal, .. } = task;
    let memory = i64::try_from(policy.memory).ok();
    let unrestricted = HostConfig::default();
    let host = if !policy.bounded {
        unrestricted
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
            // A volume would be a folder on the engine's disk without a size limit, so each volume is a tmpfs, too.
            tmpfs: Some(
                ["/tmp", "/run"]
                    .into_iter()
                    .chain(image.config.volumes.iter().map(String::as_str))
                    .map(|path| (mount_path(path), TMPFS_OPTIONS.to_string()))
                    .collect(),
            ),
            log_config: Some(HostConfigLogConfig { typ: Some("none".into()), config: None }),
            ipc_mode: Some("private".into()),
            ..unrestricted
        }
    };
    ContainerCreateBody {
        image: Some(name.into()),
        cmd: job.run.clone().filter(|args| !args.is_empty()),
        user: user.map(str::to_string),
        attach_stdout: Some(true),
        attach_stderr: Some(true),
        labels: Some(HashMap::from([
            (BUILD_LABEL.into(), job.id.clone()),
            (INSTANCE_LABEL.into(), journal.instance().to_string()),
        ])),
        host_config: Some(host),
        // The image's health check does not run.
        healthcheck: Some(bollard::models::HealthConfig { test: Some(vec!["NONE".into()]), ..Default::default() }),
        ..ContainerCreateBody::default()
    }
}

/// The exit code and the message of `docker run` when the engine refuses to start (docker/cli, `runStartContainerErr`).
fn docker_run_error(message: &str) -> (i32, String) {
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

/// The output of a started program: sent as events, and kept for the report.
struct ProgramOutput<'a> {
    events: &'a EventSink,
    /// Bytes that the program may print before it is stopped.
    max_printed: usize,
    printed: usize,
    stdout: String,
    stderr: String,
    truncated_streams: Vec<&'static str>,
    stdout_decoder: OutputDecoder,
    stderr_decoder: OutputDecoder,
}

impl<'a> ProgramOutput<'a> {
    fn new(events: &'a EventSink, max_printed: usize) -> Self {
        ProgramOutput {
            events,
            max_printed,
            printed: 0,
            stdout: String::new(),
            stderr: String::new(),
            truncated_streams: Vec::new(),
            stdout_decoder: OutputDecoder::default(),
            stderr_decoder: OutputDecoder::default(),
        }
    }

    /// Adds output. Of each stream [`MAX_REPORT_OUTPUT`] bytes are kept; if there are more, one notice says so.
    fn add(&mut self, stream: &'static str, bytes: &[u8]) {
        self.printed = self.printed.saturating_add(bytes.len());
        if self.truncated_streams.contains(&stream) {
            return;
        }
        let decoder = if stream == "stderr" { &mut self.stderr_decoder } else { &mut self.stdout_decoder };
        let text = decoder.decode(bytes);
        self.add_text(stream, &text);
    }

    /// Adds what the streams left incomplete at their end.
    fn finish(&mut self) {
        for (stream, text) in [("stdout", self.stdout_decoder.finish()), ("stderr", self.stderr_decoder.finish())] {
            if !self.truncated_streams.contains(&stream) {
                self.add_text(stream, &text);
            }
        }
    }

    fn add_text(&mut self, stream: &'static str, text: &str) {
        let kept = if stream == "stderr" { &self.stderr } else { &self.stdout };
        let fitting = prefix_within(text, MAX_REPORT_OUTPUT.saturating_sub(kept.len()));
        self.keep(stream, fitting.to_string());
        if fitting.len() < text.len() {
            self.truncated_streams.push(stream);
            self.keep(stream, truncation_notice(&format!("{stream} of a started program"), MAX_REPORT_OUTPUT));
        }
    }

    /// Whether the program prints so much that it is stopped.
    fn is_flood(&self) -> bool {
        self.printed >= self.max_printed
    }

    /// Adds the notice that the program was stopped because it prints too much.
    fn add_flood_notice(&mut self) {
        let notice = format!("\n… the program printed more than {} bytes and was stopped\n", self.max_printed);
        self.keep("stderr", notice);
    }

    fn keep(&mut self, stream: &'static str, text: String) {
        if text.is_empty() {
            return;
        }
        let kept = if stream == "stderr" { &mut self.stderr } else { &mut self.stdout };
        kept.push_str(&text);
        (self.events)(Event::Output { stream: stream.into(), text });
    }
}

/// No program has a name longer than a path may be. runc quotes it in its message, and if that does not fit into a pipe,
/// runc waits for ever, and with it everything that asks the engine for this container.
///
/// # Errors
/// The name is too long.
fn check_program(command: &[String]) -> Result<(), Problem> {
    let length = command.first().map_or(0, String::len);
    if length <= MAX_PROGRAM {
        return Ok(());
    }
    let what = format!("the name of the program has {length} bytes; a path has at most {MAX_PROGRAM}");
    Err(problem("too-large", what, "the image is not started"))
}

/// Starts the image `name` and lets it run until it ends, its time is up, or the build is cancelled. Then the
/// container is removed, or its removal is scheduled.
///
/// # Errors
/// The engine does not answer any more, something else ended the program, or the build was cancelled.
pub(super) async fn run_image(
    engine: &Docker,
    name: &str,
    image: &Image,
    task: BuildTask<'_>,
) -> Result<ObservedStart, Problem> {
    let BuildTask { job, policy, journal, cancel, events } = task;
    let args = job.run.clone().unwrap_or_default();
    user_database::check(image, policy)?;
    let command = stageplay_core::image_start::command(image, &args);
    check_program(&command)?;
    task.emit(Event::Starting { command });
    let mut started = ObservedStart { args, ..ObservedStart::default() };
    let user = match user_and_group(image, policy) {
        Ok(user) => user,
        Err(message) => {
            report_docker_run_error(&mut started, &message, &engine.daemon_paths, events);
            return Ok(started);
        }
    };
    if let Some(user) = &user {
        user_database::check_group_id(image, user, policy)?;
    }
    started.user = user.clone();
    let options = CreateContainerOptionsBuilder::default().name(&run_container_name(&job.id)).build();
    let config = container_config(name, image, user.as_deref(), task);
    let container = Resource::RunContainer(job.id.clone());
    journal.record(container.clone());
    // This request is always awaited: otherwise it would not be known whether the container exists.
    let result = match engine.client.create_container(Some(options), config).await {
        Ok(created) => {
            tokio::select! {
                () = cancel.cancelled() => Err(cancelled()),
                result = follow(engine, &created.id, &mut started, policy, events) => result,
            }
        }
        Err(error @ Error::DockerResponseServerError { .. }) => {
            report_docker_run_error(&mut started, &message(&error), &engine.daemon_paths, events);
            Ok(())
        }
        Err(error) => Err(engine_problem(&error)),
    };
    engine.remove(&[container], true, journal).await;
    result.map(|()| started)
}

/// Reports that the engine refuses to start the program, as `docker run` does.
fn report_docker_run_error(started: &mut ObservedStart, message: &str, daemon_paths: &DaemonPaths, events: &EventSink) {
    let (code, text) = docker_run_error(&daemon_paths.without(message));
    let text = without_control_characters(&text).into_owned();
    events(Event::Output { stream: "stderr".into(), text: text.clone() });
    events(Event::Ended { exit_code: Some(code) });
    (started.refused, started.exit_code, started.stderr) = (true, Some(code), text);
}

/// Whether somebody else stopped, killed or removed a container, by the events of the engine.
async fn was_stopped_by_others(client: &Client, id: &str, since: &str) -> bool {
    let filters = HashMap::from([("container", vec![id]), ("event", vec!["kill", "stop", "destroy"])]);
    let options = EventsOptionsBuilder::default().since(since).until(&unix_time_text()).filters(&filters).build();
    let mut events = Box::pin(client.events(Some(options)));
    // An engine whose clock is late waits until that time.
    let first = tokio::time::timeout(Duration::from_secs(2), events.next()).await;
    matches!(first, Ok(Some(Ok(_))))
}

/// Starts a container, follows its output, and records how the program ends.
async fn follow(
    engine: &Docker,
    id: &str,
    started: &mut ObservedStart,
    policy: &Policy,
    events: &EventSink,
) -> Result<(), Problem> {
    let Docker { client, query_client, daemon_paths, .. } = engine;
    let options = AttachContainerOptionsBuilder::default().stream(true).stdout(true).stderr(true).build();
    let since = unix_time_text();
    let until = tokio::time::Instant::now() + START_TIMEOUT;
    let no_answer = |_| problem("engine", "the engine did not start the image in time", "try again later");
    let attached = tokio::time::timeout_at(until, client.attach_container(id, Some(options))).await;
    let mut output = match attached.map_err(no_answer)? {
        Ok(attached) => attached.output,
        // Podman prepares the process before it allows to attach, so it may refuse here.
        Err(error @ Error::DockerResponseServerError { .. }) => {
            report_docker_run_error(started, &message(&error), daemon_paths, events);
            return Ok(());
        }
        Err(error) => return Err(engine_problem(&error)),
    };
    let start = tokio::time::timeout_at(until, client.start_container(id, None)).await;
    match start.map_err(no_answer)? {
        Ok(()) => {}
        Err(error @ Error::DockerResponseServerError { .. }) => {
            report_docker_run_error(started, &message(&error), daemon_paths, events);
            return Ok(());
        }
        Err(error) => return Err(engine_problem(&error)),
    }
    let until = tokio::time::Instant::now() + policy.run_time;
    let mut printed = ProgramOutput::new(events, policy.log.saturating_mul(FLOOD_FACTOR));
    // The stream ends together with the program.
    while let Ok(Some(Ok(chunk))) = tokio::time::timeout_at(until, output.next()).await {
        match &chunk {
            LogOutput::StdErr { message } => printed.add("stderr", message),
            LogOutput::StdOut { message } | LogOutput::Console { message } => printed.add("stdout", message),
            LogOutput::StdIn { .. } => {}
        }
        if printed.is_flood() {
            break;
        }
    }
    printed.finish();
    if printed.is_flood() {
        printed.add_flood_notice();
    }
    let is_flood = printed.is_flood();
    (started.stdout, started.stderr) = (printed.stdout, printed.stderr);
    let stopped_by_others = || {
        let what = "the started program was ended by something other than this server";
        problem("start-ended", what, "check who else uses the engine, and try again")
    };
    // The program may end a moment after its output.
    for _ in 0..20 {
        let state = match query_client.inspect_container(id, None::<InspectContainerOptions>).await {
            Ok(found) => found.state.unwrap_or_default(),
            Err(error) if is_not_found(&error) => return Err(stopped_by_others()),
            Err(error) => return Err(engine_problem(&error)),
        };
        if !state.running.unwrap_or(false) {
            started.exit_code = state.exit_code.and_then(|code| i32::try_from(code).ok());
            // The exit code does not tell: a program may exit with the code of a signal by itself, or with 0 after a
            // signal.
            if was_stopped_by_others(client, id, &since).await {
                return Err(stopped_by_others());
            }
            break;
        }
        if tokio::time::Instant::now() >= until || is_flood {
            break;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    events(Event::Ended { exit_code: started.exit_code });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, Mutex};

    #[test]
    fn a_program_with_a_name_longer_than_a_path_is_not_started() {
        assert!(check_program(&[]).is_ok() && check_program(&["x".repeat(MAX_PROGRAM), "y".repeat(9_000)]).is_ok());
        assert_eq!(check_program(&["\"".repeat(MAX_PROGRAM + 1)]).unwrap_err().code, "too-large");
    }

    type ProgramOutputKept = (String, String);

    #[test]
    fn a_refusal_has_the_message_and_exit_code_of_docker_run() {
        let message = "OCI runtime create failed: exec: \"/x\": stat /x: no such file or directory: unknown";
        assert_eq!(docker_run_error(message), (127, format!("docker: Error response from daemon: {message}.\n")));
        assert_eq!(docker_run_error("exec: \"/x\": permission denied: unknown").0, 126);
        assert_eq!(docker_run_error("No command specified").0, 125);
    }

    #[test]
    fn a_refusal_shows_no_folder_of_the_engine() {
        let events: EventSink = Arc::new(|_| {});
        let mut started = ObservedStart::default();
        let message = "mount /srv/engine/overlay2/0a/merged/etc/hosts: not a directory: unknown";
        report_docker_run_error(&mut started, message, &DaemonPaths::of_data_root("/srv/engine"), &events);
        assert_eq!(started.stderr, "docker: Error response from daemon: mount /etc/hosts: not a directory: unknown.\n");
    }

    fn printed(parts: &[(&'static str, impl AsRef<[u8]>)], max_printed: usize) -> (ProgramOutputKept, String) {
        let recorded = Arc::new(Mutex::new(String::new()));
        let recorder = recorded.clone();
        let events: EventSink = Arc::new(move |event| {
            let Event::Output { text, .. } = event else { panic!("only output is recorded") };
            recorder.lock().unwrap().push_str(&text);
        });
        let mut output = ProgramOutput::new(&events, max_printed);
        for (stream, bytes) in parts {
            output.add(stream, bytes.as_ref());
        }
        output.finish();
        if output.is_flood() {
            output.add_flood_notice();
        }
        let sent = recorded.lock().unwrap().clone();
        ((output.stdout, output.stderr), sent)
    }

    #[test]
    fn output_is_cut_between_characters_and_a_notice_says_so() {
        let long = format!("{}é", "x".repeat(MAX_REPORT_OUTPUT - 1));
        let parts = [("stdout", long), ("stdout", "dropped".into()), ("stderr", "kept".into())];
        let ((stdout, stderr), sent) = printed(&parts, usize::MAX);
        let notice = truncation_notice("stdout of a started program", MAX_REPORT_OUTPUT);
        assert!(notice.contains("65536 bytes"));
        assert_eq!(stdout, format!("{}{notice}", "x".repeat(MAX_REPORT_OUTPUT - 1)));
        assert_eq!(stderr, "kept");
        assert_eq!(sent, format!("{stdout}{stderr}"), "events and report are the same");
    }

    #[test]
    fn a_character_that_comes_in_two_chunks_is_whole() {
        let parts: [(&str, &[u8]); 4] =
            [("stdout", b"\xe4\xb8"), ("stderr", b"x\xe6"), ("stdout", b"\xad"), ("stderr", b"y\xe6")];
        let ((stdout, stderr), sent) = printed(&parts, usize::MAX);
        assert_eq!((&*stdout, &*stderr, &*sent), ("中", "x\u{fffd}y\u{fffd}", "x中\u{fffd}y\u{fffd}"));
    }

    #[test]
    fn output_that_fits_has_no_notice() {
        let exact = "x".repeat(MAX_REPORT_OUTPUT);
        let ((stdout, _), sent) = printed(&[("stdout", exact.clone())], usize::MAX);
        assert!(stdout == exact && sent == exact);
    }

    #[test]
    fn a_program_that_floods_is_stopped_with_a_notice() {
        let ((_, stderr), sent) = printed(&[("stdout", "x".repeat(100))], 100);
        assert!(stderr.contains("more than 100 bytes and was stopped") && sent.ends_with(&stderr), "{sent}");
    }

    #[test]
    fn the_path_of_a_mount_has_one_form() {
        for (path, expected) in [("/data/", "/data"), ("/x/../data//.", "/data"), ("data", "data"), ("/", "/")] {
            assert_eq!(mount_path(path), expected);
        }
    }
}
