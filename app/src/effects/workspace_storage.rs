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

/// Saves the workspace. Whether that succeeded: the storage may be full or blocked.
pub fn save_workspace(workspace: &Workspace) -> bool {
    LocalStorage::raw().set_item(KEY, &workspace.to_json()).is_ok()
}
