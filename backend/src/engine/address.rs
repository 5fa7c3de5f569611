//! Where an engine is: `--engine`.

use std::path::PathBuf;
use std::str::FromStr;

/// Certificates for an engine over TCP.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tls {
    /// The authority that signed the engine's certificate, PEM.
    pub ca: Option<PathBuf>,
    /// Our certificate, PEM.
    pub cert: Option<PathBuf>,
    /// Its key, PEM.
    pub key: Option<PathBuf>,
}

/// A Docker or Podman endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// A Unix socket.
    Socket(String),
    /// `HOST:PORT`.
    Tcp(String, Tls),
}

impl Endpoint {
    /// As a person would name it.
    pub fn name(&self) -> String {
        match self {
            Endpoint::Socket(path) => format!("unix://{path}"),
            Endpoint::Tcp(host, _) => format!("tcp://{host}"),
        }
    }
}

/// A BuildKit daemon.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Daemon {
    /// A Unix socket.
    Socket(String),
    /// `HOST:PORT`; a name that has several addresses stands for as many daemons.
    Tcp(String),
}

/// Where an engine may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// Nowhere: simulation only.
    None,
    /// The first of these that answers.
    Docker(Vec<Endpoint>),
    /// BuildKit daemons, which take turns.
    Buildkit(Vec<Daemon>, Tls),
}

impl FromStr for Address {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Address::parse(text, Tls::default())
    }
}

impl Address {
    /// Reads `auto`, `none`, `docker://…`, `unix://…`, `tcp://…` or `buildkit://…`.
    ///
    /// # Errors
    /// What is wrong with it, and what it may be.
    pub fn parse(text: &str, tls: Tls) -> Result<Self, String> {
        let forms = "auto, none, unix:///PATH, docker:///PATH, docker://HOST:PORT, tcp://HOST:PORT or buildkit://HOST:PORT[,HOST:PORT…]";
        let (scheme, rest) = match text {
            "auto" => return Ok(Address::Docker(usual())),
            "none" => return Ok(Address::None),
            _ => text.split_once("://").ok_or_else(|| format!("--engine {text}: expected {forms}"))?,
        };
        let host = |rest: &str| {
            let rest = rest.trim_end_matches('/');
            let valid = rest.rsplit_once(':').is_some_and(|(host, port)| {
                !host.is_empty()
                    && port.parse::<u16>().is_ok_and(|port| port > 0)
                    && host.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':' | '[' | ']'))
            });
            if valid {
                Ok(rest.to_string())
            } else {
                Err(format!("--engine {text}: expected HOST:PORT behind {scheme}://"))
            }
        };
        match scheme {
            "unix" if rest.starts_with('/') => Ok(Address::Docker(vec![Endpoint::Socket(rest.into())])),
            "unix" => Err(format!(
                "--engine {text}: the path of a socket begins with a slash, as in unix:///var/run/docker.sock"
            )),
            "docker" if rest.is_empty() => Ok(Address::Docker(usual())),
            "docker" if rest.starts_with('/') => Ok(Address::Docker(vec![Endpoint::Socket(rest.into())])),
            "docker" | "tcp" | "http" | "https" => Ok(Address::Docker(vec![Endpoint::Tcp(host(rest)?, tls)])),
            "buildkit" if rest.starts_with('/') => Ok(Address::Buildkit(vec![Daemon::Socket(rest.into())], tls)),
            "buildkit" => {
                let daemons: Result<_, String> = rest.split(',').map(|one| host(one).map(Daemon::Tcp)).collect();
                Ok(Address::Buildkit(daemons?, tls))
            }
            _ => Err(format!("--engine {text}: unknown scheme {scheme:?}; expected {forms}")),
        }
    }
}

/// Where engines usually listen, the likeliest first; `DOCKER_HOST` goes before all.
fn usual() -> Vec<Endpoint> {
    let mut found = Vec::new();
    if let Ok(host) = std::env::var("DOCKER_HOST")
        && let Ok(Address::Docker(named)) = Address::parse(&host, from_environment())
    {
        found.extend(named);
    }
    let home = std::env::var("HOME").ok();
    let runtime = std::env::var("XDG_RUNTIME_DIR").ok();
    let below = |top: &Option<String>, path: &str| top.as_ref().map(|top| format!("{top}/{path}"));
    let sockets = [
        Some("/var/run/docker.sock".to_string()),
        below(&runtime, "docker.sock"),
        below(&home, ".docker/run/docker.sock"),
        below(&home, ".docker/desktop/docker.sock"),
        below(&runtime, "podman/podman.sock"),
        Some("/run/podman/podman.sock".to_string()),
    ];
    found
        .extend(sockets.into_iter().flatten().filter(|path| std::path::Path::new(path).exists()).map(Endpoint::Socket));
    found
}

/// The certificates that Docker's own client would use.
fn from_environment() -> Tls {
    match (std::env::var("DOCKER_TLS_VERIFY"), std::env::var("DOCKER_CERT_PATH")) {
        (Ok(verify), Ok(path)) if !verify.is_empty() => {
            let file = |name: &str| Some(PathBuf::from(&path).join(name));
            Tls { ca: file("ca.pem"), cert: file("cert.pem"), key: file("key.pem") }
        }
        _ => Tls::default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_is_read_and_others_are_explained() {
        let socket = |path: &str| Address::Docker(vec![Endpoint::Socket(path.into())]);
        assert_eq!("none".parse::<Address>().unwrap(), Address::None);
        assert_eq!("unix:///run/x.sock".parse::<Address>().unwrap(), socket("/run/x.sock"));
        assert_eq!("docker:///run/x.sock".parse::<Address>().unwrap(), socket("/run/x.sock"));
        let tcp = Address::Docker(vec![Endpoint::Tcp("a:2375".into(), Tls::default())]);
        assert_eq!("tcp://a:2375".parse::<Address>().unwrap(), tcp);
        assert_eq!("docker://a:2375".parse::<Address>().unwrap(), tcp);
        let buildkit = |daemons: &[Daemon]| Address::Buildkit(daemons.to_vec(), Tls::default());
        let tcp = |place: &str| Daemon::Tcp(place.into());
        assert_eq!("buildkit://pool:1234".parse::<Address>().unwrap(), buildkit(&[tcp("pool:1234")]));
        assert_eq!("buildkit://a:1,[::1]:2".parse::<Address>().unwrap(), buildkit(&[tcp("a:1"), tcp("[::1]:2")]));
        let socket = Daemon::Socket("/run/b.sock".into());
        assert_eq!("buildkit:///run/b.sock".parse::<Address>().unwrap(), buildkit(&[socket]));
        for bad in [
            "",
            "ssh://a",
            "tcp://",
            "tcp://a",
            "tcp://a:0",
            "unix://x",
            "tcp://a b:1",
            "tcp://a:99999",
            "buildkit://a:1,",
        ] {
            assert!(bad.parse::<Address>().unwrap_err().contains("expected") || bad.starts_with("unix"), "{bad}");
        }
    }
}
