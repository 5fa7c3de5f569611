//! Examples: fetched when the person asks for them.

use crate::state::Msg;
use gloo::net::http::Request;
use gloo::utils::document;
use wasm_bindgen_futures::spawn_local;
use yew::Callback;

/// The folder of the page's data, which the page names; that of the page itself without it.
fn data_folder() -> String {
    let meta = document().query_selector("meta[name=stageplay-data]").ok().flatten();
    meta.and_then(|meta| meta.get_attribute("content")).unwrap_or_default()
}

async fn fetch_json<T: serde::de::DeserializeOwned>(path: &str) -> Result<T, String> {
    let says = |error: gloo::net::Error| format!("{path}: {error}");
    let answer = Request::get(&format!("{}{path}", data_folder())).send().await.map_err(says)?;
    if !answer.ok() {
        return Err(format!("{path}: {} {}", answer.status(), answer.status_text()));
    }
    answer.json().await.map_err(says)
}

/// Fetches the list of examples.
pub fn fetch_example_list(dispatch: Callback<Msg>) {
    spawn_local(async move { dispatch.emit(Msg::ExamplesListed(fetch_json("examples/index.json").await)) });
}

/// Fetches the files of an example by its name.
pub fn fetch_example(name: String, dispatch: Callback<Msg>) {
    spawn_local(async move {
        // The name may come from the address of the page. It must not lead out of the folder of examples.
        let is_safe = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
        let workspace = if is_safe {
            fetch_json(&format!("examples/{name}.json")).await
        } else {
            Err(format!("there is no example {name:?}"))
        };
        dispatch.emit(Msg::WorkspaceFetched(name, workspace.map(Box::new)));
    });
}
