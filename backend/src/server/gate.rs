//! Who may ask: the host that was meant, the page that asks, the token it holds.
//!
//! A page of another site can send requests to this server from a visitor's browser, and by a name
//! of its own that resolves here (DNS rebinding) even read the answers. Neither gets past this.

use super::App;
use super::error::ApiError;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};
use std::net::IpAddr;
use std::sync::Arc;

/// Names under which the server may be asked.
#[derive(Clone, Debug)]
pub struct Hosts {
    /// Given by the operator, in lower case.
    pub named: Vec<String>,
    /// It listens on this machine only.
    pub loopback: bool,
}

/// Host and port of a `Host` header or of what stands behind an origin's scheme.
fn split(host: &str) -> (&str, Option<&str>) {
    if let Some(rest) = host.strip_prefix('[') {
        let (inside, rest) = rest.split_once(']').unwrap_or((rest, ""));
        return (inside, rest.strip_prefix(':'));
    }
    host.rsplit_once(':').map_or((host, None), |(name, port)| (name, Some(port)))
}

impl Hosts {
    /// Whether a `Host` header means this server. A literal address cannot be rebound.
    pub fn has(&self, host: &str) -> bool {
        let (name, _) = split(host);
        let name = name.to_ascii_lowercase();
        if self.named.contains(&name) || name == "localhost" {
            return true;
        }
        name.parse::<IpAddr>().is_ok_and(|address| !self.loopback || address.is_loopback())
    }
}

fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}

/// The token of a request, compared without telling by its time how much of it was right.
fn has_token(headers: &HeaderMap, token: &str) -> bool {
    let given = text(headers, "authorization").and_then(|value| value.strip_prefix("Bearer ")).unwrap_or("");
    Sha256::digest(given.trim()) == Sha256::digest(token)
}

/// Whether the page that asks is this server's own; requests that no page makes have no origin.
fn is_own_page(headers: &HeaderMap, host: &str) -> bool {
    let site = text(headers, "sec-fetch-site").is_none_or(|site| matches!(site, "same-origin" | "none"));
    let origin = headers.get(header::ORIGIN).is_none_or(|origin| {
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
    let host =
        text(headers, "host").or_else(|| request.uri().authority().map(|authority| authority.as_str())).unwrap_or("");
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
        let open = Hosts { named: Vec::new(), loopback: false };
        assert!(open.has("10.0.0.1:80") && !open.has("evil.example"));
    }

    #[test]
    fn other_pages_are_known_by_their_origin() {
        let with = |pairs: &[(&'static str, &'static str)]| {
            let mut headers = HeaderMap::new();
            for (name, value) in pairs {
                headers.insert(*name, value.parse().unwrap());
            }
            is_own_page(&headers, "localhost:8080")
        };
        assert!(with(&[]) && with(&[("origin", "http://localhost:8080")]));
        assert!(!with(&[("origin", "http://localhost:3000")]) && !with(&[("origin", "null")]));
        assert!(!with(&[("sec-fetch-site", "cross-site")]) && !with(&[("sec-fetch-site", "same-site")]));
    }
}
