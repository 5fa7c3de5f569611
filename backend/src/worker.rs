//! A pool's side of isolated builds: BuildKit daemons that are lent to a server, each for one build.
//!
//! It is the first process of a container that has no network but the server's. It starts a daemon with an
//! empty folder, lends it to the first who shows a certificate, and at the end of that connection ends every
//! process of the container but itself and empties the folder. So nothing of a build meets another one, and
//! the container's own limits bound each build.

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

/// For a daemon to listen.
const PATIENCE: Duration = Duration::from_secs(20);
/// For a server to show its certificate.
const HANDSHAKE: Duration = Duration::from_secs(5);
/// Those that try at once.
const MOST_HANDSHAKES: usize = 16;
/// For processes to be gone after they were ended.
const TURNS: usize = 1_000;
const TURN: Duration = Duration::from_millis(5);

/// What is lent, and to whom.
#[derive(Debug)]
pub struct Worker {
    /// Where servers connect to.
    pub listen: SocketAddr,
    /// Who we are, and who may come.
    pub tls: Arc<ServerConfig>,
    /// What daemons keep.
    pub state: PathBuf,
    /// For one build.
    pub time: Duration,
    /// For `buildkitd`.
    pub options: Vec<String>,
}

/// Reads certificates: of the authority that signed servers', and our own with its key.
///
/// # Errors
/// With the file.
pub fn certificates(ca: &Path, cert: &Path, key: &Path) -> Result<Arc<ServerConfig>, String> {
    fn fail<E: std::fmt::Display>(path: &Path) -> impl Fn(E) -> String {
        move |error| format!("{}: {error}", path.display())
    }
    let read = |path: &Path| {
        let all = CertificateDer::pem_file_iter(path).map_err(fail(path))?;
        all.collect::<Result<Vec<_>, _>>().map_err(fail(path))
    };
    let mut roots = RootCertStore::empty();
    for authority in read(ca)? {
        roots.add(authority).map_err(fail(ca))?;
    }
    let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
    let who =
        WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider.clone()).build().map_err(fail(ca))?;
    let key_of_ours = PrivateKeyDer::from_pem_file(key).map_err(fail(key))?;
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_client_cert_verifier(who)
        .with_single_cert(read(cert)?, key_of_ours)
        .map_err(fail(cert))?;
    config.alpn_protocols = vec![b"h2".to_vec()];
    Ok(Arc::new(config))
}

impl Worker {
    /// Lends one daemon after another.
    pub async fn work(&self) -> io::Error {
        loop {
            if let Err(error) = self.one_build().await {
                return error;
            }
        }
    }

    async fn one_build(&self) -> io::Result<()> {
        end_all_others().await?;
        self.empty()?;
        let socket = self.state.join("buildkitd.sock");
        let daemon = self.start(&socket).await?;
        let lent = async {
            let (mut from_server, mut to_server) = tokio::io::split(self.server().await?);
            let (mut from_daemon, mut to_daemon) = UnixStream::connect(&socket).await?.into_split();
            // The end of either side is the end, however it ends.
            tokio::select! {
                _ = tokio::io::copy(&mut from_server, &mut to_daemon) => {}
                _ = tokio::io::copy(&mut from_daemon, &mut to_server) => {}
                () = tokio::time::sleep(self.time) => {}
            }
            Ok(())
        };
        let lent: io::Result<()> = lent.await;
        drop(daemon);
        lent
    }

    /// Removes what a build left. Its files belong to users that only a name space of ours knows.
    fn empty(&self) -> io::Result<()> {
        let entries = std::fs::read_dir(&self.state)?;
        let left = entries.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
        if left.is_empty() {
            return Ok(());
        }
        let removed = Command::new("rootlesskit").args(["rm", "-rf"]).args(&left).status()?;
        match removed.success() && left.iter().all(|place| !place.exists()) {
            true => Ok(()),
            false => Err(io::Error::other(format!("{} cannot be emptied", self.state.display()))),
        }
    }

    async fn start(&self, socket: &Path) -> io::Result<Child> {
        let mut command = Command::new("rootlesskit");
        command.arg("buildkitd").arg(format!("--root={}", self.state.join("root").display()));
        command.arg(format!("--addr=unix://{}", socket.display())).args(&self.options);
        for name in ["HOME", "TMPDIR", "XDG_RUNTIME_DIR"] {
            command.env(name, &self.state);
        }
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).spawn()?;
        let begun = std::time::Instant::now();
        while UnixStream::connect(socket).await.is_err() {
            if begun.elapsed() > PATIENCE || child.try_wait()?.is_some() {
                return Err(io::Error::other("the daemon does not start"));
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(child)
    }

    /// The first who has a certificate. While it builds nobody else reaches us, and tries elsewhere.
    async fn server(&self) -> io::Result<TlsStream<TcpStream>> {
        let listener = TcpListener::bind(self.listen).await?;
        let acceptor = TlsAcceptor::from(self.tls.clone());
        let mut handshakes = JoinSet::new();
        loop {
            tokio::select! {
                Some(shaken) = handshakes.join_next() => if let Ok(Ok(Ok(stream))) = shaken {
                    return Ok(stream);
                },
                accepted = listener.accept(), if handshakes.len() < MOST_HANDSHAKES => {
                    let Ok((stream, _)) = accepted else { continue };
                    let _ = stream.set_nodelay(true);
                    handshakes.spawn(tokio::time::timeout(HANDSHAKE, acceptor.accept(stream)));
                }
            }
        }
    }
}

/// Ends every process of this container but ourselves, which are its first, and waits until they are gone.
async fn end_all_others() -> io::Result<()> {
    use rustix::process::{Pid, Signal, WaitOptions, kill_process, wait};
    for _ in 0..TURNS {
        let mut others = 0;
        for entry in std::fs::read_dir("/proc")?.flatten() {
            let id = entry.file_name().to_str().and_then(|name| name.parse().ok());
            if let Some(pid) = id.filter(|id| *id > 1).and_then(Pid::from_raw) {
                others += 1;
                // It may have ended by itself.
                let _ = kill_process(pid, Signal::KILL);
            }
        }
        if others == 0 {
            return Ok(());
        }
        // All that is orphaned is ours to bury.
        while let Ok(Some(_)) = wait(WaitOptions::NOHANG) {}
        tokio::time::sleep(TURN).await;
    }
    Err(io::Error::other("a process of a build cannot be ended"))
}
