//! Talks to the browser: storage, requests, clipboard, address.

use crate::state::{LessonEntry, Model, Msg};
use crate::wording::t;
use gloo::net::http::Request;
use gloo::storage::{LocalStorage, Storage};
use gloo::utils::{document, window};
use js_sys::Uint8Array;
use stageplay_core::words::Language;
use stageplay_core::workspace::Workspace;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::Range;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{File, HtmlElement};
use yew::Callback;

const WORKSPACE: &str = "stageplay.workspace";
const SETTINGS: &str = "stageplay.settings";

/// The language and theme that were chosen; else the browser's language.
pub fn settings() -> (Language, Option<bool>) {
    let kept: String = LocalStorage::raw().get_item(SETTINGS).ok().flatten().unwrap_or_default();
    let mut words = kept.split(' ');
    let language = words
        .next()
        .filter(|tag| !tag.is_empty())
        .map(Language::from_tag)
        .unwrap_or_else(|| Language::from_tag(&window().navigator().language().unwrap_or_default()));
    let dark = match words.next() {
        Some("dark") => Some(true),
        Some("light") => Some(false),
        _ => None,
    };
    (language, dark)
}

/// Keeps language and theme, and applies them to the document.
pub fn keep_settings(model: &Model) {
    let theme = match model.dark {
        Some(true) => "dark",
        Some(false) => "light",
        None => "system",
    };
    let _ = LocalStorage::raw().set_item(SETTINGS, &format!("{} {theme}", model.language.tag()));
    show_settings(model.language, model.dark);
}

/// Applies language and theme to the document.
pub fn show_settings(language: Language, dark: Option<bool>) {
    if let Some(root) = document().document_element() {
        let _ = root.set_attribute("lang", language.tag());
        let _ = match dark {
            Some(true) => root.set_attribute("data-theme", "dark"),
            Some(false) => root.set_attribute("data-theme", "light"),
            None => root.remove_attribute("data-theme"),
        };
    }
}

/// What the page opens with: a shared workspace, a lesson, or what was kept.
#[derive(Debug)]
pub enum Opening {
    /// A share link, or what was wrong with it.
    Shared(Result<Workspace, String>),
    /// `#lesson=slug`.
    Lesson(String),
    /// What was kept in this browser.
    Kept(Workspace),
    /// Nothing.
    Fresh,
}

/// Reads the address and the storage.
pub fn opening() -> Opening {
    let hash = window().location().hash().unwrap_or_default();
    if let Some(link) = hash.strip_prefix("#w=") {
        return Opening::Shared(Workspace::from_link(link).map_err(|error| error.to_string()));
    }
    if let Some(slug) = hash.strip_prefix("#lesson=") {
        return Opening::Lesson(slug.to_string());
    }
    let kept = LocalStorage::raw().get_item(WORKSPACE).ok().flatten();
    match kept.map(|text| Workspace::from_json(&text)) {
        Some(Ok(workspace)) => Opening::Kept(workspace),
        _ => Opening::Fresh,
    }
}

/// Keeps the workspace. A full storage is said, not swallowed.
pub fn keep(model: &Model) -> Result<(), String> {
    let json = model.workspace().to_json();
    LocalStorage::raw()
        .set_item(WORKSPACE, &json)
        .map_err(|_| "This browser's storage is full: the workspace is not kept. Use a share link.".to_string())
}

/// What the editor itself says, as JSON.
pub fn editor_words(language: Language) -> String {
    let ids = ["editor", "rename-to", "format", "fold", "unfold"];
    let words = ids.map(|id| (id.to_string(), serde_json::Value::from(t(language, id))));
    serde_json::Value::Object(words.into_iter().collect()).to_string()
}

async fn fetch(path: &str) -> Result<String, String> {
    let answer = Request::get(path).send().await.map_err(|error| format!("{path}: {error}"))?;
    if !answer.ok() {
        return Err(format!("{path}: {} {}", answer.status(), answer.status_text()));
    }
    answer.text().await.map_err(|error| format!("{path}: {error}"))
}

/// Asks for the list of lessons.
pub fn fetch_lessons(tell: Callback<Msg>) {
    spawn_local(async move {
        let list = fetch("lessons/index.json").await.and_then(|text| LessonEntry::read(&text));
        tell.emit(Msg::Lessons(list));
    });
}

/// Asks for a lesson's texts.
pub fn fetch_lesson(slug: String, tell: Callback<Msg>) {
    spawn_local(async move {
        let safe = slug.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '/') && !slug.contains("//");
        let texts = if safe {
            match (fetch(&format!("lessons/{slug}/en.md")).await, fetch(&format!("lessons/{slug}/zh-CN.md")).await) {
                (Ok(english), Ok(chinese)) => Ok((english, chinese)),
                (Err(error), _) | (_, Err(error)) => Err(error),
            }
        } else {
            Err(format!("there is no lesson {slug:?}"))
        };
        tell.emit(Msg::LessonTexts(slug, texts));
    });
}

/// Asks for a package index.
pub fn fetch_index(name: String, tell: Callback<Msg>) {
    spawn_local(async move {
        let text = fetch(&format!("packages/{name}.tsv")).await;
        tell.emit(Msg::Index(name, text));
    });
}

/// Puts a share link into the address and copies it.
/// Gives a file to the person, as a download.
pub fn save(name: &str, bytes: &[u8]) {
    let made = js_sys::Array::of1(&Uint8Array::from(bytes));
    // Without a type the browser would add an ending that fits the content.
    let kind = web_sys::BlobPropertyBag::new();
    kind.set_type("application/octet-stream");
    let Ok(blob) = web_sys::Blob::new_with_u8_array_sequence_and_options(&made, &kind) else { return };
    let Ok(address) = web_sys::Url::create_object_url_with_blob(&blob) else { return };
    let link = document().create_element("a").ok().and_then(|link| link.dyn_into::<HtmlElement>().ok());
    if let Some(link) = link {
        let _ = link.set_attribute("href", &address);
        let _ = link.set_attribute("download", name);
        link.click();
    }
    let _ = web_sys::Url::revoke_object_url(&address);
}

pub fn copy_link(link: String, tell: Callback<Msg>, done: String, by_hand: String) {
    let location = window().location();
    let _ = location.set_hash(&format!("w={link}"));
    let href = location.href().unwrap_or_default();
    spawn_local(async move {
        let copied = JsFuture::from(window().navigator().clipboard().write_text(&href)).await;
        tell.emit(Msg::Say(if copied.is_ok() { done } else { by_hand }));
    });
}

thread_local! {
    /// Large files that were dropped, to be read from when somebody asks.
    static HELD: RefCell<BTreeMap<String, File>> = const { RefCell::new(BTreeMap::new()) };
}

/// Keeps a dropped file at hand.
pub fn hold(name: &str, file: File) {
    HELD.with_borrow_mut(|held| held.insert(name.to_string(), file));
}

/// Some bytes of a file, the rest of it unread.
///
/// # Errors
/// The browser's: the file was moved or changed meanwhile.
pub async fn bytes(file: &File, range: Range<u64>) -> Result<Vec<u8>, JsValue> {
    let blob = file.slice_with_f64_and_f64(range.start as f64, range.end as f64)?;
    let buffer = JsFuture::from(blob.array_buffer()).await?;
    Ok(Uint8Array::new(&buffer).to_vec())
}

/// Reads parts of a file that is held.
pub fn read(name: String, ranges: Vec<Range<u64>>, tell: Callback<Msg>) {
    let Some(file) = HELD.with_borrow(|held| held.get(&name).cloned()) else { return };
    spawn_local(async move {
        let mut pieces = Vec::new();
        for range in ranges {
            match bytes(&file, range.clone()).await {
                Ok(piece) => pieces.push((range.start, piece)),
                Err(_) => return tell.emit(Msg::Say(format!("{name}: the browser cannot read it any more"))),
            }
        }
        tell.emit(Msg::Came(name, pieces));
    });
}
