//! `stageplay serve`: runs the server.

mod limits;
mod shutdown;

pub(crate) use limits::LimitArgs;

use super::usage_error::UsageError;
use clap::Args;
use stageplay::engine::{EngineAddress, Isolation, Policy, Tls};
use stageplay::random_id::random_id;
use stageplay::server::{self, AllowedHosts, App, QueueLimits, Settings};
use stageplay_core::image::Reference;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use tokio::net::TcpListener;

#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// The address to listen on. The default is reachable from this machine only; read docs/operating.md before you
    /// choose another
    #[arg(long, default_value = "127.0.0.1:8080", value_name = "ADDRESS:PORT")]
    listen: SocketAddr,
    #[command(flatten)]
    engine: EngineArgs,
    #[command(flatten)]
    isolation: IsolationArgs,
    #[command(flatten)]
    limits: LimitArgs,
    /// A host name that requests may use, in addition to the addresses of the server; may be repeated
    #[arg(long = "host", value_name = "NAME", value_parser = parse_host)]
    hosts: Vec<String>,
    /// The token of the API [default: a new one at each start]
    #[arg(long, value_name = "TOKEN", env = "STAGEPLAY_TOKEN", hide_env_values = true)]
    token: Option<String>,
    /// How many builds run at the same time
    #[arg(long, value_name = "COUNT", default_value_t = 2, value_parser = clap::value_parser!(u16).range(1..=64))]
    concurrency: u16,
    /// How many builds may wait
    #[arg(long, value_name = "COUNT", default_value_t = 100, value_parser = parse_waiting)]
    queue: usize,
    /// How many builds of one client may wait
    #[arg(long, value_name = "COUNT", default_value_t = 10, value_parser = parse_waiting)]
    queue_per_client: usize,
    /// Rate limit: how many builds one client may request per minute
    #[arg(long, value_name = "COUNT", default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..))]
    rate: u32,
    /// The server is behind a proxy: take the address of the client from X-Forwarded-For
    #[arg(long)]
    behind_proxy: bool,
    /// Allow clients to download images
    #[arg(long)]
    allow_download: bool,
    /// Allow other machines to build on a Docker or Podman engine. Such an engine does not limit all resources of a
    /// build, and builds share its images and its cache: a client can overload this machine and may read what is on
    /// the engine. --build-daemon and buildkit:// do not need this option
    #[arg(long)]
    accept_unbounded_builds: bool,
    /// The folder for the journal and for temporary files [default: a folder for this address below
    /// $XDG_STATE_HOME/stageplay or ~/.local/state/stageplay]
    #[arg(long, value_name = "DIR")]
    state: Option<PathBuf>,
    /// No other user can reach the folder of --state, as in a container: do not check who may write to it and to the
    /// folders above it
    #[arg(long)]
    state_is_private: bool,
    /// Serve the page from this folder instead of the page in the program
    #[arg(long, value_name = "DIR")]
    page: Option<PathBuf>,
    /// Write logs as JSON, one object per line
    #[arg(long)]
    log_json: bool,
    /// Open the page in a browser
    #[arg(long)]
    open: bool,
}

/// The address of the engine.
#[derive(Debug, Args)]
pub(crate) struct EngineArgs {
    /// The container engine: auto (the first local engine that answers), none, unix:///PATH, docker:///PATH,
    /// tcp://HOST:PORT or buildkit://HOST:PORT[,HOST:PORT…]
    #[arg(long, default_value = "auto", value_name = "ADDRESS")]
    pub(crate) engine: String,
    /// The certificate of the authority that signed the engine's certificate (PEM)
    #[arg(long, value_name = "FILE")]
    tls_ca: Option<PathBuf>,
    /// The client certificate for the engine (PEM)
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// The private key of the client certificate (PEM)
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
}

impl EngineArgs {
    pub(crate) fn address(&self) -> Result<EngineAddress, UsageError> {
        let tls = Tls { ca: self.tls_ca.clone(), cert: self.tls_cert.clone(), key: self.tls_key.clone() };
        EngineAddress::parse(&self.engine, tls)
    }
}

/// How builds are isolated from each other.
#[derive(Debug, Args)]
struct IsolationArgs {
    /// Isolate builds: start a BuildKit daemon for each build, from this image of the Docker engine, such as
    /// moby/buildkit:rootless. The daemon has no network, and all resources of a build are limited
    #[arg(long, value_name = "IMAGE")]
    build_daemon: Option<String>,
    /// With --build-daemon: an image of the engine that builds may use as a base image, by name, tag or digest. It is
    /// looked up once, when the server starts. May be repeated
    #[arg(long = "base-image", value_name = "NAME", requires = "build_daemon")]
    base_images: Vec<String>,
    /// A folder with archives of base images that builds in BuildKit daemons may use: uncompressed tars of docker
    /// save, and OCI layouts
    #[arg(long = "base-images", value_name = "DIR")]
    base_image_folder: Option<PathBuf>,
    /// The daemons of --engine buildkit:// are build workers (stageplay build-worker), which take one build at a time
    #[arg(long)]
    build_workers: bool,
}

impl IsolationArgs {
    fn isolation(&self, address: &EngineAddress, limits: &LimitArgs, state: &Path) -> Result<Isolation, UsageError> {
        let (on_docker, on_buildkit) =
            (matches!(address, EngineAddress::Docker(_)), matches!(address, EngineAddress::Buildkit(..)));
        if self.build_daemon.is_some() && !on_docker {
            return Err("--build-daemon: the daemons run on a Docker engine; give its address with --engine".into());
        }
        if self.build_daemon.is_some() && (limits.allow_network || !limits.registries.is_empty()) {
            return Err("--build-daemon: isolated builds have no network, and use only the images of --base-image and --base-images; remove --allow-network and --allow-registry".into());
        }
        if self.base_image_folder.is_some() && self.build_daemon.is_none() && !on_buildkit {
            return Err(
                "--base-images: this option needs --build-daemon, or BuildKit daemons with --engine buildkit://HOST:PORT"
                    .into(),
            );
        }
        let own_folder = state.join("base-images").canonicalize().ok();
        if let Some(folder) = &self.base_image_folder
            && own_folder.is_some_and(|own| folder.canonicalize().is_ok_and(|given| given == own))
        {
            return Err(format!(
                "--base-images {}: the server keeps its own files in this folder below --state; give another one",
                folder.display()
            ));
        }
        if on_buildkit && !limits.registries.is_empty() {
            return Err("--allow-registry: BuildKit daemons get their base images from this server; give a folder with --base-images".into());
        }
        if self.build_workers && !on_buildkit {
            return Err(
                "--build-workers: give the addresses of the workers with --engine buildkit://HOST:PORT[,HOST:PORT…]"
                    .into(),
            );
        }
        let images = self
            .base_images
            .iter()
            .map(|name| Reference::parse(name).map_err(|error| format!("--base-image {name}: {error}")));
        let images = images.collect::<Result<_, _>>()?;
        let mut isolation =
            Isolation::new(self.build_daemon.clone(), images, self.base_image_folder.clone(), state.to_path_buf());
        isolation.workers = self.build_workers;
        Ok(isolation)
    }
}

/// Parses a host name, without a port.
fn parse_host(text: &str) -> Result<String, String> {
    let is_part =
        |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    match text.trim_end_matches('.').split('.').all(is_part) {
        true => Ok(text.to_ascii_lowercase()),
        false => Err("expected a host name without a port, such as builds.example.org".into()),
    }
}

/// Parses a number of builds that may wait. Each build waits for a moment, so with none nobody could build.
fn parse_waiting(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) | Err(_) => Err("expected a number from 1".into()),
        Ok(count) => Ok(count),
    }
}

/// The default of `--state`: `$XDG_STATE_HOME/stageplay` or `~/.local/state/stageplay`. Without a home it is a folder of
/// this user below the folder for temporary files.
fn default_state_folder() -> PathBuf {
    let absolute = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    match absolute("XDG_STATE_HOME").or_else(|| Some(absolute("HOME")?.join(".local/state"))) {
        Some(folder) => folder.join("stageplay"),
        None => std::env::temp_dir().join(format!("stageplay-{}", rustix::process::geteuid().as_raw())),
    }
}

impl Serve {
    pub(crate) fn run(self) -> Result<u8, UsageError> {
        let filter =
            tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| "info,bollard=warn".into());
        let logs = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
        match self.log_json {
            true => logs.json().init(),
            false => logs.init(),
        }
        let token = match &self.token {
            Some(token)
                if token.len() < 16 || !token.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c)) =>
            {
                return Err("--token: expected at least 16 characters; letters, digits, dots, dashes and underscores are allowed".into());
            }
            Some(token) => token.clone(),
            None => random_id(),
        };
        if let Some(page) = self.page.as_ref().filter(|page| !page.join("index.html").is_file()) {
            return Err(format!("--page {}: the folder has no index.html", page.display()));
        }
        let loopback = self.listen.ip().is_loopback();
        let address = self.engine.address()?;
        let shares_engine = matches!(address, EngineAddress::Docker(_)) && self.isolation.build_daemon.is_none();
        if !loopback && shares_engine && !self.accept_unbounded_builds {
            return Err(format!(
                "--listen {}: other machines could build on a Docker or Podman engine, which does not limit all resources of a build. Listen on 127.0.0.1, isolate builds with --build-daemon, use BuildKit daemons with --engine buildkit://HOST:PORT (see deploy/), disable builds with --engine none, or accept the risk with --accept-unbounded-builds",
                self.listen
            ));
        }
        // Each address has its own folder, so that several servers can run on one machine.
        let state = self
            .state
            .clone()
            .unwrap_or_else(|| default_state_folder().join(self.listen.to_string().replace([':', '[', ']'], "-")));
        let settings = Settings {
            isolation: self.isolation.isolation(&address, &self.limits, &state)?,
            address,
            hosts: AllowedHosts { names: self.hosts.clone(), loopback_only: loopback },
            token,
            policy: Policy { download: self.allow_download, ..self.limits.policy() },
            queue: QueueLimits {
                concurrency: usize::from(self.concurrency),
                waiting: self.queue,
                waiting_per_client: self.queue_per_client,
                requests_per_minute: self.rate,
            },
            state,
            state_is_private: self.state_is_private,
            page: self.page.clone(),
            behind_proxy: self.behind_proxy,
        };
        let runtime = tokio::runtime::Runtime::new().map_err(|error| format!("cannot start: {error}"))?;
        let ended = runtime.block_on(self.listen_and_serve(settings));
        // Blocking work that cannot be stopped may continue; it ends with the process.
        runtime.shutdown_background();
        ended
    }

    async fn listen_and_serve(&self, settings: Settings) -> Result<u8, UsageError> {
        let stop = shutdown::cancel_on_signal().map_err(|error| format!("cannot wait for signals: {error}"))?;
        let listener = TcpListener::bind(self.listen).await.map_err(|error| {
            format!("cannot listen on {}: {error}; choose another address with --listen", self.listen)
        })?;
        let address = listener.local_addr().map_err(|error| error.to_string())?;
        let (token, loopback) = (settings.token.clone(), settings.hosts.loopback_only);
        let app = App::new(settings).await?;
        let shown =
            if address.ip().is_unspecified() { format!("localhost:{}", address.port()) } else { address.to_string() };
        println!("Stageplay is at http://{shown}   (Ctrl+C stops it)");
        println!("token of the API: {token}");
        println!("engine: {}", app.engine_line().await);
        if !loopback {
            println!("other machines can reach this server: read docs/operating.md");
        }
        if self.open {
            let opener = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
            if std::process::Command::new(opener).arg(format!("http://{shown}")).spawn().is_err() {
                println!("(cannot open a browser; open the address yourself)");
            }
        }
        server::serve(listener, app, stop.cancelled_owned()).await.map_err(|error| error.to_string())?;
        Ok(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_that_cannot_work_are_refused() {
        #[derive(clap::Parser)]
        struct Command {
            #[command(flatten)]
            serve: Serve,
        }
        let parse = |option: &str, value: &str| <Command as clap::Parser>::try_parse_from(["serve", option, value]);
        for option in ["--build-time", "--run-time", "--keep-cache"] {
            assert!(parse(option, "31536000").is_ok() && parse(option, &u64::MAX.to_string()).is_err(), "{option}");
        }
        for option in ["--queue", "--queue-per-client"] {
            assert!(
                parse(option, "1").is_ok() && parse(option, "0").is_err() && parse(option, "-1").is_err(),
                "{option}"
            );
        }
        assert!(parse("--processes", "1000000").is_ok() && parse("--processes", "1000001").is_err());
        assert_eq!(parse("--host", "Builds.Example.org").map(|command| command.serve.hosts).ok().unwrap().len(), 1);
        for bad in ["", "*", "builds.example:8080", "https://builds.example", "a b"] {
            assert!(parse("--host", bad).is_err(), "{bad:?}");
        }
    }
}
