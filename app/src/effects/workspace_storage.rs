//! The workspace in the browser's storage.

use gloo::storage::{LocalStorage, Storage};
use stageplay_protocol::Workspace;

/// The key in the browser's storage. The value is the workspace as JSON.
const KEY: &str = "stageplay.workspace";

/// The saved workspace; `None` if there is none or it cannot be parsed.
pub fn load_workspace() -> Option<Workspace> {
    let json = LocalStorage::raw().get_item(KEY).ok().flatten()?;
    Workspace::from_json(&json).ok()
}

/// Saves the workspace.
///
/// # Errors
/// The storage is full or blocked.
pub fn save_workspace(workspace: &Workspace) -> Result<(), ()> {
    LocalStorage::raw().set_item(KEY, &workspace.to_json()).map_err(|_| ())
}
