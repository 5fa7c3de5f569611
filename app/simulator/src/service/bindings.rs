//! The service as a class of JavaScript.

use super::Service;
use wasm_bindgen::prelude::*;

/// The simulator. Requests and answers are JSON (`service::form`).
#[wasm_bindgen(js_name = Simulator)]
#[allow(missing_debug_implementations, reason = "the service has no Debug")]
pub struct Simulator(Service);

#[wasm_bindgen(js_class = Simulator)]
impl Simulator {
    /// A simulator without data about base images.
    #[wasm_bindgen(constructor)]
    #[allow(clippy::new_without_default, reason = "JavaScript calls the constructor")]
    pub fn new() -> Simulator {
        Simulator(Service::new())
    }

    /// See [`Service::simulate`].
    pub fn simulate(&mut self, request: &str) -> Result<String, JsError> {
        self.0.simulate(request).map_err(|error| JsError::new(&error))
    }

    /// See [`Service::terminal`].
    pub fn terminal(&mut self, request: &str) -> Result<String, JsError> {
        self.0.terminal(request).map_err(|error| JsError::new(&error))
    }

    /// Takes a file that was missing.
    pub fn take(&mut self, path: &str, bytes: Vec<u8>) {
        self.0.take(path, Ok(bytes));
    }

    /// Takes why a file is not to be had.
    #[wasm_bindgen(js_name = takeFailure)]
    pub fn take_failure(&mut self, path: &str, reason: &str) {
        self.0.take(path, Err(reason.to_string()));
    }

    /// See [`Service::retry`].
    pub fn retry(&mut self) {
        self.0.retry();
    }

    /// See [`Service::forget`].
    pub fn forget(&mut self, client: u32) {
        self.0.forget(client);
    }

    /// See [`Service::engines_json`].
    pub fn engines() -> String {
        Service::engines_json()
    }
}
