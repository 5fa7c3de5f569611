//! The binding of `www/browser/first_visit.mjs`: the HTML of a first visit while the page is being loaded.

use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// Takes the parts out of the HTML that stay until their piece of the program is there. Called before the first
    /// rendering.
    #[wasm_bindgen(js_namespace = stageplayFirstVisit)]
    pub fn keep();

    /// A part that stays, by its name: `verdict` or `result`.
    #[wasm_bindgen(js_namespace = stageplayFirstVisit)]
    pub fn part(name: &str) -> Option<web_sys::Node>;

    /// Puts the text of the HTML in the place of the editor, and does what was done before the program was there. `on_use` is
    /// called when something of a part is used. Called after the first rendering.
    #[wasm_bindgen(js_namespace = stageplayFirstVisit)]
    pub fn rendered(editor: &web_sys::Element, on_use: &Closure<dyn FnMut()>);

    /// Forgets what of a part was used: its piece could not be loaded.
    #[wasm_bindgen(js_namespace = stageplayFirstVisit, js_name = forgetUse)]
    pub fn forget_use();

    /// Notes what the reader did to the parts. Called before they are rendered.
    #[wasm_bindgen(js_namespace = stageplayFirstVisit)]
    pub fn leave();

    /// Does it to what was rendered.
    #[wasm_bindgen(js_namespace = stageplayFirstVisit)]
    pub fn replaced();
}
