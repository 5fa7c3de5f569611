//! Where the focus is: moved into a panel, into a modal dialog, and back.

use crate::state::Panel;
use gloo::utils::document;
use wasm_bindgen::JsCast;
use web_sys::{HtmlDialogElement, HtmlElement};

/// Moves the focus into a panel.
pub fn focus_panel(panel: Panel) {
    let selector = match panel {
        Panel::Lesson => ".lesson",
        Panel::Editor => ".cm-content",
        Panel::Result => "[role=tabpanel]",
        Panel::Terminal => ".terminal input, .terminal textarea",
    };
    let element = document().query_selector(selector).ok().flatten();
    if let Some(element) = element.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
        let _ = element.focus();
    }
}

/// Moves the focus to the element with this id, unless it is in the editor. Returns whether there is such an element.
pub fn focus_element(id: &str) -> bool {
    let is_in_editor =
        document().active_element().is_some_and(|active| active.closest(".cm-editor").ok().flatten().is_some());
    let element = document().get_element_by_id(id).and_then(|element| element.dyn_into::<HtmlElement>().ok());
    let is_there = element.is_some();
    if let Some(element) = element.filter(|_| !is_in_editor) {
        let _ = element.focus();
    }
    is_there
}

/// Opens a dialog that was rendered as a modal one, and notes in `before` what had the focus. When the dialog is gone, that
/// element gets the focus back, unless another one has it.
pub fn open_dialog(id: &str, is_open: bool, before: &mut Option<HtmlElement>) {
    let active = document().active_element().and_then(|element| element.dyn_into::<HtmlElement>().ok());
    if is_open {
        let dialog = document().get_element_by_id(id).and_then(|element| element.dyn_into::<HtmlDialogElement>().ok());
        if let Some(dialog) = dialog.filter(|dialog| !dialog.open()) {
            *before = active;
            let _ = dialog.show_modal();
        }
    } else if let Some(before) = before.take()
        && active.is_none_or(|active| active.tag_name() == "BODY")
    {
        let _ = before.focus();
    }
}
