//! The page: embedded in the program, or from a folder; with the token in it and a strict policy around it.

use axum::body::Body;
use axum::http::{HeaderValue, Response, StatusCode, Uri, header};
use base64::Engine as _;
#[cfg(feature = "page")]
use rust_embed::RustEmbed;
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use std::path::{Component, Path, PathBuf};

/// The built page. `cargo xtask dist` makes it; without it the program says how to get it.
#[cfg(feature = "page")]
#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/../dist"]
#[allow_missing = true]
struct Embedded;

/// Where the page comes from.
#[derive(Debug)]
pub(super) struct Site {
    folder: Option<PathBuf>,
    /// `index.html` with the token, and its policy.
    index: String,
    policy: String,
}

const NO_PAGE: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Stageplay</title><p>This program was built without the page. <code>cargo xtask serve</code> builds both; or name a built page with <code>--page DIR</code>. The API is at <a href=\"/api/openapi.json\">/api/openapi.json</a>.";

impl Site {
    pub(super) fn new(folder: Option<PathBuf>, token: &str) -> Self {
        let mut site = Site { folder, index: String::new(), policy: String::new() };
        let index =
            site.read("index.html").map_or(NO_PAGE.to_string(), |bytes| String::from_utf8_lossy(&bytes).into_owned());
        let nonce = super::new_id();
        let meta =
            format!("<meta name=\"stageplay-token\" content=\"{token}\"><meta name=\"csp-nonce\" content=\"{nonce}\">");
        site.index = index.replacen("<head>", &format!("<head>{meta}"), 1);
        site.policy = policy(&site.index, &nonce);
        site
    }

    fn read(&self, name: &str) -> Option<Cow<'static, [u8]>> {
        let path = Path::new(name);
        if !path.components().all(|part| matches!(part, Component::Normal(_))) || name.starts_with('.') {
            return None;
        }
        match &self.folder {
            Some(folder) => std::fs::read(folder.join(path)).ok().map(Cow::Owned),
            #[cfg(feature = "page")]
            None => Embedded::get(name).map(|file| file.data),
            #[cfg(not(feature = "page"))]
            None => None,
        }
    }

    /// A file of the page.
    pub(super) fn answer(&self, uri: &Uri) -> Response<Body> {
        let name = uri.path().trim_start_matches('/');
        let is_index = matches!(name, "" | "index.html");
        let body = if is_index { Some(Cow::Owned(self.index.clone().into_bytes())) } else { self.read(name) };
        let (status, body, kind) = match body {
            Some(body) => (StatusCode::OK, body, kind_of(if is_index { "index.html" } else { name })),
            None => (StatusCode::NOT_FOUND, Cow::Borrowed(&b"not found\n"[..]), "text/plain"),
        };
        let mut response = Response::new(Body::from(body.into_owned()));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
        // Built files have their digest in their name; the index holds the token and is always asked for.
        let hashed = name
            .rsplit('/')
            .next()
            .unwrap_or("")
            .split(['-', '.', '_'])
            .any(|part| part.len() == 16 && part.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let keep = if hashed && status == StatusCode::OK { "public, max-age=31536000, immutable" } else { "no-cache" };
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(keep));
        if let Ok(policy) = HeaderValue::from_str(&self.policy) {
            headers.insert(header::CONTENT_SECURITY_POLICY, policy);
        }
        response
    }
}

/// Only what the page itself needs: its own files, the scripts that stand in it by their digest, and
/// styles that the editor makes with the page's nonce.
fn policy(index: &str, nonce: &str) -> String {
    let mut scripts = String::from("'self' 'wasm-unsafe-eval'");
    for part in index.split("<script").skip(1) {
        let Some((head, rest)) = part.split_once('>') else { continue };
        let Some((text, _)) = rest.split_once("</script>") else { continue };
        if !head.contains("src=") && !text.is_empty() {
            let digest = base64::engine::general_purpose::STANDARD.encode(Sha256::digest(text));
            scripts.push_str(&format!(" 'sha256-{digest}'"));
        }
    }
    format!(
        "default-src 'none'; script-src {scripts}; style-src-elem 'self' 'nonce-{nonce}'; style-src-attr 'unsafe-inline'; style-src 'self' 'nonce-{nonce}'; img-src 'self' data:; font-src 'self'; connect-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
}

fn kind_of(name: &str) -> &'static str {
    match name.rsplit('.').next().unwrap_or("") {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "wasm" => "application/wasm",
        "svg" => "image/svg+xml",
        "json" => "application/json",
        "md" => "text/markdown; charset=utf-8",
        "png" => "image/png",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_in_the_page_are_allowed_by_their_digest() {
        let policy = policy("<script>a</script><script src=\"x.js\"></script>", "n");
        // sha256 of "a".
        assert!(policy.contains("'sha256-ypeBEsobvcr6wjGzmiPcTaeG7/gUfE5yuYB3ha/uSLs='"), "{policy}");
        assert_eq!(policy.matches("sha256-").count(), 1);
        let scripts = policy.split(';').find(|part| part.trim().starts_with("script-src")).unwrap();
        assert!(!scripts.contains("unsafe-inline") && !scripts.contains("'unsafe-eval'"), "{scripts}");
    }

    #[test]
    fn no_path_leads_out_of_the_page() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("page")).unwrap();
        std::fs::write(folder.path().join("secret"), "s").unwrap();
        std::fs::write(folder.path().join("page/index.html"), "<head></head>").unwrap();
        let site = Site::new(Some(folder.path().join("page")), "t0ken");
        assert!(site.index.contains("t0ken"));
        for path in ["/../secret", "/%2e%2e/secret", "//etc/passwd", "/.made"] {
            assert_eq!(site.answer(&path.parse().unwrap()).status(), StatusCode::NOT_FOUND, "{path}");
        }
    }
}
