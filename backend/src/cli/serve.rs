//! `stageplay serve`.

use super::Usage;
use clap::Args;
use stageplay::engine::{Address, Isolation, Policy, Tls};
use stageplay::server::{self, App, Bounds, Hosts, Settings};
use stageplay_core::image::Reference;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// How long the server may take to stop builds and to remove what they made.
const STOP_TIME: Duration = Duration::from_secs(15);

#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// Where to listen. Other machines reach it only if you say so here; read the operator's page first.
    #[arg(long, default_value = "127.0.0.1:8080", value_name = "ADDRESS:PORT")]
    listen: SocketAddr,
    #[command(flatten)]
    engine: EngineArgs,
    #[command(flatten)]
    isolation: IsolationArgs,
    #[command(flatten)]
    limits: Limits,
    /// A name under which it may be asked, beside its addresses; may be given several times.
    #[arg(long = "host", value_name = "NAME")]
    hosts: Vec<String>,
    /// The token of the API. [default: a new one at each start]
    #[arg(long, env = "STAGEPLAY_TOKEN", hide_env_values = true)]
    token: Option<String>,
    /// Builds at once.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u16).range(1..=64))]
    concurrency: u16,
    /// Builds that may wait.
    #[arg(long, default_value_t = 100)]
    queue: usize,
    /// Builds of one client that may wait.
    #[arg(long, default_value_t = 10)]
    queue_per_client: usize,
    /// Builds that one client may ask for in a minute.
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..))]
    rate: u32,
    /// A proxy in front tells who asks, by X-Forwarded-For.
    #[arg(long)]
    behind_proxy: bool,
    /// Images can be downloaded.
    #[arg(long)]
    allow_download: bool,
    /// Let other machines ask for builds on a Docker or Podman engine. Such an engine does not bound all that a
    /// build costs, and builds share its images and its cache: whoever can ask can take this machine down and may
    /// read what is on the engine. A daemon of buildkit:// needs no such permission.
    #[arg(long)]
    accept_unbounded_builds: bool,
    /// Where the journal of what is on the engine is kept. [default: a folder of yours]
    #[arg(long, value_name = "DIR")]
    state: Option<PathBuf>,
    /// A built page, in place of the one in the program.
    #[arg(long, value_name = "DIR")]
    page: Option<PathBuf>,
    /// Logs as JSON, one object a line.
    #[arg(long)]
    log_json: bool,
    /// Open a browser.
    #[arg(long)]
    open: bool,
}

/// Where an engine is.
#[derive(Debug, Args)]
pub(crate) struct EngineArgs {
    /// auto, none, unix:///PATH, docker:///PATH, tcp://HOST:PORT or buildkit://HOST:PORT[,HOST:PORT…].
    #[arg(long, default_value = "auto", value_name = "WHERE")]
    pub(crate) engine: String,
    /// The authority that signed the engine's certificate, PEM.
    #[arg(long, value_name = "FILE")]
    tls_ca: Option<PathBuf>,
    /// Our certificate for the engine, PEM.
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// Its key, PEM.
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
}

impl EngineArgs {
    pub(crate) fn address(&self) -> Result<Address, Usage> {
        let tls = Tls { ca: self.tls_ca.clone(), cert: self.tls_cert.clone(), key: self.tls_key.clone() };
        Address::parse(&self.engine, tls)
    }
}

/// How builds of strangers are kept apart.
#[derive(Debug, Args)]
struct IsolationArgs {
    /// Give each build a BuildKit daemon of its own, started on the Docker engine from this image of the
    /// engine, such as moby/buildkit:rootless. It has no network, and all that a build takes is bounded.
    #[arg(long, value_name = "IMAGE")]
    build_daemon: Option<String>,
    /// An image of the engine that builds may use, by name, tag or digest; may be given several times.
    /// What the name means is looked up once, at the start.
    #[arg(long = "base-image", value_name = "NAME", requires = "build_daemon")]
    base_images: Vec<String>,
    /// A folder with more images that builds may use: tars of docker save, and OCI layouts, not packed.
    #[arg(long = "base-images", value_name = "DIR")]
    archives: Option<PathBuf>,
    /// The daemons of buildkit:// are build workers (stageplay build-worker): each takes one build at a time.
    #[arg(long)]
    build_workers: bool,
}

impl IsolationArgs {
    fn isolation(&self, address: &Address, limits: &Limits, state: &Path) -> Result<Isolation, Usage> {
        let (on_docker, on_buildkit) =
            (matches!(address, Address::Docker(_)), matches!(address, Address::Buildkit(..)));
        if self.build_daemon.is_some() && !on_docker {
            return Err("--build-daemon: daemons are started on a Docker engine; name one with --engine".into());
        }
        if self.build_daemon.is_some() && (limits.allow_network || !limits.registries.is_empty()) {
            return Err("--build-daemon: builds have no network there, and base images are those of --base-image and --base-images; leave --allow-network and --allow-registry out".into());
        }
        if self.archives.is_some() && self.build_daemon.is_none() && !on_buildkit {
            return Err(
                "--base-images: they are for BuildKit daemons; give --build-daemon, or name daemons with --engine"
                    .into(),
            );
        }
        if on_buildkit && !limits.registries.is_empty() {
            return Err("--allow-registry: BuildKit daemons get their base images from this server; name a folder of them with --base-images".into());
        }
        if self.build_workers && !on_buildkit {
            return Err("--build-workers: name them with --engine buildkit://HOST:PORT[,HOST:PORT…]".into());
        }
        let images = self
            .base_images
            .iter()
            .map(|name| Reference::parse(name).map_err(|error| format!("--base-image {name}: {error}")));
        let images = images.collect::<Result<_, _>>()?;
        let mut isolation =
            Isolation::new(self.build_daemon.clone(), images, self.archives.clone(), state.to_path_buf());
        isolation.workers = self.build_workers;
        Ok(isolation)
    }
}

/// What builds and starts may use.
#[derive(Debug, Args)]
pub(crate) struct Limits {
    /// Memory of a RUN step (classic builder) and of the started program.
    #[arg(long, default_value = "1GiB", value_parser = bytes, value_name = "SIZE")]
    memory: u64,
    /// Processors of the same.
    #[arg(long, default_value_t = 1.0, value_parser = processors)]
    cpus: f64,
    /// Processes of the same.
    #[arg(long, default_value_t = 256, value_parser = clap::value_parser!(u32).range(1..))]
    processes: u32,
    /// What a build may write, and its image.
    #[arg(long, default_value = "2GiB", value_parser = bytes, value_name = "SIZE")]
    disk: u64,
    /// Output of a build that is kept.
    #[arg(long, default_value = "1MiB", value_parser = bytes, value_name = "SIZE")]
    log: u64,
    /// Seconds for a build.
    #[arg(long, default_value_t = 600, value_parser = clap::value_parser!(u64).range(1..))]
    build_time: u64,
    /// Seconds after which a program that goes on is stopped.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..))]
    run_time: u64,
    /// Files sent with a build, together.
    #[arg(long, default_value = "256MiB", value_parser = bytes, value_name = "SIZE")]
    context: u64,
    /// Their number.
    #[arg(long, default_value_t = 20_000)]
    files: usize,
    /// Builds and started programs have a network.
    #[arg(long)]
    allow_network: bool,
    /// A registry that base images may come from, such as docker.io; may be given several times, * is all.
    #[arg(long = "allow-registry", value_name = "HOST")]
    registries: Vec<String>,
    /// Start images as the user that they name, also if that is root.
    #[arg(long)]
    image_user: bool,
    /// Seconds that BuildKit's cache stays after its last use, that of other builds on the same engine
    /// too. [default: the engine's own rules]
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..))]
    keep_cache: Option<u64>,
}

impl Limits {
    pub(crate) fn policy(&self) -> Policy {
        Policy {
            bounded: true,
            memory: self.memory.max(6 << 20),
            cpus: self.cpus,
            processes: self.processes,
            disk: self.disk,
            log: usize::try_from(self.log).unwrap_or(usize::MAX),
            build_time: Duration::from_secs(self.build_time),
            run_time: Duration::from_secs(self.run_time),
            context: self.context,
            files: self.files,
            network: self.allow_network,
            registries: self.registries.clone(),
            download: false,
            image_user: self.image_user,
            keep_cache: self.keep_cache.map(Duration::from_secs),
        }
    }
}

/// `512`, `64k`, `1GiB`, `1.5 GB`: powers of 1024 but for kB, MB and GB.
fn bytes(text: &str) -> Result<u64, String> {
    let text = text.trim();
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let number: f64 = text[..end].parse().map_err(|_| "expected a size, such as 512MiB".to_string())?;
    let unit = match text[end..].trim() {
        "" | "B" | "b" => 1u64,
        "k" | "K" | "KiB" => 1 << 10,
        "m" | "M" | "MiB" => 1 << 20,
        "g" | "G" | "GiB" => 1 << 30,
        "kB" => 1_000,
        "MB" => 1_000_000,
        "GB" => 1_000_000_000,
        other => return Err(format!("unknown unit {other:?}; expected k, M, G, KiB, MiB, GiB, kB, MB or GB")),
    };
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        clippy::cast_sign_loss,
        reason = "checked below"
    )]
    let bytes = (number * unit as f64) as u64;
    if bytes == 0 || bytes > 1 << 46 {
        return Err("expected a size from 1 byte to 64 TiB".into());
    }
    Ok(bytes)
}

fn processors(text: &str) -> Result<f64, String> {
    let number: f64 = text.parse().map_err(|_| "expected a number of processors, such as 1.5".to_string())?;
    if (0.01..=1_024.0).contains(&number) { Ok(number) } else { Err("expected 0.01 to 1024".into()) }
}

/// `$XDG_STATE_HOME/stageplay`, or where that usually is.
fn state_folder() -> PathBuf {
    let named = std::env::var_os("XDG_STATE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let home = std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".local/state"));
    named.or(home).unwrap_or_else(std::env::temp_dir).join("stageplay")
}

impl Serve {
    pub(crate) fn run(self) -> Result<u8, Usage> {
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
                return Err("--token: expected at least 16 letters, digits, dots, dashes and underscores".into());
            }
            Some(token) => token.clone(),
            None => server::new_id(),
        };
        if let Some(page) = self.page.as_ref().filter(|page| !page.join("index.html").is_file()) {
            return Err(format!("--page {}: there is no index.html in it", page.display()));
        }
        let loopback = self.listen.ip().is_loopback();
        let address = self.engine.address()?;
        let shares_engine = matches!(address, Address::Docker(_)) && self.isolation.build_daemon.is_none();
        if !loopback && shares_engine && !self.accept_unbounded_builds {
            return Err(format!(
                "--listen {}: other machines could ask for builds on a Docker or Podman engine, which does not bound all that a build costs. Listen on 127.0.0.1, give each build a daemon of its own with --build-daemon, use daemons with --engine buildkit://HOST:PORT (see deploy/), switch builds off with --engine none, or accept it with --accept-unbounded-builds",
                self.listen
            ));
        }
        // One journal for each address: two servers on one machine keep theirs apart.
        let state = self
            .state
            .clone()
            .unwrap_or_else(|| state_folder().join(self.listen.to_string().replace([':', '[', ']'], "-")));
        let settings = Settings {
            isolation: self.isolation.isolation(&address, &self.limits, &state)?,
            address,
            hosts: Hosts { named: self.hosts.iter().map(|name| name.to_ascii_lowercase()).collect(), loopback },
            token,
            policy: Policy { download: self.allow_download, ..self.limits.policy() },
            bounds: Bounds {
                concurrency: usize::from(self.concurrency),
                waiting: self.queue,
                of_one: self.queue_per_client,
                rate: self.rate,
            },
            state,
            page: self.page.clone(),
            behind_proxy: self.behind_proxy,
        };
        let runtime = tokio::runtime::Runtime::new().map_err(|error| format!("cannot start: {error}"))?;
        let ended = runtime.block_on(self.listens(settings));
        // Work that cannot be stopped may go on in its threads: it ends with the process.
        runtime.shutdown_background();
        ended
    }

    async fn listens(&self, settings: Settings) -> Result<u8, Usage> {
        let stop = signalled().map_err(|error| format!("cannot wait for signals: {error}"))?;
        let listener = TcpListener::bind(self.listen)
            .await
            .map_err(|error| format!("cannot listen on {}: {error}; choose another with --listen", self.listen))?;
        let address = listener.local_addr().map_err(|error| error.to_string())?;
        let (token, loopback) = (settings.token.clone(), settings.hosts.loopback);
        let app = App::new(settings).await?;
        let shown =
            if address.ip().is_unspecified() { format!("localhost:{}", address.port()) } else { address.to_string() };
        println!("Stageplay is at http://{shown}   (Ctrl+C stops it)");
        println!("token of the API: {token}");
        println!("engine: {}", app.engine_line().await);
        if !loopback {
            println!("other machines can reach this: see docs/operating.md for what that takes");
        }
        if self.open {
            let opener = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
            if std::process::Command::new(opener).arg(format!("http://{shown}")).spawn().is_err() {
                println!("(no browser could be opened: open the address by hand)");
            }
        }
        server::serve(listener, app, stop.cancelled_owned()).await.map_err(|error| error.to_string())?;
        Ok(0)
    }
}

/// Cancelled by Ctrl+C, or what a service manager sends. Ends the process if that does not end within
/// [`STOP_TIME`], or at a second signal: this waits in a thread of its own, whatever the others do.
fn signalled() -> std::io::Result<CancellationToken> {
    use tokio::signal::unix::{SignalKind, signal};
    let stop = CancellationToken::new();
    let (told, runtime) = (stop.clone(), tokio::runtime::Builder::new_current_thread().enable_all().build()?);
    let (mut terminate, mut interrupt) = {
        let _inside = runtime.enter();
        (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?)
    };
    std::thread::Builder::new().name("signals".into()).spawn(move || {
        runtime.block_on(async {
            let mut next = async || {
                tokio::select! {
                    _ = terminate.recv() => {}
                    _ = interrupt.recv() => {}
                }
            };
            next().await;
            told.cancel();
            let _ = tokio::time::timeout(STOP_TIME, next()).await;
            // What is left behind is removed at the next start.
            std::process::exit(1);
        });
    })?;
    Ok(stop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_as_people_write_them() {
        for (text, expected) in
            [("512", 512), ("64k", 65_536), ("1GiB", 1 << 30), ("1.5 MB", 1_500_000), ("2g", 2 << 30)]
        {
            assert_eq!(bytes(text).unwrap(), expected, "{text}");
        }
        for bad in ["", "x", "1XB", "0", "-1", "999999999TB", "1e99"] {
            assert!(bytes(bad).is_err(), "{bad}");
        }
    }
}
