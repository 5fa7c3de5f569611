//! oEmbed (oembed.com, version 1.0): what other sites ask to turn an address of this page into an iframe.

use super::build_request::form_pairs;
use axum::extract::RawQuery;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// The size of the frame in CSS pixels, unless the other site has less room.
const WIDTH: u32 = 720;
const HEIGHT: u32 = 640;
/// The smallest frame in which something can be read.
const MIN: u32 = 200;
/// Seconds for which an answer may be kept.
const CACHE_AGE: u32 = 86_400;
/// The longest address that is answered, in bytes as they are sent. It fits into the head of a request, which has at most
/// 64 KiB ([`super::http_server`]), beside the headers of a usual client. A share link may be longer; the page gives the
/// frame for it.
const MAX_QUERY: usize = 48_000;

/// Answers `/oembed?url=…`. Only addresses of this server's own page are known.
pub(super) async fn oembed(RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let query = query.unwrap_or_default();
    let pairs = if query.len() <= MAX_QUERY { form_pairs(&query) } else { Vec::new() };
    let value = |name: &str| pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("");
    let mut response = match (value("format").unwrap_or("json"), value("url").and_then(|url| frame(url, host))) {
        ("json", Some(source)) => {
            let size = |name: &str, usual: u32| {
                let most = value(name).and_then(|text| text.parse::<u32>().ok()).unwrap_or(usual);
                usual.min(most.max(MIN))
            };
            let (width, height) = (size("maxwidth", WIDTH), size("maxheight", HEIGHT));
            let html = format!(
                "<iframe src=\"{source}\" width=\"{width}\" height=\"{height}\" loading=\"lazy\" title=\"Stageplay\"></iframe>"
            );
            let answer = json!({
                "version": "1.0", "type": "rich", "provider_name": "Stageplay", "title": "Stageplay: a simulated container build",
                "cache_age": CACHE_AGE, "width": width, "height": height, "html": html,
            });
            let kind = [(header::CONTENT_TYPE, "application/json+oembed")];
            (kind, answer.to_string()).into_response()
        }
        ("json", None) if query.len() > MAX_QUERY => {
            let what =
                format!("the query has more than {MAX_QUERY} bytes; copy the code for the frame from the page\n");
            (StatusCode::URI_TOO_LONG, what).into_response()
        }
        ("json", None) => (StatusCode::NOT_FOUND, "this server knows only addresses of its own page\n").into_response(),
        _ => (StatusCode::NOT_IMPLEMENTED, "only format=json\n").into_response(),
    };
    response.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    response
}

/// The address of the frame for an address of the page; `None` for any other address. A fragment that is a workspace or
/// a lesson is kept.
fn frame(url: &str, host: &str) -> Option<String> {
    let is_plain = url.bytes().all(|byte| byte.is_ascii_graphic());
    let (scheme, rest) = url.split_once("://").filter(|_| is_plain)?;
    if !matches!(scheme, "http" | "https") {
        return None;
    }
    let (address, fragment) = rest.split_once('#').unwrap_or((rest, ""));
    let address = address.split('?').next()?;
    let (authority, path) = address.split_once('/').unwrap_or((address, ""));
    if host.is_empty() || !authority.eq_ignore_ascii_case(host) {
        return None;
    }
    let (folder, file) = path.rsplit_once('/').map_or(("", path), |(folder, file)| (folder, file));
    let is_folder = folder.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/-_.~".contains(&byte));
    if !is_folder || folder.split('/').any(|part| part == "..") || !matches!(file, "" | "index.html" | "embed.html") {
        return None;
    }
    let is_kept = |name: &str, extra: &[u8]| {
        fragment
            .strip_prefix(name)
            .is_some_and(|data| data.bytes().all(|byte| byte.is_ascii_alphanumeric() || extra.contains(&byte)))
    };
    let fragment =
        if is_kept("w=", b"-_") || is_kept("lesson=", b"-_/") { format!("#{fragment}") } else { String::new() };
    let folder = if folder.is_empty() { String::new() } else { format!("{folder}/") };
    Some(format!("{scheme}://{authority}/{folder}embed.html{fragment}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn ask(query: &str) -> (u16, serde_json::Value) {
        let headers = HeaderMap::from_iter([(header::HOST, HeaderValue::from_static("play.example:8080"))]);
        let answer = oembed(RawQuery(Some(query.into())), headers).await;
        assert_eq!(answer.headers()[header::ACCESS_CONTROL_ALLOW_ORIGIN], "*");
        let status = answer.status().as_u16();
        let body = axum::body::to_bytes(answer.into_body(), 1 << 21).await.unwrap();
        (status, serde_json::from_slice(&body).unwrap_or_default())
    }

    #[tokio::test]
    async fn an_address_of_the_page_becomes_a_frame() {
        let (status, answer) =
            ask("url=https%3A%2F%2Fplay.example%3A8080%2Fa%2F%23w%3DeyJ9-_&maxwidth=400&maxheight=9999").await;
        assert_eq!((status, &answer["type"], &answer["version"]), (200, &json!("rich"), &json!("1.0")));
        assert_eq!((&answer["width"], &answer["height"]), (&json!(400), &json!(HEIGHT)));
        let html = answer["html"].as_str().unwrap();
        assert!(
            html.starts_with("<iframe src=\"https://play.example:8080/a/embed.html#w=eyJ9-_\" width=\"400\""),
            "{html}"
        );
        assert_eq!(ask("url=http://play.example:8080").await.0, 200);
    }

    #[tokio::test]
    async fn other_addresses_are_unknown_and_none_can_break_out_of_the_html() {
        for query in [
            "",
            "url=",
            "url=https://evil.example/",
            "url=javascript:alert(1)",
            "url=https://play.example:8080/api/engine",
            "url=https://play.example:8080/%22onload=%22x/",
            "url=https://play.example:8080/a/../",
            "url=https://x@play.example:8080/",
        ] {
            assert_eq!(ask(query).await.0, 404, "{query}");
        }
        let (_, answer) = ask("url=https://play.example:8080/%23w%3D%22%3E%3Cscript%3E").await;
        assert!(!answer["html"].as_str().unwrap().contains("script"));
        assert_eq!(ask("url=https://play.example:8080/&format=xml").await.0, 501);
    }
}
