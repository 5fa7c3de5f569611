//! The Web Worker: it hands the page's messages to a session, fetches what that asks for, and posts what changed.
//!
//! A message of the page is an array: a [`ToWorker`] as JSON, and the files that come with it. The first message to the
//! page is `ready`; each further one is an [`stageplay_protocol::Update`] as JSON.

use crate::{Effect, Session, image_data_path};
use gloo::net::http::{Request, Response};
use js_sys::{Array, Uint8Array};
use stageplay_core::elf::is_elf;
use stageplay_core::words::Language;
use stageplay_protocol::{Request as Asked, ToWorker};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::Range;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{DedicatedWorkerGlobalScope, File, MessageEvent};

/// ELF files larger than this, in bytes, are read in parts.
const LARGE_PROGRAM: f64 = 1024.0 * 1024.0;

#[cfg(feature = "split")]
#[wasm_bindgen]
extern "C" {
    /// Loads a piece of the program at once, or with 0 all of them ahead (`www/simulator_pieces.mjs`). `profile-split` of
    /// `xtask/tools` puts such a call before each function that is not in the main piece.
    #[wasm_bindgen(js_name = stageplayLoadPiece)]
    fn load_piece(number: u32);
}

thread_local! {
    static SESSION: RefCell<Session> = RefCell::new(Session::new(Language::English));
    /// The large programs by name.
    static OPEN_FILES: RefCell<BTreeMap<String, File>> = const { RefCell::new(BTreeMap::new()) };
}

fn scope() -> DedicatedWorkerGlobalScope {
    js_sys::global().unchecked_into()
}

/// Listens to the page, unless the script that loads the program says that it uses the [`crate::service`] only.
pub fn start() {
    let is_service = js_sys::Reflect::get(&js_sys::global(), &"stageplayService".into());
    if is_service.is_ok_and(|is_service| is_service.is_truthy()) {
        return;
    }
    let listener = Closure::<dyn FnMut(MessageEvent)>::new(|event: MessageEvent| {
        let parts: Array = event.data().unchecked_into();
        let message = parts.get(0).as_string().and_then(|json| serde_json::from_str::<ToWorker>(&json).ok());
        if let Some(message) = message {
            receive(message, parts.iter().skip(1).map(|part| part.dyn_into().ok()).collect());
        }
    });
    scope().set_onmessage(Some(listener.as_ref().unchecked_ref()));
    listener.forget();
    let _ = scope().post_message(&"ready".into());
}

fn receive(message: ToWorker, files: Vec<Option<File>>) {
    let request = message.request.clone();
    with_session(|session| session.handle(message));
    match request {
        Asked::TakeFiles(paths) => spawn_local(take_files(paths.into_iter().zip(files).collect())),
        Asked::TakeArchive(name) => spawn_local(take_archive(name, files.into_iter().next().flatten())),
        _ => {}
    }
}

/// Changes the session, carries out what it asks for, and tells the page what changed.
fn with_session(change: impl FnOnce(&mut Session)) {
    let (update, effects) = SESSION.with_borrow_mut(|session| {
        change(session);
        (session.take_update(), session.take_effects())
    });
    let json = serde_json::to_string(&update).unwrap_or_default();
    let _ = scope().post_message(&json.into());
    #[cfg(feature = "split")]
    if update.outcome.is_some_and(|outcome| !outcome.lacks_image_data) {
        load_piece(0);
    }
    effects.into_iter().for_each(|effect| spawn_local(perform(effect)));
}

/// Large programs stay open and are read in parts; of the other files all is read.
async fn take_files(files: Vec<(String, Option<File>)>) {
    let mut whole = Vec::new();
    for (path, file) in files {
        let Some(file) = file else {
            with_session(|session| session.file_is_gone(&path));
            continue;
        };
        let start = read_range(&file, 0..4).await.unwrap_or_default();
        if is_elf(&start) && file.size() > LARGE_PROGRAM {
            let size = file.size() as u64;
            OPEN_FILES.with_borrow_mut(|files| files.insert(path.clone(), file));
            with_session(|session| session.add_large_program(path, size));
        } else if let Ok(bytes) = read_range(&file, 0..file.size() as u64).await {
            whole.push((path, bytes));
        } else {
            with_session(|session| session.file_is_gone(&path));
        }
    }
    if !whole.is_empty() {
        with_session(|session| session.take_files(whole));
    }
}

async fn take_archive(name: String, file: Option<File>) {
    let bytes = match &file {
        Some(file) => read_range(file, 0..file.size() as u64).await.ok(),
        None => None,
    };
    with_session(|session| match bytes {
        Some(bytes) => session.take_archive(&name, bytes),
        None => session.file_is_gone(&name),
    });
}

async fn perform(effect: Effect) {
    match effect {
        Effect::FetchImageData(name) => {
            let bytes = fetch_bytes(&image_data_path(&name)).await;
            with_session(|session| session.take_image_data(&name, bytes));
        }
        Effect::FetchPackageIndex(name) => {
            let table = fetch_text(&format!("packages/{name}.tsv")).await;
            with_session(|session| session.take_package_index(&name, table));
        }
        Effect::FetchLesson(slug) => {
            let texts = fetch_lesson(&slug).await;
            with_session(|session| session.take_lesson(&slug, texts));
        }
        Effect::FetchPack(path) => {
            let bundle = fetch_pack(&path).await;
            with_session(|session| session.take_pack(&path, bundle));
        }
        Effect::ReadFileRanges(name, ranges) => {
            let Some(file) = OPEN_FILES.with_borrow(|files| files.get(&name).cloned()) else { return };
            let mut pieces = Vec::new();
            for range in ranges {
                match read_range(&file, range.clone()).await {
                    Ok(piece) => pieces.push((range.start, piece)),
                    Err(_) => return with_session(|session| session.file_is_gone(&name)),
                }
            }
            with_session(|session| session.take_file_ranges(&name, &pieces));
        }
    }
}

/// Reads a byte range of a file. Fails if the file was moved or changed meanwhile.
async fn read_range(file: &File, range: Range<u64>) -> Result<Vec<u8>, JsValue> {
    let blob = file.slice_with_f64_and_f64(range.start as f64, range.end as f64)?;
    let buffer = JsFuture::from(blob.array_buffer()).await?;
    Ok(Uint8Array::new(&buffer).to_vec())
}

/// The folder of the data, which the worker's script names; that of the script itself without it.
fn data_folder() -> String {
    let folder = js_sys::Reflect::get(&scope(), &"stageplayData".into());
    folder.ok().and_then(|folder| folder.as_string()).unwrap_or_default()
}

async fn fetch_file(path: &str) -> Result<Response, String> {
    let answer =
        Request::get(&format!("{}{path}", data_folder())).send().await.map_err(|error| format!("{path}: {error}"))?;
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

/// Whether a text is a path that stays below its folder. It may come from the address of the page.
fn is_folder(path: &str) -> bool {
    path.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '/') && !path.contains("//")
}

/// Fetches the bundle of an exercise.
async fn fetch_pack(path: &str) -> Result<String, String> {
    if !is_folder(path) {
        return Err(format!("there is no exercise {path:?}"));
    }
    fetch_text(&format!("packs/{path}.json")).await
}

/// Fetches the English and the Chinese text of a lesson.
async fn fetch_lesson(slug: &str) -> Result<(String, String), String> {
    if !is_folder(slug) {
        return Err(format!("there is no lesson {slug:?}"));
    }
    let english = fetch_text(&format!("lessons/{slug}/en.md")).await?;
    Ok((english, fetch_text(&format!("lessons/{slug}/zh-CN.md")).await?))
}
