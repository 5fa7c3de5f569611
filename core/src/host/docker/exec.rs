//! `docker exec`.

use super::background_container_state::Fate;
use super::process::Process;
use super::run_create::environment;
use super::{Call, Docker, daemon_error};
use crate::host::containers::State;
use crate::image_start::Attached;
use crate::shell::Shell;

impl Docker {
    pub(super) fn exec(&mut self, shell: &mut Shell, call: &Call<'_>) -> i32 {
        let words = &call.words;
        let (name, argv) = match words.operands.split_first() {
            Some((name, argv)) => (name.as_str(), argv.to_vec()),
            None => return 1,
        };
        let environment = match environment(shell, call) {
            Ok(environment) => environment,
            Err(status) => return status,
        };
        let detached = words.has("detach");
        if words.has("tty") && words.has("interactive") && !shell.input_is_terminal() && !detached {
            shell.err("the input device is not a TTY\n");
            return 1;
        }
        let number = match self.container_or_error(shell, name, "Error: ") {
            Ok(number) => number,
            Err(status) => return status,
        };
        let (container, engine) = {
            let store = self.lock();
            (store.containers.get(&number).cloned(), store.engine.clone())
        };
        let Some(mut container) = container else { return 1 };
        match container.state {
            State::Running => {}
            State::Paused => {
                let error = format!("Container {name} is paused, unpause the container before exec");
                return daemon_error(shell, &error);
            }
            _ => {
                let id = &container.id;
                let lower = if engine.major() < 28 { format!("Container {id}") } else { format!("container {id}") };
                return daemon_error(shell, &format!("{lower} is not running"));
            }
        }
        let mut config = container.config.clone();
        (config.entrypoint, config.cmd) = (None, None);
        if config.env_value("HOSTNAME").is_none() {
            config.env.push(format!("HOSTNAME={}", container.hostname));
        }
        if words.has("tty") && config.env_value("TERM").is_none() {
            config.env.push("TERM=xterm".into());
        }
        for (name, value) in environment {
            config.set_env(&name, &value);
        }
        if let Some(user) = words.last("user") {
            config.user = user.to_string();
        }
        if let Some(directory) = words.last("workdir") {
            let missing = container.tree.stat("/", directory).is_err();
            if missing && container.tree.may_hide("/", directory) {
                super::note(shell, "unlisted-file", directory);
                return 0;
            }
            if missing {
                shell.err(format!(
                    "OCI runtime exec failed: exec failed: unable to start container process: chdir to cwd (\"{directory}\") set in config.json failed: no such file or directory: unknown\n"
                ));
                return 126;
            }
            config.working_dir = directory.to_string();
        }
        let stdin = if words.has("interactive") { shell.take_input() } else { Vec::new() };
        let attached = Attached {
            stdin,
            terminal: words.has("tty") && words.has("interactive") && !detached,
            hostname: container.hostname.clone(),
            sleep_limit: None,
        };
        let process = Process { config, args: argv, attached };
        let (mut run, fate) = self.run_process(shell, &mut container, &process);
        if run.run.started.is_none() && run.run.stderr.starts_with("docker: Error response from daemon: ") {
            let error = exec_error(&run.run.stderr);
            run.output = vec![(crate::shell::Stream::Stderr, error.into_bytes())];
        }
        if let Some(known) = self.lock().containers.get_mut(&number) {
            known.tree = container.tree.clone();
        }
        if detached && !matches!(fate, Fate::Refused(_)) {
            Self::note_gaps(shell, &run);
            return 0;
        }
        Self::print_run(shell, &run);
        match fate {
            Fate::Opened => {
                self.open_session(shell, &container, &run, true);
                0
            }
            // Before 28.0 the engine has one code for all that it cannot execute (moby/moby#48552; asked of 20.10.24).
            Fate::Refused(_) if engine.major() < 28 => 126,
            Fate::Refused(125) => 126,
            Fate::Refused(code) | Fate::Ended(code) => code,
            Fate::RunsOn => {
                super::note(shell, "process-keeps-running", process.args.join(" "));
                0
            }
            Fate::NotKnown => 0,
        }
    }
}

/// The words of `docker exec` for what keeps a program from starting, of those of `docker run`.
fn exec_error(run_error: &str) -> String {
    let error = run_error.trim_start_matches("docker: Error response from daemon: ").trim_end();
    let error = error.split("\n\nRun 'docker run --help'").next().unwrap_or(error).trim_end_matches('.');
    if error.starts_with("unable to find user") || error.starts_with("linux spec user: ") {
        return format!("{error}\n");
    }
    for marker in ["OCI runtime create failed: ", "oci runtime error: "] {
        if let Some((_, reason)) = error.split_once(marker) {
            let reason = reason.trim_start_matches("runc create failed: ");
            let reason = reason.replace("error during container init: ", "");
            let kind = if marker.starts_with("OCI") { "OCI runtime exec failed: " } else { marker };
            return format!("{kind}exec failed: {reason}\n");
        }
    }
    format!("{error}\n")
}
