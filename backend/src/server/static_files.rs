//! The static files of the page: embedded in the program or read from a folder. `index.html` gets the token.
//!
//! Each file is in memory once, plus once for each encoding, however many clients request it. `cargo xtask dist`
//! compresses the embedded files with brotli and gzip. A file without a compressed form is compressed with gzip at the
//! first request, and the result is kept. A `.gz` file that is no compressed form of another one is data: it is sent as
//! it is, without `Content-Encoding`.

use super::security_headers;
use crate::disk::read_found_file;
use crate::offload::{self, Pool};
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use base64::Engine as _;
use flate2::Compression;
use flate2::write::GzEncoder;
#[cfg(feature = "page")]
use rust_embed::RustEmbed;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashMap};
use std::io::Write;
use std::path::Path;
use std::sync::OnceLock;
use std::time::Duration;
use tokio::sync::OnceCell;
use tokio_util::sync::CancellationToken;

/// The page that `cargo xtask dist` builds. Without it, [`NO_PAGE`] is served.
#[cfg(feature = "page")]
#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/../dist"]
#[allow_missing = true]
struct Embedded;

/// Bytes of all files of a page. They are kept in memory.
const MAX_PAGE_BYTES: u64 = 256 << 20;
/// How long the compression of a file may take.
const COMPRESS_TIMEOUT: Duration = Duration::from_secs(60);
/// Files below this size in bytes are not compressed.
const MIN_COMPRESSED_BYTES: usize = 1_024;

/// A file of the page, ready to be sent.
#[derive(Debug)]
struct Asset {
    plain: Bytes,
    brotli: Option<Bytes>,
    /// Compressed at the first request. `None` if the result is not smaller.
    gzip: OnceCell<Option<Bytes>>,
    /// Digest of the content, computed at the first request.
    digest: OnceLock<String>,
    content_type: &'static str,
    cache_control: &'static str,
}

/// All files of the page.
#[derive(Debug)]
pub(super) struct StaticFiles {
    assets: HashMap<String, Asset>,
}

/// Served as `index.html` by a program that was built without the page.
const NO_PAGE: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Stageplay</title><p>This program was built without the page. Run <code>cargo xtask serve</code> to build both, or give the folder of a built page with <code>--page DIR</code>. The API is at <a href=\"/api/openapi.json\">/api/openapi.json</a>.";

/// The content of files by path, with `/` between folders.
type Files = HashMap<String, Bytes>;

#[cfg(feature = "page")]
fn embedded_files() -> Files {
    let content = |name: &str| {
        Embedded::get(name).map(|file| match file.data {
            std::borrow::Cow::Borrowed(bytes) => Bytes::from_static(bytes),
            std::borrow::Cow::Owned(bytes) => bytes.into(),
        })
    };
    Embedded::iter().filter_map(|name| Some((name.to_string(), content(&name)?))).collect()
}

#[cfg(not(feature = "page"))]
fn embedded_files() -> Files {
    Files::new()
}

/// Reads the files of a folder. A compressed form (`.br`, `.gz`) that is older than its file is left out.
fn read_folder(folder: &Path) -> Result<Files, String> {
    let mut files = Files::new();
    let mut open = vec![String::new()];
    let mut total = 0;
    while let Some(prefix) = open.pop() {
        let path = folder.join(&prefix);
        let fail = |error: std::io::Error| format!("--page {}: {error}", path.display());
        for entry in std::fs::read_dir(&path).map_err(fail)? {
            let entry = entry.map_err(fail)?;
            let Ok(file_name) = entry.file_name().into_string() else { continue };
            let (path, name) = (entry.path(), format!("{prefix}{file_name}"));
            // Symbolic links to folders are not followed, because they may form a cycle.
            if file_name.starts_with('.') {
            } else if entry.file_type().map_err(fail)?.is_dir() {
                open.push(format!("{name}/"));
            } else if let Some(meta) = std::fs::metadata(&path).ok().filter(std::fs::Metadata::is_file) {
                total += meta.len();
                if total > MAX_PAGE_BYTES {
                    return Err(format!(
                        "--page {}: the folder holds more than {MAX_PAGE_BYTES} bytes; give the folder of a built page",
                        folder.display()
                    ));
                }
                let changed = |path: &Path| std::fs::metadata(path).and_then(|meta| meta.modified()).ok();
                let is_compressed = matches!(path.extension().and_then(|e| e.to_str()), Some("br" | "gz"));
                if !is_compressed || changed(&path) >= changed(&path.with_extension("")) {
                    files.insert(name, read_found_file(&path, MAX_PAGE_BYTES).map_err(fail)?.into());
                }
            }
        }
    }
    Ok(files)
}

/// The files of the page that a package for a learning platform holds, by path: those that the page's `files.json` lists.
/// The page is that of a folder, or the one in this program.
///
/// # Errors
/// There is no page, the folder cannot be read or is larger than 256 MiB, or a listed file is missing.
pub fn package_files(folder: Option<&Path>) -> Result<BTreeMap<String, Vec<u8>>, String> {
    let mut files = folder.map_or_else(|| Ok(embedded_files()), read_folder)?;
    let Some(list) = files.get("files.json") else {
        return Err(match folder {
            Some(folder) => {
                format!("--page {}: there is no files.json; give the folder of a built page", folder.display())
            }
            None => "this program was built without the page: give the folder of a built page with --page DIR".into(),
        });
    };
    let names: Vec<String> =
        serde_json::from_slice(list).map_err(|error| format!("files.json of the page: {error}"))?;
    let file = |name: String| {
        let bytes =
            files.remove(&name).ok_or_else(|| format!("the page has no file {name:?}, which its files.json lists"))?;
        Ok((name, bytes.to_vec()))
    };
    names.into_iter().map(file).collect()
}

/// Whether a file or a folder of a path has a content hash (16 hexadecimal digits) in its name, so that the content never
/// changes.
fn is_hashed(path: &str) -> bool {
    path.split(['/', '-', '.', '_']).any(|part| part.len() == 16 && part.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

fn gzip(plain: &[u8]) -> Option<Bytes> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::default());
    packed.write_all(plain).ok()?;
    let packed = packed.finish().ok()?;
    (packed.len() < plain.len()).then(|| packed.into())
}

impl Asset {
    fn new(name: &str, plain: Bytes, brotli: Option<Bytes>, gzip: Option<Bytes>) -> Self {
        let cache_control = if is_hashed(name) { "public, max-age=31536000, immutable" } else { "no-cache" };
        let gzip = gzip.map_or_else(OnceCell::new, |bytes| OnceCell::new_with(Some(Some(bytes))));
        Asset { plain, brotli, gzip, digest: OnceLock::new(), content_type: content_type(name), cache_control }
    }

    fn is_worth_compressing(&self) -> bool {
        let is_text = self.content_type.starts_with("text/")
            || self.content_type.contains("json")
            || self.content_type.contains("svg");
        (is_text || self.content_type == "application/wasm") && self.plain.len() >= MIN_COMPRESSED_BYTES
    }

    /// The `ETag`. Each encoding has its own (RFC 9110, 8.8.3.3).
    fn etag(&self, encoding: Option<&str>) -> String {
        let digest = self.digest.get_or_init(|| {
            let digest = Sha256::digest(&self.plain);
            base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(digest)
        });
        format!("\"{digest}{}\"", encoding.map(|name| format!("-{name}")).unwrap_or_default())
    }

    async fn gzip(&self) -> Option<Bytes> {
        if self.gzip.get().is_none() && !self.is_worth_compressing() {
            return None;
        }
        let pack = || async {
            let plain = self.plain.clone();
            let never = CancellationToken::new();
            offload::run(Pool::Requests, COMPRESS_TIMEOUT, &never, move |_| gzip(&plain)).await
        };
        self.gzip.get_or_try_init(pack).await.ok().cloned().flatten()
    }

    /// The content in the best encoding that the client accepts, with the name of the encoding.
    async fn encoded(&self, headers: &HeaderMap) -> (Bytes, Option<&'static str>) {
        if let Some(bytes) = self.brotli.clone().filter(|_| accepts(headers, "br")) {
            return (bytes, Some("br"));
        }
        if accepts(headers, "gzip")
            && let Some(bytes) = self.gzip().await
        {
            return (bytes, Some("gzip"));
        }
        (self.plain.clone(), None)
    }
}

/// Whether `Accept-Encoding` allows an encoding (RFC 9110, 12.5.3).
pub(super) fn accepts(headers: &HeaderMap, encoding: &str) -> bool {
    let lines = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|line| line.to_str().ok());
    let mut any = false;
    for item in lines.flat_map(|line| line.split(',')) {
        let (name, parameters) = item.split_once(';').unwrap_or((item, ""));
        let quality = parameters.trim().strip_prefix("q=").map_or(Some(1.0), |value| value.trim().parse::<f32>().ok());
        let is_allowed = quality.is_some_and(|quality| quality > 0.0);
        match name.trim() {
            name if name.eq_ignore_ascii_case(encoding) => return is_allowed,
            "*" => any = is_allowed,
            _ => {}
        }
    }
    any
}

/// Whether `If-None-Match` contains the `ETag`, so that the client has the file already.
fn matches_etag(headers: &HeaderMap, etag: &str) -> bool {
    let lines = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|line| line.to_str().ok());
    lines
        .flat_map(|line| line.split(','))
        .map(str::trim)
        .any(|known| known.trim_start_matches("W/") == etag || known == "*")
}

impl StaticFiles {
    /// Loads the page. A folder is read here, and never again.
    ///
    /// # Errors
    /// The folder cannot be read, or it is larger than [`MAX_PAGE_BYTES`].
    pub(super) fn new(folder: Option<&Path>, token: &str) -> Result<Self, String> {
        let mut files = folder.map_or_else(|| Ok(embedded_files()), read_folder)?;
        let index = files.remove("index.html");
        let index = index.map_or(NO_PAGE.into(), |bytes| String::from_utf8_lossy(&bytes).into_owned());
        let meta = format!("<meta name=\"stageplay-token\" content=\"{token}\">");
        let index = index.replacen("<head>", &format!("<head>{meta}"), 1);
        let mut assets =
            HashMap::from([("index.html".to_string(), Asset::new("index.html", index.into(), None, None))]);
        let is_compressed_form = |name: &str| {
            [".br", ".gz"].iter().any(|end| name.strip_suffix(end).is_some_and(|plain| files.contains_key(plain)))
        };
        let names: Vec<String> = files.keys().filter(|name| !is_compressed_form(name)).cloned().collect();
        for name in names.into_iter().filter(|name| !name.starts_with('.')) {
            let Some(plain) = files.remove(&name) else { continue };
            let (brotli, gzip) = (files.remove(&format!("{name}.br")), files.remove(&format!("{name}.gz")));
            let asset = Asset::new(&name, plain, brotli, gzip);
            assets.insert(name, asset);
        }
        Ok(StaticFiles { assets })
    }

    /// Answers a request for a file of the page.
    pub(super) async fn respond(&self, path: &str, headers: &HeaderMap) -> Response<Body> {
        let name = match path.trim_start_matches('/') {
            "" => "index.html",
            name => name,
        };
        let mut response = Response::new(Body::empty());
        let set = |response: &mut Response<Body>, name, value: &str| {
            response.headers_mut().extend(HeaderValue::from_str(value).ok().map(|value| (name, value)));
        };
        for (header, value) in security_headers::of_page_file(name) {
            set(&mut response, header, &value);
        }
        let Some(asset) = self.assets.get(name) else {
            *response.status_mut() = StatusCode::NOT_FOUND;
            set(&mut response, header::CONTENT_TYPE, "text/plain");
            set(&mut response, header::CACHE_CONTROL, "no-cache");
            *response.body_mut() = Body::from("not found\n");
            return response;
        };
        let (bytes, encoding) = asset.encoded(headers).await;
        let etag = asset.etag(encoding);
        set(&mut response, header::CACHE_CONTROL, asset.cache_control);
        set(&mut response, header::ETAG, &etag);
        set(&mut response, header::VARY, "accept-encoding");
        if matches_etag(headers, &etag) {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            return response;
        }
        set(&mut response, header::CONTENT_TYPE, asset.content_type);
        if let Some(encoding) = encoding {
            set(&mut response, header::CONTENT_ENCODING, encoding);
        }
        *response.body_mut() = Body::from(bytes);
        response
    }
}

/// The media type of a file, by its extension.
fn content_type(name: &str) -> &'static str {
    match name.rsplit('.').next().unwrap_or("") {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "wasm" => "application/wasm",
        "svg" => "image/svg+xml",
        "json" => "application/json",
        "jsonl" => "application/jsonl",
        "gz" => "application/gzip",
        "md" => "text/markdown; charset=utf-8",
        "tsv" => "text/tab-separated-values; charset=utf-8",
        "png" => "image/png",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn other_sites_may_load_embeds_and_frame_their_page_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        for place in ["embed/v1.0.0", "data-0123456789abcdef"] {
            std::fs::create_dir_all(folder.path().join(place)).unwrap();
        }
        let shared = [
            "embed.html",
            "embed/v1.0.0/embed.html",
            "embed/v1.0.0/stage-play.mjs",
            "stage-play.mjs",
            "stageplay-simulator-0123456789abcdef.wasm",
            "data-0123456789abcdef/images.jsonl",
        ];
        let own = ["index.html", "stageplay-app-0123456789abcdef.wasm", "service-worker.js"];
        for name in shared.iter().chain(&own) {
            std::fs::write(folder.path().join(name), "<head></head>").unwrap();
        }
        let files = StaticFiles::new(Some(folder.path()), "t0ken").unwrap();
        for name in shared.iter().chain(&own) {
            let answer = files.respond(&format!("/{name}"), &HeaderMap::new()).await;
            let policy = answer.headers()[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
            assert_eq!(policy.contains("frame-ancestors *"), name.ends_with("embed.html"), "{name}");
            assert_eq!(
                answer.headers().contains_key(header::ACCESS_CONTROL_ALLOW_ORIGIN),
                shared.contains(name),
                "{name}"
            );
            let body = axum::body::to_bytes(answer.into_body(), 1_000).await.unwrap();
            assert_eq!(String::from_utf8_lossy(&body).contains("t0ken"), *name == "index.html", "{name}");
        }
    }

    #[tokio::test]
    async fn names_with_a_digest_are_kept_for_ever_and_the_page_itself_is_asked_for_again() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("data-0123456789abcdef")).unwrap();
        for name in ["index.html", "service-worker.js", "a-0123456789abcdef.wasm", "data-0123456789abcdef/debian.tsv"] {
            std::fs::write(folder.path().join(name), "<head></head>").unwrap();
        }
        let files = StaticFiles::new(Some(folder.path()), "t").unwrap();
        for (path, kept, kind) in [
            ("/", false, "text/html; charset=utf-8"),
            ("/service-worker.js", false, "text/javascript; charset=utf-8"),
            ("/a-0123456789abcdef.wasm", true, "application/wasm"),
            ("/data-0123456789abcdef/debian.tsv", true, "text/tab-separated-values; charset=utf-8"),
        ] {
            let answer = files.respond(path, &HeaderMap::new()).await;
            assert_eq!(answer.headers()[header::CONTENT_TYPE], kind, "{path}");
            let cache = answer.headers()[header::CACHE_CONTROL].to_str().unwrap();
            assert_eq!((cache.contains("immutable"), cache == "no-cache"), (kept, !kept), "{path}: {cache}");
        }
        // A file that is not there is never answered with the page.
        let missing = files.respond("/a-fedcba9876543210.wasm", &HeaderMap::new()).await;
        assert_eq!(
            (missing.status(), &missing.headers()[header::CONTENT_TYPE]),
            (StatusCode::NOT_FOUND, &HeaderValue::from_static("text/plain"))
        );
        assert_eq!(missing.headers()[header::CACHE_CONTROL], "no-cache");
    }

    #[tokio::test]
    async fn no_path_leads_out_of_the_page() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("page")).unwrap();
        std::fs::write(folder.path().join("secret"), "s").unwrap();
        std::fs::write(folder.path().join("page/index.html"), "<head></head>").unwrap();
        std::fs::write(folder.path().join("page/.made"), "").unwrap();
        let files = StaticFiles::new(Some(&folder.path().join("page")), "t0ken").unwrap();
        assert!(String::from_utf8_lossy(&files.assets["index.html"].plain).contains("t0ken"));
        for path in ["/../secret", "/%2e%2e/secret", "//etc/passwd", "/.made", "/index.html.br"] {
            assert_eq!(files.respond(path, &HeaderMap::new()).await.status(), StatusCode::NOT_FOUND, "{path}");
        }
    }

    #[tokio::test]
    async fn a_gzip_file_that_stands_alone_is_sent_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let data = gzip(&[7; 4_000]).unwrap();
        for (name, bytes) in
            [("index.html", &b"<head></head>"[..]), ("a.json", b"{}"), ("a.json.gz", &data), ("d.gz", &data)]
        {
            std::fs::write(folder.path().join(name), bytes).unwrap();
        }
        let files = StaticFiles::new(Some(folder.path()), "t").unwrap();
        let headers = HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::from_static("gzip, br"))]);
        let answer = files.respond("/d.gz", &headers).await;
        assert_eq!((answer.status(), answer.headers().get(header::CONTENT_ENCODING)), (StatusCode::OK, None));
        assert_eq!(answer.headers()[header::CONTENT_TYPE], "application/gzip");
        assert_eq!(axum::body::to_bytes(answer.into_body(), 10_000).await.unwrap(), data);
        // One that is the compressed form of a file is only sent in its place.
        assert_eq!(files.respond("/a.json.gz", &headers).await.status(), StatusCode::NOT_FOUND);
        assert_eq!(files.respond("/a.json", &headers).await.headers()[header::CONTENT_ENCODING], "gzip");
    }

    #[test]
    fn encodings_are_chosen_as_the_client_says() {
        let accepts = |line: &str, encoding: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_ENCODING, line.parse().unwrap());
            accepts(&headers, encoding)
        };
        for (line, brotli, gzip) in [
            ("gzip, deflate, br", true, true),
            ("br;q=0, *", false, true),
            ("GZIP ; q=0.5", false, true),
            ("*;q=0", false, false),
            ("gzip;q=x", false, false),
            ("", false, false),
        ] {
            assert_eq!((accepts(line, "br"), accepts(line, "gzip")), (brotli, gzip), "{line}");
        }
        assert!(!super::accepts(&HeaderMap::new(), "gzip"));
    }

    #[test]
    fn a_compressed_form_that_is_older_than_its_file_is_left_out() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["a.js", "a.js.br", "b.js.gz", "b.js"] {
            let file = std::fs::File::create(folder.path().join(name)).unwrap();
            let age = if name == "b.js.gz" { 100 } else { 0 };
            file.set_modified(std::time::SystemTime::now() - Duration::from_secs(age)).unwrap();
        }
        let mut names: Vec<String> = read_folder(folder.path()).unwrap().into_keys().collect();
        names.sort();
        assert_eq!(names, ["a.js", "a.js.br", "b.js"]);
    }
}
