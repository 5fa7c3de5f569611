//! The Web Worker in which builds are simulated.

use super::dropped_files::file_for_worker;
use crate::state::{Msg, result_piece};
use gloo::utils::document;
use js_sys::Array;
use stageplay_protocol::{Request, ToWorker};
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::*;
use web_sys::{ErrorEvent, MessageEvent, WorkerOptions, WorkerType};
use yew::Callback;

/// A running worker. It ends when this is dropped.
#[allow(missing_debug_implementations, reason = "holds closures")]
pub struct Worker {
    worker: web_sys::Worker,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_error: Closure<dyn FnMut(ErrorEvent)>,
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.worker.set_onmessage(None);
        self.worker.set_onerror(None);
        self.worker.terminate();
    }
}

/// The address of the worker's script, which the build writes into the page.
fn script() -> Option<String> {
    let meta = document().query_selector("meta[name=stageplay-worker]").ok().flatten()?;
    meta.get_attribute("content")
}

impl Worker {
    /// Starts a worker. It says [`Msg::WorkerReady`] when its program is loaded.
    ///
    /// # Errors
    /// The browser does not let a worker start: its message.
    pub fn start(dispatch: &Callback<Msg>) -> Result<Worker, String> {
        let script = script().ok_or("the page does not name the script of the worker")?;
        let options = WorkerOptions::new();
        options.set_type(WorkerType::Module);
        let worker =
            web_sys::Worker::new_with_options(&script, &options).map_err(|error| format!("{script}: {error:?}"))?;
        let to_page = dispatch.clone();
        let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            let text = event.data().as_string().unwrap_or_default();
            match text.as_str() {
                "ready" => return to_page.emit(Msg::WorkerReady),
                "loading" | "loaded" => return to_page.emit(Msg::WorkerLoads(text == "loading")),
                _ => {}
            }
            // It answers requests, which are sent once the piece is loaded.
            let Some(piece) = result_piece() else { return };
            to_page.emit(match (piece.read_update)(&text) {
                Ok(update) => Msg::WorkerUpdate(Box::new(update)),
                Err(error) => Msg::WorkerFailed(error),
            });
        });
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        let to_page = dispatch.clone();
        let on_error = Closure::<dyn FnMut(ErrorEvent)>::new(move |event: ErrorEvent| {
            // A script that cannot be loaded gives an event without a message.
            let message = Some(event.message()).filter(|message| !message.is_empty() && message != "undefined");
            to_page.emit(Msg::WorkerFailed(message.unwrap_or_else(|| script.clone())));
        });
        worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        Ok(Worker { worker, _on_message: on_message, _on_error: on_error })
    }

    /// Sends a message, with the files that it names.
    pub fn post(&self, message: &ToWorker) {
        let parts = Array::of1(&serde_json::to_string(message).unwrap_or_default().into());
        let paths = match &message.request {
            Request::TakeFiles(paths) => paths.as_slice(),
            Request::TakeArchive(path) => std::slice::from_ref(path),
            _ => &[],
        };
        for path in paths {
            parts.push(&file_for_worker(path).map_or(JsValue::NULL, JsValue::from));
        }
        let _ = self.worker.post_message(&parts);
    }
}
