//! Who may ask: the host that was meant, the page that asks, the token it holds.
//!
//! A page of another site can send requests to this server from a visitor's browser, and by a name
//! of its own that resolves here (DNS rebinding) even read the answers. Neither gets past this.

use super::App;
use super::error::ApiError;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};
use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;

/// Names under which the server may be asked.
#[derive(Clone, Debug)]
pub struct Hosts {
    /// Given by the operator, in lower case.
    pub named: Vec<String>,
    /// It listens on this machine only.
    pub loopback: bool,
}

/// The name or address in a `Host` header, without its port; `None` if it is no host (RFC 9110, 7.2).
fn name_of(host: &str) -> Option<&str> {
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

impl Hosts {
    /// Whether a `Host` header means this server. A literal address cannot be rebound.
    pub fn has(&self, host: &str) -> bool {
        let Some(name) = name_of(host) else { return false };
        let name = name.to_ascii_lowercase();
        if self.named.contains(&name) || name == "localhost" {
            return true;
        }
        name.parse::<IpAddr>().is_ok_and(|address| !self.loopback || address.is_loopback())
    }
}

/// The host that a request means, named once and the same wherever it is named.
fn host_of(request: &Request) -> Option<&str> {
    let mut lines = request.headers().get_all(header::HOST).iter();
    let line = lines.next().map(HeaderValue::to_str).transpose().ok()?;
    let authority = request.uri().authority().map(|authority| authority.as_str());
    if lines.next().is_some() || line.zip(authority).is_some_and(|(line, other)| !line.eq_ignore_ascii_case(other)) {
        return None;
    }
    Some(line.or(authority).unwrap_or(""))
}

/// The token of a request, compared without telling by its time how much of it was right.
fn has_token(headers: &HeaderMap, token: &str) -> bool {
    let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    Sha256::digest(given.unwrap_or("").trim()) == Sha256::digest(token)
}

/// Whether the page that asks is this server's own; requests that no page makes have no origin.
fn is_own_page(headers: &HeaderMap, host: &str) -> bool {
    let site = headers.get_all("sec-fetch-site").iter().all(|site| site == "same-origin" || site == "none");
    let origin = headers.get_all(header::ORIGIN).iter().all(|origin| {
        let origin = origin.to_str().unwrap_or("null");
        let rest = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
        rest.is_some_and(|rest| rest.eq_ignore_ascii_case(host))
    });
    site && origin
}

/// Asked before every route.
pub(super) async fn check(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    // A cluster asks these by whatever address it likes, and they tell nothing.
    if matches!(path, "/healthz" | "/readyz") {
        return next.run(request).await;
    }
    let headers = request.headers();
    let Some(host) = host_of(&request) else {
        let help = "send one Host line, with the address it listens on";
        return ApiError::new(StatusCode::BAD_REQUEST, "bad-host", "it is not clear which host is meant", help)
            .into_response();
    };
    if !app.settings.hosts.has(host) {
        let help = "ask by the address it listens on, or start the server with --host NAME";
        return ApiError::new(
            StatusCode::MISDIRECTED_REQUEST,
            "wrong-host",
            "this server is not known by that name",
            help,
        )
        .into_response();
    }
    let is_api = path.starts_with("/api/");
    if is_api && !is_own_page(headers, host) {
        return ApiError::new(StatusCode::FORBIDDEN, "other-site", "this request comes from another site", "")
            .into_response();
    }
    if is_api && path != "/api/openapi.json" && !has_token(headers, &app.settings.token) {
        let help = "send Authorization: Bearer TOKEN; the server prints it when it starts, and its page holds it";
        return ApiError::new(StatusCode::UNAUTHORIZED, "no-token", "the token is missing or wrong", help)
            .into_response();
    }
    next.run(request).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_its_own_names_lead_here() {
        let local = Hosts { named: vec!["builds.example".into()], loopback: true };
        for good in ["localhost", "LOCALHOST:8080", "127.0.0.1:8080", "[::1]:8080", "builds.example"] {
            assert!(local.has(good), "{good}");
        }
        for bad in ["evil.example", "evil.example:8080", "", "127.0.0.1.evil.example", "10.0.0.1", "localhost.evil"] {
            assert!(!local.has(bad), "{bad}");
        }
        // What stands behind an address in brackets, a port that is none, a user's name.
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
            assert!(!local.has(bad), "{bad}");
        }
        let open = Hosts { named: Vec::new(), loopback: false };
        assert!(open.has("10.0.0.1:80") && !open.has("evil.example"));
    }

    #[test]
    fn other_pages_are_known_by_their_origin() {
        let with = |pairs: &[(&'static str, &'static str)]| {
            let mut headers = HeaderMap::new();
            for (name, value) in pairs {
                headers.append(*name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
            }
            is_own_page(&headers, "localhost:8080")
        };
        assert!(with(&[]) && with(&[("origin", "http://localhost:8080")]));
        assert!(!with(&[("origin", "http://localhost:8080"), ("origin", "http://evil.example")]));
        assert!(!with(&[("origin", "http://localhost:3000")]) && !with(&[("origin", "null")]));
        assert!(!with(&[("sec-fetch-site", "same-origin\u{e9}")]));
        assert!(!with(&[("sec-fetch-site", "cross-site")]) && !with(&[("sec-fetch-site", "same-site")]));
    }
}
