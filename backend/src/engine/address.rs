//! The address of an engine (`--engine`).

use std::path::PathBuf;
use std::str::FromStr;

/// Certificates for a TLS connection to an engine. The files are in PEM format.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tls {
    /// The certificate of the authority that signed the engine's certificate.
    pub ca: Option<PathBuf>,
    /// The client certificate.
    pub cert: Option<PathBuf>,
    /// The private key of the client certificate.
    pub key: Option<PathBuf>,
}

/// The address of one Docker or Podman engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// The path of a Unix socket.
    Socket(String),
    /// `HOST:PORT`.
    Tcp(String, Tls),
}

impl Endpoint {
    /// The address as a URL.
    pub fn url(&self) -> String {
        match self {
            Endpoint::Socket(path) => format!("unix://{path}"),
            Endpoint::Tcp(host, _) => format!("tcp://{host}"),
        }
    }
}

/// The address of a BuildKit daemon.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DaemonAddress {
    /// The path of a Unix socket.
    Socket(String),
    /// `HOST:PORT`. A host name that resolves to several addresses stands for as many daemons.
    Tcp(String),
}

/// The address of an engine, or of several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EngineAddress {
    /// No engine: simulation only.
    None,
    /// Docker or Podman: the first of these endpoints that answers.
    Docker(Vec<Endpoint>),
    /// BuildKit daemons, which take turns.
    Buildkit(Vec<DaemonAddress>, Tls),
}

impl FromStr for EngineAddress {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        EngineAddress::parse(text, Tls::default())
    }
}

impl EngineAddress {
    /// Parses `auto`, `none`, `docker://…`, `unix://…`, `tcp://…` or `buildkit://…`.
    ///
    /// # Errors
    /// The text has none of these forms. The message names them.
    pub fn parse(text: &str, tls: Tls) -> Result<Self, String> {
        let forms = "auto, none, unix:///PATH, docker:///PATH, docker://HOST:PORT, tcp://HOST:PORT or buildkit://HOST:PORT[,HOST:PORT…]";
        let (scheme, rest) = match text {
            "auto" => return Ok(EngineAddress::Docker(default_endpoints())),
            "none" => return Ok(EngineAddress::None),
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
                Err(format!("--engine {text}: expected HOST:PORT after {scheme}://"))
            }
        };
        match scheme {
            "unix" if rest.starts_with('/') => Ok(EngineAddress::Docker(vec![Endpoint::Socket(rest.into())])),
            "unix" => Err(format!(
                "--engine {text}: the path of a socket must begin with a slash, as in unix:///var/run/docker.sock"
            )),
            "docker" if rest.is_empty() => Ok(EngineAddress::Docker(default_endpoints())),
            "docker" if rest.starts_with('/') => Ok(EngineAddress::Docker(vec![Endpoint::Socket(rest.into())])),
            "docker" | "tcp" | "http" | "https" => Ok(EngineAddress::Docker(vec![Endpoint::Tcp(host(rest)?, tls)])),
            "buildkit" if rest.starts_with('/') => {
                Ok(EngineAddress::Buildkit(vec![DaemonAddress::Socket(rest.into())], tls))
            }
            "buildkit" => {
                let daemons: Result<_, String> = rest.split(',').map(|one| host(one).map(DaemonAddress::Tcp)).collect();
                Ok(EngineAddress::Buildkit(daemons?, tls))
            }
            _ => Err(format!("--engine {text}: unknown scheme {scheme:?}; expected {forms}")),
        }
    }
}

/// The endpoints that `auto` tries: `DOCKER_HOST`, then the default sockets of Docker and Podman that exist.
fn default_endpoints() -> Vec<Endpoint> {
    let mut endpoints = Vec::new();
    if let Ok(host) = std::env::var("DOCKER_HOST")
        && let Ok(EngineAddress::Docker(named)) = EngineAddress::parse(&host, tls_from_environment())
    {
        endpoints.extend(named);
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
    endpoints
        .extend(sockets.into_iter().flatten().filter(|path| std::path::Path::new(path).exists()).map(Endpoint::Socket));
    endpoints
}

/// The certificates that Docker's client uses: `DOCKER_TLS_VERIFY` and `DOCKER_CERT_PATH`.
fn tls_from_environment() -> Tls {
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
        let socket = |path: &str| EngineAddress::Docker(vec![Endpoint::Socket(path.into())]);
        assert_eq!("none".parse::<EngineAddress>().unwrap(), EngineAddress::None);
        assert_eq!("unix:///run/x.sock".parse::<EngineAddress>().unwrap(), socket("/run/x.sock"));
        assert_eq!("docker:///run/x.sock".parse::<EngineAddress>().unwrap(), socket("/run/x.sock"));
        let tcp = EngineAddress::Docker(vec![Endpoint::Tcp("a:2375".into(), Tls::default())]);
        assert_eq!("tcp://a:2375".parse::<EngineAddress>().unwrap(), tcp);
        assert_eq!("docker://a:2375".parse::<EngineAddress>().unwrap(), tcp);
        let buildkit = |daemons: &[DaemonAddress]| EngineAddress::Buildkit(daemons.to_vec(), Tls::default());
        let tcp = |address: &str| DaemonAddress::Tcp(address.into());
        assert_eq!("buildkit://pool:1234".parse::<EngineAddress>().unwrap(), buildkit(&[tcp("pool:1234")]));
        assert_eq!("buildkit://a:1,[::1]:2".parse::<EngineAddress>().unwrap(), buildkit(&[tcp("a:1"), tcp("[::1]:2")]));
        let socket = DaemonAddress::Socket("/run/b.sock".into());
        assert_eq!("buildkit:///run/b.sock".parse::<EngineAddress>().unwrap(), buildkit(&[socket]));
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
            assert!(bad.parse::<EngineAddress>().unwrap_err().contains("expected") || bad.starts_with("unix"), "{bad}");
        }
    }
}
