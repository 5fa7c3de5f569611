//! Talks to the server behind the page, if there is one: real builds, and what happens in them.

use crate::state::{Msg, RealEffect, RealMsg, lost, problem_of};
use gloo::net::http::{Request, RequestBuilder, Response};
use gloo::storage::{LocalStorage, Storage};
use gloo::timers::future::TimeoutFuture;
use gloo::utils::document;
use js_sys::{Reflect, Uint8Array};
use serde::de::DeserializeOwned;
use stageplay_core::api::{Event, Problem};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::ReadableStreamDefaultReader;
use yew::Callback;

const CALIBRATION: &str = "stageplay.catalogue";
/// How often a stream that broke off is taken up again, and the wait before each time in milliseconds.
const TRIES: u32 = 5;
const WAIT: u32 = 1_000;

/// The token that the server put into the page; without one there is no server.
pub fn token() -> Option<String> {
    let meta = document().query_selector("meta[name=stageplay-token]").ok().flatten()?;
    meta.get_attribute("content").filter(|token| !token.is_empty())
}

/// Facts on base images that were kept in this browser.
pub fn kept_facts() -> String {
    LocalStorage::raw().get_item(CALIBRATION).ok().flatten().unwrap_or_default()
}

fn with_token(request: RequestBuilder) -> RequestBuilder {
    request.header("Authorization", &format!("Bearer {}", token().unwrap_or_default()))
}

async fn text(response: Result<Response, gloo::net::Error>) -> Result<String, Problem> {
    let response = response.map_err(|error| lost(error.to_string()))?;
    let (ok, status) = (response.ok(), response.status());
    let text = response.text().await.map_err(|error| lost(error.to_string()))?;
    if ok { Ok(text) } else { Err(problem_of(status, &text)) }
}

async fn json<T: DeserializeOwned>(response: Result<Response, gloo::net::Error>) -> Result<T, Problem> {
    serde_json::from_str(&text(response).await?).map_err(|error| lost(error.to_string()))
}

fn path(id: &str) -> String {
    // Ids are letters and digits; anything else must not become another path.
    let id: String = id.chars().filter(char::is_ascii_alphanumeric).collect();
    format!("api/builds/{id}")
}

/// Does what is to be done, and tells what came of it.
pub fn perform(effect: RealEffect, tell: Callback<Msg>) {
    let say = move |msg| tell.emit(Msg::Real(msg));
    spawn_local(async move {
        match effect {
            RealEffect::Ask => {
                let answer = json(with_token(Request::get("api/engine")).send().await).await;
                say(RealMsg::Server(Box::new(answer)));
            }

            RealEffect::Submit(number, body) => {
                let request =
                    with_token(Request::post("api/builds")).header("Content-Type", "application/json").body(body);
                let answer = match request {
                    Ok(request) => json(request.send().await).await,
                    Err(error) => Err(lost(error.to_string())),
                };
                say(RealMsg::Accepted(number, answer));
            }
            RealEffect::Follow(number, id, after) => follow(number, &id, after, &say).await,
            RealEffect::Fetch(number, id) => {
                let answer = json(with_token(Request::get(&path(&id))).send().await).await;
                say(RealMsg::Report(number, Box::new(answer)));
            }
            RealEffect::Cancel(id) => {
                let _ = with_token(Request::delete(&path(&id))).send().await;
            }
            RealEffect::Facts(names) => {
                let mut facts = String::new();
                for name in names {
                    let encoded = js_sys::encode_uri_component(&name);
                    match text(with_token(Request::get(&format!("api/images/facts?name={encoded}"))).send().await).await
                    {
                        Ok(line) => facts.push_str(&format!("{}\n", line.trim())),
                        Err(problem) => return say(RealMsg::Facts(Err(problem))),
                    }
                }
                say(RealMsg::Facts(Ok(facts)));
            }
            RealEffect::Keep(facts) => {
                let _ = LocalStorage::raw().set_item(CALIBRATION, &facts);
            }
        }
    });
}

/// Reads a build's events until it is over; takes the stream up again where it broke off.
async fn follow(number: u32, id: &str, after: usize, say: &impl Fn(RealMsg)) {
    let mut last = after;
    let mut tries = 0;
    while tries < TRIES {
        let before = last;
        match read(number, id, &mut last, say).await {
            Ok(true) => return,
            Err(problem) if problem.code == "not-found" => {
                return say(RealMsg::Report(number, Box::new(Err(problem))));
            }
            _ => {}
        }
        tries = if last > before { 0 } else { tries + 1 };
        TimeoutFuture::new(WAIT).await;
    }
    say(RealMsg::Broken(number));
}

/// One stream; whether the build was over in it.
async fn read(number: u32, id: &str, last: &mut usize, say: &impl Fn(RealMsg)) -> Result<bool, Problem> {
    let request = with_token(Request::get(&format!("{}/events", path(id)))).header("Last-Event-ID", &last.to_string());
    let response = request.send().await.map_err(|error| lost(error.to_string()))?;
    if !response.ok() {
        let (status, text) = (response.status(), response.text().await.unwrap_or_default());
        return Err(problem_of(status, &text));
    }
    let stream = response.body().ok_or_else(|| lost("no stream"))?;
    let reader = ReadableStreamDefaultReader::new(&stream).map_err(|_| lost("no stream"))?;
    let mut bytes: Vec<u8> = Vec::new();
    loop {
        let piece = JsFuture::from(reader.read()).await.map_err(|_| lost("the stream broke off"))?;
        let done = Reflect::get(&piece, &"done".into()).ok().and_then(|done| done.as_bool()).unwrap_or(true);
        if let Some(piece) =
            Reflect::get(&piece, &"value".into()).ok().and_then(|value| value.dyn_into::<Uint8Array>().ok())
        {
            bytes.extend(piece.to_vec());
        }
        while let Some(end) = bytes.windows(2).position(|pair| pair == b"\n\n") {
            let frame: Vec<u8> = bytes.drain(..end + 2).collect();
            let Some((id, event)) = frame_of(&String::from_utf8_lossy(&frame)) else { continue };
            *last = id;
            let over = matches!(event, Event::Finished { .. });
            say(RealMsg::Event(number, id, event));
            if over {
                return Ok(true);
            }
        }
        if done {
            return Ok(false);
        }
    }
}

/// One event of the stream: its number and what it says.
fn frame_of(frame: &str) -> Option<(usize, Event)> {
    let field = |name: &str| frame.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
    Some((field("id:")?.parse().ok()?, serde_json::from_str(field("data:")?).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_read_and_signs_of_life_are_passed_over() {
        let (id, event) = frame_of("id: 7\nevent: queued\ndata: {\"type\":\"queued\",\"position\":2}\n\n").unwrap();
        assert_eq!((id, event), (7, Event::Queued { position: 2 }));
        assert!(frame_of(":\n\n").is_none() && frame_of("id: 1\ndata: {}\n\n").is_none());
    }
}
