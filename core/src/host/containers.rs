//! The containers of a simulated host.

use crate::fs::Tree;
use crate::image::{Config, Image};
use crate::shell::{OpenedShell, Stream};
use std::sync::Arc;

/// The longest log that is kept, in bytes.
const MAX_LOG: usize = 1 << 20;

/// What a container does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Created,
    Running,
    Paused,
    /// It ended with an exit code.
    Exited(i32),
}

impl State {
    /// The value of `{{.State}}` in `docker ps`.
    pub(super) fn name(self) -> &'static str {
        match self {
            State::Created => "created",
            State::Running => "running",
            State::Paused => "paused",
            State::Exited(_) => "exited",
        }
    }

    /// The column STATUS. There is no clock, so no time stands in it.
    pub(super) fn status(self) -> String {
        match self {
            State::Created => "Created".into(),
            State::Running => "Up".into(),
            State::Paused => "Up (Paused)".into(),
            State::Exited(code) => format!("Exited ({code})"),
        }
    }

    pub(super) fn is_up(self) -> bool {
        matches!(self, State::Running | State::Paused)
    }

    pub(super) fn exit_code(self) -> i32 {
        match self {
            State::Exited(code) => code,
            _ => 0,
        }
    }
}

/// A port of a container that is published on the host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PublishedPort {
    /// The host's address; empty for all.
    pub(super) address: String,
    pub(super) host: u16,
    pub(super) container: u16,
    pub(super) protocol: String,
}

/// Where the files of a mount come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum MountSource {
    /// A file or folder of the host.
    Host(String),
    /// A volume, by name.
    Volume(String),
}

/// A mount of a container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mount {
    pub(super) source: MountSource,
    pub(super) target: String,
    pub(super) read_only: bool,
}

/// A container.
#[derive(Clone, Debug)]
pub(super) struct Container {
    pub(super) id: String,
    pub(super) name: String,
    /// The image name as given on the command line.
    pub(super) reference: String,
    pub(super) image: Arc<Image>,
    /// The configuration of the image with what the command line changes.
    pub(super) config: Config,
    /// The command that replaces the image's CMD.
    pub(super) args: Vec<String>,
    pub(super) hostname: String,
    /// The files of the image.
    pub(super) lower: Tree,
    /// The files of the container, without those of mounts.
    pub(super) tree: Tree,
    pub(super) state: State,
    pub(super) log: Vec<(Stream, Vec<u8>)>,
    /// Whether all that it printed is in the log.
    pub(super) log_known: bool,
    pub(super) ports: Vec<PublishedPort>,
    pub(super) mounts: Vec<Mount>,
    /// `--rm`.
    pub(super) auto_remove: bool,
    pub(super) tty: bool,
    pub(super) open_stdin: bool,
    /// The shell that waits at its terminal while nobody is attached.
    pub(super) waiting: Option<OpenedShell>,
    /// The last number of its address in the network 172.17.0.0/16; 0 before it started.
    pub(super) address: u16,
    /// Whether the process has ended, as far as is known, or goes on by itself.
    pub(super) keeps_running: bool,
}

impl Container {
    /// The first twelve digits of the id.
    pub(super) fn short_id(&self) -> &str {
        self.id.get(..12).unwrap_or(&self.id)
    }

    /// The program and its arguments.
    pub(super) fn command(&self) -> Vec<String> {
        let args = if self.args.is_empty() { self.config.cmd.clone().unwrap_or_default() } else { self.args.clone() };
        self.config.entrypoint.clone().unwrap_or_default().into_iter().chain(args).collect()
    }

    /// An image of its files and configuration, to start a process in.
    pub(super) fn as_image(&self, tree: Tree, config: Config) -> Image {
        let image = &self.image;
        Image {
            id: image.id.clone(),
            layers: image.layers.clone(),
            config,
            history: image.history.clone(),
            tree,
            base: image.base.clone(),
        }
    }

    pub(super) fn add_to_log(&mut self, output: &[(Stream, Vec<u8>)]) {
        let mut size: usize = self.log.iter().map(|(_, bytes)| bytes.len()).sum();
        for (stream, bytes) in output {
            size += bytes.len();
            if size > MAX_LOG {
                self.log_known = false;
                return;
            }
            self.log.push((*stream, bytes.clone()));
        }
    }

    /// The ports as `docker ps` lists them; engines before 20.10 publish on one address only.
    pub(super) fn ports_text(&self, major: u32) -> String {
        if !self.state.is_up() {
            return String::new();
        }
        let mut parts = Vec::new();
        for port in &self.ports {
            for address in port.addresses(major) {
                parts.push(format!("{address}:{}->{}/{}", port.host, port.container, port.protocol));
            }
        }
        let is_published =
            |exposed: &str| self.ports.iter().any(|port| exposed == format!("{}/{}", port.container, port.protocol));
        let exposed = self.config.exposed_ports.iter().filter(|exposed| !is_published(exposed)).cloned();
        exposed.chain(parts).collect::<Vec<_>>().join(", ")
    }
}

impl PublishedPort {
    /// The addresses on which the host listens.
    pub(super) fn addresses(&self, major: u32) -> Vec<&str> {
        match self.address.as_str() {
            "" if major < 20 => vec!["0.0.0.0"],
            // The client writes IPv6 addresses in brackets since 25.0.
            "" if major < 25 => vec!["0.0.0.0", "::"],
            "" => vec!["0.0.0.0", "[::]"],
            address => vec![address],
        }
    }
}
