//! `docker run` and `docker create`.

use super::background_container_state::{Fate, keeps_running, sleep_limit, state_after, waits_for_input};
use super::help::Form;
use super::process::Process;
use super::publish_ports::{port_conflict, read_port};
use super::pull::{note_unknown, pull_output};
use super::volume_mounts::{fill_new_volumes, mounts};
use super::{Call, Docker, not_loaded, note};
use crate::fs::path;
use crate::host::container_names;
use crate::host::containers::{Container, PublishedPort, State};
use crate::host::store::NoImage;
use crate::image::{Image, Reference};
use crate::image_start::Attached;
use crate::shell::Shell;
use std::sync::Arc;

/// The first port that `-P` and `-p 80` take on the host (Linux, `ip_local_port_range`).
const FIRST_DYNAMIC_PORT: u16 = 32768;

impl Docker {
    /// Prints an error of `docker run` or `docker create`, which the client ends with a hint.
    fn run_error(shell: &mut Shell, call: &Call<'_>, error: &str) -> i32 {
        let name = call.spec.id();
        if name != "run" {
            // `docker create` has the error alone.
            shell.err(format!("{}\n", error.trim_end_matches('.')));
            return 1;
        }
        match call.form {
            Form::Before23 | Form::Before28 => {
                let dot = if error.ends_with('.') { "" } else { "." };
                shell.err(format!("docker: {error}{dot}\nSee 'docker run --help'.\n"));
            }
            Form::Since28 => {
                let error = error.trim_end_matches('.');
                shell.err(format!("docker: {error}\n\nRun 'docker run --help' for more information\n"));
            }
        }
        125
    }

    /// The image of a container, pulled if it is not here.
    fn image_for(&self, shell: &mut Shell, call: &Call<'_>, reference: &str) -> Result<Arc<Image>, i32> {
        let policy = call.words.last("pull").unwrap_or("missing");
        if !matches!(policy, "always" | "missing" | "never") {
            let error = format!("invalid pull option: '{policy}': must be one of \"always\", \"missing\" or \"never\"");
            return Err(Self::run_error(shell, call, &error));
        }
        let mut store = self.lock();
        if policy == "never" && store.local(reference).is_none() {
            let error = format!("Error response from daemon: No such image: {}", with_tag(reference));
            return Err(Self::run_error(shell, call, &error));
        }
        match store.image(reference) {
            Ok((image, pulled)) => {
                if let Some(name) = Reference::parse(reference).ok().filter(|_| pulled) {
                    if !call.words.has("quiet") {
                        shell.err(format!("Unable to find image '{name}' locally\n"));
                        shell.err(pull_output(&name, &image, true));
                    }
                    note_unknown(shell, &name, &image);
                }
                Ok(image)
            }
            Err(NoImage::Refused(error)) if error.starts_with("invalid reference format") => {
                // Before 25.0 the name does not stand in it.
                let name = error.find(" (").zip(error.find(") "));
                let error = match name.filter(|_| store.engine.major() < 25) {
                    Some((start, end)) => {
                        let (head, tail) = (error.get(..start), error.get(end + 1..));
                        format!("{}{}", head.unwrap_or(""), tail.unwrap_or(""))
                    }
                    None => error,
                };
                Err(Self::run_error(shell, call, &error))
            }
            Err(NoImage::Refused(error)) => {
                let name = Reference::parse(reference).map_or(reference.to_string(), |name| name.to_string());
                shell.err(format!("Unable to find image '{name}' locally\n"));
                Err(Self::run_error(shell, call, &format!("Error response from daemon: {error}")))
            }
            Err(NoImage::NotLoaded(data)) => {
                not_loaded(shell, data);
                Err(125)
            }
        }
    }

    /// Makes a container of the words of the command.
    fn make(&mut self, shell: &mut Shell, call: &Call<'_>) -> Result<Container, i32> {
        let words = &call.words;
        let reference = words.operand();
        let name = words.last("name").map(str::to_string);
        let refuse = |shell: &mut Shell, error: String| Err(Self::run_error(shell, call, &error));
        let ports = match words.all("publish").map(read_port).collect::<Result<Vec<_>, _>>() {
            Ok(ports) => ports.concat(),
            // go-connections 0.5, of 25.0, writes its errors in lower case.
            Err(error) if self.lock().engine.major() < 25 => return refuse(shell, capitalized(&error)),
            Err(error) => return refuse(shell, error),
        };
        let environment = environment(shell, call)?;
        let image = self.image_for(shell, call, reference)?;
        if let Some(Err(error)) = name.as_deref().map(container_names::check) {
            return refuse(shell, format!("Error response from daemon: {error}"));
        }
        let mut store = self.lock();
        let known = name.as_ref().and_then(|name| store.containers.values().find(|one| one.name == *name));
        if let Some(existing) = known {
            let error = container_names::conflict(&existing.name, &existing.id);
            drop(store);
            return refuse(shell, format!("Error response from daemon: {error}"));
        }
        let mut config = image.config.clone();
        if let Some(entrypoint) = words.last("entrypoint") {
            config.entrypoint = Some(vec![entrypoint.to_string()]).filter(|_| !entrypoint.is_empty());
            config.cmd = None;
        }
        for (name, value) in &environment {
            config.set_env(name, value);
        }
        if let Some(user) = words.last("user") {
            config.user = user.to_string();
        }
        for pair in words.all("label") {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            config.labels.insert(key.to_string(), value.to_string());
        }
        for port in words.all("expose") {
            let protocol = if port.contains('/') { "" } else { "/tcp" };
            config.exposed_ports.insert(format!("{port}{protocol}"));
        }
        if let Some(directory) = words.last("workdir") {
            if !directory.starts_with('/') {
                drop(store);
                let error = format!(
                    "Error response from daemon: the working directory '{directory}' is invalid, it needs to be an absolute path"
                );
                return refuse(shell, error);
            }
            config.working_dir = directory.to_string();
        }
        let args = words.operands.get(1..).unwrap_or(&[]).to_vec();
        let is_empty = args.is_empty() && config.entrypoint.is_none() && config.cmd.is_none();
        if is_empty && image.base.as_ref().is_none_or(|base| base.config_known) {
            // The engine refuses it before there is a container.
            let error = store.engine.no_command.trim_start_matches("docker: ").to_string();
            drop(store);
            return refuse(shell, error);
        }
        let mounts = match mounts(shell, words.all("volume"), store.engine.major()) {
            Ok(mounts) => mounts,
            Err(error) => {
                drop(store);
                return refuse(shell, format!("Error response from daemon: {error}"));
            }
        };
        fill_new_volumes(&mut store, &mounts, &image.tree);
        let mut used: Vec<u16> =
            store.containers.values().flat_map(|one| one.ports.iter().map(|port| port.host)).collect();
        let mut next = FIRST_DYNAMIC_PORT;
        let mut free = |wanted: u16| {
            if wanted != 0 {
                return wanted;
            }
            while used.contains(&next) {
                next = next.saturating_add(1);
            }
            used.push(next);
            next
        };
        let mut published: Vec<PublishedPort> = Vec::new();
        for port in ports {
            config.exposed_ports.insert(format!("{}/{}", port.container, port.protocol));
            published.push(PublishedPort { host: free(port.host), ..port });
        }
        if words.has("publish-all") {
            for exposed in &config.exposed_ports {
                let (number, protocol) = exposed.split_once('/').unwrap_or((exposed, "tcp"));
                let Ok(number) = number.parse::<u16>() else { continue };
                if !published.iter().any(|port| port.container == number && port.protocol == protocol) {
                    let protocol = protocol.to_string();
                    published.push(PublishedPort {
                        address: String::new(),
                        host: free(0),
                        container: number,
                        protocol,
                    });
                }
            }
        }
        let container = store.create(name, reference, &image);
        if let Some(hostname) = words.last("hostname") {
            container.hostname = hostname.to_string();
        }
        // A container has a folder to work in: the engine makes it.
        if !config.working_dir.is_empty() && container.tree.stat("/", &config.working_dir).is_err() {
            let place = path::join("/", &config.working_dir);
            if !container.tree.may_hide("/", &place) {
                let _ = container.tree.mkdir_all(&place, 0o755, 0, 0);
            }
        }
        container.config = config;
        container.args = args;
        container.ports = published;
        container.mounts = mounts;
        container.auto_remove = words.has("rm");
        container.tty = words.has("tty");
        container.open_stdin = words.has("interactive");
        Ok(container.clone())
    }

    /// `docker run`.
    pub(super) fn start_new(&mut self, shell: &mut Shell, call: &Call<'_>) -> i32 {
        let words = &call.words;
        let is_piped = !shell.input_is_terminal();
        if words.has("tty") && words.has("interactive") && is_piped && !words.has("detach") {
            shell.err("the input device is not a TTY\n");
            return 1;
        }
        let container = match self.make(shell, call) {
            Ok(made) => made,
            Err(status) => return status,
        };
        let detached = words.has("detach");
        self.run_main(shell, container, detached, words.has("interactive") && !detached)
    }

    /// Starts the main process of a container.
    pub(super) fn run_main(
        &self,
        shell: &mut Shell,
        mut container: Container,
        detached: bool,
        with_input: bool,
    ) -> i32 {
        let stdin = if with_input { shell.take_input() } else { Vec::new() };
        let terminal = container.tty && container.open_stdin;
        let sleep_limit = Some(sleep_limit(detached));
        let attached = Attached { stdin, terminal, hostname: container.hostname.clone(), sleep_limit };
        let mut config = container.config.clone();
        if config.env_value("HOSTNAME").is_none() {
            config.env.push(format!("HOSTNAME={}", container.hostname));
        }
        if container.tty && config.env_value("TERM").is_none() {
            config.env.push("TERM=xterm".into());
        }
        let process = Process { config, args: container.args.clone(), attached };
        let conflict = port_conflict(&self.lock(), &container);
        if let Some(error) = conflict {
            return self.not_connected(shell, &container, detached, &error);
        }
        let (run, fate) = self.run_process(shell, &mut container, &process);
        container.add_to_log(&run.output);
        container.waiting = run.opened.clone().filter(|_| detached);
        container.address = self.lock().free_address();
        container.log_known &= run.run.gaps.is_empty() && run.run.unknown.is_none();
        let exposes = !container.config.exposed_ports.is_empty();
        container.keeps_running = keeps_running(fate, detached, exposes);
        container.state = state_after(fate, container.keeps_running);
        let is_refused = matches!(fate, Fate::Refused(_));
        // The client prints the id also where the start is refused.
        if detached {
            shell.out(format!("{}\n", container.id));
        }
        let is_up = container.state.is_up();
        if is_refused || !detached {
            Self::print_output(shell, &run);
        }
        // Of a program that is taken to run on it is said below that nothing more is known of it.
        if !(fate == Fate::NotKnown && is_up) {
            Self::note_gaps(shell, &run);
        }
        let removed = container.auto_remove && !is_up;
        {
            let mut store = self.lock();
            if let Some(number) = store.container(&container.id) {
                if removed {
                    store.containers.remove(&number);
                } else {
                    store.containers.insert(number, container.clone());
                }
            }
        }
        match fate {
            Fate::Opened if !detached => {
                self.open_session(shell, &container, &run, false);
                return 0;
            }
            Fate::Ended(0) if terminal && run.output.is_empty() && waits_for_input(&container.command()) => {
                note(shell, "interactive-program", container.command().join(" "));
            }
            Fate::NotKnown if is_up => note(shell, "container-taken-to-run", container.name.clone()),
            Fate::RunsOn if !detached => note(shell, "container-keeps-running", container.name.clone()),
            _ => {}
        }
        match fate {
            Fate::Refused(code) => code,
            Fate::Ended(code) if !detached => code,
            _ => 0,
        }
    }

    /// Says why a container is not connected to the network; it stays as it was created.
    fn not_connected(&self, shell: &mut Shell, container: &Container, detached: bool, error: &str) -> i32 {
        if detached {
            shell.out(format!("{}\n", container.id));
        }
        let (is_new, major) = {
            let mut store = self.lock();
            let major = store.engine.major();
            if let Some(number) = store.container(&container.id).filter(|_| container.auto_remove) {
                store.containers.remove(&number);
            }
            (container.state == State::Created, major)
        };
        let start = if major < 28 { "" } else { "failed to set up container networking: " };
        let end = match (major, is_new) {
            (0..28, true) => ".\n",
            (_, true) => "\n\nRun 'docker run --help' for more information\n",
            _ => "\n",
        };
        shell.err(format!("docker: Error response from daemon: {start}{error}{end}"));
        125
    }

    pub(super) fn create(&mut self, shell: &mut Shell, call: &Call<'_>) -> i32 {
        match self.make(shell, call) {
            Ok(container) => {
                shell.out(format!("{}\n", container.id));
                0
            }
            Err(status) => status,
        }
    }
}

/// A name with the tag that it means.
pub(super) fn with_tag(name: &str) -> String {
    Reference::parse(name).map_or_else(
        |_| name.to_string(),
        |reference| {
            if name.contains('@') || name.rsplit('/').next().is_some_and(|last| last.contains(':')) {
                name.to_string()
            } else {
                format!("{name}:{}", reference.tag)
            }
        },
    )
}

fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// The variables of `-e` and `--env-file`; a name without a value takes that of the host.
pub(super) fn environment(shell: &mut Shell, call: &Call<'_>) -> Result<Vec<(String, String)>, i32> {
    let mut all = Vec::new();
    let mut add = |shell: &Shell, pair: &str| match pair.split_once('=') {
        Some((name, value)) => all.push((name.to_string(), value.to_string())),
        None => {
            if let Some(value) = shell.var(pair) {
                all.push((pair.to_string(), value.to_string()));
            }
        }
    };
    for name in call.words.all("env-file") {
        let file = shell.fs.stat(&shell.cwd, name).ok();
        let Some(bytes) = file.and_then(|(_, node)| node.content()?.bytes().map(<[u8]>::to_vec)) else {
            shell.err(format!("docker: open {name}: no such file or directory\n"));
            return Err(125);
        };
        for line in String::from_utf8_lossy(&bytes).lines() {
            let line = line.trim_start();
            if !line.is_empty() && !line.starts_with('#') {
                add(shell, line);
            }
        }
    }
    for pair in call.words.all("env") {
        if pair.is_empty() || pair.starts_with('=') {
            let error =
                format!("invalid argument \"{pair}\" for \"-e, --env\" flag: invalid environment variable: {pair}");
            return Err(call.option_error(shell, &error));
        }
        add(shell, pair);
    }
    Ok(all)
}
