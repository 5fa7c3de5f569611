//! The workspaces in the browser's storage: a record each, under a key of its own (docs/formats/stored-workspaces.md). A
//! record that cannot be read is never written over.

use super::browser_storage::{own, read, shared, write};
use crate::state::{
    Entry, EntryState, FORMAT, Model, Msg, Origin, Record, RecordProblem, Stored, known_base_of, revision_of,
};
use gloo::events::EventListener;
use gloo::utils::window;
use stageplay_protocol::Workspace;
use wasm_bindgen::JsCast;
use web_sys::StorageEvent;
use yew::Callback;

/// The beginning of the keys; the id of the workspace follows.
const PREFIX: &str = "stageplay.workspace/";
/// The key of the id of the workspace that is open: of this page, and of the page that opened one last.
const OPENED: &str = "stageplay.opened";
/// The key of earlier versions, which kept one workspace alone.
const ONE_WORKSPACE: &str = "stageplay.workspace";
/// The id of the workspace that an earlier version kept.
const FILES: &str = "files";

fn key(id: &str) -> String {
    format!("{PREFIX}{id}")
}

fn record_text(id: &str) -> Option<String> {
    shared()?.get_item(&key(id)).ok().flatten()
}

/// The workspace of an id.
pub fn find_workspace(id: &str) -> Option<Result<Box<Record>, RecordProblem>> {
    record_text(id).map(|text| Record::from_json(&text).map(Box::new))
}

/// The id of the workspace that this page had open before a reload, or that any page opened last.
pub fn opened_workspace() -> Option<String> {
    adopt_one_workspace();
    let of_page = own().and_then(|storage| storage.get_item(OPENED).ok().flatten());
    of_page.or_else(|| Some(read(OPENED))).filter(|id| !id.is_empty())
}

/// Remembers which workspace is open.
pub fn remember_opened(id: &str) {
    if let Some(storage) = own() {
        let _ = storage.set_item(OPENED, id);
    }
    let _ = write(OPENED, id);
}

/// Gives the workspace of an earlier version an id. A text that cannot be read stays, and is listed.
fn adopt_one_workspace() {
    let text = read(ONE_WORKSPACE);
    if text.is_empty() {
        return;
    }
    let (id, json) = match Workspace::from_json(&text) {
        Ok(workspace) => {
            let origin = workspace.lesson.clone().map_or(Origin::Own, Origin::Lesson);
            let id = origin.id().unwrap_or_else(|| FILES.to_string());
            let saved = js_sys::Date::now() as u64;
            let record =
                Record { format: FORMAT, revision: "first".into(), saved, origin, name: None, workspace, opened: None };
            (id, record.to_json())
        }
        Err(_) => (FILES.to_string(), text),
    };
    if record_text(&id).is_none() && write(&key(&id), &json).is_ok() {
        remember_opened(&id);
        if let Some(storage) = shared() {
            let _ = storage.remove_item(ONE_WORKSPACE);
        }
    }
}

/// Saves the open workspace of a model, unless another page changed its record.
pub fn save_workspace(model: &mut Model) -> Stored {
    let id = model.library.opened.id.clone();
    let known = model.library.revisions.get(&id).map(String::as_str);
    // One that was never read, because it cannot be, is another page's, too.
    if record_text(&id).is_some_and(|text| known != Some(revision_of(&text))) {
        return Stored::ChangedElsewhere;
    }
    let record = model.record();
    match write(&key(&id), &record.to_json()) {
        Ok(()) => Stored::Saved(record.revision),
        Err(problem) => Stored::Problem(problem),
    }
}

/// The workspaces of the storage, the newest first.
pub fn list_workspaces() -> Vec<Entry> {
    let Some(storage) = shared() else { return Vec::new() };
    let count = storage.length().unwrap_or_default();
    let keys = (0..count).filter_map(|index| storage.key(index).ok().flatten());
    let mut entries: Vec<Entry> = keys.filter_map(|key| Some(entry(key.strip_prefix(PREFIX)?))).collect();
    let age = |entry: &Entry| match &entry.state {
        EntryState::Readable { saved, .. } => u64::MAX - saved,
        EntryState::Unreadable(_) => u64::MAX,
    };
    entries.sort_by(|a, b| (age(a), &a.id).cmp(&(age(b), &b.id)));
    entries
}

fn entry(id: &str) -> Entry {
    let state = match Record::from_json(&record_text(id).unwrap_or_default()) {
        Ok(record) => EntryState::Readable {
            base: record.workspace.text(&record.workspace.dockerfile).and_then(known_base_of),
            files: record.workspace.files.len(),
            origin: record.origin,
            name: record.name,
            saved: record.saved,
        },
        Err(problem) => EntryState::Unreadable(problem),
    };
    Entry { id: id.to_string(), state }
}

/// Gives a workspace another name.
pub fn rename_workspace(id: &str, name: Option<String>) {
    let Some(Ok(record)) = find_workspace(id) else { return };
    // Another page that has it open sees the change.
    let revision = format!("{}+", record.revision);
    let _ = write(&key(id), &Record { name, revision, ..*record }.to_json());
}

/// Copies a workspace.
pub fn copy_workspace(from: &str, to: &str, name: Option<String>) {
    let Some(Ok(record)) = find_workspace(from) else { return };
    let (revision, saved) = (to.to_string(), js_sys::Date::now() as u64);
    // The copy is the person's own, but stays with its lesson.
    let origin = if record.workspace.lesson.is_some() { record.origin.clone() } else { Origin::Own };
    let _ = write(&key(to), &Record { name, revision, saved, origin, ..*record }.to_json());
}

/// Removes a workspace. Returns its record.
pub fn remove_workspace(id: &str) -> Option<String> {
    let text = record_text(id)?;
    shared()?.remove_item(&key(id)).ok()?;
    Some(text)
}

/// Writes a record that was removed.
pub fn restore_workspace(id: &str, json: &str) {
    if record_text(id).is_none() {
        let _ = write(&key(id), json);
    }
}

/// Tells the page when another one changes a workspace.
pub fn watch_storage(dispatch: Callback<Msg>) {
    EventListener::new(&window(), "storage", move |event| {
        let Some(event) = event.dyn_ref::<StorageEvent>() else { return };
        let key = event.key().unwrap_or_default();
        if let (Some(id), Some(text)) = (key.strip_prefix(PREFIX), event.new_value()) {
            dispatch.emit(Msg::StorageChanged(id.to_string(), revision_of(&text).to_string()));
        }
    })
    .forget();
}
