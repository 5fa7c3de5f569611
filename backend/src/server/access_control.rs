//! Access control: the `Host` header, the origin of the page that sends a request, and the token.
//!
//! A page of another site can send requests to this server from a visitor's browser (CSRF). With a host name of its
//! own that resolves to this server it could even read the answers (DNS rebinding). The checks here refuse both.

use super::error::ApiError;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use sha2::{Digest, Sha256};
use std::net::{IpAddr, Ipv6Addr};

/// The host names that a request may use for this server.
#[derive(Clone, Debug)]
pub struct AllowedHosts {
    /// Host names given by the operator, in lower case.
    pub names: Vec<String>,
    /// The server listens on a loopback address only, so other IP addresses are refused.
    pub loopback_only: bool,
}

/// Splits the port from a `Host` header (RFC 9110, 7.2): the host name, or the IPv6 address without its brackets.
/// `None` if the header is malformed.
fn host_without_port(host: &str) -> Option<&str> {
    let (name, rest) = match host.strip_prefix('[') {
        Some(rest) => {
            let (inside, rest) = rest.split_once(']')?;
            inside.parse::<Ipv6Addr>().ok()?;
            (inside, rest)
        }
        None => host.split_at(host.find(':').unwrap_or(host.len())),
    };
    let is_port = |port: &str| port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_ok();
    let port_fits = rest.is_empty() || rest.strip_prefix(':').is_some_and(is_port);
    port_fits.then_some(name)
}

impl AllowedHosts {
    /// Whether a `Host` header is allowed. A literal IP address is safe from DNS rebinding, because it needs no DNS.
    pub fn allow(&self, host: &str) -> bool {
        let Some(name) = host_without_port(host) else { return false };
        let name = name.to_ascii_lowercase();
        if self.names.contains(&name) || name == "localhost" {
            return true;
        }
        name.parse::<IpAddr>().is_ok_and(|address| !self.loopback_only || address.is_loopback())
    }
}

/// The host of a request, from the `Host` header and the request target. `None` if there are several `Host` lines, or
/// the two differ. The host is empty if neither is given.
fn request_host(request: &Request) -> Option<&str> {
    let mut lines = request.headers().get_all(header::HOST).iter();
    let line = lines.next().map(HeaderValue::to_str).transpose().ok()?;
    let authority = request.uri().authority().map(|authority| authority.as_str());
    if lines.next().is_some() || line.zip(authority).is_some_and(|(line, other)| !line.eq_ignore_ascii_case(other)) {
        return None;
    }
    Some(line.or(authority).unwrap_or(""))
}

/// Whether a request carries the token. Digests are compared, so that the time of the comparison does not reveal how
/// many characters of a guess are right.
fn has_token(headers: &HeaderMap, token: &str) -> bool {
    let sent = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    Sha256::digest(sent.unwrap_or("").trim()) == Sha256::digest(token)
}

/// Whether a request has the origin of this server's own page (`Origin`, `Sec-Fetch-Site`). A request that is not sent
/// by a page has neither header and passes.
fn is_same_origin(headers: &HeaderMap, host: &str) -> bool {
    let site = headers.get_all("sec-fetch-site").iter().all(|site| site == "same-origin" || site == "none");
    let origin = headers.get_all(header::ORIGIN).iter().all(|origin| {
        let origin = origin.to_str().unwrap_or("null");
        let rest = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
        rest.is_some_and(|rest| rest.eq_ignore_ascii_case(host))
    });
    site && origin
}

/// Checks a request before any route handles it. `/healthz` and `/readyz` are open: a cluster probes them under any
/// address, and they reveal nothing.
///
/// # Errors
/// 400 for an unclear host, 421 for another host, 403 for another origin, 401 without the token.
pub(super) fn check(request: &Request, hosts: &AllowedHosts, token: &str) -> Result<(), ApiError> {
    let path = request.uri().path();
    if matches!(path, "/healthz" | "/readyz") {
        return Ok(());
    }
    let headers = request.headers();
    let Some(host) = request_host(request) else {
        let help = "send exactly one Host header with the address of this server";
        return Err(ApiError::new(StatusCode::BAD_REQUEST, "bad-host", "the host of the request is not clear", help));
    };
    if !hosts.allow(host) {
        let help = "use the address that the server listens on, or start the server with --host NAME";
        let message = "this server does not answer under this host name";
        return Err(ApiError::new(StatusCode::MISDIRECTED_REQUEST, "wrong-host", message, help));
    }
    let is_api = path.starts_with("/api/");
    if is_api && !is_same_origin(headers, host) {
        return Err(ApiError::new(StatusCode::FORBIDDEN, "other-site", "the request comes from another site", ""));
    }
    if is_api && path != "/api/openapi.json" && !has_token(headers, token) {
        let help =
            "send Authorization: Bearer TOKEN; the server prints the token when it starts, and its page contains it";
        return Err(ApiError::new(StatusCode::UNAUTHORIZED, "no-token", "the token is missing or wrong", help));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_its_own_names_lead_here() {
        let local = AllowedHosts { names: vec!["builds.example".into()], loopback_only: true };
        for good in ["localhost", "LOCALHOST:8080", "127.0.0.1:8080", "[::1]:8080", "builds.example"] {
            assert!(local.allow(good), "{good}");
        }
        for bad in ["evil.example", "evil.example:8080", "", "127.0.0.1.evil.example", "10.0.0.1", "localhost.evil"] {
            assert!(!local.allow(bad), "{bad}");
        }
        // Text after a bracketed address, an invalid port, a user name.
        for bad in [
            "[::1].evil.example:80",
            "[::1]evil",
            "[::1",
            "[localhost]",
            "[localhost]x",
            "[127.0.0.1]",
            "localhost:80@evil.example",
            "user@localhost",
            "localhost:port",
            "localhost:",
            "localhost:+80",
            "localhost:65536",
            "localhost:80:80",
            "::1",
        ] {
            assert!(!local.allow(bad), "{bad}");
        }
        let open = AllowedHosts { names: Vec::new(), loopback_only: false };
        assert!(open.allow("10.0.0.1:80") && !open.allow("evil.example"));
    }

    #[test]
    fn other_pages_are_known_by_their_origin() {
        let with = |pairs: &[(&'static str, &'static str)]| {
            let mut headers = HeaderMap::new();
            for (name, value) in pairs {
                headers.append(*name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
            }
            is_same_origin(&headers, "localhost:8080")
        };
        assert!(with(&[]) && with(&[("origin", "http://localhost:8080")]));
        assert!(!with(&[("origin", "http://localhost:8080"), ("origin", "http://evil.example")]));
        assert!(!with(&[("origin", "http://localhost:3000")]) && !with(&[("origin", "null")]));
        assert!(!with(&[("sec-fetch-site", "same-origin\u{e9}")]));
        assert!(!with(&[("sec-fetch-site", "cross-site")]) && !with(&[("sec-fetch-site", "same-site")]));
    }
}
