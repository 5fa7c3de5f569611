//! The headers that keep a browser's other pages out: which of them stand on a file of the page, on the page that other
//! sites show in a frame, and on all other answers.

use axum::Router;
use axum::http::{HeaderName, HeaderValue, header};
use tower_http::set_header::SetResponseHeaderLayer;

/// The Content-Security-Policy (docs/operating.md): the page's own files, WebAssembly, and pictures that style sheets hold;
/// nothing inline. Data may come from any `https:` address, because a person may open a Dockerfile at one; scripts may not.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self' https:; worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Whether a file is the page that other sites may show in a frame. It has neither the token nor buttons for real builds.
fn is_frame(name: &str) -> bool {
    name == "embed.html" || (name.starts_with("embed/") && name.ends_with("/embed.html"))
}

/// Whether pages of other sites may load a file: the scripts of embeds, and the simulator with its data. None has
/// anything of this server in it.
fn is_for_other_sites(name: &str) -> bool {
    name.starts_with("embed/")
        || name.starts_with("data-")
        || matches!(name, "embed.html" | "stage-play.mjs" | "stage-play-frame.mjs" | "oembed.json")
        || (name.starts_with("stageplay-simulator-") && name.ends_with(".wasm"))
}

/// The headers of a file of the page, by its path.
pub(super) fn of_page_file(name: &str) -> Vec<(HeaderName, String)> {
    let policy = if is_frame(name) {
        CONTENT_SECURITY_POLICY.replace("frame-ancestors 'none'", "frame-ancestors *")
    } else {
        CONTENT_SECURITY_POLICY.to_string()
    };
    let mut headers = vec![(header::CONTENT_SECURITY_POLICY, policy)];
    if is_for_other_sites(name) {
        headers.push((header::ACCESS_CONTROL_ALLOW_ORIGIN, "*".to_string()));
        headers.push((HeaderName::from_static("cross-origin-resource-policy"), "cross-origin".to_string()));
    }
    headers
}

/// Gives every answer of a router the headers that it does not have yet.
pub(super) fn defaults<S: Clone + Send + Sync + 'static>(router: Router<S>) -> Router<S> {
    let default_header = |name: &'static str, value: &'static str| {
        SetResponseHeaderLayer::if_not_present(HeaderName::from_static(name), HeaderValue::from_static(value))
    };
    router
        .layer(default_header("x-content-type-options", "nosniff"))
        .layer(default_header("referrer-policy", "no-referrer"))
        .layer(default_header("cross-origin-opener-policy", "same-origin"))
        .layer(default_header("cross-origin-resource-policy", "same-origin"))
        .layer(default_header("content-security-policy", "default-src 'none'; frame-ancestors 'none'"))
        .layer(default_header("cache-control", "no-store"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_is_the_documented_one_and_allows_nothing_inline() {
        assert!(
            !CONTENT_SECURITY_POLICY.contains("unsafe-inline") && !CONTENT_SECURITY_POLICY.contains("'unsafe-eval'")
        );
        assert!(!CONTENT_SECURITY_POLICY.contains("sha256-") && !CONTENT_SECURITY_POLICY.contains("nonce-"));
        assert!(include_str!("../../../docs/operating.md").contains(CONTENT_SECURITY_POLICY));
    }
}
