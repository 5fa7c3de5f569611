//! `docker run` and `docker create`.

use super::help::Form;
use super::process::{Fate, Process, state_after};
use super::pull::{note_unknown, pull_output};
use super::{Call, Docker, not_loaded, note};
use crate::fs::path;
use crate::host::containers::{Container, Mount, MountSource, PublishedPort, State};
use crate::host::session::Opening;
use crate::host::store::{NoImage, Store};
use crate::image::{Image, Reference};
use crate::image_start::Attached;
use crate::shell::{Shell, SleepLimit};
use std::sync::Arc;

/// The first port that `-P` and `-p 80` take on the host (Linux, `ip_local_port_range`).
const FIRST_DYNAMIC_PORT: u16 = 32768;

/// How long a container in the background may sleep before it is taken to run on, in seconds.
const DETACHED_SLEEP: f64 = 9.0;
/// How often a container may sleep before it is taken to run on.
const MAX_SLEEPS: u32 = 20;

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
        if let Some(name) = &name {
            let valid = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
            if name.len() < 2 || !name.starts_with(|c: char| c.is_ascii_alphanumeric()) || !name.chars().all(valid) {
                let error = format!(
                    "Error response from daemon: Invalid container name ({name}), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed"
                );
                return refuse(shell, error);
            }
        }
        let mut store = self.lock();
        let known = name.as_ref().and_then(|name| store.containers.values().find(|one| one.name == *name));
        if let Some(existing) = known {
            let error = format!(
                "Error response from daemon: Conflict. The container name \"/{}\" is already in use by container \"{}\". You have to remove (or rename) that container to be able to reuse that name.",
                existing.name, existing.id
            );
            drop(store);
            return refuse(shell, error);
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
        for mount in &mounts {
            if let MountSource::Volume(name) = &mount.source
                && !store.volumes.contains_key(name)
            {
                // A new volume begins with what the image has there.
                let content = crate::host::subtree(&image.tree, &mount.target);
                store.volumes.insert(name.clone(), content);
            }
        }
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
        let seconds = if detached { DETACHED_SLEEP } else { f64::MAX };
        let sleep_limit = Some(SleepLimit { seconds, times: MAX_SLEEPS });
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
        // A shell that nobody is attached to waits; a server goes on; of other programs that is taken to be so where the
        // container is started to stay.
        container.keeps_running =
            matches!(fate, Fate::RunsOn | Fate::Opened) || fate == Fate::NotKnown && (detached || exposes);
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

    /// `docker attach`.
    pub(super) fn attach(&mut self, shell: &mut Shell, call: &Call<'_>) -> i32 {
        let name = call.words.operand();
        let number = match self.container_or_error(shell, name, "Error: ") {
            Ok(number) => number,
            Err(status) => return status,
        };
        let known = self.lock().containers.get(&number).cloned();
        match known {
            Some(container) if container.state == State::Running => self.attach_to(shell, number, &container),
            Some(container) if container.state == State::Paused => {
                shell.err("You cannot attach to a paused container, unpause it first\n");
            }
            _ => {
                shell.err("You cannot attach to a stopped container, start it first\n");
                return 1;
            }
        }
        0
    }

    /// Goes on in the shell that waits in a running container.
    pub(super) fn attach_to(&self, shell: &mut Shell, number: u64, container: &Container) {
        match container.waiting.clone() {
            Some(opened) => {
                let mut store = self.lock();
                if let Some(kept) = store.containers.get_mut(&number) {
                    kept.waiting = None;
                }
                store.opening = Some(Opening { container: number, opened, is_exec: false });
            }
            None => note(shell, "container-keeps-running", container.name.clone()),
        }
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

/// Why the ports of a container cannot be published: another container that is up has one of them.
fn port_conflict(store: &Store, container: &Container) -> Option<String> {
    let others = || store.containers.values().filter(|one| one.state.is_up() && one.id != container.id);
    let taken = container.ports.iter().find(|port| {
        let same = |other: &PublishedPort| other.host == port.host && other.protocol == port.protocol;
        others().flat_map(|one| &one.ports).any(|other| {
            same(other) && (other.address == port.address || other.address.is_empty() || port.address.is_empty())
        })
    })?;
    let address = if taken.address.is_empty() { "0.0.0.0" } else { &taken.address };
    Some(format!(
        "driver failed programming external connectivity on endpoint {} ({}): Bind for {address}:{} failed: port is already allocated",
        container.name, container.id, taken.host
    ))
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

/// Reads `[[ADDRESS:]HOST:]CONTAINER[/PROTOCOL]`, with ranges; a host port of 0 is to be chosen.
///
/// # Errors
/// Docker's message.
fn read_port(text: &str) -> Result<Vec<PublishedPort>, String> {
    let (numbers, protocol) = text.split_once('/').unwrap_or((text, "tcp"));
    if !matches!(protocol, "tcp" | "udp" | "sctp") {
        return Err(format!("invalid proto: {protocol}"));
    }
    let mut parts: Vec<&str> = numbers.rsplitn(3, ':').collect();
    parts.reverse();
    let (address, host, container) = match parts.as_slice() {
        [container] => ("", "", *container),
        [host, container] => ("", *host, *container),
        [address, host, container] => (*address, *host, *container),
        _ => ("", "", numbers),
    };
    let range = |text: &str| -> Option<(u16, u16)> {
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        let (first, last) = (first.parse().ok()?, last.parse().ok()?);
        (first <= last).then_some((first, last))
    };
    if container.is_empty() {
        return Err(format!("no port specified: {text}<empty>"));
    }
    let (first, last) = range(container).ok_or_else(|| format!("invalid containerPort: {container}"))?;
    let host = match host {
        "" => None,
        host => Some(range(host).ok_or_else(|| format!("invalid hostPort: {host}"))?),
    };
    if host.is_some_and(|(low, high)| high - low != last - first) {
        return Err(format!(
            "invalid ranges specified for container and host Ports: {container} and {}",
            parts.get(parts.len().saturating_sub(2)).unwrap_or(&"")
        ));
    }
    let address = address.trim_matches(['[', ']']).to_string();
    let one = |number: u16| PublishedPort {
        address: address.clone(),
        host: host.map_or(0, |(low, _)| low.saturating_add(number - first)),
        container: number,
        protocol: protocol.to_string(),
    };
    Ok((first..=last).take(1024).map(one).collect())
}

/// The mounts of `-v SOURCE:TARGET[:ro]`. A path of the host is relative to the working directory; a volume without a name
/// belongs to the container alone, as its own files do.
///
/// # Errors
/// The daemon's message (asked of 20.10.24).
fn mounts<'a>(shell: &mut Shell, all: impl Iterator<Item = &'a str>, major: u32) -> Result<Vec<Mount>, String> {
    const OPTIONS: [&str; 16] = [
        "cached",
        "consistent",
        "delegated",
        "nocopy",
        "private",
        "ro",
        "rprivate",
        "rshared",
        "rslave",
        "rw",
        "shared",
        "slave",
        "z",
        "Z",
        "ro-non-recursive",
        "ro-force-recursive",
    ];
    let mut mounts = Vec::new();
    for text in all {
        let parts: Vec<&str> = text.split(':').collect();
        let (source, target, options) = match parts.as_slice() {
            [_] | [] => continue,
            [source, target] => (*source, *target, ""),
            [source, target, options] => (*source, *target, *options),
            _ => return Err(format!("invalid volume specification: '{text}'")),
        };
        if source.is_empty() && target.is_empty() {
            continue;
        }
        if let Some(wrong) = options.split(',').find(|option| !option.is_empty() && !OPTIONS.contains(option)) {
            return Err(format!("invalid mode: {wrong}"));
        }
        let is_path = source.starts_with(['/', '.', '~']);
        let kind = if is_path { "bind" } else { "volume" };
        let start = format!("invalid volume specification: '{text}': invalid mount config for type \"{kind}\": ");
        if !target.starts_with('/') {
            return Err(format!("{start}invalid mount path: '{target}' mount path must be absolute"));
        }
        let target = path::join("/", target);
        if target == "/" {
            return Err(format!("{start}invalid specification: destination can't be '/'"));
        }
        let valid = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
        let is_name = source.starts_with(|c: char| c.is_ascii_alphanumeric()) && source.chars().all(valid);
        // The client makes a path of what begins with a dot since 23.0.
        let is_refused = if is_path { major < 23 && source.starts_with('.') } else { !is_name };
        if is_refused {
            return Err(format!(
                "create {source}: \"{source}\" includes invalid characters for a local volume name, only \"[a-zA-Z0-9][a-zA-Z0-9_.-]\" are allowed. If you intended to pass a host directory, use absolute path"
            ));
        }
        let source = if is_path {
            let place = path::join(&shell.cwd, source);
            if shell.fs.stat("/", &place).is_err() {
                // The engine makes a folder of a path that is not there.
                let _ = shell.fs.mkdir_all(&place, 0o755, 0, 0);
            }
            MountSource::Host(shell.fs.resolve("/", &place, true).unwrap_or(place))
        } else {
            MountSource::Volume(source.to_string())
        };
        let read_only = options.split(',').any(|option| option == "ro");
        mounts.push(Mount { source, target, read_only });
    }
    Ok(mounts)
}

/// Whether a command is an interpreter or a client that reads what a person types.
fn waits_for_input(command: &[String]) -> bool {
    const PROGRAMS: [&str; 18] = [
        "R",
        "elixir",
        "erl",
        "ghci",
        "iex",
        "irb",
        "jshell",
        "julia",
        "lua",
        "mongosh",
        "mysql",
        "node",
        "perl",
        "psql",
        "pypy3",
        "redis-cli",
        "scala",
        "swipl",
    ];
    let last = command.last().map_or("", |word| path::file_name(word));
    PROGRAMS.contains(&last) || last.starts_with("python")
}
