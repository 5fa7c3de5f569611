//! A text at a public address (`?url=https://…`): fetched when the person asks for it, without cookies, and bounded.

use crate::state::Msg;
use gloo::net::http::{Request, Response};
use js_sys::{Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{ReadableStream, ReadableStreamDefaultReader, ReferrerPolicy, RequestCredentials};
use yew::Callback;

/// The longest text that is fetched from a public address, in bytes.
const MAX_TEXT: usize = 1 << 20;

/// Fetches a text at a public address.
pub fn fetch_address(address: String, dispatch: Callback<Msg>) {
    spawn_local(async move {
        let text = fetch_text(&address).await;
        dispatch.emit(Msg::AddressFetched(address, text));
    });
}

async fn fetch_text(address: &str) -> Result<String, String> {
    let request =
        Request::get(address).credentials(RequestCredentials::Omit).referrer_policy(ReferrerPolicy::NoReferrer);
    let answer: Response = request.send().await.map_err(|error| error.to_string())?;
    if !answer.ok() {
        return Err(format!("{} {}", answer.status(), answer.status_text()));
    }
    let stream = answer.body().ok_or("no content")?;
    let bytes = read_bounded(&stream, MAX_TEXT).await.map_err(|error| error.as_string().unwrap_or_default())?;
    String::from_utf8(bytes).map_err(|_| "it is no text".to_string())
}

/// Reads a stream to its end.
///
/// # Errors
/// It fails, or is longer than `limit` bytes.
async fn read_bounded(stream: &ReadableStream, limit: usize) -> Result<Vec<u8>, JsValue> {
    let reader: ReadableStreamDefaultReader = stream.get_reader().unchecked_into();
    let mut all = Vec::new();
    loop {
        let part = JsFuture::from(reader.read()).await?;
        if Reflect::get(&part, &"done".into())?.is_truthy() {
            return Ok(all);
        }
        let part: Uint8Array = Reflect::get(&part, &"value".into())?.unchecked_into();
        if all.len() + part.length() as usize > limit {
            let _ = reader.cancel();
            return Err(format!("larger than {limit} bytes").into());
        }
        all.extend(part.to_vec());
    }
}
