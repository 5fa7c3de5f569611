//! The browser's storage. It may be blocked or full; nothing here fails because of that.

use crate::state::StorageProblem;
use gloo::utils::window;
use web_sys::Storage;

/// What all pages of this browser share; `None` if it is blocked.
pub(super) fn shared() -> Option<Storage> {
    window().local_storage().ok().flatten()
}

/// What this page has for itself and keeps over a reload.
pub(super) fn own() -> Option<Storage> {
    window().session_storage().ok().flatten()
}

/// The value of a key that all pages share; empty if there is none.
pub(super) fn read(key: &str) -> String {
    shared().and_then(|storage| storage.get_item(key).ok().flatten()).unwrap_or_default()
}

/// Writes the value of a key that all pages share.
///
/// # Errors
/// The storage is blocked or full.
pub(super) fn write(key: &str, value: &str) -> Result<(), StorageProblem> {
    let storage = shared().ok_or(StorageProblem::Blocked)?;
    storage.set_item(key, value).map_err(|_| StorageProblem::Full)
}
