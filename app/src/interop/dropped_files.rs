//! The binding of `www/browser/dropped_files.mjs`, which reads what was dropped onto the page.

use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// A file with its path below what was dropped.
    #[derive(Debug)]
    pub type DroppedFile;

    /// The path; of a single file its name.
    #[wasm_bindgen(method, getter)]
    pub fn path(this: &DroppedFile) -> String;

    /// The file.
    #[wasm_bindgen(method, getter)]
    pub fn file(this: &DroppedFile) -> web_sys::File;

    /// All files of a `DataTransfer` or of an `<input type="file">`, folders with what is below them: a promise of
    /// `{files: DroppedFile[], ignore: string | null}`, where `ignore` is the text of the `.dockerignore` at the top.
    #[wasm_bindgen(js_name = stageplayReadFiles)]
    pub fn read_files(source: &JsValue) -> js_sys::Promise;
}
