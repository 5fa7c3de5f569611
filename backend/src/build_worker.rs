//! A build worker: offers a BuildKit daemon to a server, with a new daemon for each build.
//!
//! The worker is the first process (PID 1) of a container whose only network is shared with the server. It starts a
//! daemon with an empty state folder and connects it to the first client that shows a valid certificate. When that
//! connection ends, it kills all other processes of the container and empties the folder. So a build leaves nothing
//! for the next build, and the limits of the container apply to each build.

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{RootCertStore, ServerConfig};
use tokio_rustls::server::TlsStream;

/// How long a daemon may take to start.
const START_TIMEOUT: Duration = Duration::from_secs(20);
/// How long a TLS handshake may take.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(5);
/// TLS handshakes at the same time.
const MAX_HANDSHAKES: usize = 16;
/// How often the worker tries to kill all other processes before it gives up.
const KILL_ATTEMPTS: usize = 1_000;
/// Interval between two attempts.
const KILL_INTERVAL: Duration = Duration::from_millis(5);

/// A build worker.
#[derive(Debug)]
pub struct BuildWorker {
    /// The address that the worker listens on.
    pub listen: SocketAddr,
    /// The certificate of the worker, and the authority of the clients' certificates.
    pub tls: Arc<ServerConfig>,
    /// The state folder of the daemons.
    pub state: PathBuf,
    /// How long a build may take.
    pub build_time: Duration,
    /// Further options for `buildkitd`.
    pub buildkitd_options: Vec<String>,
}

/// Reads the TLS configuration of a worker: the authority of the clients' certificates (`ca`), and the certificate of
/// the worker with its private key. All files are in PEM format.
///
/// # Errors
/// A file cannot be read or is malformed. The message names it.
pub fn load_tls_config(ca: &Path, cert: &Path, key: &Path) -> Result<Arc<ServerConfig>, String> {
    fn fail<E: std::fmt::Display>(path: &Path) -> impl Fn(E) -> String {
        move |error| format!("{}: {error}", path.display())
    }
    let read = |path: &Path| {
        let certificates = CertificateDer::pem_file_iter(path).map_err(fail(path))?;
        certificates.collect::<Result<Vec<_>, _>>().map_err(fail(path))
    };
    let mut roots = RootCertStore::empty();
    for authority in read(ca)? {
        roots.add(authority).map_err(fail(ca))?;
    }
    let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
    let client_verifier =
        WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider.clone()).build().map_err(fail(ca))?;
    let private_key = PrivateKeyDer::from_pem_file(key).map_err(fail(key))?;
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_client_cert_verifier(client_verifier)
        .with_single_cert(read(cert)?, private_key)
        .map_err(fail(cert))?;
    config.alpn_protocols = vec![b"h2".to_vec()];
    Ok(Arc::new(config))
}

impl BuildWorker {
    /// Offers one daemon after the other, until one of them fails. Returns why.
    pub async fn run(&self) -> io::Error {
        loop {
            if let Err(error) = self.serve_one_build().await {
                return error;
            }
        }
    }

    async fn serve_one_build(&self) -> io::Result<()> {
        kill_other_processes().await?;
        self.empty_state_folder()?;
        let socket = self.state.join("buildkitd.sock");
        let daemon = self.start_daemon(&socket).await?;
        let serve = async {
            let (mut from_server, mut to_server) = tokio::io::split(self.accept_server().await?);
            let (mut from_daemon, mut to_daemon) = UnixStream::connect(&socket).await?.into_split();
            // The build ends when either side closes its connection, or when its time is up.
            tokio::select! {
                _ = tokio::io::copy(&mut from_server, &mut to_daemon) => {}
                _ = tokio::io::copy(&mut from_daemon, &mut to_server) => {}
                () = tokio::time::sleep(self.build_time) => {}
            }
            Ok(())
        };
        let served: io::Result<()> = serve.await;
        drop(daemon);
        served
    }

    /// Removes the files of the last build. They belong to user ids of a user namespace, so `rootlesskit` removes them.
    fn empty_state_folder(&self) -> io::Result<()> {
        let entries = std::fs::read_dir(&self.state)?;
        let paths = entries.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
        if paths.is_empty() {
            return Ok(());
        }
        let removed = Command::new("rootlesskit").args(["rm", "-rf"]).args(&paths).status()?;
        match removed.success() && paths.iter().all(|path| path.symlink_metadata().is_err()) {
            true => Ok(()),
            false => Err(io::Error::other(format!("cannot empty the folder {}", self.state.display()))),
        }
    }

    /// Starts a daemon and waits until it accepts connections.
    async fn start_daemon(&self, socket: &Path) -> io::Result<Child> {
        let mut command = Command::new("rootlesskit");
        // Messages do not show this name; see `engine/daemon_paths.rs`.
        command.arg("buildkitd").arg(format!("--root={}", self.state.join("buildkit").display()));
        command.arg(format!("--addr=unix://{}", socket.display())).args(&self.buildkitd_options);
        for name in ["HOME", "TMPDIR", "XDG_RUNTIME_DIR"] {
            command.env(name, &self.state);
        }
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).spawn()?;
        let started = std::time::Instant::now();
        while UnixStream::connect(socket).await.is_err() {
            if started.elapsed() > START_TIMEOUT || child.try_wait()?.is_some() {
                return Err(io::Error::other("the daemon does not start"));
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(child)
    }

    /// Waits for the first client with a valid certificate. While it builds, the worker does not listen, so another
    /// client tries another worker.
    async fn accept_server(&self) -> io::Result<TlsStream<TcpStream>> {
        let listener = TcpListener::bind(self.listen).await?;
        let acceptor = TlsAcceptor::from(self.tls.clone());
        let mut handshakes = JoinSet::new();
        loop {
            tokio::select! {
                Some(handshake) = handshakes.join_next() => if let Ok(Ok(Ok(stream))) = handshake {
                    return Ok(stream);
                },
                accepted = listener.accept(), if handshakes.len() < MAX_HANDSHAKES => {
                    let Ok((stream, _)) = accepted else { continue };
                    let _ = stream.set_nodelay(true);
                    handshakes.spawn(tokio::time::timeout(HANDSHAKE_TIMEOUT, acceptor.accept(stream)));
                }
            }
        }
    }
}

/// Kills all processes of this container except this one (PID 1), and waits until they are gone.
async fn kill_other_processes() -> io::Result<()> {
    use rustix::process::{Pid, Signal, WaitOptions, kill_process, wait};
    for _ in 0..KILL_ATTEMPTS {
        let mut others = 0;
        for entry in std::fs::read_dir("/proc")?.flatten() {
            let id = entry.file_name().to_str().and_then(|name| name.parse().ok());
            if let Some(pid) = id.filter(|id| *id > 1).and_then(Pid::from_raw) {
                others += 1;
                // An error means that the process has ended.
                let _ = kill_process(pid, Signal::KILL);
            }
        }
        if others == 0 {
            return Ok(());
        }
        // PID 1 must wait for all orphaned processes.
        while let Ok(Some(_)) = wait(WaitOptions::NOHANG) {}
        tokio::time::sleep(KILL_INTERVAL).await;
    }
    Err(io::Error::other("cannot kill a process of the last build"))
}
