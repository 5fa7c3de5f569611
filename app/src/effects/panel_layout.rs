//! The sizes of the panels: kept in the browser's storage, applied to the document as CSS variables.

use super::browser_storage::{read, write};
use crate::state::{PanelLayout, Splitter};
use gloo::utils::document;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

/// The key in the browser's storage. The value is JSON.
const KEY: &str = "stageplay.panels";

/// The kept sizes; the sizes of a first visit if there are none.
pub fn load_panel_layout() -> PanelLayout {
    PanelLayout::from_json(&read(KEY))
}

/// Keeps the sizes and applies them.
pub fn save_panel_layout(layout: &PanelLayout) {
    let _ = write(KEY, &layout.to_json());
    apply_panel_layout(layout);
}

/// Sets the CSS variables from which `www/styles/layout.css` computes the sizes: shares between 0 and 1.
pub fn apply_panel_layout(layout: &PanelLayout) {
    let Some(root) = document().document_element().and_then(|root| root.dyn_into::<HtmlElement>().ok()) else {
        return;
    };
    for (name, splitter) in [
        ("--lesson-share", Splitter::Lesson),
        ("--result-share", Splitter::Result),
        ("--terminal-share", Splitter::Terminal),
    ] {
        let _ = root.style().set_property(name, &format!("{:.2}", f64::from(layout.size(splitter)) / 100.0));
    }
}
