//! Requests for the files beside the page: lessons, package indexes, data about base images.

use crate::state::{LessonEntry, Msg, image_data_path};
use gloo::net::http::{Request, Response};
use wasm_bindgen_futures::spawn_local;
use yew::Callback;

async fn fetch_file(path: &str) -> Result<Response, String> {
    let answer = Request::get(path).send().await.map_err(|error| format!("{path}: {error}"))?;
    if !answer.ok() {
        return Err(format!("{path}: {} {}", answer.status(), answer.status_text()));
    }
    Ok(answer)
}

async fn fetch_text(path: &str) -> Result<String, String> {
    fetch_file(path).await?.text().await.map_err(|error| format!("{path}: {error}"))
}

async fn fetch_bytes(path: &str) -> Result<Vec<u8>, String> {
    fetch_file(path).await?.binary().await.map_err(|error| format!("{path}: {error}"))
}

/// Fetches the list of lessons.
pub fn fetch_lesson_index(dispatch: Callback<Msg>) {
    spawn_local(async move {
        let index = fetch_text("lessons/index.json").await.and_then(|text| LessonEntry::parse_index(&text));
        dispatch.emit(Msg::LessonsLoaded(index));
    });
}

/// Fetches the English and the Chinese text of a lesson.
pub fn fetch_lesson(slug: String, dispatch: Callback<Msg>) {
    spawn_local(async move {
        // The slug may come from the address of the page. It must not lead out of the folder of lessons.
        let is_safe = slug.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '/') && !slug.contains("//");
        let texts = if is_safe {
            let english = fetch_text(&format!("lessons/{slug}/en.md")).await;
            let chinese = fetch_text(&format!("lessons/{slug}/zh-CN.md")).await;
            english.and_then(|english| Ok((english, chinese?)))
        } else {
            Err(format!("there is no lesson {slug:?}"))
        };
        dispatch.emit(Msg::LessonLoaded(slug, texts));
    });
}

/// Fetches a package index.
pub fn fetch_package_index(name: String, dispatch: Callback<Msg>) {
    spawn_local(async move {
        let table = fetch_text(&format!("packages/{name}.tsv")).await;
        dispatch.emit(Msg::PackageIndexLoaded(name, table));
    });
}

/// Fetches data about base images.
pub fn fetch_image_data(name: String, dispatch: Callback<Msg>) {
    spawn_local(async move {
        let bytes = fetch_bytes(&image_data_path(&name)).await;
        dispatch.emit(Msg::ImageDataLoaded(name, bytes));
    });
}
