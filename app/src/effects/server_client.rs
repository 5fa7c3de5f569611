//! The client of the server behind the page, if there is one: real builds and their event streams.

use super::browser_storage::{read, write};
use crate::state::{Msg, RealBuildEffect, RealBuildMsg, connection_problem, parse_problem};
use gloo::net::http::{Request, RequestBuilder, Response};
use gloo::timers::future::TimeoutFuture;
use gloo::utils::document;
use js_sys::{Reflect, Uint8Array};
use serde::de::DeserializeOwned;
use stageplay_report::api::{Event, Problem};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::ReadableStreamDefaultReader;
use yew::Callback;

/// The key in the browser's storage of the engine's facts on base images, one a line.
const CALIBRATION_KEY: &str = "stageplay.catalogue";
/// How often in a row a stream that broke off is resumed without a new event.
const MAX_RETRIES: u32 = 5;
/// The pause before a stream is resumed, in milliseconds.
const RETRY_PAUSE: u32 = 1_000;

/// The access token, which the server puts into the page; `None` if the page was opened without a server.
pub fn token() -> Option<String> {
    let meta = document().query_selector("meta[name=stageplay-token]").ok().flatten()?;
    meta.get_attribute("content").filter(|token| !token.is_empty())
}

/// The engine's facts on base images that this browser saved; empty if none.
pub fn load_calibration() -> String {
    read(CALIBRATION_KEY)
}

fn with_token(request: RequestBuilder) -> RequestBuilder {
    request.header("Authorization", &format!("Bearer {}", token().unwrap_or_default()))
}

/// The body of an answer. The server's error answer becomes its problem.
async fn body_text(response: Result<Response, gloo::net::Error>) -> Result<String, Problem> {
    let response = response.map_err(|error| connection_problem(error.to_string()))?;
    let (ok, status) = (response.ok(), response.status());
    let text = response.text().await.map_err(|error| connection_problem(error.to_string()))?;
    if ok { Ok(text) } else { Err(parse_problem(status, &text)) }
}

async fn body_json<T: DeserializeOwned>(response: Result<Response, gloo::net::Error>) -> Result<T, Problem> {
    serde_json::from_str(&body_text(response).await?).map_err(|error| connection_problem(error.to_string()))
}

fn build_path(id: &str) -> String {
    // Ids are letters and digits. Other characters are dropped, so that an id cannot lead to another path.
    let id: String = id.chars().filter(char::is_ascii_alphanumeric).collect();
    format!("api/builds/{id}")
}

/// Carries out an effect and dispatches its result.
pub fn perform(effect: RealBuildEffect, dispatch: Callback<Msg>) {
    let send = move |msg| dispatch.emit(Msg::RealBuild(msg));
    spawn_local(async move {
        match effect {
            RealBuildEffect::QueryEngine => {
                let answer = body_json(with_token(Request::get("api/engine")).send().await).await;
                send(RealBuildMsg::EngineAnswered(Box::new(answer)));
            }
            RealBuildEffect::Submit(number, body) => {
                let request =
                    with_token(Request::post("api/builds")).header("Content-Type", "application/json").body(body);
                let answer = match request {
                    Ok(request) => body_json(request.send().await).await,
                    Err(error) => Err(connection_problem(error.to_string())),
                };
                send(RealBuildMsg::Accepted(number, answer));
            }
            RealBuildEffect::StreamEvents(number, id, after) => stream_events(number, &id, after, &send).await,
            RealBuildEffect::FetchStatus(number, id) => {
                let answer = body_text(with_token(Request::get(&build_path(&id))).send().await).await;
                let answer = answer.and_then(|text| {
                    let status = serde_json::from_str(&text).map_err(|error| connection_problem(error.to_string()))?;
                    Ok((status, text))
                });
                send(RealBuildMsg::StatusFetched(number, Box::new(answer)));
            }
            RealBuildEffect::Cancel(id) => {
                let _ = with_token(Request::delete(&build_path(&id))).send().await;
            }
            RealBuildEffect::FetchFacts(names) => {
                let mut facts = String::new();
                for name in names {
                    let encoded = js_sys::encode_uri_component(&name);
                    match body_text(with_token(Request::get(&format!("api/images/facts?name={encoded}"))).send().await)
                        .await
                    {
                        Ok(line) => facts.push_str(&format!("{}\n", line.trim())),
                        Err(problem) => return send(RealBuildMsg::FactsFetched(Err(problem))),
                    }
                }
                send(RealBuildMsg::FactsFetched(Ok(facts)));
            }
            RealBuildEffect::SaveCalibration(facts) => {
                let _ = write(CALIBRATION_KEY, &facts);
            }
        }
    });
}

/// Streams the events of a build until it is over. A stream that breaks off is resumed after its last event.
async fn stream_events(number: u32, id: &str, after: usize, send: &impl Fn(RealBuildMsg)) {
    let mut last = after;
    let mut retries = 0;
    while retries < MAX_RETRIES {
        let before = last;
        match read_stream(number, id, &mut last, send).await {
            Ok(true) => return,
            Err(problem) if problem.code == "not-found" => {
                return send(RealBuildMsg::StatusFetched(number, Box::new(Err(problem))));
            }
            _ => {}
        }
        retries = if last > before { 0 } else { retries + 1 };
        TimeoutFuture::new(RETRY_PAUSE).await;
    }
    send(RealBuildMsg::StreamLost(number));
}

/// Reads one stream to its end. `last` is the number of its last event. Returns whether the build is over.
async fn read_stream(number: u32, id: &str, last: &mut usize, send: &impl Fn(RealBuildMsg)) -> Result<bool, Problem> {
    let request =
        with_token(Request::get(&format!("{}/events", build_path(id)))).header("Last-Event-ID", &last.to_string());
    let response = request.send().await.map_err(|error| connection_problem(error.to_string()))?;
    if !response.ok() {
        let (status, text) = (response.status(), response.text().await.unwrap_or_default());
        return Err(parse_problem(status, &text));
    }
    let stream = response.body().ok_or_else(|| connection_problem("no stream"))?;
    let reader = ReadableStreamDefaultReader::new(&stream).map_err(|_| connection_problem("no stream"))?;
    let mut bytes: Vec<u8> = Vec::new();
    loop {
        let piece = JsFuture::from(reader.read()).await.map_err(|_| connection_problem("the stream broke off"))?;
        let done = Reflect::get(&piece, &"done".into()).ok().and_then(|done| done.as_bool()).unwrap_or(true);
        if let Some(piece) =
            Reflect::get(&piece, &"value".into()).ok().and_then(|value| value.dyn_into::<Uint8Array>().ok())
        {
            bytes.extend(piece.to_vec());
        }
        while let Some(end) = bytes.windows(2).position(|pair| pair == b"\n\n") {
            let frame: Vec<u8> = bytes.drain(..end + 2).collect();
            let Some((id, event)) = parse_event(&String::from_utf8_lossy(&frame)) else { continue };
            *last = id;
            let over = matches!(event, Event::Finished { .. });
            send(RealBuildMsg::Event(number, id, event));
            if over {
                return Ok(true);
            }
        }
        if done {
            return Ok(false);
        }
    }
}

/// Parses an event of the stream (`id:` and `data:` of a server-sent event) to its number and content.
fn parse_event(frame: &str) -> Option<(usize, Event)> {
    let field = |name: &str| frame.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
    Some((field("id:")?.parse().ok()?, serde_json::from_str(field("data:")?).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_parsed_and_keep_alive_comments_are_ignored() {
        let (id, event) = parse_event("id: 7\nevent: queued\ndata: {\"type\":\"queued\",\"position\":2}\n\n").unwrap();
        assert_eq!((id, event), (7, Event::Queued { position: 2 }));
        assert!(parse_event(":\n\n").is_none() && parse_event("id: 1\ndata: {}\n\n").is_none());
    }
}
