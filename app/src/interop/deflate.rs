//! The binding of `www/browser/deflate.mjs`: DEFLATE by the browser.

use js_sys::Uint8Array;
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// The bytes of a text, compressed (RFC 1951).
    ///
    /// # Errors
    /// The browser cannot compress.
    #[wasm_bindgen(js_name = stageplayDeflate, catch)]
    pub async fn deflate(text: &str) -> Result<Uint8Array, JsValue>;

    /// Bytes, unpacked.
    ///
    /// # Errors
    /// They are damaged, or more than `limit` bytes come of them.
    #[wasm_bindgen(js_name = stageplayInflate, catch)]
    pub async fn inflate(bytes: &Uint8Array, limit: usize) -> Result<Uint8Array, JsValue>;
}
