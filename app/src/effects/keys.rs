//! The keys that work everywhere on the page.

use crate::state::Msg;
use gloo::events::{EventListener, EventListenerOptions};
use gloo::utils::document;
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, KeyboardEvent};
use yew::Callback;

/// Opens the command palette at Ctrl+K or Cmd+K, and the list of keys at a question mark that is not typed into a text.
/// Undoes at Ctrl+Z and does again at Ctrl+Y or Ctrl+Shift+Z outside of texts; the editor has keys of its own.
pub fn watch_keys(dispatch: Callback<Msg>) {
    let options = EventListenerOptions::enable_prevent_default();
    let listener = EventListener::new_with_options(&document(), "keydown", options, move |event| {
        let Some(event) = event.dyn_ref::<KeyboardEvent>() else { return };
        let msg = match event.key().as_str() {
            "k" | "K" if event.ctrl_key() || event.meta_key() => Msg::ShowPalette(true),
            "z" | "Z" if is_undo_key(event) && event.shift_key() => Msg::Redo,
            "z" | "Z" if is_undo_key(event) => Msg::Undo,
            "y" | "Y" if is_undo_key(event) => Msg::Redo,
            "?" if !is_typed_into(event) => Msg::ShowKeys,
            _ => return,
        };
        event.prevent_default();
        dispatch.emit(msg);
    });
    listener.forget();
}

/// Whether Ctrl or Cmd is held, outside of texts and dialogs.
fn is_undo_key(event: &KeyboardEvent) -> bool {
    let target = event.target().and_then(|target| target.dyn_into::<HtmlElement>().ok());
    let is_in_dialog = target.is_some_and(|target| target.closest("dialog").is_ok_and(|dialog| dialog.is_some()));
    (event.ctrl_key() || event.meta_key()) && !event.alt_key() && !is_typed_into(event) && !is_in_dialog
}

/// Whether the key goes into a text.
fn is_typed_into(event: &KeyboardEvent) -> bool {
    let target = event.target().and_then(|target| target.dyn_into::<HtmlElement>().ok());
    target.is_some_and(|target| {
        target.is_content_editable() || ["INPUT", "TEXTAREA", "SELECT"].contains(&target.tag_name().as_str())
    })
}
